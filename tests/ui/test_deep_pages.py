"""The pages of layer-wise pre-training and of the deep autoencoder as a user meets them, without a browser."""

import base64
import json
import re
import shutil
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.analysis import autoencoder_measures
from explorer.analysis.projection import principal_axes
from explorer.data.catalogue import CATALOGUE, load
from explorer.engine.inline import InlineEngine
from explorer.errors import RunBusy
from explorer.models.config import text_of
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.models.registry import kind_of
from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.status import State, write_status
from explorer.runs.store import Store
from explorer.ui import run_table
from explorer.ui.shelf import images
from explorer.ui.views import code_map
from tests.ui.test_autoencoder_pages import (
    NotHere,
    arrays_of,
    button,
    charts,
    config,
    few_components,
    few_images,
    figures,
    numbers,
    presets_of,
    problems,
    sigmoid,
    texts,
)
from tests.ui.test_dbn_pages import begun, offer
from tests.ui.test_runs_page import press, select_run

BARS = {"dataset": "bars-and-stripes", "epochs": 2}
DIGITS = {"dataset": "mnist-5k", "epochs": 1}


def layers(*sizes, **changes):
    *hidden, code = sizes
    values = BARS | {"hidden_layers": tuple(hidden), "code_size": code, "layer_epochs": 1}
    return PretrainingConfig(**values | changes)


def deep(below, **changes):
    return DeepAutoencoderConfig(**{"dataset": below.dataset, "epochs": 2, "layers": below} | changes)


LAYERS = {
    "one layer": layers(3),
    "three layers": layers(12, 8, 3),
    "sigmoid code": layers(6, 5, linear_code=False),
    "autoencoders": layers(6, 2, method="autoencoders"),
    "one unit": layers(6, 1),
    "digits": layers(10, 4, **DIGITS),
}
DEEP = {
    "one layer": deep(LAYERS["one layer"]),
    "three layers": deep(LAYERS["three layers"]),
    "random": deep(layers(12, 8, 3), start="random"),
    "small random": deep(layers(6, 3), start="small random"),
    "squared error": deep(LAYERS["sigmoid code"], loss="squared error"),
    "sigmoid code": deep(LAYERS["sigmoid code"]),
    "autoencoders": deep(LAYERS["autoencoders"]),
    "one unit": deep(LAYERS["one unit"]),
    "digits": deep(LAYERS["digits"], epochs=1),
}
KINDS = {"pretraining": LAYERS, "deep-autoencoder": DEEP}
RUNS = [(kind, name) for kind, named in KINDS.items() for name in named]
VIEWS = {
    "pretraining": ("Weights", "Reconstructions", "Stages", "Code space", "Training"),
    "deep-autoencoder": (
        "Reconstructions", "Stages", "Code space", "Nearest images", "Few labels", "Weights", "Training"
    ),
}  # fmt: skip
SAYS = {  # what only this view says, or what ends the key of its picture
    "Weights": "Click a tile or type a unit's number",
    "Reconstructions": "ean squared error of these images",
    "Stages": " stages ",
    "Code space": " map current ",
    "Nearest images": " precision ",
    "Few labels": "No classifier of this encoder is trained yet",
    "Training": "All other figures",
}
PAIRS = [
    ("pretraining", "three layers", "one layer"),
    ("pretraining", "one unit", "autoencoders"),
    ("deep-autoencoder", "three layers", "random"),
    ("deep-autoencoder", "one unit", "squared error"),
    ("deep-autoencoder", "small random", "one layer"),
    ("deep-autoencoder", "three layers", "three layers"),
]


@pytest.fixture(scope="module", autouse=True)
def _few_images():
    """Train, measure and show few images; what was found in them is forgotten, as other tests need all."""
    caches = (autoencoder_measures._pca, autoencoder_measures._pca_floor, images._loaded)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("engine.job", "analysis.autoencoder_measures", "analysis.classifier_measures", "ui.images"):
            patch.setattr(f"explorer.{module}.load", few_images)
        for module in ("analysis.autoencoder_measures", "ui.views.autoencoder.analyses"):
            patch.setattr(f"explorer.{module}.principal_components", few_components)
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
    """Return a folder with all the models above and what they are built on."""
    folder = tmp_path_factory.mktemp("trained-deep")
    engine = InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True)))
    for each in (*LAYERS.values(), *DEEP.values()):
        engine.submit(each)
    return folder


def address(own):
    return {name: text_of(value) for name, value in own.values().items()}


@pytest.fixture
def open_page(page):
    """Return a function that opens the page of a config, with changes of its URL's parameters."""

    def opened(own, **changes):
        return page(f"pages/{own.kind}.py", **address(own) | changes)

    return opened


@pytest.fixture
def offered(monkeypatch):
    """The arrays and panels that a view offers for download, by name, as of the last run."""
    found = {}

    def take(_scene, name, arrays, panels=None, labels=()):
        found[name] = (arrays(), panels() if panels else [], labels)

    for view in ("reconstructions", "code_map", "units", "autoencoder.nearest"):
        monkeypatch.setattr(f"explorer.ui.views.{view}.downloads", take)
    return found


def assert_draws(test, view, what=""):
    """The page and the view stand without a word of complaint."""
    assert problems(test) == [], (view, what)
    keys = [f"{element.key} " for element in (*test.get("bidi_component"), *test.get("plotly_chart"))]
    assert SAYS[view] in texts(test) + " ".join(keys), (view, what)


def titles(offered, name):
    return [panel.title for panel in offered[name][1]]


def bytes_of(own):
    return few_images(own.dataset).test


def grey(own):
    return bytes_of(own).astype(np.float32) / 255


def literal_pass(arrays, x, linear_code=True, squared=False):
    """The code and the output of layers (encoder.0 …, decoder.0 …), the decoder's weights the encoder's if it has none.

    All units are sigmoid but those of a linear code, and those of the output for a squared error.
    """
    depth = sum(name.startswith("encoder.") and name.endswith(".W") for name in arrays)
    h = x
    for layer in range(depth):
        h = h @ arrays[f"encoder.{layer}.W"] + arrays[f"encoder.{layer}.b"]
        h = h if linear_code and layer == depth - 1 else sigmoid(h)
    code = h
    for layer in range(depth):
        W = arrays.get(f"decoder.{layer}.W", arrays[f"encoder.{depth - 1 - layer}.W"].T)
        h = h @ W + arrays[f"decoder.{layer}.b"]
        h = h if squared and layer == depth - 1 else sigmoid(h)
    return code, h


def passed(library, own, x, epoch=None):
    """The same of a trained model at an epoch."""
    below = own.layers if isinstance(own, DeepAutoencoderConfig) else own
    squared = getattr(own, "loss", "") == "squared error"
    return literal_pass(arrays_of(library, own, epoch), x, below.linear_code, squared)


def error_of(library, own, epoch=None, count=None):
    """The mean squared error of the first test images."""
    x = grey(own)[:count]
    return np.square(passed(library, own, x, epoch)[1] - x).sum(1).mean()


def fitted_pca(own, components):
    return PCA(components, svd_solver="full").fit(few_images(own.dataset).train / 255)


def pca_error(own, components, count=None):
    x, pca = grey(own)[:count], fitted_pca(own, components)
    return np.square(pca.inverse_transform(pca.transform(x)) - x).sum(1).mean()


# all views


