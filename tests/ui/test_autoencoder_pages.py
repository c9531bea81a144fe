"""The pages of the autoencoder family as a user meets them, without a browser."""

import base64
import json
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer.analysis import autoencoder_measures
from explorer.analysis.bounds import quadrature
from explorer.analysis.jacobian import jacobian, jacobian_norm
from explorer.analysis.pca import PrincipalComponents
from explorer.analysis.sparsity import sparsity
from explorer.data.catalogue import CATALOGUE, load
from explorer.engine.inline import InlineEngine
from explorer.errors import ConfigError
from explorer.models.config import default_values, text_of
from explorer.models.registry import kind_of
from explorer.plots.tiles import quantize
from explorer.presets.preset import Preset
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.ui.components.shared_value import SharedValue
from explorer.ui.views.autoencoder import chain

BARS = {"dataset": "bars-and-stripes", "epochs": 2}
DIGITS = {"dataset": "mnist-5k", "epochs": 1, "code_size": 4}
SPIRAL = {"dataset": "spiral", "epochs": 2}
DEEP = {"hidden_layers": (6,), "code_size": 5}
TIED, UNTIED = {"tied": True}, {"tied": False}
SQUARED, ENTROPY = {"loss": "squared error"}, {"loss": "cross-entropy"}
LINEAR = {"activation": "linear"} | SQUARED


def config(kind, *parts):
    values = default_values(kind_of(kind).config_class())
    for part in parts:
        values = values | part
    return kind_of(kind).config_class().from_values(values)


def size(count):
    return {"code_size": count}


SETTINGS = {
    "autoencoder": {
        "1": (BARS, size(1)),
        "2 linear": (BARS, size(2), LINEAR),
        "3 tanh": (BARS, size(3), ENTROPY, {"activation": "tanh"}),
        "5": (BARS, size(5), TIED),
        "5 deep": (BARS, DEEP, {"activation": "relu"}),
        "5 deep linear": (BARS, DEEP, LINEAR, TIED),
        "2 deep, linear code": (BARS, DEEP, size(2), {"activation": "tanh", "linear_code": True}),
        "spiral": (SPIRAL, DEEP, size(2)),
        "digits": (DIGITS,),
    },
    "denoising": {
        "1": (BARS, size(1)),
        "2 salt": (BARS, size(2), UNTIED, {"noise": "salt and pepper", "noise_strength": 0.2}),
        "3 gauss": (BARS, size(3), SQUARED, {"noise": "gaussian", "activation": "tanh"}),
        "5 deep": (BARS, DEEP, SQUARED, {"noise": "gaussian", "noise_strength": 0.05, "activation": "relu"}),
        "5 linear": (BARS, size(5), LINEAR, {"noise_strength": 0.0}),
        "spiral": (SPIRAL, DEEP, SQUARED, UNTIED, {"noise": "gaussian", "noise_strength": 0.05, "activation": "relu"}),
        "digits": (DIGITS,),
    },
    "contractive": {
        "1": (BARS, size(1)),
        "2 tanh": (BARS, size(2), SQUARED, {"activation": "tanh"}),
        "3 untied": (BARS, size(3), UNTIED),
        "5 deep": (BARS, DEEP, {"activation": "relu"}),
        "5 deep linear": (BARS, DEEP, LINEAR, UNTIED),
        "spiral": (SPIRAL, size(5)),
        "digits": (DIGITS,),
    },
    "sparse": {
        "1": (BARS, size(1)),
        "2 corrected": (BARS, size(2), {"variant": "bias correction"}),
        "3 untied": (BARS, size(3), UNTIED, SQUARED),
        "5 deep": (BARS, DEEP, UNTIED),
        "5": (BARS, size(5), {"target": 0.2}),
        "spiral": (SPIRAL, size(3)),
        "digits": (DIGITS,),
    },
}
RUNS = {(kind, name): config(kind, *parts) for kind, named in SETTINGS.items() for name, parts in named.items()}
VIEWS = {
    "autoencoder": ("Weights", "Reconstructions", "Beside PCA", "Code space", "Nearest images", "Training"),
    "denoising": (
        "Weights", "Reconstructions", "Denoise", "Correction field", "Sampling chain", "Code space", "Training"
    ),
    "contractive": ("Weights", "Reconstructions", "Jacobian", "Code space", "Training"),
    "sparse": ("Weights", "Reconstructions", "Sparsity", "Code space", "Training"),
}  # fmt: skip
SAYS = {  # what only this view says, or what ends the key of its picture
    "Weights": "Click a tile or type a unit's number",
    "Reconstructions": "ean squared error of these images",
    "Beside PCA": "PCA with as many",
    "Denoise": "ean squared error: noisy",
    "Correction field": " field ",
    "Sampling chain": " denoising chain ",
    "Jacobian": "norm of the encoder's weights",
    "Sparsity": "units on per image",
    "Code space": " map current ",
    "Nearest images": "each looked for among all others",
    "Training": "All other figures",
}
PAIRS = [
    ("autoencoder", "2 linear", "5"),
    ("autoencoder", "5", "2 linear"),
    ("autoencoder", "1", "5 deep"),
    ("autoencoder", "5 deep linear", "3 tanh"),
    ("autoencoder", "3 tanh", "3 tanh"),
    ("denoising", "3 gauss", "1"),
    ("denoising", "1", "5 deep"),
    ("denoising", "5 linear", "2 salt"),
    ("contractive", "5 deep", "1"),
    ("contractive", "2 tanh", "3 untied"),
    ("sparse", "5", "2 corrected"),
    ("sparse", "1", "5 deep"),
]


