"""Going on with other settings from the run that is shown: said, offered, and shown."""

import pytest

from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.ui.state.page import epochs_beyond
from tests.pages import button, charts, offer, press, problems, texts
from tests.ui.rbms import SMALL, TOY

SHOWN = RBMConfig(**SMALL)
START = f"{run_id(SHOWN)}@3"
WITH_RATE = RBMConfig(**SMALL | {"learning_rate": 0.05})
ONWARD = RBMConfig(**SMALL | {"learning_rate": 0.05, "start": START, "epochs": 6})


def labels(test):
    return [each.label for each in test.button]


def move(test, name, value):
    return test.select_slider(key=f"rbm.{name}").set_value(value).run()


@pytest.fixture
def moved(page):
    """The page of a trained run, and the learning rate changed."""
    return move(page("pages/rbm.py", **SMALL), "learning_rate", 0.05)


def test_another_run_is_said_to_be_one_before_it_is_trained(moved):
    assert offer(moved).startswith("**Learning rate 0.05** is another run. 3 epochs from epoch 0")
    assert [label for label in labels(moved) if label in ("Train 3 epochs", "Go on from epoch 3")] == [
        "Train 3 epochs",
        "Go on from epoch 3",
    ]
    told = button(moved, "Go on from epoch 3").help
    assert told.startswith(
        f"3 epochs more, up to epoch 6, with the weights that {START[:-2]} (Learning rate 0.1) has at"
    )
    assert told.endswith("Momentum, Adam's moments, running means and persistent chains start anew.")


def test_going_on_begins_where_the_shown_run_was(moved, inline, library):
    test = press(moved, "Go on from epoch 3")
    assert problems(test) == []
    run = library.find(ONWARD)
    assert (run.snapshots, run.epochs) == ([3, 5, 6], 6)
    assert test.query_params["start"] == START
    assert test.select_slider(key="rbm.epochs").value == 6
    slider = next(each for each in test.select_slider if each.label == "Epoch shown")
    assert (list(slider.options), slider.value) == (["3", "5", "6"], 6)
    assert "Trained, **epochs 3 to 6**" in texts(test)
    (link,) = [each.proto for each in test.get("page_link") if "Starts with" in each.proto.label]
    assert link.label == f"Starts with epoch 3 of {START[:-2]}: Learning rate 0.1"
    assert "Go on from epoch 6" not in labels(test)  # its own settings go on by more epochs


def test_the_training_view_shows_the_curve_beside_the_earlier_runs(moved, inline):
    test = press(moved, "Go on from epoch 3")
    test.query_params["view"] = "Training"
    curves = charts(test.run())["metric pseudo_likelihood"]
    assert set(curves) == {"Current, epoch 6", "Started with: Learning rate 0.1"}
    assert curves["Current, epoch 6"][0].tolist() == [3, 4, 5, 6]
    assert curves["Started with: Learning rate 0.1"][0].tolist() == [1, 2, 3]
    assert curves["Current, epoch 6"][1][0] == curves["Started with: Learning rate 0.1"][1][-1]


def test_the_epoch_that_was_chosen_is_gone_on_from(page):
    test = page("pages/rbm.py", **SMALL, epoch=1)
    test = move(test, "learning_rate", 0.05)
    assert "Go on from epoch 1" in labels(test)
    assert "Go on from epoch 1" in labels(test.run())  # though the nearest run is shown at its last now
    assert "up to epoch 3" in button(test, "Go on from epoch 1").help


def test_what_would_be_another_model_is_not_offered(page):
    larger = move(page("pages/rbm.py", **SMALL), "hidden_units", 16)
    elsewhere = page("pages/rbm.py", **SMALL).selectbox(key="rbm.dataset").set_value("bars-and-stripes").run()
    for test in (larger, elsewhere):
        assert not [label for label in labels(test) if label.startswith("Go on")]
        assert "is another run" not in texts(test)


def test_more_epochs_are_the_same_run(page):
    test = move(page("pages/rbm.py", **SMALL), "epochs", 5)
    assert not [label for label in labels(test) if label.startswith("Go on")]