@pytest.mark.parametrize(("kind", "name"), RUNS, ids=lambda value: value)
def test_every_view_draws(open_page, offered, kind, name):
    own = KINDS[kind][name]
    for view in VIEWS[kind]:
        test = open_page(own, view=view)
        assert_draws(test, view)
        assert f"Trained, **{own.epochs} epoch" in texts(test)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("pretraining", "one layer"),
        ("pretraining", "three layers"),
        ("deep-autoencoder", "three layers"),
        ("deep-autoencoder", "small random"),
    ],
    ids=lambda value: value,
)
def test_every_view_draws_before_the_first_update(open_page, offered, kind, name):
    for view in VIEWS[kind]:
        assert_draws(open_page(KINDS[kind][name], view=view, epoch=0), view)


@pytest.mark.parametrize(("kind", "name", "pinned"), PAIRS, ids=lambda value: value)
def test_every_view_draws_beside_a_pinned_one(open_page, offered, kind, name, pinned):
    for view in VIEWS[kind]:
        test = open_page(KINDS[kind][name], view=view, pin=f"{run_id(KINDS[kind][pinned])}@1")
        assert_draws(test, view)
        assert button(test, "Unpin")


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained, kind):
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)
    assert "First the Layers 1000" in offer(test)


@pytest.mark.parametrize("own", [layers(6, 3, seed=5), deep(layers(6, 3), seed=5)], ids=list(KINDS))
def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline, own):
    path = inline.submit(own).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[own.kind]:
        test = open_page(own, view=view)
        (warning,) = problems(test)
        assert "epoch-00002.safetensors" in warning, view
        assert test.select_slider(key=f"{own.kind} epoch").value == 1


def test_a_broken_snapshot_of_the_layers_is_named_and_only_what_shows_them_is_lost(open_page, inline):
    own = deep(layers(6, 3, seed=5))
    inline.submit(own)
    path = inline.submit(own.layers).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[own.kind]:
        found = problems(open_page(own, view=view))
        if view in ("Reconstructions", "Stages"):
            (error,) = found
            assert "epoch-00002.safetensors" in error, view
        else:
            assert found == [], view


@pytest.mark.parametrize("own", [DEEP["three layers"], DEEP["random"]], ids=["pre-trained", "random"])
def test_every_view_draws_without_the_runs_it_is_built_on(open_page, nothing_trained, offered, own):
    library = Library.open()
    InlineEngine(library).submit(own)
    forget_layers(library)
    for view in VIEWS[own.kind]:
        assert_draws(open_page(own, view=view), view)


def forget_layers(library):
    for run in list(library.own):
        if run.kind == "pretraining":
            library.own.delete(run.id)


@pytest.mark.parametrize("kind", KINDS)
def test_other_images_stand_in_for_those_that_are_not_here(open_page, offered, inline, monkeypatch, kind):
    below = layers(3, dataset="mnist", epochs=1)
    absent = below if kind == "pretraining" else deep(below, epochs=1)
    inline.submit(absent)
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], source=NotHere("none", "none")))
    for view in VIEWS[kind]:
        test = open_page(absent, view=view)
        assert problems(test) == []
        (warning,) = (element.value for element in test.warning)
        assert "is not on this machine, so nothing can be trained on it" in warning
        assert "the digits shown are from the 1,000 built-in" in texts(test)


# stages


def facts(test, beginning="PCA with"):
    """What stands above the charts, as numbers."""
    (line,) = [element.value for element in test.markdown if element.value.startswith(beginning)]
    return figures(line), line


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("epoch", [1, None])
def test_the_errors_before_and_after_fine_tuning_are_those_of_the_models(open_page, library, name, epoch):
    own = DEEP[name]
    test = open_page(own, view="Stages", **({"epoch": epoch} if epoch else {}))
    before = error_of(library, own.layers) if own.start == "pre-trained" else error_of(library, own, 0)
    expected = [pca_error(own, own.code_size), before, error_of(library, own, epoch)]
    found, line = facts(test)
    assert found == [pytest.approx(error, abs=0.006) for error in expected]
    assert f"PCA with {own.code_size} components" in line
    assert f"at epoch {epoch or own.epochs} **" in line


@pytest.mark.parametrize("name", LAYERS)
def test_of_layers_the_error_is_that_of_the_unfolded_ones_and_nothing_comes_before(open_page, library, name):
    own = LAYERS[name]
    found, line = facts(open_page(own, view="Stages"))
    assert found == [
        pytest.approx(pca_error(own, own.code_size), abs=0.006),
        pytest.approx(error_of(library, own), abs=0.006),
    ]
    assert "before" not in line


@pytest.mark.parametrize(
    ("own", "names"),
    [
        (LAYERS["one layer"], ["16-3"]),
        (LAYERS["three layers"], ["16-12", "16-12-8", "16-12-8-3"]),
        (DEEP["three layers"], ["16-12", "16-12-8", "16-12-8-3", "all together"]),
        (DEEP["random"], ["all together"]),
        (DEEP["digits"], ["784-10", "784-10-4", "all together"]),
    ],
    ids=["one layer", "three layers", "deep", "random", "digits"],
)
def test_each_stage_goes_on_where_the_one_before_ended(open_page, library, own, names):
    drawn = charts(open_page(own, view="Stages"))["stages"]
    line = f"PCA, {own.code_size} components"
    assert list(drawn) == [*names, line]
    reached = 0
    for name, each in zip(names, (*ancestors(own), own), strict=True):
        epochs, errors = drawn[name]
        assert epochs.tolist() == [reached + epoch for epoch in range(1, each.epochs + 1)]
        measured = [row["reconstruction_error"] for row in library.find(each).metric_rows() if row["epoch"] >= 1]
        np.testing.assert_allclose(errors, measured, rtol=1e-6)
        assert errors[-1] == pytest.approx(error_of(library, each), rel=0.01)
        reached += each.epochs
    level_at, level = drawn[line]
    assert level_at.tolist() == [1, reached]
    np.testing.assert_allclose(level, pca_error(own, own.code_size), atol=0.01)


def traces(test, name):
    (chart,) = [chart for chart in test.get("plotly_chart") if chart.key.endswith(name)]
    return json.loads(chart.proto.spec)["data"]


def test_the_epoch_shown_is_ringed_in_the_last_stage(open_page):
    rings = [
        trace
        for trace in traces(open_page(DEEP["three layers"], view="Stages", epoch=1), "stages")
        if trace.get("mode") == "markers" and not trace.get("showlegend", True)
    ]
    assert [numbers(ring["x"]).tolist() for ring in rings] == [[5]]  # 1 + 1 + 2 epochs of layers, and 1


def test_stages_that_are_not_kept_are_counted_and_those_shown_begin_at_1(open_page, nothing_trained):
    own, library = DEEP["three layers"], Library.open()
    InlineEngine(library).submit(own)
    forget_layers(library)
    test = open_page(own, view="Stages")
    drawn = charts(test)["stages"]
    assert list(drawn) == ["all together", "PCA, 3 components"]
    assert drawn["all together"][0].tolist() == [1, 2]
    assert "The first 3 of the stages are not kept here" in texts(test)
    found, line = facts(test)
    assert "before fine-tuning **" in line
    assert found[1] == pytest.approx(error_of(library, own, 0), abs=0.006)


