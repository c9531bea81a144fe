"""Which runs the page of all runs shows: by words, models, data, states and marks, and by a link of these."""

import pytest

from explorer.models.autoencoder import AutoencoderConfig
from explorer.runs.marks import Change
from explorer.runs.status import State
from explorer.ui import run_table
from explorer.ui.state.runs import LONGEST, Filter, RunsState, read_filter
from tests.pages import press, table, texts
from tests.ui.listed import add_run

ALL = Filter("a b", ("rbm", "vae"), ("mnist",), ("done", "broken"), True, ("exam", "für Montag"))
LINK = {
    "find": "a b",
    "model": "rbm,vae",
    "data": "mnist",
    "state": "done,broken",
    "starred": "yes",
    "tag": "exam,für Montag",
}
BAD = {
    "a model": ({"model": "rbm,quantum"}, Filter(model=("rbm",)), "model = 'quantum' is not valid: one of rbm, "),
    "data": ({"data": "cats"}, Filter(), "data = 'cats' is not valid: one of mnist, "),
    "a state": ({"state": "done,magic"}, Filter(state=("done",)), "state = 'magic' is not valid: one of queued, "),
    "a star": ({"starred": "no"}, Filter(), "starred = 'no' is not valid: yes."),
    "a tag": ({"tag": "exam,a\u202eb"}, Filter(tag=("exam",)), "cannot be a tag"),
    "a long tag": ({"tag": "x" * 500}, Filter(), f"tag: '{'x' * 30}…' cannot be a tag"),
    "long words": ({"find": "x" * 201}, Filter(), f"find = '{'x' * 40}…' is not valid: at most {LONGEST} letters."),
}


@pytest.fixture
def runs(library):
    """Leave five runs of one's own: RBMs that are done, stopped, failed and broken, and an autoencoder."""
    done, stopped, failed, broken = (
        add_run(library, seed, begun=1e9 + seed, state=state)
        for seed, state in ((4, State.DONE), (5, State.STOPPED), (6, State.FAILED), (7, State.DONE))
    )
    broken.paths.config.write_text("{")
    other = library.request(AutoencoderConfig(dataset="bars-and-stripes", epochs=3))
    library.own.request_stop(other.id)
    library.mark(done.id, Change(star=True, tag=("exam",), note="Sharp sevens"))
    library.mark(stopped.id, Change(tag=("exam", "b")))
    library.mark(next(iter(library.shipped)).id, Change(star=True))
    run_table.forget_table()
    names = {done.id: "done", stopped.id: "stopped", failed.id: "failed", broken.id: "broken", other.id: "other"}
    return names | {run.id: f"shipped on {run.config.dataset}" for run in library.shipped}


def shown(test, runs):
    return [runs[id_] for id_ in table(test)["id"]] if test.dataframe else []


def starred(library):
    return next(iter(library.shipped)).config.dataset


# the link


def test_a_filter_is_what_its_link_says():
    assert ALL.parameters() == LINK
    assert read_filter(LINK) == (ALL, [])
    assert Filter().parameters() == {}
    assert read_filter({}) == (Filter(), [])
    assert not Filter()
    assert all(Filter(**{name: getattr(ALL, name)}) for name in LINK)


@pytest.mark.parametrize(("link", "kept", "words"), BAD.values(), ids=BAD)
def test_what_a_link_has_wrong_is_said_and_loses_nothing_else(link, kept, words):
    found, problems = read_filter({"data": "mnist", "find": "a"} | link)
    rest = {} if "data" in link else {"data": ("mnist",)}
    rest |= {} if "find" in link else {"find": "a"}
    assert found == Filter(**{**kept.__dict__, **rest})
    (problem,) = problems
    assert words in problem


def test_what_other_pages_have_in_their_links_is_left_out():
    assert read_filter({"cd_k": "3", "view": "Weights", "find": "a"}) == (Filter("a"), [])


@pytest.fixture
def bar(monkeypatch):
    """The browser's address, as the last telling left it, and how often it was told."""
    bar = {"told": 0}

    def tell(parameters):
        bar.update(told=bar["told"] + 1, address=parameters)

    monkeypatch.setattr("explorer.ui.state.address._tell", tell)
    monkeypatch.setattr("explorer.ui.state.address.shown_parameters", lambda: bar["address"])
    return bar


def drawn(state, bar, address, arrival=None):
    bar["address"] = address
    state.read_address(address, arrival)
    state.write_address()
    return state.filter


def test_an_address_is_told_where_it_changes_and_only_there(bar):
    state = RunsState()
    assert drawn(state, bar, {"find": "a"}, "page") == Filter("a")
    assert bar["told"] == 0
    state.take(model=("rbm",))
    state.write_address()
    state.write_address()  # of a part that is drawn again
    assert (bar["told"], bar["address"]) == (1, {"find": "a", "model": "rbm"})
    assert drawn(state, bar, {"find": "a"}) == Filter("a", ("rbm",))  # the browser is late
    assert bar["address"] == {"find": "a", "model": "rbm"}


def test_back_and_forward_restore_what_was_shown(bar):
    state = RunsState()
    drawn(state, bar, {}, "page")
    state.take(find="a")
    state.write_address()
    state.take(find="b")
    state.write_address()
    assert drawn(state, bar, {"find": "a"}, "history") == Filter("a")
    assert drawn(state, bar, {}, "history") == Filter()
    assert drawn(state, bar, {"find": "b"}, "history") == Filter("b")
    assert bar["address"] == {"find": "b"}


