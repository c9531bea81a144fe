"""The stages of layer-wise pre-training and of the deep autoencoder."""

import numpy as np
import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors
from explorer.runs.status import State
from tests.pages import charts, figures, numbers, problems, texts, traces
from tests.ui.deep.stacks import DEEP, KINDS, LAYERS, VIEWS, deep, error_of, forget_layers, layers, pca_error


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
def test_of_layers_the_error_is_the_unfolded_ones_and_nothing_comes_before(open_page, library, name):
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
        (LAYERS["one layer"], ["1: 16-3"]),
        (LAYERS["three layers"], ["1: 16-12", "2: 12-8", "3: 8-3"]),
        (DEEP["three layers"], ["1: 16-12", "2: 12-8", "3: 8-3", "all together"]),
        (DEEP["random"], ["all together"]),
        (DEEP["digits"], ["1: 784-10", "2: 10-4", "all together"]),
    ],
    ids=["one layer", "three layers", "deep", "random", "digits"],
)
def test_each_stage_goes_on_where_the_one_before_ended(open_page, library, own, names):
    drawn = charts(open_page(own, view="Stages"))["stages"]
    assert list(drawn) == [*names, "PCA"]
    reached = 0
    for name, each in zip(names, (*ancestors(own), own), strict=True):
        epochs, errors = drawn[name]
        assert epochs.tolist() == [reached + epoch for epoch in range(1, each.epochs + 1)]
        measured = [row["reconstruction_error"] for row in library.find(each).metric_rows() if row["epoch"] >= 1]
        np.testing.assert_allclose(errors, measured, rtol=1e-6)
        assert errors[-1] == pytest.approx(error_of(library, each), rel=0.01)
        reached += each.epochs
    level_at, level = drawn["PCA"]
    assert level_at.tolist() == [1, reached]
    np.testing.assert_allclose(level, pca_error(own, own.code_size), atol=0.01)


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
    assert list(drawn) == ["all together", "PCA"]
    assert drawn["all together"][0].tolist() == [1, 2]
    assert "The first 3 of the stages are not kept here" in texts(test)
    found, line = facts(test)
    assert "before fine-tuning **" in line
    assert found[1] == pytest.approx(error_of(library, own, 0), abs=0.006)


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
    assert list(charts(test)["stages"]) == ["1: 16-6", "2: 6-3", "PCA"]
    assert "not kept here" not in texts(test)


def test_the_probe_of_each_stage_stands_where_its_epochs_do(open_page, library):
    own = DEEP["digits"]
    drawn = charts(open_page(own, view="Stages"))["probe_accuracy"]
    assert {"2: 10-4", "all together"} <= set(drawn)
    passed = 0
    for name, each in zip(("1: 784-10", "2: 10-4", "all together"), (*ancestors(own), own), strict=True):
        rows = [row for row in library.find(each).metric_rows() if row["epoch"] >= 1 and row.get("probe_accuracy")]
        epochs, probes = drawn.get(name, (np.empty(0), []))
        assert epochs.tolist() == [passed + row["epoch"] for row in rows]
        np.testing.assert_allclose(probes, [row["probe_accuracy"] for row in rows], rtol=1e-6)
        passed += each.epochs


def test_of_two_fine_tuning_begins_at_1_and_the_layers_end_at_0(open_page):
    test = open_page(DEEP["three layers"], view="Stages", pin=run_id(DEEP["random"]))
    drawn = {trace["name"]: numbers(trace["x"]) for trace in traces(test, "stages") if trace.get("mode") == "lines"}
    assert [x[0] for name, x in drawn.items() if "all together" in name] == [1, 1]
    assert [x[-1] for name, x in drawn.items() if name.endswith("3: 8-3")] == [0]