@pytest.fixture
def stopped_at_once(inline):
    """Return a function that leaves a run with its first snapshot only, as one that is stopped before an epoch ends."""

    def stopped(own, state=State.STOPPED):
        run = inline.submit(own)
        for epoch in run.snapshots[1:]:
            run.paths.snapshot(epoch).unlink()
        write_status(run.paths, run.status.model_copy(update={"state": state, "epoch": 0}))
        run.paths.metrics.write_text(run.paths.metrics.read_text().splitlines()[0] + "\n")
        run.paths.request.unlink(missing_ok=True)

    return stopped


@pytest.mark.parametrize(
    ("state", "words"), [(State.STOPPED, "Stopped after **0 epochs**"), (State.RUNNING, "In training")]
)
@pytest.mark.parametrize("own", [layers(3, seed=6), deep(layers(6, 3), start="random", seed=6)], ids=list(KINDS))
def test_before_the_first_epoch_is_trained_every_view_stands(open_page, stopped_at_once, offered, own, state, words):
    stopped_at_once(own, state)
    for view in VIEWS[own.kind]:
        test = open_page(own, view=view)
        assert problems(test) == [], view
        assert words in texts(test)


def test_a_last_stage_that_has_not_begun_is_not_counted_among_the_first(open_page, stopped_at_once):
    own = deep(layers(6, 3), seed=6)
    stopped_at_once(own)
    test = open_page(own, view="Stages")
    assert list(charts(test)["stages"]) == ["16-6", "16-6-3", "PCA, 3 components"]
    assert "not kept here" not in texts(test)


# reconstructions


@pytest.mark.parametrize("name", DEEP)
def test_the_caption_has_the_errors_of_pca_of_the_start_and_of_the_model(open_page, offered, library, name):
    own = DEEP[name]
    test = open_page(own, view="Reconstructions")
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    before = (own.layers, None) if own.start == "pre-trained" else (own, 0)
    expected = {
        "PCA": pca_error(own, own.code_size, 20),
        "Before": error_of(library, *before, count=20),
        "Fine-tuned": error_of(library, own, count=20),
    }
    for stage, error in expected.items():
        assert float(re.search(rf"{stage} \*\*([\d.]+)\*\*", caption)[1]) == pytest.approx(error, abs=0.06)
    x = grey(own)[:20]
    code, output = passed(library, own, x)
    arrays, panels, _ = offered["reconstructions"]
    np.testing.assert_allclose(arrays["code"], code, atol=1e-4)
    np.testing.assert_allclose(arrays["error"], np.square(output - x).sum(1), rtol=1e-3)
    assert [panel.title for panel in panels] == [
        "Input", "PCA: reconstruction", "Before: reconstruction", "Fine-tuned: reconstruction", "Fine-tuned: code"
    ]  # fmt: skip
    start = passed(library, before[0], x, before[1])[1]
    for panel, shown in ((panels[2], start), (panels[3], output)):
        rows, columns = CATALOGUE[own.dataset].shape
        tile = panel.frames[-1][:rows, columns + 1 : 2 * columns + 1].astype(int)
        np.testing.assert_allclose(tile, quantize(shown[1].reshape(rows, columns), 0, 1), atol=1)


def test_the_start_stands_still_while_the_model_moves(open_page, offered):
    open_page(DEEP["three layers"], view="Reconstructions")
    frames = {panel.title: len(panel.frames) for panel in offered["reconstructions"][1]}
    assert frames["Before: reconstruction"] == frames["PCA: reconstruction"] == 1
    assert frames["Fine-tuned: reconstruction"] == 3