@pytest.mark.parametrize("arrival", ["history", "page", None])
def test_parameters_of_another_page_change_nothing_and_go(bar, arrival):
    state = RunsState()
    drawn(state, bar, {"find": "a"}, "page")
    assert drawn(state, bar, {"cd_k": "3", "dataset": "mnist"}, arrival) == Filter("a")
    assert bar["address"] == {"find": "a"}
    assert drawn(RunsState(), bar, {"cd_k": "3"}, "page") == Filter()
    assert bar["address"] == {}


def test_a_link_without_parameters_shows_all(bar):
    state = RunsState()
    drawn(state, bar, LINK, "page")
    assert drawn(state, bar, {}, "page") == Filter()


def test_what_an_address_has_wrong_is_put_right(bar):
    state = RunsState()
    drawn(state, bar, {"find": "a", "model": "quantum", "cd_k": "3"}, "page")
    assert bar["address"] == {"find": "a"}
    assert state.problems
    state.take(find="b")
    assert not state.problems


# the page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({"find": "exam"}, ["stopped", "done"]),
        ({"find": "sharp sevens"}, ["done"]),
        ({"find": "seed>4 seed<=6"}, ["failed", "stopped"]),
        ({"find": "cd_k=2"}, ["shipped on mnist-5k"]),
        ({"find": "epochs>=3 bars"}, ["shipped on bars-and-stripes"]),
        ({"model": "autoencoder"}, ["other"]),
        ({"data": "bars-and-stripes"}, ["other", "shipped on bars-and-stripes"]),
        ({"state": "failed,broken"}, ["broken", "failed"]),
        ({"tag": "exam"}, ["stopped", "done"]),
        ({"tag": "exam,b"}, ["stopped"]),
        ({"starred": "yes", "tag": "exam"}, ["done"]),
        (
            {"find": "seed", "model": "rbm,vae", "data": "mnist-5k", "state": "done,stopped", "tag": "exam"},
            ["stopped", "done"],
        ),
        ({"tag": "nobody has it"}, []),
        ({"model": "vae"}, []),
    ],
)
def test_a_link_shows_the_runs_that_are_so(page, library, runs, link, expected):
    test = page("pages/runs.py", **link)
    assert not test.exception
    assert shown(test, runs) == expected
    assert dict(test.query_params) == link
    assert any(each.label == "Show all runs" for each in test.button) == (not expected)


def test_a_star_is_found_on_a_shipped_run_too(page, library, runs):
    assert shown(page("pages/runs.py", starred="yes"), runs) == ["done", f"shipped on {starred(library)}"]


def test_what_is_chosen_is_shown_and_stands_in_the_link(page, library, runs):
    test = page("pages/runs.py")
    assert len(shown(test, runs)) == 8
    assert test.text_input(key="runs query").label == "Find among 8 runs"
    test.multiselect(key="runs model").set_value(["rbm"]).run()
    test.multiselect(key="runs data").set_value(["mnist-5k"]).run()
    test.multiselect(key="runs state").set_value(["done", "stopped"]).run()
    test.multiselect(key="runs marks").set_value(["★", "#exam"]).run()
    test.text_input(key="runs query").set_value("seed 4").run()
    assert shown(test, runs) == ["done"]
    assert test.text_input(key="runs query").label == "Found 1 of 8 runs"
    link = dict(test.query_params)
    assert link == {
        "find": "seed 4",
        "model": "rbm",
        "data": "mnist-5k",
        "state": "done,stopped",
        "starred": "yes",
        "tag": "exam",
    }
    again = page("pages/runs.py", **link)
    assert shown(again, runs) == ["done"]
    assert again.multiselect(key="runs marks").value == ["★", "#exam"]
    assert again.multiselect(key="runs state").value == ["done", "stopped"]
    assert again.text_input(key="runs query").value == "seed 4"


def test_a_bad_link_is_said_and_the_rest_of_it_holds(page, library, runs):
    test = page("pages/runs.py", model="quantum", state="failed", tag="**x**,b,c,d")
    assert r"model = 'quantum' is not valid" in texts(test)
    assert dict(test.query_params) == {"state": "failed", "tag": "**x**,b,c,d"}
    assert r"#**x**" in test.multiselect(key="runs marks").options
    test = press(test, "Show all runs")
    assert len(shown(test, runs)) == 8
    assert dict(test.query_params) == {}
    assert "is not valid" not in texts(test)


def test_a_state_that_changes_takes_a_run_in_and_out(page, library, runs):
    test = page("pages/runs.py", state="stopped")
    assert shown(test, runs) == ["other", "stopped"]
    for run in library.own:
        if runs[run.id] == "stopped":
            library.own.delete(run.id)
    run_table.forget_table()
    assert shown(test.run(), runs) == ["other"]


def test_the_list_of_pages_leads_to_the_runs_as_they_were_left(page, library, runs):
    test = page("pages/runs.py", state="stopped")
    test.switch_page("Home.py").run()
    (link,) = [each.proto for each in test.get("page_link") if each.proto.label == "All runs"]
    assert link.query_string == "state=stopped"
    test.switch_page("pages/runs.py").run()  # by a link without parameters
    assert len(shown(test, runs)) == 8
