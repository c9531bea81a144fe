"""The state of the page of effects: what a link says, and what becomes of values that are not valid."""

import pytest

from explorer.errors import InvalidStudy
from explorer.models.config import default_values, hyperparameters
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS
from explorer.runs.study import Axis, Study
from explorer.ui.state.effects import MODEL, SEEDS, VARIED, VIEW, EffectsState, in_order, link_to
from explorer.ui.state.varied import to_vary, usual_axis
from tests.ui.rbms import SMALL


@pytest.fixture
def state(library):
    found = EffectsState("rbm", default_values(RBMConfig) | SMALL, ())
    found.begin_with("cd_k")
    return found


def read(state, **parameters):
    state._take_over(parameters)
    return state


def test_it_begins_with_what_is_trained_and_as_far_as_that_is(state):
    assert state.axes == (Axis("cd_k", (1, 2)),)
    assert state.values["epochs"] == 3
    assert [entry.config.cd_k for entry in state.study.entries] == [1, 2]


def test_of_what_nothing_is_trained_some_stops_are_taken(state):
    state.vary(0, "learning_rate")
    (axis,) = state.axes
    stops = next(h.stops for h in hyperparameters(RBMConfig) if h.name == "learning_rate")
    assert 3 <= len(axis.values) <= 6
    assert set(axis.values) <= {*stops, 0.1}
    assert list(axis.values) == sorted(axis.values)
    assert 0.1 in axis.values


@pytest.mark.parametrize("kind", KINDS)
def test_every_hyperparameter_of_every_kind_can_be_varied(library, kind):
    config_class = KINDS[kind].config_class()
    values = default_values(config_class)
    assert to_vary(config_class)
    for name, h in to_vary(config_class).items():
        state = EffectsState(kind, values, (usual_axis(h, values, kind),))
        assert len(state.axes[0].values) > 1, name
        assert state.study.entries, name


def test_no_hyperparameter_is_called_like_a_parameter_of_the_page():
    own = {MODEL, SEEDS, VIEW, *(name for pair in VARIED for name in pair)}
    for kind in KINDS.values():
        assert own.isdisjoint(h.name for h in hyperparameters(kind.config_class()))


def test_a_link_names_the_whole_study(state):
    state.vary(1, "persistent")
    state.seeds, state.view = 3, "Curves"
    again = read(EffectsState("vae", {}, ()), **state.address())
    assert (again.kind, again.axes, again.seeds, again.view) == ("rbm", state.axes, 3, "Curves")
    assert again.values == state.values
    assert again.address() == state.address()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("model", "gnome", "model = 'gnome' is not valid: one of rbm"),
        ("vary", "cd-k", "vary = 'cd-k' is not valid: one of hidden_units"),
        ("values", "1,many", "cd_k = 'many' is not valid: a whole number"),
        ("and", "cd_k", "and = 'cd_k' is not valid: one of"),
        ("seeds", "11", "seeds = '11' is not valid: a whole number from 1 to 10."),
        ("seeds", "²", "seeds = '²' is not valid"),
        ("epochs", "-1", "epochs = '-1' is not valid"),
        ("hidden_units", "x", "hidden_units = 'x' is not valid"),
    ],
)
def test_what_is_wrong_in_a_link_is_said_and_the_rest_is_taken(state, name, text, complaint):
    parameters = {"vary": "cd_k", "values": "1,2", "dataset": "mnist-5k", "learning_rate": "0.5"} | {name: text}
    read(state, **parameters)
    assert any(complaint in problem for problem in state.problems)
    assert state.values["learning_rate"] == 0.5
    assert state.study.entries


def test_more_values_than_there_is_room_for_are_cut_and_that_is_said(state):
    read(state, vary="hidden_units", values=",".join(map(str, range(1, 31))))
    assert state.axes[0].values == tuple(range(1, 13))
    assert "30 values" in state.problems[0]


def test_typed_values_that_are_not_valid_leave_those_that_were(state):
    state.take_values(0, ["1", "fifty"])
    assert state.axes == (Axis("cd_k", (1, 2)),)
    assert "fifty" in state.problems[0]
    state.take_values(0, [])
    assert state.axes == (Axis("cd_k", (1, 2)),)
    state.take_values(0, ["10", "1", "5"])
    assert state.axes == (Axis("cd_k", (1, 5, 10)),)
    assert state.problems == []


def test_texts_keep_their_order():
    assert in_order(Axis("decoder", ("gaussian", "bernoulli"))).values == ("gaussian", "bernoulli")


def test_another_model_keeps_the_data_set(state):
    state.take_kind("vae")
    assert state.values["dataset"] == "mnist-5k"
    assert state.axes[0].name in to_vary(state.config_class)


def test_a_first_value_that_does_not_fit_is_not_the_base(library):
    state = EffectsState("vae", {}, ())
    read(state, model="vae", dataset="mnist-5k", vary="decoder", values="gaussian,bernoulli", binarize="sample")
    assert [entry.config is None for entry in state.study.entries] == [True, False]


def test_ten_seeds_of_two_hyperparameters_are_not_too_many_but_more_are(library):
    state = EffectsState("rbm", default_values(RBMConfig), (Axis("cd_k", tuple(range(1, 13))),), seeds=10)
    assert len(state.study.entries) == 120
    state.axes = (*state.axes, Axis("hidden_units", tuple(range(1, 13))))
    with pytest.raises(InvalidStudy, match="1,440 runs"):
        _ = state.study


def test_a_study_has_a_link(library):
    base = RBMConfig(**SMALL)
    parameters = link_to(Study(base, (Axis("cd_k", (2, 1)),), (0, 2)))
    state = read(EffectsState("vae", {}, ()), **parameters)
    assert (state.axes, state.seeds, state.problems) == ((Axis("cd_k", (1, 2)),), 3, [])
    assert state.study.entries[0].config == base


@pytest.mark.parametrize(
    ("values", "seeds", "reason"), [((1, 2), (0, 10), "seeds 0 to 9"), (tuple(range(1, 14)), (0,), "at most 12 values")]
)
def test_a_study_that_the_page_has_no_room_for_has_none(library, values, seeds, reason):
    with pytest.raises(InvalidStudy, match=reason):
        link_to(Study(RBMConfig(**SMALL), (Axis("cd_k", values),), seeds))
