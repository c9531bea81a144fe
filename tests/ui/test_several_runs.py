"""Up to four runs side by side: their places, what tells them apart, and what a link says of them."""

from contextlib import nullcontext

import pytest

from explorer.analysis.findings.finding import Finding
from explorer.models.config import default_values
from explorer.models.rbm import RBMConfig
from explorer.models.vae import VAEConfig
from explorer.plots.palette import PLACES
from explorer.runs.ids import run_id
from explorer.ui.state.page import PageState
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import subjects
from tests.pages import button, findings, press, problems, select, table, texts, titles, traces
from tests.ui.rbms import SMALL, TOY
from tests.ui.shared_runs import trained_once

LONGER = SMALL | {"epochs": 8, "cd_k": 5}
CONFIGS = {
    "1": RBMConfig(**SMALL),
    "2": RBMConfig(**SMALL | {"cd_k": 2}),
    "fast": RBMConfig(**SMALL | {"cd_k": 2, "learning_rate": 0.5}),
    "longer": RBMConfig(**LONGER),
    "4×4": RBMConfig(**TOY),
}
ID = {name: run_id(config) for name, config in CONFIGS.items()}
PLACES_IN_ORDER = ["pinned", "second pin", "third pin", "current"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with the runs, in place of the three that other tests have."""
    return trained_once(tmp_path_factory, "several RBMs", CONFIGS.values(), nullcontext)


@pytest.fixture
def shown(library):
    """Return a function that gives the subjects of a page on which runs are pinned beside one."""

    def subjects_of(current, *pins, **changes):
        state = PageState(RBMConfig, default_values(RBMConfig) | CONFIGS[current].values())
        for name, value in ({"pins": pins} | changes).items():
            setattr(state, name, value)
        found = subjects(state, library.find(ID[current]))
        return found, state

    return subjects_of


def test_pins_stand_on_the_left_in_their_order(shown):
    found, _ = shown("fast", ID["2"], ID["longer"], ID["1"])
    assert [subject.role for subject in found] == PLACES_IN_ORDER
    assert [subject.run.id for subject in found] == [ID[name] for name in ("2", "longer", "1", "fast")]
    assert Scene(None, found).current.run.id == ID["fast"]


def test_each_place_has_a_colour_and_a_line_style_of_its_own(shown):
    found, _ = shown("fast", ID["2"], ID["longer"], ID["1"])
    looks = [(subject.color, subject.dash) for subject in found]
    assert [*looks[-1:], *looks[:-1]] == list(PLACES)


def test_labels_name_every_setting_that_is_not_the_same_for_all(shown):
    found, _ = shown("fast", ID["2"], ID["1"])
    assert [s.label for s in found] == [
        "CD-k 2, Learning rate 0.1",
        "CD-k 1, Learning rate 0.1",
        "CD-k 2, Learning rate 0.5",
    ]
    found, _ = shown("2", ID["1"])
    assert [s.label for s in found] == ["CD-k 1", "CD-k 2"]


def test_runs_move_together_up_to_the_last_epoch_that_all_have(shown):
    found, _ = shown("longer", ID["1"], ID["2"], epoch=8)
    assert {subject.epoch for subject in found} == {3}
    assert {subject.epochs[-1] for subject in found} == {3}
    assert Scene(None, found).timeline == [0, 1, 2, 3]


def test_a_run_at_several_epochs_stands_still_beside_itself(shown):
    found, _ = shown("1", f"{ID['1']}@1", f"{ID['1']}@2")
    assert [(s.role, s.epoch, s.frozen) for s in found] == [
        ("pinned", 1, True),
        ("second pin", 2, True),
        ("current", 3, False),
    ]
    names = [Scene(None, found).name(subject) for subject in found]
    assert names == ["Pinned, epoch 1", "Second pin, epoch 2", "Current, epoch 3"]


def test_a_run_at_two_epochs_beside_another_is_told_by_them(shown):
    found, _ = shown("longer", f"{ID['longer']}@2", ID["1"], epoch=3)
    assert [s.label for s in found] == ["CD-k 5, epoch 2", "CD-k 1", "CD-k 5, epoch 3"]
    assert [s.epoch for s in found] == [2, 3, 3]
    found, _ = shown("2", f"{ID['1']}@1", f"{ID['1']}@3")
    assert [(s.label, s.epoch) for s in found] == [("CD-k 1, epoch 1", 1), ("CD-k 1, epoch 3", 3), ("CD-k 2", 3)]


def test_bad_pins_are_reported_and_dropped_without_the_others(page):
    pins = [ID["2"], "rbm-000000000000", ID["4×4"]]
    test = page("pages/rbm.py", **SMALL, pin=",".join(pins))
    said = "\n".join(problems(test))
    assert "There is no run rbm-000000000000" in said
    assert f"{ID['4×4']} is of images of 4×4 pixels, not 28×28" in said
    assert test.query_params["pin"] == ID["2"]
    assert button(test, "Unpin")


def test_a_link_with_too_many_pins_says_so_and_shows_the_first(page):
    names = [ID["2"], ID["fast"], ID["longer"], f"{ID['1']}@1"]
    test = page("pages/rbm.py", **SMALL, pin=",".join(names))
    (said,) = problems(test)
    assert said == (
        "At most 3 runs can be pinned beside the current one; the link names 4, of which the first 3 are shown."
    )
    assert test.query_params["pin"] == ",".join(names[:3])
    found = test.session_state["page state of rbm"]
    assert found.pins == tuple(names[:3])


def test_a_link_that_names_a_pin_twice_has_it_once(page):
    test = page("pages/rbm.py", **SMALL, pin=f"{ID['2']},{ID['2']}")
    assert problems(test) == []
    assert test.session_state["page state of rbm"].pins == (ID["2"],)


def test_pin_adds_until_the_limit_and_says_which_it_is(page):
    test = page("pages/rbm.py", **SMALL)
    for cd_k in (2, 1):
        press(test, "Pin")
        test.select_slider(key="rbm.cd_k").set_value(cd_k).run()
    assert test.query_params["pin"] == f"{ID['1']}@3,{ID['2']}@3"
    assert button(test, "Pin").disabled  # the run is pinned at this epoch
    test.select_slider(key="rbm epoch").set_value(1).run()
    press(test, "Pin")
    assert test.query_params["pin"] == f"{ID['1']}@3,{ID['2']}@3,{ID['1']}@1"
    test.select_slider(key="rbm epoch").set_value(2).run()
    press(test, "Pin")
    assert problems(test) == ["At most 3 runs can be pinned beside the current one: unpin one of them first."]
    assert len(test.session_state["page state of rbm"].pins) == 3


def test_each_pin_is_taken_away_alone_or_all_at_once(page):
    three = [ID["2"], ID["fast"], ID["longer"]]
    test = page("pages/rbm.py", **SMALL, pin=",".join(three))
    labels = [each.label for each in test.button if each.key and each.key.startswith("unpin ")]
    assert labels == [
        "CD-k 2, Learning rate 0.1",
        "CD-k 2, Learning rate 0.5",
        "CD-k 5, Learning rate 0.1",
        "All of them",
    ]
    press(test, labels[1])
    assert test.query_params["pin"] == f"{three[0]},{three[2]}"
    press(test, "All of them")
    assert "pin" not in test.query_params
    assert not any(each.label == "Unpin" for each in test.button)


def test_a_link_of_an_earlier_version_means_what_it_meant(page):
    test = page("pages/rbm.py", **SMALL, pin=f"{ID['2']}@3", view="Training")
    assert problems(test) == []
    assert test.query_params["pin"] == f"{ID['2']}@3"
    press(test, "Unpin")
    assert "pin" not in test.query_params


@pytest.mark.parametrize(("pins", "word"), [(("longer",), "both"), (("longer", "2"), "all")])
def test_what_runs_of_other_ages_have_is_said_of_both_or_of_all(page, pins, word):
    test = page("pages/rbm.py", **SMALL, pin=",".join(ID[name] for name in pins))
    assert f"Up to epoch 3, the last that {word} have" in texts(test)


@pytest.mark.parametrize("view", ["Generate", "Build-up", "Training"])
def test_pins_are_shown_where_the_current_run_cannot_be_read(page, inline, view):
    run = inline.submit(RBMConfig(**SMALL | {"seed": 9}))
    for epoch in run.snapshots:
        run.paths.snapshot(epoch).write_bytes(b"no tensors")
    test = page("pages/rbm.py", **SMALL, seed=9, view=view, pin=f"{ID['1']}@1,{ID['1']}@2")
    assert not test.exception
    assert not test.error
    assert "Current" not in texts(test)
    assert any("no tensors" in each.value or "snapshot" in each.value for each in test.warning)


def test_what_is_wrong_with_three_runs_is_folded_up(page, monkeypatch):
    found = [Finding("Dead units", "Some.", "Why.", "Change it.")]
    monkeypatch.setattr("explorer.ui.findings.findings_of", lambda run, _: found if run.id != ID["1"] else [])
    test = page("pages/rbm.py", **SMALL, view="Training", pin=ID["2"])
    assert not [each for each in test.expander if each.label.startswith("Found")]
    assert findings(test) == ["Dead units"]
    test = page("pages/rbm.py", **SMALL, view="Training", pin=f"{ID['2']},{ID['longer']}")
    (folded,) = [each for each in test.expander if each.label.startswith("Found")]
    assert folded.label == "Found in these runs: Dead units"
    assert [each.value.partition(":")[0] for each in folded.warning] == ["CD-k 2", "CD-k 5"]


def test_pictures_of_one_sort_are_a_row(page, offered):
    page("pages/rbm.py", **SMALL, view="Reconstructions", pin=",".join([ID["2"], ID["longer"]]))
    assert titles(offered, "reconstructions") == [
        "Input",
        *(f"CD-k {k}: reconstruction" for k in (2, 5, 1)),
        *(f"CD-k {k}: hidden state" for k in (2, 5, 1)),
    ]


def test_curves_of_four_runs_share_a_chart_in_the_styles_of_their_places(page):
    test = page("pages/rbm.py", **SMALL, view="Training", pin=",".join([ID["2"], ID["fast"], ID["longer"]]))
    lines = [trace for trace in traces(test, "metric reconstruction_error") if trace["mode"] == "lines"]
    named = [(each["line"]["color"], each["line"]["dash"]) for each in lines if each.get("showlegend")]
    assert [*named[-1:], *named[:-1]] == list(PLACES)
    assert {each["line"]["dash"] for each in lines if not each.get("showlegend")} == {"dot"}


def ticked(test, *names):
    """Tick the rows of runs; return their ids as they stand in the table."""
    ids = list(table(test)["id"])
    rows = sorted(ids.index(ID.get(name, name)) for name in names)
    select(test, *rows)
    return [ids[row] for row in rows]


def test_runs_ticked_in_the_table_are_compared(page):
    test = page("pages/runs.py")
    first, *others = ticked(test, "1", "2", "fast")
    press(test, "Compare (3)")
    assert test.title[0].value == "Restricted Boltzmann machine"
    assert problems(test) == []
    state = test.session_state["page state of rbm"]
    assert (run_id(state.config), state.pins) == (first, tuple(others))


def test_the_run_that_was_ticked_first_is_the_current_one(page):
    test = page("pages/runs.py")
    last, *others = reversed(ticked(test, "1", "2", "fast"))
    for several in ([], [last], [last, others[0]], [last, *others]):
        ticked(test, *several)
    press(test, "Compare (3)")
    state = test.session_state["page state of rbm"]
    assert (run_id(state.config), state.pins) == (last, tuple(others))


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ((), "Select two to 4 runs of one kind"),
        (("1",), "Select two to 4 runs of one kind"),
        (CONFIGS, "Select two to 4 runs of one kind"),
        (("1", "4×4"), "of images of 4×4 and of 28×28 pixels"),
        (("1", "vae"), "of several kinds of models"),
        (("1", "2", "broken"), "config.json"),
        (("1", "figures"), "no snapshot is kept"),
    ],
)
def test_what_cannot_be_compared_says_why(page, library, names, reason):
    added = {}
    if "vae" in names:
        added["vae"] = library.own.request(VAEConfig(**{"dataset": "mnist-5k", "epochs": 1}))
    if "broken" in names:
        added["broken"] = library.own.request(RBMConfig(**SMALL | {"seed": 7}))
        added["broken"].paths.config.write_text("{")
    if "figures" in names:
        added["figures"] = library.own.request(RBMConfig(**SMALL | {"seed": 8}))
    test = page("pages/runs.py")
    ticked(test, *(added[name].id if name in added else name for name in names))
    (compare,) = [each for each in test.button if each.label.startswith("Compare")]
    assert compare.disabled
    assert reason in compare.help