def test_the_error_of_layers_is_that_of_the_unfolded_ones_beside_pca(open_page, offered, library):
    for name in ("three layers", "sigmoid code"):
        own = LAYERS[name]
        test = open_page(own, view="Reconstructions")
        (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
        expected = [pca_error(own, own.code_size, 20), error_of(library, own, count=20)]
        assert figures(caption) == [pytest.approx(error, abs=0.06) for error in expected]
        code = passed(library, own, grey(own)[:20])[0]
        np.testing.assert_allclose(offered["reconstructions"][0]["code"], code, atol=1e-4)
        assert not any("Before" in title for title in titles(offered, "reconstructions"))


def test_without_the_layers_the_start_is_the_models_first_snapshot_and_without_that_it_is_left_out(
    open_page, nothing_trained, offered
):
    own, library = DEEP["three layers"], Library.open()
    run = InlineEngine(library).submit(own)
    open_page(own, view="Reconstructions")
    with_layers = offered["reconstructions"][1][2]
    forget_layers(library)
    open_page(own, view="Reconstructions")
    without = offered["reconstructions"][1][2]
    assert with_layers.title == without.title == "Before: reconstruction"
    np.testing.assert_allclose(without.frames[0].astype(int), with_layers.frames[0], atol=1)
    run.paths.snapshot(0).unlink()
    for view in ("Reconstructions", "Stages"):
        test = open_page(own, view=view)
        assert_draws(test, view)
        assert "Before **" not in texts(test)
        assert "before fine-tuning **" not in texts(test)
    assert titles(offered, "reconstructions") == [
        "Input", "PCA: reconstruction", "Fine-tuned: reconstruction", "Fine-tuned: code"
    ]  # fmt: skip


def test_a_pinned_run_stands_beside_instead_of_the_start(open_page, offered):
    open_page(DEEP["three layers"], view="Reconstructions", pin=run_id(DEEP["random"]))
    assert len(titles(offered, "reconstructions")) == 5
    assert not any("Before" in title or "PCA" in title for title in titles(offered, "reconstructions"))


# the code space


@pytest.fixture
def maps(monkeypatch):
    """The maps that the view draws, as {the key's last parts: (positions by frame, axes)}."""
    found, draw = {}, code_map.latent_map

    def noting(key, cloud, **options):
        packed = np.frombuffer(base64.b64decode(cloud["positions"]), "<u2").reshape(cloud["frames"], -1, 2)
        low, high = np.array(cloud["range"]).T
        found[key.partition(" ")[2]] = (low + packed / 65_534 * (high - low), options["axes"])
        return draw(key, cloud, **options)

    monkeypatch.setattr(code_map, "latent_map", noting)
    return found


@pytest.mark.parametrize("name", ["autoencoders", "three layers", "digits"])
def test_the_map_beside_the_code_is_that_of_two_principal_components(open_page, offered, maps, name):
    own = DEEP[name]
    test = open_page(own, view="Code space")
    (places,), axes = maps["rival map"]
    assert axes == ("component 1", "component 2")
    assert "**The first two principal components**" in texts(test)
    pca = fitted_pca(own, 5)
    expected = pca.transform(grey(own))[:, :2]
    reach = np.ptp(expected, axis=0).max()
    apart = pca.explained_variance_[:3] / pca.explained_variance_[1]
    assert apart[0] > 1.001, "components of the same variance have no direction of their own"
    for component in (0, 1):
        along = places[:, component]
        sign = np.sign(along @ expected[:, component])
        if apart[component] > 1.001 * apart[component + 1]:
            np.testing.assert_allclose(along * sign, expected[:, component], atol=2e-3 * reach)


def test_the_map_of_two_codes_has_the_codes_of_each_epoch(open_page, offered, maps, library):
    own = DEEP["autoencoders"]
    open_page(own, view="Code space")
    positions, axes = maps["map current two codes (0, 1)"]
    assert axes == ("code 0", "code 1")
    for epoch in range(3):
        code = passed(library, own, grey(own), epoch)[0]
        np.testing.assert_allclose(positions[epoch], code, atol=1e-3 * max(1, np.ptp(positions)))


def test_pcas_map_stays_beside_every_way_to_show_codes_but_the_one_in_space(
    open_page, offered, maps, library, monkeypatch
):
    monkeypatch.setattr("explorer.ui.views.code_map.umap", lambda z: z[:, :2])
    test = open_page(DEEP["three layers"], view="Code space")
    for way, beside in (("PCA", True), ("UMAP", True), ("3-D", False), ("two codes", True)):
        maps.clear()
        test.segmented_control(key="deep-autoencoder map kind").set_value(way).run()
        assert problems(test) == []
        assert ("rival map" in maps) == beside, way
    code = passed(library, DEEP["three layers"], grey(DEEP["three layers"]))[0]
    test.segmented_control(key="deep-autoencoder map kind").set_value("PCA").run()
    (key,) = [key for key in maps if " PCA " in key]
    np.testing.assert_allclose(maps[key][0][-1], principal_axes(code).project(code), atol=1e-3)


def test_beside_a_pinned_run_and_for_layers_there_is_no_other_map(open_page, offered, maps):
    open_page(DEEP["three layers"], view="Code space", pin=run_id(DEEP["random"]))
    open_page(LAYERS["three layers"], view="Code space")
    assert len(maps) >= 2
    assert "rival map" not in maps


# the nearest images


def by_distance(query, descriptions, but=None):
    """The indices of all descriptions, the nearest first, and their distances."""
    far = np.sqrt(np.square(descriptions.astype(float) - query).sum(1))
    return [int(i) for i in np.argsort(far, kind="stable") if i != but], far


def descriptions_of(library, own, x):
    """What images are compared by, in the order of the pictures."""
    return [passed(library, own, x)[0], fitted_pca(own, own.code_size).transform(x), x]


NAMES = ["By code", "By {} principal components", "By pixels"]


@pytest.mark.parametrize(("name", "number"), [("three layers", 0), ("digits", 7), ("sigmoid code", 29)])
def test_the_nearest_images_are_those_of_a_loop_and_so_is_the_share_of_the_class(
    open_page, offered, library, name, number
):
    own = DEEP[name]
    test = open_page(own, view="Nearest images")
    test.number_input(key="deep-autoencoder nearest to").set_value(number).run()
    assert_draws(test, "Nearest images")
    found, (query, *panels), _ = offered["nearest"]
    labels, names = few_images(own.dataset).test_labels, CATALOGUE[own.dataset].classes
    np.testing.assert_array_equal(found["query"], bytes_of(own)[number])
    assert query.title == f"Test image {number}: {names[labels[number]]}"
    x = grey(own)
    for panel, title, values in zip(panels, NAMES, descriptions_of(library, own, x), strict=True):
        indices = found[title.format(own.code_size)]
        expected, far = by_distance(values[number], values, number)
        assert len(set(indices)) == 20
        assert number not in indices
        np.testing.assert_allclose(far[indices], far[expected[:20]], atol=5e-3)  # of images equally far, any
        hits = sum(labels[i] == labels[number] for i in indices)
        assert panel.title == f"{title.format(own.code_size)}: {hits} of 20 of its class"
        first = indices[0]
        assert re.fullmatch(rf"test image {first}: {names[labels[first]]} · distance [\d.]+", panel.notes[0])
        assert float(panel.notes[0].rpartition(" ")[2]) == pytest.approx(far[first], abs=0.01)
        rows, columns = CATALOGUE[own.dataset].shape
        np.testing.assert_array_equal(panel.frames[0][:rows, :columns], quantize(x[first].reshape(rows, columns), 0, 1))


def literal_precision(values, labels, count):
    shares = np.zeros(count)
    for query in range(len(values)):
        nearest = by_distance(values[query], values, query)[0][:count]
        hits = np.cumsum(labels[nearest] == labels[query])
        shares += hits / np.arange(1, count + 1) / len(values)
    return shares


def test_the_curve_of_precision_is_that_of_a_loop(open_page, offered, library):
    own = DEEP["digits"]
    test = open_page(own, view="Nearest images")
    curves = charts(test)["precision"]
    labels = few_images(own.dataset).test_labels
    assert list(curves) == ["By code", "by 4 components", "by pixels"]
    for (epochs, share), values in zip(curves.values(), descriptions_of(library, own, grey(own)), strict=True):
        assert epochs.tolist() == list(range(1, 100))
        np.testing.assert_allclose(share, literal_precision(values, labels, 99), atol=2e-3)


def test_precision_follows_the_epoch_shown(open_page, offered, library):
    own = DEEP["three layers"]
    labels = few_images(own.dataset).test_labels
    for epoch in (0, 2):
        (_, share), *_ = charts(open_page(own, view="Nearest images", epoch=epoch))["precision"].values()
        code = passed(library, own, grey(own), epoch)[0]
        np.testing.assert_allclose(share, literal_precision(code, labels, 29), atol=0.02)


def test_the_caption_does_not_count_more_images_than_there_are(open_page, offered):
    test = open_page(DEEP["three layers"], view="Nearest images")
    (caption,) = [c.value for c in test.caption if "each looked for among all others" in c.value]
    assert "1,000" not in caption
    assert "30" in caption


def test_a_pinned_run_finds_by_its_own_code(open_page, offered, library):
    own, pinned = DEEP["three layers"], DEEP["one layer"]
    test = open_page(own, view="Nearest images", pin=run_id(pinned))
    found, panels, _ = offered["nearest"]
    assert len(panels) == 5
    by_code = [name for name in found if name.endswith("by code")]
    for name, each in zip(by_code, (pinned, own), strict=True):
        code = passed(library, each, grey(each))[0]
        expected, far = by_distance(code[0], code, 0)
        np.testing.assert_allclose(far[found[name]], far[expected[:20]], atol=5e-3)
    assert len(charts(test)["precision"]) == 4


@pytest.mark.parametrize(("dataset", "number"), [("mnist", 120), ("mnist", 7), ("fashion-mnist", 7)])
def test_beside_a_pinned_run_of_another_data_set_the_image_is_still_that_of_the_shown_one(
    open_page, offered, inline, monkeypatch, dataset, number
):
    pinned, own = DEEP["digits"], deep(layers(10, 4, **DIGITS | {"dataset": dataset}), epochs=1)
    digits, more = few_images("mnist-5k"), load("mnist-5k")  # the shown set begins with the same, of other classes
    labels = np.concatenate([(digits.test_labels + 1) % 10, more.test_labels[500:600]])
    shown = replace(more, test=np.concatenate([digits.test, more.test[500:600]]), test_labels=labels)
    for module in ("ui.images", "engine.job", "analysis.autoencoder_measures"):
        sets = {"mnist-5k": digits, dataset: shown}
        monkeypatch.setattr(f"explorer.{module}.load", sets.__getitem__)
    monkeypatch.setitem(CATALOGUE, dataset, replace(CATALOGUE[dataset], source=lambda: shown))
    inline.submit(own)
    test = open_page(own, view="Nearest images", pin=run_id(pinned))
    test.number_input(key="deep-autoencoder nearest to").set_value(number).run()
    assert_draws(test, "Nearest images")
    found, (query, *panels), _ = offered["nearest"]
    label = shown.test_labels[number]
    assert query.title == f"Test image {number}: {CATALOGUE[dataset].classes[label]}"
    x = shown.test[number : number + 1].astype(np.float32) / 255
    code, codes = (passed(inline._library, pinned, each)[0] for each in (x, grey(pinned)))
    expected, far = by_distance(code[0], codes)  # none left out: the image of this number is another one there
    indices = found[next(name for name in found if name.endswith("by code"))]
    np.testing.assert_allclose(far[indices], far[expected[:20]], atol=5e-3)
    assert (number in indices) is (number == 7)
    of_its_class = f": {(digits.test_labels[indices] == label).sum()} of 20 of its class"
    assert panels[0].title.endswith(of_its_class if dataset == "mnist" else "by code")
    assert panels[1].title.endswith("of 20 of its class")
    assert number not in found[next(name for name in list(found)[2:] if name.endswith("by code"))]


def test_a_drawn_digit_is_looked_for_among_all_images(open_page, offered, library):
    own = DEEP["digits"]
    test = open_page(own, view="Nearest images")
    test.segmented_control(key="deep-autoencoder nearest source").set_value("my drawing").run()
    assert_draws(test, "Nearest images")
    assert any("Draw a digit" in caption.value for caption in test.caption)
    drawing = bytes_of(own)[3].reshape(28, 28)
    test.session_state["drawn digit"] = drawing
    offered.clear()
    test.run()
    assert_draws(test, "Nearest images")
    found, (query, *panels), _ = offered["nearest"]
    assert query.title == "My drawing"
    assert [panel.title for panel in panels] == [name.format(4) for name in NAMES]  # a drawing has no class
    np.testing.assert_array_equal(found["query"], drawing.reshape(-1))
    for panel in panels:
        assert found[panel.title][0] == 3  # itself, which is not left out
        assert len(found[panel.title]) == 20
    np.testing.assert_array_equal(found["By pixels"][1], by_distance(grey(own)[3], grey(own))[0][1])


def test_a_set_of_few_images_has_its_nearest_when_another_image_or_a_drawing_was_chosen(open_page, offered):
    for choose in (
        lambda test: test.number_input(key="deep-autoencoder nearest to").set_value(80),
        lambda test: test.segmented_control(key="deep-autoencoder nearest source").set_value("my drawing"),
    ):
        test = open_page(DEEP["digits"], view="Nearest images")
        choose(test).run()
        test.selectbox(key="deep-autoencoder.dataset").set_value("bars-and-stripes").run()
        assert_draws(test, "Nearest images")
        assert test.number_input(key="deep-autoencoder nearest to").value < 30
        assert len(offered["nearest"][1]) == 4


def test_more_code_units_than_components_are_compared_with_all_components(open_page, offered, inline):
    own = deep(layers(6, 5, dataset="spiral"), epochs=1)
    inline.submit(own)
    test = open_page(own, view="Nearest images")
    assert_draws(test, "Nearest images")
    assert list(offered["nearest"][0]) == ["query", "By code", "By 2 principal components", "By pixels"]
    np.testing.assert_array_equal(*[offered["nearest"][0][name][:3] for name in list(offered["nearest"][0])[2:]])


# weights


@pytest.mark.parametrize(("kind", "layer"), [("pretraining", 3), ("deep-autoencoder", 1)])
def test_the_layer_shown_first_is_the_one_that_learns(open_page, offered, kind, layer):
    test = open_page(KINDS[kind]["three layers"], view="Weights")
    control = test.segmented_control(key=f"{kind} layer of 3")
    assert list(control.options) == ["1", "2", "3"]
    assert control.value == layer


@pytest.mark.parametrize("kind", KINDS)
def test_above_the_first_layer_tiles_are_products_of_matrices(open_page, offered, library, kind):
    own = KINDS[kind]["three layers"]
    test = open_page(own, view="Weights")
    arrays = arrays_of(library, own)
    for layer, units in ((1, 12), (2, 8), (3, 3)):
        test.segmented_control(key=f"{kind} layer of 3").set_value(layer).run()
        assert_draws(test, "Weights")
        _, (panel,), _ = offered["weights"]
        first = "Weights, the same up and down" if kind == "pretraining" else "Encoder: pixels to units"
        assert panel.title == (first if layer == 1 else f"Layer {layer}, projected down to pixels")
        assert panel.grid.count == units
        tiles = arrays["encoder.0.W"]
        for above in range(1, layer):
            tiles = np.einsum("vh,hc->vc", tiles, arrays[f"encoder.{above}.W"])
        limit = np.quantile(np.abs(tiles), 0.998)
        tile = panel.frames[-1][:4, 5:9].astype(int)
        np.testing.assert_allclose(tile, quantize(tiles[:, 1].reshape(4, 4), -limit, limit), atol=1)


def test_a_unit_of_each_layer_is_shown_large_with_its_own_activation(open_page, offered, library):
    own = DEEP["three layers"]
    arrays, x = arrays_of(library, own), grey(own)
    test = open_page(own, view="Weights")
    for layer, key in ((1, "unit"), (2, "unit of layer 2"), (3, "unit of layer 3")):
        x = x @ arrays[f"encoder.{layer - 1}.W"] + arrays[f"encoder.{layer - 1}.b"]
        x = x if layer == 3 else sigmoid(x)
        test.segmented_control(key="deep-autoencoder layer of 3").set_value(layer).run()
        test.number_input(key=f"deep-autoencoder {key}").set_value(2).run()
        for order in ("norm", "mean activation"):
            test.segmented_control(key="deep-autoencoder order").set_value(order).run()
            assert problems(test) == []
        assert any("unit detail current" in element.key for element in test.get("bidi_component"))
        (line,) = [m.value for m in test.markdown if m.value.startswith("Unit 2: activation **")]
        assert figures(line) == [pytest.approx(x[:, 2].mean(), abs=0.006)]


def test_layers_in_order_of_norm_and_of_activation(open_page, offered, library):
    own = LAYERS["three layers"]
    test = open_page(own, view="Weights")
    test.segmented_control(key="pretraining layer of 3").set_value(2).run()
    W = arrays_of(library, own)["encoder.1.W"]
    test.segmented_control(key="pretraining order").set_value("norm").run()
    noted = [int(note.split()[1]) for note in offered["weights"][1][0].notes]
    assert noted == np.argsort(-np.linalg.norm(W, axis=0), kind="stable").tolist()


def test_beside_fewer_layers_those_of_both_can_be_chosen(open_page, offered):
    test = open_page(LAYERS["three layers"], view="Weights", pin=run_id(LAYERS["one unit"]))
    assert list(test.segmented_control(key="pretraining layer of 2").options) == ["1", "2"]
    test.number_input(key="pretraining unit of layer 2").set_value(0).run()
    assert problems(test) == []
    assert len([element for element in test.get("bidi_component") if "unit detail" in element.key]) == 2


# few labels


COUNTS = (10, 100, 1000, 3000)  # the last of them all of bars and stripes
STARTS = {"autoencoder": "fine-tuned autoencoder", "layers": "layers trained one by one", "random": "random start"}
BASE = DEEP["three layers"]


def classifier(start, labels, seed, base=BASE):
    return DeepClassifierConfig(dataset=base.dataset, base=base, start=start, labels=labels, seed=seed)


def study(base=BASE, seeds=3):
    return [classifier(*which, base) for which in product(STARTS, COUNTS, range(seeds))]


class Asked:
    """An engine that only notes what it is asked to train."""

    def __init__(self):
        self.configs = []

    def submit(self, own):
        self.configs.append(own)


@pytest.fixture
def asked(monkeypatch):
    engine = Asked()
    monkeypatch.setattr("explorer.ui.views.deep.few_labels.engine", lambda: engine)
    return engine


def measured(library, own, error):
    """Leave a classifier in the store as if it had been trained, with this error after its last epoch."""
    run = begun(library.own, own, State.DONE, own.epochs)
    rows = [{"epoch": epoch, "error": 0.9 if epoch < own.epochs else error} for epoch in range(own.epochs + 1)]
    run.paths.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run


def curves_of(test):
    """Return the curves of errors by start, and the outlines of their bands by colour."""
    drawn = traces(test, "few labels current")
    named = {t["name"]: (numbers(t["x"]), numbers(t["y"]), t["line"]["color"]) for t in drawn if t.get("name")}
    return named, {t["fillcolor"]: (numbers(t["x"]), numbers(t["y"])) for t in drawn if t.get("fill")}


def test_where_no_classifier_is_trained_the_view_says_so_and_offers_all(open_page, asked):
    test = open_page(BASE, view="Few labels")
    assert_draws(test, "Few labels")
    assert button(test, "Train 36 classifiers")
    assert "0 of 36 are trained" in texts(test)
    assert "few labels current" not in charts(test)


def test_a_click_submits_all_of_them_once(open_page, asked):
    test = open_page(BASE, view="Few labels")
    button(test, "Train 36 classifiers").click().run()
    assert problems(test) == []
    assert sorted(map(run_id, asked.configs)) == sorted(map(run_id, study()))
    assert {each.epochs for each in asked.configs} == {DeepClassifierConfig().epochs}


def test_a_click_submits_just_those_that_are_missing(open_page, asked, library):
    there = [("random", 10, 0), ("layers", 1000, 2), ("autoencoder", 3000, 1)]
    for which in there:
        measured(library, classifier(*which), 0.5)
    begun(library.own, classifier("layers", 10, 0), State.STOPPED, 3)
    begun(library.own, classifier("layers", 10, 1), State.FAILED, 3)
    test = open_page(BASE, view="Few labels")
    assert "3 of 36 are trained" in texts(test)
    button(test, "Train 33 classifiers").click().run()
    missing = [each for each in study() if each not in [classifier(*which) for which in there]]
    assert sorted(map(run_id, asked.configs)) == sorted(map(run_id, missing))


@pytest.mark.parametrize("seeds", [1, 5])
def test_as_many_seeds_are_offered_as_asked_for(open_page, asked, seeds):
    test = open_page(BASE, view="Few labels")
    test.select_slider(key="deep-autoencoder seeds of labels").set_value(seeds).run()
    button(test, f"Train {12 * seeds} classifiers").click().run()
    assert sorted(map(run_id, asked.configs)) == sorted(map(run_id, study(seeds=seeds)))


def test_an_engine_that_refuses_is_quoted(open_page, asked, monkeypatch):
    def refused(own):
        raise RunBusy("another process trains this run")

    monkeypatch.setattr(asked, "submit", refused)
    test = open_page(BASE, view="Few labels")
    button(test, "Train 36 classifiers").click().run()
    (error,) = problems(test)
    assert "another process trains this run" in error


def test_the_curve_is_the_mean_over_seeds_and_the_band_reaches_from_the_best_to_the_worst(open_page, library):
    errors = {which: 0.05 + 0.9 * share for which, share in zip(
        product(STARTS, COUNTS, range(3)), np.random.default_rng(0).random(36), strict=True
    )}  # fmt: skip
    for which, error in errors.items():
        measured(library, classifier(*which), error)
    test = open_page(BASE, view="Few labels")
    assert problems(test) == []
    assert not any(each.label.startswith("Train") and "classifiers" in each.label for each in test.button)
    named, bands = curves_of(test)
    assert list(named) == list(STARTS.values())
    for start, name in STARTS.items():
        x, y, color = named[name]
        percent = [[100 * errors[start, count, seed] for seed in range(3)] for count in COUNTS]
        assert x.tolist() == list(COUNTS)
        np.testing.assert_allclose(y, [sum(each) / 3 for each in percent])
        around, outline = bands[color]
        np.testing.assert_allclose(around, [*COUNTS, *COUNTS[::-1]])
        np.testing.assert_allclose(outline, [*map(max, percent), *map(min, percent[::-1])])
    (spec,) = [c.proto.spec for c in test.get("plotly_chart") if c.key.endswith("few labels current")]
    axis = json.loads(spec)["layout"]["xaxis"]
    assert axis["type"] == "log"
    assert axis["ticktext"] == ["10", "100", "1,000", "3,000"]


def test_what_is_trained_of_a_study_is_drawn_and_of_the_seeds_only_those_asked_for(open_page, library, asked):
    for labels, seed, error in ((10, 0, 0.5), (10, 1, 0.3), (10, 4, 0.9), (1000, 2, 0.1)):
        measured(library, classifier("layers", labels, seed), error)
    test = open_page(BASE, view="Few labels")
    named, _ = curves_of(test)
    x, y, _ = named.pop("layers trained one by one")
    assert named == {}
    assert x.tolist() == [10, 1000]
    np.testing.assert_allclose(y, [40, 10])
    assert "3 of 36 are trained" in texts(test)


def test_a_classifier_without_any_error_is_drawn_at_0(open_page, library, asked):
    for seed in range(3):
        measured(library, classifier("layers", 100, seed), 0.3 * (seed == 0))
        measured(library, classifier("layers", 1000, seed), 0.0)
    test = open_page(BASE, view="Few labels")
    x, y, _ = curves_of(test)[0]["layers trained one by one"]
    assert x.tolist() == [100, 1000]
    np.testing.assert_allclose(y, [10, 0], atol=1e-9)


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("{"), lambda path: path.unlink()], ids=["half", "lost"])
def test_a_classifier_whose_figures_cannot_be_read_does_not_take_the_page_away(open_page, library, asked, spoil):
    measured(library, classifier("layers", 100, 0), 0.3)
    spoil(measured(library, classifier("layers", 10, 0), 0.5).paths.metrics)
    test = open_page(BASE, view="Few labels")
    assert not test.exception
    assert [tab.label for tab in test.tabs] == list(VIEWS["deep-autoencoder"])