def few_images(name):
    """The first images of a data set: what these models learn is of no interest here."""
    images = load("mnist-5k" if name == "mnist" else name)
    first = {part: getattr(images, part)[:100].copy() for part in ("train", "train_labels", "test", "test_labels")}
    return replace(images, **first)


def few_components(pixels):
    """The components of few images, at once."""
    x = pixels.astype(np.float32) / 255
    _, heights, components = np.linalg.svd(x - x.mean(0), full_matrices=False)
    alive = heights > 1e-3 * heights[0]
    return PrincipalComponents(x.mean(0), components[alive], np.square(heights[alive]) / len(x))


@pytest.fixture(scope="module", autouse=True)
def _few_images():
    """Train and measure on few images; the components found in them are forgotten, as other tests need all."""
    caches = (autoencoder_measures._pca, autoencoder_measures._pca_floor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.engine.job.load", few_images)
        patch.setattr("explorer.analysis.autoencoder_measures.load", few_images)
        patch.setattr("explorer.analysis.autoencoder_measures.principal_components", few_components)
        patch.setattr("explorer.ui.views.code_map.GRID_SIDE", 5)
        # at each run of a page Streamlit looks for components in every package: half of the time, and nothing found
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        for cache in caches:
            cache.cache_clear()
        yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture(scope="module")
def trained(tmp_path_factory, _few_images):
    """Return a folder with all the autoencoders above."""
    folder = tmp_path_factory.mktemp("trained-autoencoders")
    engine = InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True)))
    for each in RUNS.values():
        engine.submit(each)
    return folder


@pytest.fixture
def open_page(page):
    """Return a function that opens the page of a config, with changes of its URL's parameters."""

    def opened(config, **changes):
        address = {name: text_of(value) for name, value in config.values().items()}
        return page(f"pages/{config.kind}.py", **address | changes)

    return opened


@pytest.fixture
def offered(monkeypatch):
    """The arrays and panels that a view offers for download, by name, as of the last run."""
    found = {}

    def take(_scene, name, arrays, panels=None, labels=()):
        found[name] = (arrays(), panels() if panels else [], labels)

    own = ("beside_pca", "nearest", "denoise", "field", "chain", "contraction", "sparsity")
    for view in ("reconstructions", "code_map", "units", *(f"autoencoder.{name}" for name in own)):
        monkeypatch.setattr(f"explorer.ui.views.{view}.downloads", take)
    return found


def texts(test):
    return "\n".join(
        element.value for element in [*test.markdown, *test.info, *test.warning, *test.error, *test.caption]
    )


def problems(test):
    assert not test.exception, [(each.message, each.stack_trace) for each in test.exception]
    found = [element.value for element in [*test.warning, *test.error]]
    return [text for text in found if CATALOGUE["mnist"].title not in text]  # which is not on every machine


def assert_draws(test, view, what=""):
    """The page and the view stand without a word of complaint."""
    assert problems(test) == [], (view, what)
    keys = [f"{element.key} " for element in (*test.get("bidi_component"), *test.get("plotly_chart"))]
    assert SAYS[view] in texts(test) + " ".join(keys), (view, what)


def charts(test):
    """Return the charts of the page by the last part of their key, as {curve: (x, y)}."""
    found = {}
    for chart in test.get("plotly_chart"):
        named = [trace for trace in json.loads(chart.proto.spec)["data"] if "name" in trace]
        found[chart.key.partition(" ")[2]] = {t["name"]: (numbers(t["x"]), numbers(t["y"])) for t in named}
    return found


