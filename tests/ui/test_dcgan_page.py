"""The page of the DCGAN as a user meets it, without a browser."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.analysis import gan_measures
from explorer.analysis.digit_classifier import DigitClassifier
from explorer.analysis.generation import class_entropy
from explorer.analysis.sample_quality import some
from explorer.data.catalogue import CATALOGUE, load
from explorer.engine.inline import InlineEngine
from explorer.models.config import text_of
from explorer.models.dcgan import DCGANConfig
from explorer.models.rbm import RBMConfig
from explorer.models.resizing import enlarge
from explorer.models.vae import VAEConfig
from explorer.plots.tiles import quantize
from explorer.presets.dcgan import PRESETS
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.ui.components.filmstrip import FilmstripState
from explorer.ui.views.gan import samples as samples_view
from explorer.ui.views.gan import walk as walk_view

GAN = {"dataset": "mnist-5k", "width": 8, "batch_size": 20, "epochs": 2}
RUNS = {
    "plain": DCGANConfig(**GAN),
    "unlike": DCGANConfig(**GAN, latent_size=5, batch_norm=False, loss="hinge", discriminator_updates=2),
    "large": DCGANConfig(**GAN | {"epochs": 1}, image_size="64"),
}
OTHERS = (
    VAEConfig(dataset="mnist-5k", hidden_units=16, latent_size=3, epochs=1),
    RBMConfig(dataset="mnist-5k", hidden_units=9, epochs=1),
)
SAYS = {  # what only this view says
    "Samples": "The same z ~ N(0, I) at each epoch",
    "Walk": "Click a sample to walk on to it",
    "Discriminator": "are judged rightly",
    "Layers": "The strongest maps of each layer first",
    "Quality": "samples each at 28×28 pixels",
    "Training": "All other figures",
}
FINDINGS = ("Mode collapse", "Saturated discriminator")
HEALTHY = {
    "class_entropy": 2.2,
    "duplicates": 0.01,
    "discriminator_accuracy_train": 0.8,
    "real_probability": 0.7,
    "generated_probability": 0.3,
}


def few_images(name):
    """The first images of a data set: what these models learn is of no interest here."""
    images = load("mnist-5k" if name == "mnist" else name)
    first = {part: getattr(images, part)[:100].copy() for part in ("train", "train_labels", "test", "test_labels")}
    return replace(images, **first)


def judge_of_digits(dataset):
    """A classifier that knows nothing, but always the same."""
    if not dataset.startswith("mnist"):
        return None
    classifier = DigitClassifier()
    classifier.initialize(torch.Generator().manual_seed(1))
    return classifier


def no_judge(dataset):
    return None


@pytest.fixture(scope="module", autouse=True)
def _few_images():
    """Train and measure on few images; what was found in them is forgotten, as other tests need all."""
    gan_measures._real.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.engine.job.load", few_images)
        patch.setattr("explorer.analysis.gan_measures.load", few_images)
        patch.setattr("explorer.analysis.gan_measures.digit_classifier_or_none", judge_of_digits)
        for module in ("analyses", "measured"):
            patch.setattr(f"explorer.ui.views.gan.{module}.digit_classifier", judge_of_digits)
        patch.setattr("explorer.ui.views.gan.measured.MANY", 120)
        patch.setattr("explorer.ui.views.gan.others.GIBBS_STEPS", 3)
        # at each run of a page Streamlit looks for components in every package: half of the time, and nothing found
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield
    gan_measures._real.cache_clear()


@pytest.fixture(scope="module")
def trained(tmp_path_factory, _few_images):
    """Return a folder with the DCGANs above, a VAE and an RBM."""
    folder = tmp_path_factory.mktemp("trained-gan")
    engine = InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True)))
    for config in (*RUNS.values(), *OTHERS):
        engine.submit(config)
    return folder


@pytest.fixture
def open_page(page):
    """Return a function that opens the page of a config, with changes of its URL's parameters."""

    def opened(config, **changes):
        return page("pages/dcgan.py", **{name: text_of(value) for name, value in config.values().items()} | changes)

    return opened