def test_a_random_start_is_shared_by_autoencoders_of_the_same_sizes_and_layers_by_those_on_them(
    open_page, library, asked
):
    for start in STARTS:
        measured(library, classifier(start, 10, 0), 0.5)
    for other, shared in (
        (BASE.model_copy(update={"loss": "squared error"}), {"layers", "random"}),
        (DEEP["random"], {"random"}),  # its layers have no settings but their sizes
        (deep(layers(12, 8, 3, method="autoencoders")), {"random"}),
        (DEEP["one layer"], set()),
    ):
        InlineEngine(library).submit(other)
        test = open_page(other, view="Few labels")
        assert problems(test) == []
        button(test, f"Train {36 - len(shared)} classifiers").click().run()
        left = {(each.start, each.labels, each.seed) for each in asked.configs}
        assert {(start, 10, 0) for start in STARTS} - left == {(start, 10, 0) for start in shared}
        asked.configs.clear()


def test_stop_asks_all_live_ones_and_no_other(open_page, library, asked):
    live = [
        begun(library.own, classifier("layers", 10, 0), State.RUNNING, 3),
        begun(library.own, classifier("layers", 10, 1), State.RUNNING, 1),
        begun(library.own, classifier("random", 10, 2), State.QUEUED),
    ]
    others = [
        measured(library, classifier("layers", 10, 2), 0.5),
        begun(library.own, classifier("random", 10, 4), State.RUNNING, 3),  # of a seed that is not asked for
    ]
    test = open_page(BASE, view="Few labels")
    assert problems(test) == []
    assert not any("classifiers" in each.label for each in test.button)
    (bar,) = [bar.proto.text for bar in test.get("progress") if "classifiers" in bar.proto.text]
    assert bar == "1 of 36 classifiers are trained"
    test.button(key="deep-autoencoder stop few labels current").click().run()
    assert problems(test) == []
    assert all(run.paths.stop.exists() or not run.status.state.live for run in live)
    assert not any(run.paths.stop.exists() for run in others)


