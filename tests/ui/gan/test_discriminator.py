"""What the discriminator says of images, and the layers of both networks."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.data.catalogue import CATALOGUE, load
from explorer.models.dcgan import DCGANConfig
from explorer.models.resizing import enlarge
from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from explorer.ui.views.gan import samples as samples_view
from tests.few_images import few_images
from tests.pages import problems
from tests.stores import model_of
from tests.ui.gan.gans import (
    GAN,
    RUNS,
    among_real,
    among_samples,
    assert_draws,
    believed,
    generated,
    noise,
    texts,
)

# discriminator


def test_digits_and_samples_get_the_scores_of_the_discriminator(open_page, offered, library):
    config = RUNS["plain"]
    open_page(config, view="Discriminator", epoch=1)
    model, digits = model_of(library, config, 1), load("mnist-5k").test.reshape(-1, 28, 28)
    padded = np.pad(digits, ((0, 0), (2, 2), (2, 2))).astype(np.float32) / 255
    np.testing.assert_allclose(offered["scores"][0]["current"], believed(among_real(model), padded[:20]), rtol=1e-4)
    histogram = offered["scores current"][0]
    np.testing.assert_allclose(np.sort(histogram["real"]), np.sort(believed(among_real(model), padded)), rtol=1e-4)
    samples = generated(model, noise(config))
    np.testing.assert_allclose(histogram["generated"][:100], believed(among_samples(model), samples), rtol=1e-4)
    found, panels, labels = offered["believed"]
    most = samples[np.argmax(found["D of samples"])]
    np.testing.assert_allclose(panels[0].frames[labels.index("epoch 1")][:32, :32], quantize(most, 0, 1), atol=1)
    assert f"D from {found['D of samples'].max():.3f}" in panels[0].captions[labels.index("epoch 1")]
    images, scores = found["test images"], found["D of test images"]
    np.testing.assert_allclose(scores, believed(among_real(model), images), rtol=1e-4)  # each has its own score
    most = quantize(images[np.argmax(scores)], 0, 1)
    np.testing.assert_allclose(panels[2].frames[labels.index("epoch 1")][:32, :32], most, atol=1)


def test_a_drawing_is_judged(open_page, offered, library):
    config = RUNS["large"]
    drawing = np.zeros((28, 28), np.uint8)
    drawing[4:24, 12:16] = 255
    test = open_page(config, view="Discriminator")
    test.segmented_control(key="dcgan discriminator source").set_value("my drawing").run()
    assert problems(test) == []
    assert "scores" not in {**offered} or "Draw a digit" in texts(test)
    test.session_state["drawn digit"] = drawing
    test.run()
    assert_draws(test, "Discriminator")
    large = torch.nn.functional.interpolate(torch.tensor(drawing)[None, None].float(), (64, 64), mode="bilinear")
    score = believed(among_real(model_of(library, config)), (large[0].round() / 255).numpy())[0]
    assert f"**{score:.3f}**" in texts(test)


# layers


@pytest.mark.parametrize("name", ["unlike", "large"])
def test_the_strongest_maps_of_each_layer_come_first(open_page, offered, library, monkeypatch, name):
    config, drawn = RUNS[name], {}
    draw = samples_view.filmstrip
    monkeypatch.setattr(
        "explorer.ui.views.gan.layers.filmstrip",
        lambda key, panels, labels, **options: (drawn.update({key: panels}), draw(key, panels, labels, **options))[-1],
    )
    test = open_page(config, view="Layers")
    test.segmented_control(key="dcgan judged").set_value("test image").run()
    test.number_input(key="dcgan judged test image").set_value(3).run()
    assert_draws(test, "Layers")
    found, model = offered["feature maps"][0], model_of(library, config)
    with torch.no_grad():
        expected = [maps[0].numpy() for maps in model.generator_layers(torch.tensor(noise(config)[:1]))]
    for i, maps in enumerate(expected):
        np.testing.assert_allclose(found[f"generator_{i + 1}"], maps, atol=1e-5)
    digit = enlarge(load("mnist-5k").test[3:4], model.side).reshape(-1, model.side, model.side) / np.float32(255)
    with torch.no_grad():
        judged = [maps[0].numpy() for maps in among_real(model).discriminator_layers(torch.tensor(digit))]
    for i, maps in enumerate(judged):
        np.testing.assert_allclose(found[f"discriminator_{i + 1}"], maps, atol=1e-4)
    panels = drawn["dcgan layers of generator current"]
    assert len(panels) == len(expected)
    strength = np.abs(expected[0]).mean((1, 2))
    assert panels[0].notes == [f"map {i}" for i in np.argsort(-strength, kind="stable")[:32]]
    score = 1 / (1 + np.exp(-found[f"discriminator_{sum('discriminator' in key for key in found)}"].item()))
    assert drawn["dcgan layers of discriminator current"][0].captions[-1] == f"D = {score:.3f}"


def test_beside_a_pin_of_another_data_set_the_image_is_the_shown_ones(open_page, offered, inline, monkeypatch):
    digits = load("mnist-5k")
    more = replace(digits, test=np.concatenate([digits.test[::-1], digits.test[:1]]))
    for module in ("ui.shelf.images", "analysis.gan_measures"):
        monkeypatch.setattr(f"explorer.{module}.load", lambda name: more if name == "fashion-mnist" else digits)
    monkeypatch.setitem(CATALOGUE, "fashion-mnist", replace(CATALOGUE["fashion-mnist"], source=lambda: more))
    own, drawn = DCGANConfig(**GAN | {"dataset": "fashion-mnist", "epochs": 1}), {}
    monkeypatch.setattr("explorer.engine.job.load", lambda _: replace(few_images("mnist"), test=more.test))
    inline.submit(own)
    draw = samples_view.filmstrip
    monkeypatch.setattr(
        "explorer.ui.views.gan.layers.filmstrip",
        lambda key, panels, labels, **options: (drawn.update({key: panels}), draw(key, panels, labels, **options))[-1],
    )
    test = open_page(own, view="Layers", pin=run_id(RUNS["plain"]))
    test.segmented_control(key="dcgan judged").set_value("test image").run()
    for number in (3, 1000):
        test.number_input(key="dcgan judged test image").set_value(number).run()
        assert_draws(test, "Layers")
        image = quantize(np.pad(more.test[number].reshape(28, 28), 2) / np.float32(255), 0, 1)
        for role in ("current", "pinned"):
            frames = drawn[f"dcgan layers of discriminator {role}"][0].frames
            np.testing.assert_array_equal(frames[-1], image, err_msg=f"{role} {number}")
