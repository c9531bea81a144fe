"""Samples of a DCGAN and walks between them."""

import numpy as np
import pytest
import torch

from explorer.data.catalogue import load
from explorer.plots.tiles import quantize
from explorer.ui.views.gan.walk import FIRST
from tests.pages import button
from tests.stores import model_of
from tests.ui.gan.gans import RUNS, among_samples, assert_draws, believed, generated, judge_of_digits, noise, texts

# samples


@pytest.mark.parametrize("name", ["plain", "large"])
def test_samples_are_of_the_same_noise_at_each_epoch_and_can_be_drawn_anew(open_page, offered, library, name):
    config = RUNS[name]
    test = open_page(config, view="Samples")
    found, (panel,), labels = offered["samples"]
    assert labels == [f"epoch {epoch}" for epoch in range(config.epochs + 1)]
    np.testing.assert_allclose(found["z"], noise(config))
    side = int(config.image_size)
    for epoch, frame in enumerate(panel.frames):
        expected = quantize(generated(model_of(library, config, epoch), noise(config)[23:24])[0], 0, 1)
        row, column = 2 * (side + 1), 3 * (side + 1)
        tile = frame[row : row + side, column : column + side]
        np.testing.assert_allclose(tile.astype(int), expected, atol=1)
    button(test, "New samples").click().run()
    np.testing.assert_allclose(offered["samples"][0]["z"], noise(config, 1))
    assert_draws(test, "Samples")


def test_the_facts_of_a_chosen_sample_are_right(open_page, offered, library):
    config = RUNS["plain"]
    test = open_page(config, view="Samples")
    test.number_input(key="dcgan sample").set_value(42).run()
    model = model_of(library, config)
    image = generated(model, noise(config)[42:43])
    train = load("mnist-5k").train.reshape(-1, 28, 28) / 255
    distances = np.sqrt(np.square(image[:, 2:-2, 2:-2] - train).sum((1, 2)))
    order = np.argsort(distances)[:5]
    found = offered["samples"][0]
    np.testing.assert_array_equal(found["nearest_training_images"][42], order)
    np.testing.assert_allclose(found["distances"][42], distances[order], rtol=1e-4)
    probabilities = judge_of_digits("mnist").look(torch.tensor(image))[1][0]
    said = texts(test)
    assert "Sample 42 at epoch 2" in said
    assert f"D(G(z)) is **{believed(among_samples(model), image)[0]:.3f}**" in said
    assert f"sees **{int(probabilities.argmax())}** with probability **{float(probabilities.max()):.3f}**" in said
    assert f"nearest training image is **{distances.min():.2f}** away" in said


def test_a_large_sample_is_compared_at_the_size_of_the_digits(open_page, offered, library):
    config = RUNS["large"]
    open_page(config, view="Samples")
    image = torch.tensor(generated(model_of(library, config), noise(config)[7:8]))
    small = torch.nn.functional.interpolate(image[None], (28, 28), mode="bilinear", antialias=True)[0, 0].numpy()
    train = load("mnist-5k").train.reshape(-1, 28, 28) / 255
    expected = np.sort(np.sqrt(np.square(small - train).sum((1, 2))))[:5]
    np.testing.assert_allclose(offered["samples"][0]["distances"][7], expected, rtol=1e-4)


def test_a_click_chooses_a_sample(open_page, offered, click):
    test = open_page(RUNS["plain"], view="Samples")
    click(test, 17)
    assert test.number_input(key="dcgan sample").value == 17
    assert "Sample 17 at epoch 2" in texts(test)
    assert_draws(test, "Samples")


# walk


@pytest.mark.parametrize("way", ["linear", "spherical"])
def test_the_way_leads_from_one_sample_to_the_other(open_page, offered, library, way):
    config = RUNS["plain"]
    test = open_page(config, view="Walk")
    test.segmented_control(key="dcgan way").set_value(way)
    test.number_input(key="dcgan To sample").set_value(9).run()
    assert_draws(test, "Walk")
    found, panels, labels = offered["walk"]
    z = noise(config)
    np.testing.assert_allclose(found["z"][[0, -1]], z[[FIRST[0], 9]], atol=1e-5)
    np.testing.assert_allclose(found["images"], generated(model_of(library, config), found["z"]), atol=1e-5)
    assert [len(panel.frames) for panel in panels] == [1, len(labels), 1]
    middle, lengths = found["z"][len(labels) // 2], np.linalg.norm(found["z"], axis=1)
    if way == "linear":
        np.testing.assert_allclose(middle, (z[FIRST[0]] + z[9]) / 2, atol=1e-5)
    else:
        np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], len(labels)), rtol=1e-4)


def test_the_square_has_its_samples_at_the_corners(open_page, offered):
    config = RUNS["unlike"]
    test = open_page(config, view="Walk")
    test.segmented_control(key="dcgan between").set_value("four samples").run()
    assert_draws(test, "Walk")
    found, panels, labels = offered["walk"]
    z = noise(config)
    np.testing.assert_allclose(found["square"][[0, 0, -1, -1], [0, -1, 0, -1]], z[list(FIRST)], atol=1e-5)
    np.testing.assert_allclose(found["z"][:: len(labels) // 4], z[[FIRST[i] for i in (0, 1, 3, 2, 0)]], atol=1e-5)
    assert [len(panel.frames) for panel in panels] == [1, len(labels), 1]


def test_a_click_walks_on_to_a_sample(open_page, offered, click):
    config = RUNS["plain"]
    test = open_page(config, view="Walk")
    for cell, wanted in ((7, [FIRST[1], 7]), (30, [7, 30]), (30, [30, 30])):
        click(test, cell)
        assert [test.number_input(key=f"dcgan {name}").value for name in ("From sample", "To sample")] == wanted
        np.testing.assert_allclose(offered["walk"][0]["z"][[0, -1]], noise(config)[wanted], atol=1e-5)
    click(test, 3, panel=2)  # a step of the way is no sample
    assert test.number_input(key="dcgan To sample").value == 30
    test.segmented_control(key="dcgan between").set_value("four samples").run()
    click(test, 12)
    corners = ("From sample", "To sample", "Third", "Fourth")
    assert [test.number_input(key=f"dcgan {name}").value for name in corners] == [30, *FIRST[2:], 12]
    assert_draws(test, "Walk")