def test_training_from_the_page_gives_the_curve_of_what_was_trained(open_page, inline, library, monkeypatch):
    monkeypatch.setattr("explorer.ui.views.deep.few_labels.engine", lambda: inline)
    monkeypatch.setattr("explorer.ui.views.deep.few_labels.COUNTS", (10,))
    test = open_page(BASE, view="Few labels")
    test.select_slider(key="deep-autoencoder seeds of labels").set_value(1).run()
    button(test, "Train 6 classifiers").click().run()
    assert problems(test) == []
    named, _ = curves_of(test)
    for start, name in STARTS.items():
        rows = [library.own.run(run_id(classifier(start, labels, 0))).metric_rows()[-1] for labels in (10, 3000)]
        assert [row["epoch"] for row in rows] == [20, 20]
        drawn = dict(zip(named[name][0], named[name][1], strict=True)) if name in named else {}
        for labels, row in zip((10, 3000), rows, strict=True):
            if row["error"]:
                assert drawn[labels] == pytest.approx(100 * row["error"])
    assert not any("classifiers" in each.label for each in test.button)


def test_what_failed_says_why_until_it_is_asked_for_again(open_page, library, asked):
    begun(library.own, classifier("layers", 10, 1), State.FAILED, 3, error="the weights became infinite")
    test = open_page(BASE, view="Few labels")
    (error,) = problems(test)
    assert error == "Training a classifier failed after epoch 3. the weights became infinite"
    begun(library.own, classifier("autoencoder", 100, 0), State.FAILED, 0, error="its parent failed")
    (error,) = problems(open_page(BASE, view="Few labels"))
    assert error == "Training 2 classifiers failed, the first of them after epoch 0. its parent failed"
    for which in (("layers", 10, 1), ("autoencoder", 100, 0)):
        library.request(classifier(*which))
    assert problems(open_page(BASE, view="Few labels")) == []