def numbers(values):
    """Return what plotly packed as an array."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float)
    return np.array(values, float)


def figures(text):
    """Return the numbers that a text has in bold type."""
    return [float(number) for number in re.findall(r"\*\*(-?[\d.]+(?:e[+-]?\d+)?)\*\*", text)]


def model_of(library, config, epoch=None):
    return library.find(config).model(config.epochs if epoch is None else epoch)


def arrays_of(library, config, epoch=None):
    return {name: tensor.numpy() for name, tensor in model_of(library, config, epoch).state().items()}


def grey(config):
    return load(config.dataset).test.astype(np.float32) / 255


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def button(test, label):
    return next(button for button in test.button if button.label == label)


# all views


@pytest.mark.parametrize(("kind", "name"), RUNS, ids=lambda value: value)
def test_every_view_draws(open_page, offered, kind, name):
    for view in VIEWS[kind]:
        test = open_page(RUNS[kind, name], view=view)
        assert_draws(test, view)
        assert f"Trained, **{RUNS[kind, name].epochs} epoch" in texts(test)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("autoencoder", "2 linear"), ("denoising", "spiral"), ("contractive", "5 deep"), ("sparse", "5")],
    ids=lambda value: value,
)
def test_every_view_draws_before_the_first_update(open_page, offered, kind, name):
    for view in VIEWS[kind]:
        assert_draws(open_page(RUNS[kind, name], view=view, epoch=0), view)


@pytest.mark.parametrize(("kind", "name", "pinned"), PAIRS, ids=lambda value: value)
def test_every_view_draws_beside_a_pinned_one(open_page, offered, kind, name, pinned):
    for view in VIEWS[kind]:
        test = open_page(RUNS[kind, name], view=view, pin=f"{run_id(RUNS[kind, pinned])}@1")
        assert_draws(test, view)
        assert button(test, "Unpin")


@pytest.mark.parametrize("kind", VIEWS)
def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained, kind):
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)


@pytest.mark.parametrize("kind", VIEWS)
def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline, kind):
    broken = config(kind, BARS, size(3), {"seed": 5})
    path = inline.submit(broken).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[kind]:
        test = open_page(broken, view=view)
        (warning,) = problems(test)
        assert "epoch-00002.safetensors" in warning, view
        assert test.select_slider(key=f"{kind} epoch").value == 1


def test_a_set_of_few_images_has_pictures_of_all_when_another_was_chosen(open_page, offered):
    """Image 500 is chosen among the digits, of which bars and stripes have only 30."""
    for view, key in (
        ("Correction field", "corner A"),
        ("Denoise", "denoise from"),
        ("Reconstructions", "reconstructions from"),
    ):
        test = open_page(RUNS["denoising", "digits"], view=view)
        if key.endswith("from"):
            source = f"denoising {key.removesuffix('from')}source"
            test.segmented_control(key=source).set_value("other test images").run()
        test.number_input(key=f"denoising {key}").set_value(500).run()
        test.selectbox(key="denoising.dataset").set_value("bars-and-stripes").run()
        assert not test.exception, view
        assert not test.error, view
        assert test.number_input(key=f"denoising {key}").value < 30


# where images come from


@pytest.mark.parametrize(
    ("kind", "view"),
    [*((kind, "Reconstructions") for kind in VIEWS), ("denoising", "Denoise")],
    ids=lambda value: value,
)
def test_a_drawing_goes_through_the_model(open_page, offered, kind, view):
    own = RUNS[kind, "digits"]
    name = view.lower()
    test = open_page(own, view=view)
    test.segmented_control(key=f"{kind} {name} source").set_value("my drawing").run()
    assert problems(test) == []
    assert any("Draw a digit" in caption.value for caption in test.caption)
    drawing = np.zeros((28, 28), np.uint8)
    drawing[4:24, 12:16] = 255
    test.session_state["drawn digit"] = drawing
    offered.clear()
    test.run()
    assert_draws(test, view)
    arrays = offered[name][0]
    np.testing.assert_array_equal(arrays["input" if name == "reconstructions" else "clean"].shape, (1, 784))


def test_toys_cannot_be_drawn(open_page):
    for name in ("1", "spiral"):
        test = open_page(RUNS["denoising", name], view="Denoise")
        assert "my drawing" not in test.segmented_control(key="denoising denoise source").options


def test_other_images_stand_in_for_those_that_are_not_here(open_page, offered, inline, monkeypatch):
    absent = config("denoising", DIGITS, {"dataset": "mnist"})
    inline.submit(absent)
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], source=NotHere("none", "none")))
    for view in VIEWS["denoising"]:
        test = open_page(absent, view=view)
        assert problems(test) == []
        (warning,) = (element.value for element in test.warning)
        assert "is not on this machine, so nothing can be trained on it" in warning
        assert "the digits shown are from the 1,000 built-in" in texts(test)
        assert offered or view in {"Code space", "Training"}, view
        offered.clear()


class NotHere(type(CATALOGUE["mnist"].source)):
    """Files that no folder has."""

    def find(self, _folders):
        return None


# the experiments


def opens(test, preset):
    """The page shows the experiment's view; where nothing is trained for it, it says so calmly."""
    assert problems(test) == [], preset.name
    assert any(preset.text in element.value for element in test.success), preset.name


def of_toys(preset, code_size):
    """The experiment at a size that trains in no time: the same settings on bars and stripes or the spiral."""

    def small(settings):
        toy = settings["dataset"] if settings["dataset"] == "spiral" else "bars-and-stripes"
        layers = {"hidden_layers": (6,)} if settings.get("hidden_layers") else {}
        units = {"code_size": code_size + (settings.get("code_size", 0) == 1000)}
        return dict(settings) | {"dataset": toy, "epochs": 1} | layers | units

    return replace(preset, settings=small(preset.settings), pinned=preset.pinned and small(preset.pinned))


def presets_of(kind):
    found: tuple[Preset, ...] = kind_of(kind).load("presets")
    return found


@pytest.mark.parametrize("kind", VIEWS)
def test_experiments_that_are_not_trained_open(page, kind):
    for preset in presets_of(kind):
        opens(page(f"pages/{kind}.py", preset=preset.name), preset)


@pytest.mark.parametrize("kind", VIEWS)
def test_experiments_open_where_nothing_is_trained(page, nothing_trained, kind):
    preset = presets_of(kind)[-1]
    opens(page(f"pages/{kind}.py", preset=preset.name), preset)


@pytest.mark.parametrize("kind", VIEWS)
def test_experiments_that_are_trained_open_with_their_pair(page, inline, offered, monkeypatch, kind):
    small = tuple(of_toys(preset, 3) for preset in presets_of(kind))
    for preset in small:
        for settings in filter(None, (preset.settings, preset.pinned)):
            inline.submit(config(kind, settings))
    monkeypatch.setattr(f"explorer.presets.{kind}.PRESETS", small)
    for preset in small:
        test = page(f"pages/{kind}.py", preset=preset.name)
        opens(test, preset)
        assert_draws(test, preset.view, preset.name)
        assert any(b.label == "Unpin" for b in test.button) == (preset.pinned is not None), preset.name