@pytest.fixture
def offered(monkeypatch):
    """The arrays and panels that a view offers for download, by name, as of the last run."""
    found = {}

    def take(_scene, name, arrays, panels=None, labels=()):
        found[name] = (arrays(), panels() if panels else [], labels)

    for view in ("samples", "walk", "discriminator", "scores", "layers", "quality"):
        monkeypatch.setattr(f"explorer.ui.views.gan.{view}.downloads", take)
    return found


def texts(test):
    return "\n".join(element.value for element in [*test.markdown, *test.caption])


def problems(test):
    """Everything the page complains of, but for what it finds wrong with a run."""
    assert not test.exception, [(each.message, each.stack_trace) for each in test.exception]
    found = [element.value for element in [*test.warning, *test.error]]
    return [text for text in found if not any(name in text for name in FINDINGS)]


def findings(test):
    return [element.value for element in test.warning if any(name in element.value for name in FINDINGS)]


def assert_draws(test, view):
    assert problems(test) == [], view
    assert SAYS[view] in texts(test), view


def model_of(library, config, epoch=None):
    return library.find(config).model(config.epochs if epoch is None else epoch)


def among_real(model):
    """The model with a discriminator that has settled among 500 training images."""
    real = enlarge(some(load("mnist-5k").train, 500), model.side).reshape(-1, model.side, model.side)
    return model.settled(torch.tensor(real / np.float32(255)))


def among_samples(model):
    """The model with a discriminator that has settled among 500 samples."""
    z = np.random.default_rng(0).standard_normal((500, model.latent_size)).astype(np.float32)
    return model.settled(torch.tensor(generated(model, z)))


def noise(config, seed=0):
    return np.random.default_rng(seed).standard_normal((100, config.latent_size)).astype(np.float32)


def generated(model, z):
    with torch.no_grad():
        return model.sample(torch.tensor(z)).numpy()


def believed(model, x):
    with torch.no_grad():
        return model.discriminate(torch.tensor(x)).numpy()


def button(test, label):
    return next(button for button in test.button if button.label == label)


# all views


@pytest.mark.parametrize("name", RUNS)
def test_every_view_draws(open_page, offered, name):
    for view in SAYS:
        test = open_page(RUNS[name], view=view)
        assert_draws(test, view)
        assert f"Trained, **{RUNS[name].epochs} epoch" in texts(test)


@pytest.mark.parametrize(("name", "pinned"), [("plain", "unlike"), ("unlike", "large"), ("plain", "plain")])
def test_every_view_draws_beside_a_pinned_one(open_page, offered, name, pinned):
    for view in SAYS:
        test = open_page(RUNS[name], view=view, pin=f"{run_id(RUNS[pinned])}@1")
        assert_draws(test, view)
        assert button(test, "Unpin")


def test_where_only_one_of_two_runs_goes_on_its_frames_say_so(open_page, offered):
    open_page(RUNS["plain"], view="Samples", pin=run_id(RUNS["large"]))
    assert offered["samples"][2] == ["epoch 0", "epoch 1", "epochs 1 and 2"]


def test_every_view_draws_before_the_first_update(open_page, offered):
    for view in SAYS:
        test = open_page(RUNS["plain"], view=view, epoch=0)
        assert_draws(test, view)
        assert findings(test) == []


def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained):
    test = page("pages/dcgan.py", dataset="mnist-5k")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)


def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline):
    broken = DCGANConfig(**GAN, seed=5)
    path = inline.submit(broken).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in SAYS:
        (warning,) = problems(open_page(broken, view=view))
        assert "epoch-00002.safetensors" in warning, view


