"""Every view of the pages of the DBN and of the fine-tuned one."""

import numpy as np
import pytest

from explorer.engine.inline import InlineEngine
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from tests.pages import button, problems, texts
from tests.ui.dbn.dbns import DBNS, DEEP, FINE_TUNED, PLAIN, VIEWS, assert_draws, dbn, fine_tuned


@pytest.mark.parametrize("name", DBNS)
def test_every_view_draws_a_dbn(open_page, offered, name):
    for view in VIEWS["dbn"]:
        test = open_page(DBNS[name], view=view)
        assert_draws(test, view, name)
        assert f"Trained, **{DBNS[name].epochs} epochs**" in texts(test)


@pytest.mark.parametrize("name", FINE_TUNED)
def test_every_view_draws_a_fine_tuned_one(open_page, offered, name):
    for view in VIEWS["fine-tuned-dbn"]:
        assert_draws(open_page(FINE_TUNED[name], view=view), view, name)


@pytest.mark.parametrize("config", [DBNS["tied"], DEEP, FINE_TUNED["8"]], ids=["tied", "8-6", "fine-tuned"])
def test_every_view_draws_before_the_first_update(open_page, offered, config):
    for view in VIEWS[config.kind]:
        assert_draws(open_page(config, view=view, epoch=0), view)


@pytest.mark.parametrize(
    ("name", "pinned"),
    [("12", "8-6"), ("8-6", "8"), ("tied", "8"), ("none", "threshold"), ("default sizes", "8"), ("8", "8")],
)
def test_every_view_draws_a_dbn_beside_a_pinned_one(open_page, offered, name, pinned):
    for view in VIEWS["dbn"]:
        test = open_page(DBNS[name], view=view, pin=f"{run_id(DBNS[pinned])}@1")
        assert_draws(test, view, name)
        assert any(button.label == "Unpin" for button in test.button)


@pytest.mark.parametrize(("name", "pinned"), [("8", "8, faster"), ("8-6", "8"), ("8", "none"), ("8", "8")])
def test_every_view_draws_a_fine_tuned_one_beside_a_pinned_one(open_page, offered, name, pinned):
    for view in VIEWS["fine-tuned-dbn"]:
        test = open_page(FINE_TUNED[name], view=view, pin=f"{run_id(FINE_TUNED[pinned])}@1")
        assert_draws(test, view, name)
        assert any(button.label == "Unpin" for button in test.button)


@pytest.mark.parametrize("config", [DEEP, FINE_TUNED["8-6"]], ids=["dbn", "fine-tuned"])
def test_every_view_draws_without_the_runs_it_is_built_on(page, open_page, nothing_trained, offered, config):
    library = Library.open()
    engine = InlineEngine(library)
    engine.measure(engine.submit(config))
    for run in list(library.own):
        if run.id != run_id(config):
            library.own.delete(run.id)
    for view in VIEWS[config.kind]:
        assert_draws(open_page(config, view=view), view)


@pytest.mark.parametrize("kind", VIEWS)
def test_where_nothing_is_trained_the_page_says_so(page, nothing_trained, kind):
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes")
    assert problems(test) == []
    assert any("No model of this kind is trained yet" in element.value for element in test.info)
    assert any(button.label == "Train 100 epochs" for button in test.button)


def test_every_step_of_learning_has_a_picture_and_a_text(open_page):
    for config, key, names in (
        (PLAIN, "dbn step of 3", ["1 First RBM", "2 Top RBM", "3 Generate"]),
        (DEEP, "dbn step of 4", ["1 First RBM", "2 Second RBM", "3 Top RBM", "4 Generate"]),
        (DBNS["tied"], "dbn step of 3", ["1 First RBM", "2 Top RBM", "3 Generate"]),
        (FINE_TUNED["8-6"], "fine-tuned-dbn step of 5", ["0 Untie", "1 Wake", "2 Top", "3 Sleep", "4 Generate"]),
    ):
        test = open_page(config, view="How it learns")
        assert list(test.segmented_control(key=key).options) == names
        for name in names:
            test.segmented_control(key=key).set_value(name).run()
            assert problems(test) == []
            assert f"Step {name[0]}: {name[2:]}" in texts(test)