# weights


@pytest.mark.parametrize("kind", VIEWS)
def test_a_unit_is_shown_large_in_any_order(open_page, offered, kind):
    for name in ("1", "5 deep"):
        own = RUNS[kind, name]
        test = open_page(own, view="Weights")
        last = (own.hidden_layers or (own.code_size,))[0] - 1
        test.number_input(key=f"{kind} unit").set_value(last).run()
        for order in ("norm", "mean activation"):
            test.segmented_control(key=f"{kind} order").set_value(order).run()
            assert problems(test) == []
            assert any("unit detail current" in element.key for element in test.get("bidi_component"))
            assert f"nit {last}: activation **" in texts(test)


@pytest.mark.parametrize("unit", [5, 999])
def test_a_unit_that_there_is_not_is_forgotten(open_page, unit):
    test = open_page(RUNS["sparse", "5"], view="Weights")
    test.session_state["sparse unit"] = unit
    test.run()
    assert_draws(test, "Weights")
    assert test.number_input(key="sparse unit").value is None


def test_a_unit_that_the_pinned_one_does_not_have_is_forgotten(open_page):
    test = open_page(RUNS["autoencoder", "5"], view="Weights")
    test.number_input(key="autoencoder unit").set_value(4).run()
    test.session_state["page state of autoencoder"].pin = run_id(RUNS["autoencoder", "2 linear"])
    test.run()
    assert_draws(test, "Weights")
    assert test.number_input(key="autoencoder unit").value is None


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("3 tanh", ["Encoder: pixels to units", "Decoder: units to pixels"]),
        ("5", ["Weights, the same up and down"]),
        ("5 deep", ["Encoder: pixels to units"]),
        ("5 deep linear", ["Weights, the same up and down"]),
    ],
)
def test_the_decoder_stands_beside_where_it_mirrors_the_encoder(open_page, offered, library, name, titles):
    own = RUNS["autoencoder", name]
    open_page(own, view="Weights")
    _, panels, labels = offered["weights"]
    assert [panel.title for panel in panels] == titles
    assert list(labels) == ["epoch 0", "epoch 1", "epoch 2"]
    for panel, weights in zip(panels, (("encoder.0.W", 1), ("decoder.0.W", 0)), strict=False):
        tiles = arrays_of(library, own)[weights[0]]
        tiles = (tiles.T if weights[1] else tiles).reshape(-1, 4, 4)
        limit = np.quantile(np.abs(tiles), 0.998)
        np.testing.assert_allclose(panel.frames[-1][:4, 5:9].astype(int), quantize(tiles[1], -limit, limit), atol=1)


# reconstructions


def literal_pass(arrays, x):
    """What two sigmoid or linear layers make of images, untied, squared error."""
    code = sigmoid(x @ arrays["encoder.0.W"] + arrays["encoder.0.b"])
    return code, code @ arrays["decoder.0.W"] + arrays["decoder.0.b"]


def test_the_caption_has_the_error_of_the_images_by_the_model_and_by_pca(open_page, offered, library):
    own = RUNS["autoencoder", "1"]
    test = open_page(own, view="Reconstructions")
    x = grey(own)[:20]
    code, output = literal_pass(arrays_of(library, own), x)
    fitted = PCA(1, svd_solver="full").fit(load(own.dataset).train / 255)
    by_pca = fitted.inverse_transform(fitted.transform(x))
    expected = {"PCA": np.square(by_pca - x).sum(1).mean(), "Autoencoder": np.square(output - x).sum(1).mean()}
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    for name, error in expected.items():
        assert float(re.search(rf"{name} \*\*([\d.]+)\*\*", caption)[1]) == pytest.approx(error, abs=0.06)
    arrays, panels, _ = offered["reconstructions"]
    np.testing.assert_allclose(arrays["code"], code, atol=1e-4)
    np.testing.assert_allclose(arrays["error"], np.square(output - x).sum(1), rtol=1e-3)
    assert [panel.title for panel in panels] == [
        "Input", "PCA: reconstruction", "Autoencoder: reconstruction", "Autoencoder: code"
    ]  # fmt: skip
    np.testing.assert_allclose(
        panels[2].frames[-1][:4, 5:9].astype(int), quantize(output[1].reshape(4, 4), 0, 1), atol=1
    )


def test_the_error_is_that_of_the_epoch_and_of_the_images_shown(open_page, offered, library):
    own = RUNS["sparse", "3 untied"]
    test = open_page(own, view="Reconstructions", epoch=1)
    test.segmented_control(key="sparse reconstructions source").set_value("other test images").run()
    assert_draws(test, "Reconstructions")
    x = grey(own)[10:30]
    _, output = literal_pass(arrays_of(library, own, 1), x)
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    assert "at epoch 1" in caption
    assert figures(caption) == [pytest.approx(np.square(output - x).sum(1).mean(), abs=0.06)]


def test_pinned_runs_stand_beside_instead_of_pca(open_page, offered):
    open_page(RUNS["autoencoder", "2 linear"], view="Reconstructions", pin=run_id(RUNS["autoencoder", "5"]))
    titles = [panel.title for panel in offered["reconstructions"][1]]
    assert len(titles) == 5
    assert not any("PCA" in title for title in titles)


# beside PCA