def test_where_no_snapshot_can_be_read_the_page_says_what_to_do(open_page, inline):
    broken = DCGANConfig(**GAN, seed=6)
    run = inline.submit(broken)
    for epoch in run.snapshots:
        path = run.paths.snapshot(epoch)
        path.write_bytes(path.read_bytes()[:-50])
    test = open_page(broken, view="Samples")
    assert not test.exception
    assert [element.value for element in test.info] == [
        f"No snapshot of {run.id} can be read. Delete the run under **All runs** to train it again."
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_open(page, preset):
    test = page("pages/dcgan.py", preset=preset.name)
    assert not test.exception
    assert not test.error
    assert test.select_slider(key="dcgan.width").value == preset.settings.get("width", 16)
    assert test.session_state["page state of dcgan"].view == preset.view


def test_without_the_classifier_the_rest_stands(open_page, offered, monkeypatch):
    for module in ("analyses", "measured"):
        monkeypatch.setattr(f"explorer.ui.views.gan.{module}.digit_classifier", no_judge)
    test = open_page(RUNS["plain"], view="Quality")
    assert problems(test) == []
    assert "The file of the digit classifier is missing" in texts(test)
    assert offered.keys() == {"compared samples"}
    test = open_page(RUNS["plain"], view="Samples")
    assert_draws(test, "Samples")
    assert "The file of the digit classifier is missing" in texts(test)
    assert "nearest training image" in texts(test)
    assert "class_probabilities" not in offered["samples"][0]


def test_figures_that_only_the_classifier_finds_are_named_where_they_are_missing(open_page, monkeypatch):
    assert "Not measured here" not in texts(open_page(RUNS["plain"], view="Training"))
    metrics, theirs = Run.metrics, ["class_entropy", "confidence", "frechet_ratio", "kernel_ratio", "precision"]
    monkeypatch.setattr(Run, "metrics", lambda run: metrics(run).drop(columns=[*theirs, "recall"]))
    test = open_page(RUNS["plain"], view="Training")
    assert problems(test) == []
    assert "Not measured here: Entropy of the classes, Confidence of the classifier, Fréchet distance" in texts(test)
    assert "A classifier that knows MNIST's digits finds them" in texts(test)


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


@pytest.fixture
def click(monkeypatch):
    """Click on a tile of a panel: what the browser reports is heard before the script runs."""
    draw, row, heard, news = samples_view.filmstrip, samples_view.control_row, [], []

    def filmstrip(key, panels, labels, *, on_cell=None, **options):
        heard[:] = [on_cell] if on_cell else heard
        return draw(key, panels, labels, on_cell=on_cell, **options)

    def control_row(scene, view):  # the first thing that the view draws
        if news:
            heard[0](FilmstripState(0, *news.pop()))
        return row(scene, view)

    for module in (samples_view, walk_view):
        monkeypatch.setattr(module, "filmstrip", filmstrip)
        monkeypatch.setattr(module, "control_row", control_row)

    def on(test, cell, panel=0):
        news.append((cell, panel))
        return test.run()

    return on


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
    np.testing.assert_allclose(found["z"][[0, -1]], z[[0, 9]], atol=1e-5)
    np.testing.assert_allclose(found["images"], generated(model_of(library, config), found["z"]), atol=1e-5)
    assert [len(panel.frames) for panel in panels] == [1, len(labels), 1]
    middle, lengths = found["z"][len(labels) // 2], np.linalg.norm(found["z"], axis=1)
    if way == "linear":
        np.testing.assert_allclose(middle, (z[0] + z[9]) / 2, atol=1e-5)
    else:
        np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], len(labels)), rtol=1e-4)