def test_a_link_that_starts_with_a_run_offers_its_training(page, inline):
    test = page("pages/rbm.py", **SMALL | {"start": START, "learning_rate": 0.05, "epochs": 6})
    assert problems(test) == []
    assert offer(test).startswith("3 epochs from epoch 3")
    test = press(test, "Train on to epoch 6")
    assert "Trained, **epochs 3 to 6**" in texts(test)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": "rbm-0123456789ab@3"}, "There is no run rbm-0123456789ab, with which this one starts"),
        ({"start": START.replace("@3", "@7"), "epochs": 9}, "has no snapshot of epoch 7; it was kept at: 0, 1, 2, 3"),
        ({"start": START, "hidden_units": 16}, "hidden_units = '16' is not valid: 9, as of the run that start names"),
    ],
    ids=["no such run", "not kept", "another model"],
)
def test_a_start_that_cannot_be_is_refused_before_training(changes, said, page):
    test = page("pages/rbm.py", **SMALL | {"epochs": 6} | changes)
    assert said in texts(test)
    assert not [label for label in labels(test) if label.startswith("Train ")]
    test = press(test, "Start at epoch 0 instead")
    assert problems(test) == []
    assert "start" not in test.query_params
    assert [label for label in labels(test) if label.startswith("Train ")]


def test_hostile_starts_in_a_link_are_reported_and_left_out(page):
    for start in ("../x@5", "rbm-0123456789ab@99999999999", "<script>@1", "dbn-0123456789ab"):
        test = page("pages/rbm.py", **SMALL | {"start": start})
        (problem,) = problems(test)
        assert "anew, or a run of the kind at an epoch" in problem
        assert "start" not in test.query_params


def test_the_control_offers_the_run_that_is_shown(page, inline, library):
    test = page("pages/rbm.py", **SMALL).run()
    control = test.selectbox(key="rbm.start")
    assert list(control.options) == ["anew", f"epoch 3 of {run_id(SHOWN)}"]
    test = control.set_value(START).run()
    assert test.select_slider(key="rbm.epochs").value == 6
    assert offer(test).startswith("3 epochs from epoch 3")
    test = test.selectbox(key="rbm.start").set_value("anew").run()
    assert "start" not in test.query_params


def test_beside_the_run_it_starts_with_one_stands_still(page, moved, inline):
    press(moved, "Go on from epoch 3")
    values = SMALL | {"start": START, "learning_rate": 0.05, "epochs": 6}
    test = page("pages/rbm.py", **values, pin=START)
    assert problems(test) == []
    slider = next(each for each in test.select_slider if each.label == "Epoch shown")
    assert list(slider.options) == ["3", "5", "6"]


def test_two_runs_are_shown_from_the_first_epoch_that_both_have(page, inline):
    inline.submit(RBMConfig(**SMALL | {"start": START.replace("@3", "@1"), "learning_rate": 0.05}))
    values = SMALL | {"start": START.replace("@3", "@1"), "learning_rate": 0.05}
    test = page("pages/rbm.py", **values, pin=START)
    slider = next(each for each in test.select_slider if each.label == "Epoch shown")
    assert list(slider.options) == ["1", "2", "3"]
    assert "From epoch 1 on, the first that both have" in texts(test)


def test_deleting_a_run_names_those_that_start_with_it(page, inline, library):
    from tests.pages import select_run

    first = inline.submit(RBMConfig(**SMALL | {"seed": 1}))
    later = inline.submit(RBMConfig(**SMALL | {"seed": 1, "start": f"{first.id}@3", "epochs": 4}))
    test = select_run(page("pages/runs.py"), first)
    assert f"With it started `{later.id}`: what was trained of them stays and can go on." in texts(test)
    test = press(test, "Yes, delete")
    shown = page("pages/rbm.py", **SMALL | {"seed": 1, "start": f"{first.id}@3", "epochs": 4})
    assert problems(shown) == []
    assert f"Starts with epoch 3 of {first.id}, which is not here any more." in texts(shown)


def test_a_dbn_whose_rbm_starts_with_a_run_says_nothing_of_its_own(open_page, inline):
    first = RBMConfig(**TOY)
    below = first.model_copy(update={"start": f"{run_id(first)}@5", "epochs": 7})
    test = open_page(DBNConfig(first=below, hidden_units=(5,), epochs=1))
    assert problems(test) == []
    assert not [each for each in test.get("page_link") if "Starts with" in each.proto.label]


def test_as_many_epochs_more_where_those_asked_for_are_behind():
    assert [epochs_beyond(20, asked) for asked in (5, 20, 21, 100, 10_000)] == [25, 40, 21, 100, 10_000]
    assert epochs_beyond(9_990, 100) == 10_000