@pytest.mark.parametrize("name", ["2 linear", "5 deep"])
def test_the_floor_is_the_error_of_pca(open_page, offered, library, name):
    own = RUNS["autoencoder", name]
    test = open_page(own, view="Beside PCA")
    x, train = grey(own).astype(float), load(own.dataset).train / 255
    fitted = PCA(own.code_size, svd_solver="full").fit(train)
    floor = np.square(fitted.inverse_transform(fitted.transform(x)) - x).sum(1).mean()
    model = model_of(library, own)
    output = model.reconstruct(torch.tensor(x, dtype=torch.float32)).numpy()
    error = np.square(output - x).sum(1).mean()
    (verdict,) = [m.value for m in test.markdown if SAYS["Beside PCA"] in m.value]
    assert float(re.search(r"\*\*([\d.]+)\*\* per test image", verdict)[1]) == pytest.approx(error, abs=0.006)
    assert float(re.search(r"as many: \*\*([\d.]+)\*\*", verdict)[1]) == pytest.approx(floor, abs=0.006)
    drawn = charts(test)
    by_size, by_epoch = drawn["error by size"], drawn["error by epoch"]
    assert by_size["PCA"][1][own.code_size] == pytest.approx(floor, abs=0.01)
    assert by_size["PCA"][1][0] == pytest.approx(np.square(x - train.mean(0)).sum(1).mean(), abs=0.01)
    assert by_size["This autoencoder"][0] == [own.code_size]
    assert by_epoch["This autoencoder"][1][-1] == pytest.approx(error, abs=0.01)


def test_more_code_units_than_components_have_their_last_floor(open_page, offered):
    """The spiral has two dimensions; five code units find no third one."""
    many = RUNS["autoencoder", "spiral"]
    test = open_page(many, view="Beside PCA")
    assert_draws(test, "Beside PCA")
    (verdict,) = [m.value for m in test.markdown if SAYS["Beside PCA"] in m.value]
    assert float(re.search(r"as many: \*\*([\d.]+)\*\*", verdict)[1]) == 0


def test_each_unit_draws_what_it_adds(open_page, offered, library):
    own = RUNS["autoencoder", "2 linear"]
    open_page(own, view="Beside PCA")
    arrays = arrays_of(library, own)
    code = grey(own) @ arrays["encoder.0.W"] + arrays["encoder.0.b"]
    expected = code.std(0, ddof=1)[:, None] * arrays["decoder.0.W"]
    np.testing.assert_allclose(offered["beside pca"][0]["effects"], expected, atol=1e-4)


@pytest.mark.parametrize("name", SETTINGS["autoencoder"])
def test_angles_are_drawn_only_of_linear_ones(open_page, name):
    test = open_page(RUNS["autoencoder", name], view="Beside PCA")
    assert ("angles" in charts(test)) == (name in ("2 linear", "5 deep linear"))


@pytest.mark.parametrize(("name", "pinned"), [("2 linear", "5"), ("5", "2 linear")])
def test_beside_another_kind_of_units_only_the_linear_one_has_angles(open_page, name, pinned):
    test = open_page(RUNS["autoencoder", name], view="Beside PCA", pin=run_id(RUNS["autoencoder", pinned]))
    angles = charts(test)["angles"]
    assert len(angles) == 2
    (largest,) = [y for curve, (_, y) in angles.items() if "largest" in curve]
    assert len(largest) == 3
    assert (largest >= 0).all()
    assert (largest <= 90).all()


# the code space


@pytest.mark.parametrize("name", ["5", "3 tanh"])
def test_codes_are_shown_in_every_way(open_page, offered, monkeypatch, name):
    monkeypatch.setattr("explorer.ui.views.code_map.umap", lambda z: z[:, :2])  # its own test takes long enough
    test = open_page(RUNS["autoencoder", name], view="Code space")
    ways = ["two codes", "PCA", "UMAP", *(["3-D"] if name == "3 tanh" else [])]
    control = test.segmented_control(key="autoencoder map kind")
    assert list(control.options) == ways
    for way in ways:
        test.segmented_control(key="autoencoder map kind").set_value(way).run()
        assert problems(test) == []
        shown = [*test.get("bidi_component"), *test.get("plotly_chart")]
        assert any(re.search("(map|scatter) current", element.key) for element in shown), way


def test_a_path_through_two_codes_is_decoded(open_page, offered, library):
    own = RUNS["autoencoder", "2 deep, linear code"]
    test = open_page(own, view="Code space")
    path = ((0.0, 0.0), (1.0, -1.0))
    key = "autoencoder map current two codes (0, 1)"
    test.session_state[f"{key}.path"] = SharedValue(path, (), (), ())
    test.session_state[f"{key}.selection"] = SharedValue((3, 4, 5), (), (), ())
    test.session_state[f"{key}.z"] = SharedValue((1.24, -0.5), None, None, None)
    test.run()
    assert problems(test) == []
    found = offered["path current"][0]
    expected = model_of(library, own).decode(torch.tensor(path)).clamp(0, 1).numpy()
    np.testing.assert_allclose(found["images"], expected, atol=1e-5)
    assert "**3** test images selected: " in texts(test)