def test_a_failure_of_what_is_shipped_is_not_told(open_page, library, asked):
    own = classifier("layers", 10, 1)
    run = measured(library, own, 0.5)
    moved = library.shipped.folder / run.id
    try:
        run.paths.folder.rename(moved)
        begun(library.own, own, State.FAILED, 3, error="the weights became infinite")
        test = open_page(BASE, view="Few labels")
        assert problems(test) == []
        assert "1 of 36 are trained" in texts(test)
    finally:
        shutil.rmtree(moved)


@pytest.mark.parametrize("state", [State.RUNNING, State.QUEUED])
def test_while_the_autoencoder_is_in_training_no_classifier_is_offered(open_page, inline, library, asked, state):
    own = deep(layers(6, 3), seed=7)
    run = inline.submit(own)
    library.request(own.model_copy(update={"epochs": 9}))
    if state is State.RUNNING:
        write_status(run.paths, run.status.model_copy(update={"state": state}))
    test = open_page(own, view="Few labels")
    assert problems(test) == []
    assert not any("classifiers" in each.label for each in test.button)
    (caption,) = [each.value for each in test.caption if "classifiers are trained" in each.value]
    assert "once the autoencoder itself no longer is" in caption


@pytest.mark.parametrize("where", ["shown", "pinned"])
def test_without_the_images_the_download_stands_in_place_of_training(
    open_page, inline, library, asked, monkeypatch, where
):
    absent = deep(layers(3, dataset="mnist", epochs=1), epochs=1)
    inline.submit(absent)
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], source=NotHere("none", "none")))
    own, pin = (absent, {}) if where == "shown" else (DEEP["digits"], {"pin": run_id(absent)})
    test = open_page(own, view="Few labels", **pin)
    assert not test.exception
    assert [each.label for each in test.button if "Download" in each.label] == ["Download (12 MB)"]
    training = [each.label for each in test.button if "classifiers" in each.label]
    assert training == ([] if where == "shown" else ["Train 36 classifiers"])
    if where == "shown":
        assert any("no classifier can be trained on it" in each.value for each in test.caption)


@pytest.fixture
def estimated(monkeypatch):
    """The configs whose time was estimated, each with the epoch it has reached; each takes a minute."""
    found = []

    def minute(own, reached, _runs):
        found.append((own, reached))
        return 60.0

    monkeypatch.setattr("explorer.ui.expected.seconds_to_train", minute)
    return found


def test_the_estimate_counts_all_classifiers_and_asks_once_where_they_are_as_much_work(open_page, asked, estimated):
    test = open_page(BASE, view="Few labels")
    assert "0 of 36 are trained, about **36 min**." in texts(test)
    assert [(own.labels, reached) for own, reached in estimated] == [(10, 0), (3000, 0)]  # few are seen often


def test_the_estimate_counts_what_is_missing_of_the_parents_once_each(open_page, inline, library, asked, estimated):
    own = deep(layers(12, 9, 3), start="random", seed=7)
    inline.submit(own)
    test = open_page(own, view="Few labels")
    needed = [each for each, _ in estimated if each.kind == "pretraining"]
    assert [each.sizes() for each in needed] == [(12,), (12, 9), (12, 9, 3)]
    assert len(estimated) == 5
    assert "about **39 min**" in texts(test)
    for each in study(own):  # asked for and withdrawn: there is a run of each now, but nothing it could go on from
        begun(library.own, each, State.STOPPED)
    assert "about **39 min**" in texts(open_page(own, view="Few labels"))
    for start in ("autoencoder", "layers"):
        begun(library.own, classifier(start, 10, 0, own), State.STOPPED, 3).paths.resume.touch()
    assert "about **39 min**" in texts(open_page(own, view="Few labels"))
    inline.submit(own.trajectory().layers)
    assert "about **36 min**" in texts(open_page(own, view="Few labels"))


def test_each_of_a_pair_has_a_study_of_its_own(open_page, library, asked):
    measured(library, classifier("layers", 10, 0, DEEP["one layer"]), 0.25)
    test = open_page(BASE, view="Few labels", pin=run_id(DEEP["one layer"]))
    assert problems(test) == []
    assert list(charts(test)) == ["few labels pinned"]
    labels = [each.label for each in test.button if "classifiers" in each.label]
    assert labels == ["Train 35 classifiers", "Train 36 classifiers"]


# the chain of runs


def chain_of(test):
    """The words of the row that shows what a model is built on."""
    labels = [link.proto.label for link in test.get("page_link")]
    return [label for label in labels if label.startswith(("Layers", "Deep AE")) and ": " in label]