def test_every_control_of_the_views_draws(open_page, offered):
    for config, view, key, values in (
        (PLAIN, "Weights", "order", ["activation frequency", "norm", "index"]),
        (PLAIN, "Reconstructions", "shown", ["sampled pixels", "probabilities"]),
        (PLAIN, "Reconstructions", "reconstructions source", ["other test images"]),
        (DEEP, "Generate", "start", ["clamped unit", "test images", "random state"]),
        (FINE_TUNED["8"], "Up and down weights", "order", ["index", "asymmetry"]),
        (FINE_TUNED["8-6"], "Generate", "start", ["clamped unit", "test images", "random state"]),
    ):
        test = open_page(config, view=view)
        for value in values:
            test.segmented_control(key=f"{config.kind} {key}").set_value(value).run()
            assert_draws(test, view, value)


@pytest.mark.parametrize(("config", "label"), [(PLAIN, "Sample again"), (FINE_TUNED["8"], "Sample again")])
def test_another_draw_gives_other_reconstructions(open_page, offered, config, label):
    test = open_page(config, view="Reconstructions")
    before = offered["reconstructions"][0]["sampled pixels"]
    button(test, label).click().run()
    assert not np.array_equal(offered["reconstructions"][0]["sampled pixels"], before)


def test_a_drawn_digit_goes_through_all_models(open_page, offered):
    test = open_page(FINE_TUNED["digits"], view="Reconstructions")
    drawing = np.zeros((28, 28), np.uint8)
    drawing[4:24, 12:16] = 255
    test.session_state["drawn digit"] = drawing
    test.segmented_control(key="fine-tuned-dbn reconstructions source").set_value("my drawing").run()
    assert_draws(test, "Reconstructions")
    arrays, panels, _ = offered["reconstructions"]
    np.testing.assert_array_equal(arrays["input"].reshape(28, 28), drawing)
    assert [panel.title for panel in panels if panel.title.endswith(": reconstruction")] == [
        "RBM: reconstruction", "DBN: reconstruction", "Fine-tuned: reconstruction"
    ]  # fmt: skip
    assert all(panel.grid.count == 1 for panel in panels)


@pytest.mark.parametrize("base", [None, PLAIN], ids=["dbn", "fine-tuned"])
def test_a_broken_snapshot_is_named_and_the_page_stands(open_page, inline, base):
    config = fine_tuned(base, seed=5) if base else dbn(seed=5)
    path = inline.submit(config).paths.snapshot(3)
    path.write_bytes(path.read_bytes()[:-50])
    for view in VIEWS[config.kind]:
        test = open_page(config, view=view)
        (warning,) = problems(test)
        assert "epoch-00003.safetensors" in warning, view
        assert test.select_slider(key=f"{config.kind} epoch").value == 2


def test_without_its_first_snapshot_a_fine_tuned_one_has_no_base_to_show(open_page, inline):
    """Later ones hold other weights in all layers: as the RBM's they would be wrong."""
    config = fine_tuned(PLAIN, seed=5)
    inline.submit(config).paths.snapshot(0).unlink()
    for view in VIEWS[config.kind]:
        found = problems(open_page(config, view=view))
        if view in ("Reconstructions", "Generate"):
            assert "has no snapshot of epoch 0" in found[0]
        else:
            assert found == []


def test_without_its_first_snapshot_a_dbn_shows_everything(open_page, inline):
    run = inline.submit(config := dbn(seed=5))
    inline.measure(run)
    run.paths.snapshot(0).unlink()
    for view in VIEWS["dbn"]:
        assert_draws(open_page(config, view=view), view)