@pytest.mark.parametrize("name", ["5", "3 tanh"])
def test_units_that_the_map_does_not_show_stay_at_their_mean(open_page, offered, library, name):
    own = RUNS["autoencoder", name]
    test = open_page(own, view="Code space")
    model = model_of(library, own)
    with torch.no_grad():
        codes = model.encode(torch.tensor(grey(own))).numpy()
    across, up = np.argsort(-codes.var(0), kind="stable")[:2]
    place = codes[3, [across, up]]
    key = f"autoencoder map current two codes ({across}, {up})"
    test.session_state[f"{key}.path"] = SharedValue(((float(place[0]), float(place[1])),), (), (), ())
    test.run()
    assert problems(test) == []
    z = codes.mean(0)
    z[[across, up]] = place
    np.testing.assert_allclose(offered["path current"][0]["z"], z[None], atol=1e-5)


# denoise


@pytest.mark.parametrize("noise", ["masking", "salt and pepper", "gaussian"])
@pytest.mark.parametrize("name", ["1", "spiral"])
def test_without_strength_the_noisy_images_are_the_clean_ones(open_page, offered, noise, name):
    test = open_page(RUNS["denoising", name], view="Denoise")
    test.segmented_control(key="denoising noise shown").set_value(noise).run()
    test.select_slider(key="denoising strength shown").set_value(0.0).run()
    assert_draws(test, "Denoise")
    arrays = offered["denoise"][0]
    np.testing.assert_array_equal(arrays["noisy"], arrays["clean"])
    assert "noisy **0.0** →" in texts(test)


def test_denoised_images_are_what_the_model_makes_of_the_noisy_ones(open_page, offered, library):
    own = RUNS["denoising", "3 gauss"]
    test = open_page(own, view="Denoise")
    assert test.segmented_control(key="denoising noise shown").value == "gaussian"
    assert test.select_slider(key="denoising strength shown").value == 0.3
    for noise, strength in (("gaussian", 0.3), ("masking", 0.5), ("salt and pepper", 0.9)):
        test.segmented_control(key="denoising noise shown").set_value(noise).run()
        test.select_slider(key="denoising strength shown").set_value(strength).run()
        arrays = offered["denoise"][0]
        x, noisy = grey(own)[:20], arrays["noisy"]
        changed = noisy != x
        if noise == "gaussian":
            assert (noisy - x).std() == pytest.approx(strength, rel=0.15)
        else:
            assert set(np.unique(noisy[changed])) <= ({0.0} if noise == "masking" else {0.0, 1.0})
            share = 0.5 * strength  # half of the pixels have that value already
            assert changed.mean() == pytest.approx(share, abs=0.1)
        denoised = model_of(library, own).reconstruct(torch.tensor(noisy)).numpy()
        np.testing.assert_allclose(arrays["denoised"], denoised, atol=1e-5)
        before, after = (np.square(y - x).sum(1).mean() for y in (noisy, denoised))
        (caption,) = [c.value for c in test.caption if SAYS["Denoise"] in c.value]
        assert figures(caption) == [pytest.approx(before, abs=0.06), pytest.approx(after, abs=0.06)]


def test_other_noise_is_drawn_on_request(open_page, offered):
    test = open_page(RUNS["denoising", "1"], view="Denoise")
    before = offered["denoise"][0]["noisy"]
    test.run()
    np.testing.assert_array_equal(offered["denoise"][0]["noisy"], before)
    button(test, "Other noise").click().run()
    assert not np.array_equal(offered["denoise"][0]["noisy"], before)


def test_pinned_and_shown_see_the_same_noise(open_page, offered, library):
    own, pinned = RUNS["denoising", "3 gauss"], RUNS["denoising", "1"]
    open_page(own, view="Denoise", pin=run_id(pinned))
    _, panels, _ = offered["denoise"]
    arrays = offered["denoise"][0]
    assert len(panels) == 4
    expected = model_of(library, pinned).reconstruct(torch.tensor(arrays["noisy"])).numpy()[0]
    np.testing.assert_allclose(panels[2].frames[-1][:4, :4].astype(int), quantize(expected.reshape(4, 4), 0, 1), atol=1)


@pytest.mark.parametrize(("name", "strength"), [("spiral", 0.05), ("2 salt", 0.2), ("5 linear", 0.0)])
def test_denoise_starts_at_the_strength_of_training_and_rings_it(open_page, name, strength):
    test = open_page(RUNS["denoising", name], view="Denoise")
    assert test.select_slider(key="denoising strength shown").value == strength
    rings = [t for t in traces(test, "error by strength") if "marker" in t.get("mode", "")]
    assert [numbers(t["x"]).tolist() for t in rings] == [[strength]]


def traces(test, name):
    (chart,) = [chart for chart in test.get("plotly_chart") if chart.key.endswith(name)]
    return json.loads(chart.proto.spec)["data"]


def test_the_curve_is_the_mean_error_of_the_test_images(open_page, library):
    own = RUNS["denoising", "1"]
    curves = charts(open_page(own, view="Denoise"))["error by strength"]
    x = grey(own)
    strengths, noisy = curves["noisy"]
    np.testing.assert_allclose(noisy, strengths * x.sum(1).mean(), rtol=0.3, atol=1e-6)
    clean = model_of(library, own).reconstruct(torch.tensor(x)).numpy()
    assert curves["Denoised"][1][0] == pytest.approx(np.square(clean - x).sum(1).mean(), rel=1e-4)


# the correction field