def test_the_chain_names_layers_by_their_sizes(open_page):
    below = ["Layers 12: 1 epoch", "Layers 12-8: 1 epoch", "Layers 12-8-3: 2 epochs"]
    assert chain_of(open_page(DEEP["three layers"])) == [*below, "Deep AE: 2 epochs"]
    assert chain_of(open_page(LAYERS["three layers"])) == below
    assert chain_of(open_page(DEEP["one layer"])) == ["Layers: 2 epochs", "Deep AE: 2 epochs"]
    assert chain_of(open_page(LAYERS["one layer"])) == []
    assert chain_of(open_page(DEEP["random"])) == []


def test_the_links_of_the_chain_lead_to_the_layers(open_page):
    own = DEEP["three layers"]
    shown = [link.proto for link in open_page(own).get("page_link")]
    links = [link for link in shown if link.label.startswith(("Layers ", "Deep AE:"))]
    for link, each in zip(links, (*ancestors(own), own), strict=True):
        given = dict(part.split("=") for part in link.query_string.split("&"))
        assert link.page == each.kind
        assert run_id(type(each).from_values(given)) == run_id(each)
        assert given["epochs"] == str(each.epochs)


def test_layers_that_are_missing_are_named_by_their_sizes(open_page):
    test = open_page(deep(layers(12, 9, 3)))
    assert chain_of(test)[:2] == ["Layers 12: 1 epoch", "Layers 12-9: 1 epoch to train"]
    assert offer(test).endswith("First the Layers 12-9 and the Layers 12-9-3.")


def test_training_from_the_page_trains_the_layers_first(open_page, inline, library):
    own = deep(layers(7, 3))
    test = open_page(own)
    button(test, "Train 2 epochs").click().run()
    assert problems(test) == []
    for each in (*ancestors(own), own):
        assert library.own.run(run_id(each)).epochs == each.epochs


# the controls


def test_the_layers_are_among_the_pages_own_controls_and_the_rest_is_folded(open_page):
    test = open_page(DEEP["three layers"])
    assert "Layers" in [m.value.strip("*") for m in test.sidebar.markdown]
    folded = {expander.label: expander for expander in test.sidebar.expander}
    assert any(label.startswith("More: Layers") for label in folded)
    assert not any(label.startswith("Built on") for label in folded)
    hidden = {each.key for expander in folded.values() for each in (*expander.selectbox, *expander.select_slider)}
    hidden |= {each.key for expander in folded.values() for each in (*expander.segmented_control, *expander.toggle)}
    for name in ("hidden_layers", "code_size", "method", "layer_epochs", "epochs", "cd_k"):
        assert f"deep-autoencoder.layers.{name}" not in hidden, name
    for name in ("linear_code", "learning_rate", "momentum", "batch_size", "seed"):
        assert f"deep-autoencoder.layers.{name}" in hidden, name
    assert test.selectbox(key="deep-autoencoder.layers.hidden_layers").value == (12, 8)


def test_the_layers_of_another_size_are_another_run(open_page):
    test = open_page(DEEP["three layers"])
    test.selectbox(key="deep-autoencoder.layers.hidden_layers").set_value(()).run()
    assert problems(test) == []
    assert chain_of(test) == ["Layers: 2 epochs", "Deep AE: 2 epochs"]
    assert "Trained, **2 epochs**" in texts(test)


# the experiments


@pytest.mark.parametrize("kind", KINDS)
def test_experiments_open_where_nothing_is_trained(page, nothing_trained, kind):
    for preset in presets_of(kind):
        test = page(f"pages/{kind}.py", preset=preset.name)
        assert problems(test) == [], preset.name
        assert any(preset.text in element.value for element in test.success), preset.name
        assert any(each.label.startswith("Train ") for each in test.button) or not CATALOGUE["mnist"].available


@pytest.mark.parametrize("kind", KINDS)
def test_experiments_are_configs_on_digits_whose_views_there_are(kind):
    for preset in presets_of(kind):
        assert preset.view in VIEWS[kind], preset.name
        for settings in filter(None, (preset.settings, preset.pinned)):
            own = config(kind, settings)
            assert own.dataset == "mnist"
            assert [each.dataset for each in ancestors(own)] == ["mnist"] * len(ancestors(own))


def of_toys(kind, preset):
    """The experiment at a size that trains in no time: the same settings, but for the sizes, on bars and stripes."""
    sizes = {"hidden_layers": (6,), "code_size": 3, "layer_epochs": 1}
    if kind == "deep-autoencoder":
        sizes = {f"layers.{name}": value for name, value in (sizes | {"epochs": 1}).items()}
    toy = BARS | {"epochs": 1} | sizes
    return replace(preset, settings=dict(preset.settings) | toy, pinned=preset.pinned and dict(preset.pinned) | toy)


@pytest.mark.parametrize("kind", KINDS)
def test_experiments_that_are_trained_open_with_their_pair(page, inline, offered, monkeypatch, kind):
    small = tuple(of_toys(kind, preset) for preset in presets_of(kind))
    for preset in small:
        for settings in filter(None, (preset.settings, preset.pinned)):
            inline.submit(config(kind, settings))
    monkeypatch.setattr(f"explorer.presets.{kind.replace('-', '_')}.PRESETS", small)
    for preset in small:
        test = page(f"pages/{kind}.py", preset=preset.name)
        assert_draws(test, preset.view, preset.name)
        assert any(b.label == "Unpin" for b in test.button) == (preset.pinned is not None), preset.name


# classifiers among all runs


@pytest.mark.parametrize("start", STARTS)
def test_a_classifier_is_opened_on_the_page_of_its_autoencoder(page, library, start):
    own = classifier(start, 10, 1)
    run = measured(library, own, 0.5)
    run_table.forget_table()
    test = press(select_run(page("pages/runs.py"), run), "Open")
    assert problems(test) == []
    assert test.title[0].value == kind_of("deep-autoencoder").title
    given = {name: value[0] if isinstance(value, list) else value for name, value in test.query_params.items()}
    opened = DeepAutoencoderConfig.from_values({n: v for n, v in given.items() if n not in ("view", "epoch", "pin")})
    assert opened.layers.sizes() == BASE.layers.sizes()
    if start == "autoencoder":
        assert run_id(opened) == run_id(BASE)
        assert opened.epochs == BASE.epochs
        assert "Trained, **2 epochs**" in texts(test)
    if start == "layers":
        assert run_id(opened.layers) == run_id(BASE.layers)
        assert opened.layers.epochs == BASE.layers.epochs


def test_a_classifier_is_listed_by_its_name(page, library):
    run = measured(library, classifier("random", 10, 1), 0.5)
    run_table.forget_table()
    listed = page("pages/runs.py").dataframe[0].value.set_index("id")
    assert listed.loc[run.id, "model"] == "Classifier"


# every kind on every data set


@pytest.mark.parametrize("dataset", ["mnist-5k", "bars-and-stripes", "spiral"])
@pytest.mark.parametrize("kind", ["pretraining", "deep-autoencoder", "deep-classifier"])
def test_a_kind_trains_on_a_data_set(inline, kind, dataset):
    below = layers(3, dataset=dataset, epochs=1, seed=9)
    base = deep(below, epochs=1)
    own = {
        "pretraining": below,
        "deep-autoencoder": base,
        "deep-classifier": DeepClassifierConfig(dataset=dataset, base=base, labels=10, epochs=1),
    }[kind]
    run = inline.submit(own)
    assert run.epochs == 1
    assert "None" not in [str(value) for record in run.metric_rows() for value in record.values()]  # not finite