def test_the_square_has_its_samples_at_the_corners(open_page, offered):
    config = RUNS["unlike"]
    test = open_page(config, view="Walk")
    test.segmented_control(key="dcgan between").set_value("four samples").run()
    assert_draws(test, "Walk")
    found, panels, labels = offered["walk"]
    z = noise(config)
    np.testing.assert_allclose(found["square"][[0, 0, -1, -1], [0, -1, 0, -1]], z[:4], atol=1e-5)
    np.testing.assert_allclose(found["z"][:: len(labels) // 4], z[[0, 1, 3, 2, 0]], atol=1e-5)
    assert [len(panel.frames) for panel in panels] == [1, len(labels), 1]


def test_a_click_walks_on_to_a_sample(open_page, offered, click):
    config = RUNS["plain"]
    test = open_page(config, view="Walk")
    for cell, wanted in ((7, [1, 7]), (30, [7, 30]), (30, [30, 30])):
        click(test, cell)
        assert [test.number_input(key=f"dcgan {name}").value for name in ("From sample", "To sample")] == wanted
        np.testing.assert_allclose(offered["walk"][0]["z"][[0, -1]], noise(config)[wanted], atol=1e-5)
    click(test, 3, panel=2)  # a step of the way is no sample
    assert test.number_input(key="dcgan To sample").value == 30
    test.segmented_control(key="dcgan between").set_value("four samples").run()
    click(test, 12)
    corners = ("From sample", "To sample", "Third", "Fourth")
    assert [test.number_input(key=f"dcgan {name}").value for name in corners] == [30, 2, 3, 12]
    assert_draws(test, "Walk")


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


def test_beside_a_pinned_run_of_another_data_set_the_test_image_is_that_of_the_shown_one(
    open_page, offered, inline, monkeypatch
):
    digits = load("mnist-5k")
    more = replace(digits, test=np.concatenate([digits.test[::-1], digits.test[:1]]))
    for module in ("ui.images", "analysis.gan_measures"):
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


# quality


def test_models_of_other_kinds_are_measured_like_this_one(open_page, offered, library):
    config = RUNS["plain"]
    test = open_page(config, view="Quality")
    found, images = offered["quality"][0], offered["compared samples"][0]
    assert list(found["of"]) == ["DCGAN, epoch 2", "VAE", "RBM", "Training images"]
    assert list(images) == list(found["of"])
    assert "n = 120 samples" in texts(test)
    samples = generated(model_of(library, config), noise(config, 0))
    np.testing.assert_allclose(images["DCGAN, epoch 2"], samples[:, 2:-2, 2:-2], atol=1e-5)
    train = torch.tensor(some(load("mnist-5k").train, 120).reshape(-1, 28, 28) / 255, dtype=torch.float32)
    entropy = class_entropy(judge_of_digits("mnist").look(train)[1])
    np.testing.assert_allclose(found["class_entropy"][-1], entropy, rtol=1e-5)
    assert found["frechet_ratio"][-1] == pytest.approx(1)
    np.testing.assert_allclose(found["shares"].sum(axis=1), 1, rtol=1e-5)
    vae = library.find(OTHERS[0]).model(1)
    with torch.no_grad():
        expected = vae.sample(120, torch.Generator().manual_seed(0)).view(-1, 28, 28)
    np.testing.assert_allclose(images["VAE"], expected[:100], atol=1e-5)


def test_others_that_were_begun_again_and_left_still_stand_beside(open_page, offered, library):
    for config in OTHERS:
        library.own.request(config)
    open_page(RUNS["plain"], view="Quality")
    assert list(offered["quality"][0]["of"]) == ["DCGAN, epoch 2", "VAE", "RBM", "Training images"]


def test_what_stands_beside_can_be_chosen(open_page, offered):
    test = open_page(RUNS["large"], view="Quality")
    pills = next(each for each in test.get("button_group") if each.key == "dcgan compared with")
    assert pills.value == ["VAE", "RBM"]
    pills.set_value([]).run()
    assert_draws(test, "Quality")
    names = ["DCGAN, epoch 1", "Training images", "The same at 64×64 and back"]
    assert list(offered["quality"][0]["of"]) == names


# warnings


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({}, []),
        ({"class_entropy": 1.2}, ["Mode collapse"]),
        ({"duplicates": 0.6}, ["Mode collapse"]),
        ({"discriminator_accuracy_train": 0.995}, ["Saturated discriminator"]),
        ({"real_probability": 0.99, "generated_probability": 0.01}, ["Saturated discriminator"]),
        ({"class_entropy": 0.5, "discriminator_accuracy_train": 1.0}, ["Mode collapse", "Saturated discriminator"]),
        ({"class_entropy": None, "duplicates": None}, []),
    ],
    ids=lambda value: ", ".join(value) or "healthy",
)
def test_a_run_that_went_wrong_is_warned_of_with_the_reason(open_page, inline, figures, said):
    config = DCGANConfig(**GAN | {"epochs": 1}, seed=7)
    metrics = inline.submit(config).paths.metrics
    first, last = (json.loads(line) for line in metrics.read_text().splitlines())
    last |= HEALTHY | figures
    metrics.write_text("".join(json.dumps(row) + "\n" for row in (first | last | {"epoch": 0}, last)))
    for view in ("Samples", "Training"):
        found = findings(open_page(config, view=view))
        assert [name for name in FINDINGS if any(name in text for text in found)] == said, view
        assert len(found) == len(said)
        assert findings(open_page(config, view=view, epoch=0)) == []