def test_the_field_over_the_spiral_is_the_models_correction(open_page, offered, library):
    own = RUNS["denoising", "spiral"]
    test = open_page(own, view="Correction field")
    assert not test.number_input
    arrays, (panel,), labels = offered["correction field"]
    assert len(panel.frames) == len(labels) == 3
    place = np.array([[arrays["x"][20], arrays["y"][3]]], np.float32)
    expected = model_of(library, own).reconstruct(torch.tensor(place)).numpy() - place
    np.testing.assert_allclose(arrays["along"][3, 20], expected[0], atol=1e-5)
    np.testing.assert_allclose(arrays["across"], 0, atol=1e-5)


def test_two_images_that_are_the_same_span_no_plane_and_nothing_else_is_lost(open_page, offered):
    test = open_page(RUNS["denoising", "digits"], view="Correction field")
    test.number_input(key="denoising corner A").set_value(1).run()
    (warning,) = problems(test)
    assert warning == "The three images are on one line, which has no plane of its own; take others."
    assert test.number_input(key="denoising corner B").value == 1
    assert [tab.label for tab in test.tabs] == list(VIEWS["denoising"])
    test.number_input(key="denoising corner B").set_value(7).run()
    assert_draws(test, "Correction field")
    corners = offered["correction field"][1][0]
    assert [note.partition(",")[0] for note in corners.notes] == [
        "A: test image 1", "B: test image 7", "C: test image 2"
    ]  # fmt: skip


# the sampling chain


@pytest.fixture
def chains(monkeypatch):
    """The chains that the view runs, as (steps, following, deviation, chain)."""
    found, run = [], chain.denoising_chain

    def noting(model, x, steps, way, draws, following, deviation):
        found.append((steps, following, deviation, run(model, x, steps, way, draws, following, deviation)))
        return found[-1][3]

    monkeypatch.setattr(chain, "denoising_chain", noting)
    return found


@pytest.mark.parametrize("name", ["1", "3 gauss"])
@pytest.mark.parametrize("following", ["sample", "mean"])
@pytest.mark.parametrize("start", ["test images", "random pixels"])
def test_a_chain_goes_on_as_asked_for(open_page, offered, chains, library, name, following, start):
    own = RUNS["denoising", name]
    test = open_page(own, view="Sampling chain")
    test.segmented_control(key="denoising chain start").set_value(start).run()
    test.segmented_control(key="denoising chain next").set_value(following).run()
    test.select_slider(key="denoising chain steps").set_value(5).run()
    assert_draws(test, "Sampling chain")
    assert chains[-1][:2] == (5, following)
    arrays, panels, labels = offered["denoising chain"]
    assert list(labels) == [f"step {step}" for step in range(6)]
    assert all(len(panel.frames) == 6 for panel in panels)
    states, corrupted, means = (arrays[part] for part in ("states", "corrupted", "means"))
    assert np.array_equal(states[0], grey(own)[:20]) == (start == "test images")
    expected = model_of(library, own).reconstruct(torch.tensor(corrupted[3])).numpy()
    np.testing.assert_allclose(means[3], expected, atol=1e-5)
    if following == "mean":
        np.testing.assert_array_equal(states[2:], means[1:-1])
    elif own.loss == "cross-entropy":
        assert set(np.unique(states[2:])) <= {0.0, 1.0}
    else:
        assert (states[2:] - means[1:-1]).std() == pytest.approx(chains[-1][2], rel=0.3)


@pytest.mark.parametrize("steps", [1, 1000])
def test_a_chain_honours_its_steps(open_page, offered, chains, steps):
    test = open_page(RUNS["denoising", "2 salt"], view="Sampling chain")
    test.select_slider(key="denoising chain steps").set_value(steps).run()
    assert_draws(test, "Sampling chain")
    assert chains[-1][0] == steps
    assert offered["denoising chain"][2][-1] == f"step {steps}"


def test_how_far_samples_scatter_does_not_depend_on_where_a_chain_starts(open_page, chains, library):
    """Random pixels are no data: how badly they are copied says nothing of p(x | x̃)."""
    own = RUNS["denoising", "3 gauss"]
    test = open_page(own, view="Sampling chain")
    test.segmented_control(key="denoising chain start").set_value("random pixels").run()
    x = torch.tensor(grey(own))
    noisy = x + 0.3 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    error = float((model_of(library, own).reconstruct(noisy) - x).square().mean().sqrt())
    assert [each[2] for each in chains] == [pytest.approx(error, rel=0.1)] * 2


def test_a_chain_beside_a_pinned_one_has_the_noise_of_each(open_page, offered, monkeypatch):
    kinds, corrupt = [], chain.corrupt

    def noting(x, noise, strength, generator):
        kinds.append((noise, strength))
        return corrupt(x, noise, strength, generator)

    monkeypatch.setattr(chain, "corrupt", noting)
    test = open_page(RUNS["denoising", "2 salt"], view="Sampling chain", pin=run_id(RUNS["denoising", "3 gauss"]))
    assert_draws(test, "Sampling chain")
    assert set(kinds) == {("gaussian", 0.2), ("salt and pepper", 0.2)}
    assert len(offered["denoising chain"][1]) == 4


# the Jacobian


@pytest.mark.parametrize("name", ["1", "3 untied", "5 deep", "5 deep linear", "digits"])
def test_the_norm_is_that_of_the_analysis(open_page, offered, library, name):
    own = RUNS["contractive", name]
    test = open_page(own, view="Jacobian")
    model, x = model_of(library, own), torch.tensor(grey(own)[:20])
    norm = float(jacobian_norm(model, x).mean())
    up, down = model.encoder_weights()[0].norm(), model.decoder_weights()[-1].norm()
    (line,) = [m.value for m in test.markdown if SAYS["Jacobian"] in m.value]
    assert figures(line) == pytest.approx([norm, float(up), float(down)], rel=5e-3)
    assert ("(tied)" in line) == own.tied
    drawn = charts(test)
    measured = library.find(own).metrics()["jacobian_norm"].to_numpy()  # of more images
    np.testing.assert_allclose(drawn["norms"]["Mean ‖J‖"][1], measured[-own.epochs :])
    assert measured[-1] == pytest.approx(norm, rel=0.2)
    values = np.linalg.svd(jacobian(model, x).numpy(), compute_uv=False)
    np.testing.assert_allclose(offered["jacobian"][0]["singular_values"], values, atol=1e-4)
    np.testing.assert_allclose(drawn["spectrum"]["Mean over images"][1], values.mean(0), atol=1e-4)


def test_a_denoising_autoencoder_that_was_begun_again_and_left_still_stands_beside(open_page, offered, library):
    own = RUNS["contractive", "5 deep"]
    before = list(charts(open_page(own, view="Jacobian"))["spectrum"])
    assert any(name.startswith("denoising, ") for name in before)
    for name in SETTINGS["denoising"]:
        library.own.request(RUNS["denoising", name])
    assert list(charts(open_page(own, view="Jacobian"))["spectrum"]) == before


def test_a_direction_moves_the_code_by_its_singular_value(open_page, offered, library):
    own = RUNS["contractive", "3 untied"]
    open_page(own, view="Jacobian")
    arrays = offered["jacobian"][0]
    J = jacobian(model_of(library, own), torch.tensor(grey(own)[:20])).numpy()
    moved = np.linalg.norm(np.einsum("ncv,ntv->ntc", J, arrays["tangents"]), axis=2)
    np.testing.assert_allclose(moved, arrays["singular_values"][:, : moved.shape[1]], atol=1e-5)


# sparsity


@pytest.mark.parametrize("name", SETTINGS["sparse"])
def test_the_figures_are_those_of_the_analysis(open_page, offered, library, name):
    own = RUNS["sparse", name]
    test = open_page(own, view="Sparsity")
    with torch.no_grad():
        found = sparsity(model_of(library, own).encode(torch.tensor(grey(own))).numpy())
    (line,) = [m.value for m in test.markdown if SAYS["Sparsity"] in m.value]
    mean, on, dead = figures(line)
    assert mean == pytest.approx(found.mean.mean(), abs=6e-4)
    assert on == pytest.approx(found.units_on.mean(), abs=SHOWN_TO)
    assert dead == len(found.dead)
    assert f"(target {own.target:g})" in line
    assert f"of {own.code_size} " in line
    arrays = offered["sparsity"][0]
    np.testing.assert_allclose(arrays["mean"], found.mean, atol=1e-5)
    np.testing.assert_array_equal(arrays["units_on"], found.units_on)
    drawn = charts(test)
    np.testing.assert_allclose(drawn["means"]["Mean activation"][1], np.sort(found.mean)[::-1], atol=1e-5)
    assert set(drawn["means"]["Target ρ"][1]) == {own.target}
    (share,) = [y for curve, (_, y) in drawn["units on"].items() if "nits above" in curve]
    np.testing.assert_allclose(share, np.bincount(found.units_on) / len(found.units_on))


SHOWN_TO = 0.51  # units


# every kind on every data set

SMALL = {
    "rbm": {"hidden_units": 4},
    "dbn": {"first": {"hidden_units": 4, "epochs": 1}, "hidden_units": (4,)},
    "vae": {"hidden_units": 4, "latent_size": 2},
    "conv-vae": {"latent_size": 2},
    "autoencoder": size(3),
    "denoising": size(3),
    "contractive": size(3),
    "sparse": size(3),
}


@pytest.fixture
def quick(monkeypatch):
    for name, value in (
        ("dbn_measures.AIS_BETAS", (10, 10)),
        ("dbn_measures.BOUND_SAMPLES", 5),
        ("rbm_measures.AIS_BETAS", 10),
        ("vae_measures.MEASURES._images", 4),
        ("vae_measures.CONV_MEASURES._images", 4),
    ):
        monkeypatch.setattr(f"explorer.analysis.{name}", value)


@pytest.mark.parametrize("dataset", ["mnist-5k", "bars-and-stripes", "spiral"])
@pytest.mark.parametrize("kind", SMALL)
def test_a_kind_trains_on_a_data_set_or_says_what_to_change(inline, quick, monkeypatch, kind, dataset):
    monkeypatch.setattr("explorer.analysis.vae_measures.quadrature", partial(quadrature, step=0.5))
    if (kind, dataset) == ("conv-vae", "spiral"):
        with pytest.raises(ConfigError, match="dataset = 'spiral' is not valid: a set of images whose sides are"):
            config(kind, SMALL[kind], {"dataset": dataset, "epochs": 1})
        return
    run = inline.submit(config(kind, SMALL[kind], {"dataset": dataset, "epochs": 1}))
    assert run.status.epoch >= 1
    assert run.metrics().notna().any().any()
    assert "None" not in [str(value) for record in run.metric_rows() for value in record.values()]  # not finite


def test_a_data_set_that_a_kind_refuses_is_told_on_its_page(page):
    test = page("pages/conv-vae.py", dataset="spiral")
    assert not test.exception
    assert any("multiples of 4 pixels" in element.value for element in [*test.warning, *test.error])
