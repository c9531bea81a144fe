"""The settings of DBNs and of what they are built on: sizes of layers, the address, the controls."""

import pytest

from explorer.models.config import default_values, text_of
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.registry import kind_of
from explorer.presets.preset import Preset
from explorer.runs.ids import run_id
from explorer.ui.state.page import PageState
from tests.pages import button, offer, problems, texts
from tests.ui.dbn.dbns import BARS, DBNS, DEEP, FINE_TUNED, PLAIN, VIEWS, chain_of, dbn, enter

# sizes of layers


def test_typed_sizes_are_taken(open_page):
    test = enter(open_page(PLAIN), "8-6")
    assert problems(test) == []
    assert test.selectbox(key="dbn.hidden_units").value == (8, 6)
    assert test.query_params["hidden_units"] == ["8-6"] or test.query_params["hidden_units"] == "8-6"
    enter(test, "12, 7,5")
    assert problems(test) == []
    assert test.selectbox(key="dbn.hidden_units").value == (12, 7, 5)
    enter(test, "8")
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs"]


@pytest.mark.parametrize("text", ["abc", "8-", "3", "8-6-4-4", "1001", "500--500", "8.5", "-8", "9" * 5000])
def test_typed_sizes_that_are_not_valid_are_named_and_nothing_is_lost(open_page, text):
    test = open_page(PLAIN, view="Training", preset="Larger layers: 500-500", pin=run_id(DEEP))
    before = dict(test.query_params)
    enter(test, text)
    (warning,) = problems(test)
    assert "hidden_units" in warning
    assert "is not valid: 1 to 3 layers of 4 to 1000 units each, the lowest first, such as 500-500." in warning
    assert len(warning) < 300
    assert dict(test.query_params) == before
    assert test.selectbox(key="dbn.hidden_units").value == (8,)
    assert "Trained, **3 epochs**" in texts(test)
    enter(test, "12")
    assert problems(test) == []


def test_a_tied_start_that_does_not_fit_is_explained(open_page):
    test = open_page(PLAIN)
    test.toggle(key="dbn.tied_start").set_value(True).run()
    (error,) = problems(test)
    assert "hidden_units = '8' is not valid: 16, as many as pixels, for a tied start; or switch tied_start off" in error
    assert test.toggle(key="dbn.tied_start").value
    assert any("nearest trained run" in element.value for element in test.info)
    enter(test, "16")
    assert problems(test) == []
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs"]


@pytest.mark.parametrize("kind", VIEWS)
def test_values_that_do_not_fit_are_explained_where_nothing_is_trained(page, nothing_trained, kind):
    name = "tied_start" if kind == "dbn" else "base.tied_start"
    test = page(f"pages/{kind}.py", dataset="bars-and-stripes", **{name: "true"})
    (error,) = problems(test)
    assert "for a tied start" in error
    assert test.query_params[name] in ("true", ["true"])


# the address


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hidden_units": "abc"}, ["hidden_units = 'abc'"]),
        ({"first.cd_k": 1000}, ["first.cd_k = '1000' is not valid: a whole number from 1 to 50."]),
        ({"first.cd_k": 1000, "cd_k": "x"}, ["first.cd_k = '1000'", "cd_k = 'x'"]),
        ({"tied_start": "true"}, ["hidden_units = '100' is not valid: 16, as many as pixels"]),
        ({"tied_start": "true", "hidden_units": "abc"}, ["hidden_units = 'abc'", "hidden_units = '100'"]),
        ({"tied_start": "true", "cd_k": "0"}, ["cd_k = '0'", "hidden_units = '100'"]),
        ({"tied_start": "true", "first.cd_k": "0"}, ["first.cd_k = '0'", "hidden_units = '100'"]),
        ({"tied_start": "maybe"}, ["tied_start = 'maybe' is not valid: true or false."]),
        ({"first": "x"}, ["first = 'x'"]),
        ({"first.nothing": "x"}, ["first.nothing = 'x'"]),
        ({"first.dataset": "mnist-5k"}, ["first.dataset = 'mnist-5k'"]),
        ({"second.cd_k": "3"}, ["second"]),
        ({"cd_k.more": "3"}, ["cd_k"]),
        ({"first.cd_k.more": "3"}, ["first.cd_k"]),
        ({".": "3"}, ["dbn"]),
        ({"first.": "3"}, ["first."]),
        ({".cd_k": "3"}, ["dbn"]),
        ({"first.cd_k": "9" * 5000}, [f"first.cd_k = '{'9' * 40}…' is not valid"]),
    ],
)
def test_what_is_not_valid_in_the_address_is_named_and_the_page_stands(page, given, said):
    test = page("pages/dbn.py", dataset="bars-and-stripes", **given)
    found = problems(test)
    assert len(found) == len(said)
    for message, beginning in zip(found, said, strict=True):
        assert message.startswith(beginning)
    test.select_slider(key="dbn.cd_k").set_value(3).run()
    assert not test.exception


@pytest.mark.parametrize("kind", ["rbm", "dbn", "fine-tuned-dbn"])
def test_an_unknown_data_set_is_named_once(page, kind):
    (warning,) = [text for text in problems(page(f"pages/{kind}.py", dataset="nowhere")) if "nowhere" in text]
    assert warning.startswith("dataset = 'nowhere' is not valid: one of ")


def test_layers_of_the_base_are_read_from_the_address(page):
    test = page("pages/fine-tuned-dbn.py", **BARS, **{"base.hidden_units": "8-6", "base.first.hidden_units": 9})
    assert problems(test) == []
    assert test.selectbox(key="fine-tuned-dbn.base.hidden_units").value == (8, 6)
    assert test.select_slider(key="fine-tuned-dbn.base.first.hidden_units").value == 9


@pytest.mark.parametrize("config", [DEEP, DBNS["tied"], FINE_TUNED["8-6"], FINE_TUNED["none"]])
def test_the_address_holds_the_page_and_reproduces_it(page, open_page, config):
    first = open_page(config, view="Training", epoch=2, pin=f"{run_id(config)}@1")
    given = first.session_state[f"page state of {config.kind}"].address()
    defaults = default_values(type(config))
    changed = {n: text_of(v) for n, v in config.values().items() if n == "dataset" or v != defaults[n]}
    assert given == changed | {"view": "Training", "epoch": "2", "pin": f"{run_id(config)}@1"}
    second = page(f"pages/{config.kind}.py", **given)
    assert second.session_state[f"page state of {config.kind}"].config == config
    assert second.session_state[f"page state of {config.kind}"].address() == given


# settings of the models it is built on


def test_settings_of_other_models_are_folded_away_under_their_names(open_page):
    test = open_page(FINE_TUNED["8-6"])
    labels = [expander.label for expander in test.sidebar.expander]
    assert labels[-3:] == ["More settings", "Built on: DBN (3 changed)", "Built on: RBM (2 changed)"]


def test_changing_the_rbm_changes_the_run(open_page):
    test = open_page(PLAIN, **{"first.seed": "1"})
    assert any("RBM: Seed **0** instead of 1" in element.value for element in test.info)
    test.select_slider(key="dbn.first.seed").set_value(0).run()
    assert chain_of(test) == ["RBM: 2 epochs", "DBN: 3 epochs"]


def test_the_nearest_run_is_described_by_its_layers(open_page):
    test = open_page(dbn(hidden_units=(9,)))
    assert any("Layers above **" in element.value and "** instead of 9" in element.value for element in test.info)


def test_a_preset_opens_settings_of_the_models_it_is_built_on(page):
    test = page("pages/dbn.py", preset="Larger layers: 500-500")
    assert test.select_slider(key="dbn.first.hidden_units").value == 500
    assert test.selectbox(key="dbn.hidden_units").value == (500,)
    assert not test.exception
    test = page("pages/fine-tuned-dbn.py", preset="A model that can be counted: bars and stripes")
    assert test.select_slider(key="fine-tuned-dbn.base.first.epochs").value == 200
    assert test.selectbox(key="fine-tuned-dbn.base.hidden_units").value == (8,)
    assert test.toggle(key="fine-tuned-dbn.base.persistent").value
    assert not test.exception


def test_every_preset_opens(page):
    for kind in VIEWS:
        for preset in kind_of(kind).load("presets"):
            test = page(f"pages/{kind}.py", preset=preset.name)
            assert problems(test) == [], preset.name
            assert any(preset.text in element.value for element in test.success), preset.name
            assert test.session_state[f"page state of {kind}"].view == preset.view


def test_a_preset_with_a_pinned_run_offers_to_train_it_with_what_it_needs(page, inline, library, monkeypatch):
    flat = {n: v for n, v in PLAIN.values().items() if v != default_values(DBNConfig)[n]}
    preset = Preset("A pair", "Two seeds.", settings=flat, pinned=flat | {"first.seed": 1}, view="Training")
    monkeypatch.setattr("explorer.presets.dbn.PRESETS", (preset,))
    test = page("pages/dbn.py", preset="A pair")
    assert any("run to compare with is not trained" in element.value for element in test.info)
    assert offer(test).endswith("First the RBM.")
    button(test, "Train 3 epochs").click().run()
    assert problems(test) == []
    assert any(button.label == "Unpin" for button in test.button)


def test_back_to_the_defaults_takes_those_of_all_models(open_page):
    test = open_page(FINE_TUNED["8-6"], pin=run_id(FINE_TUNED["8"]))
    button(test, "Back to the defaults").click().run()
    assert not test.exception
    state: PageState = test.session_state["page state of fine-tuned-dbn"]
    assert state.values == default_values(FineTunedDBNConfig)
    assert test.selectbox(key="fine-tuned-dbn.base.hidden_units").value == (100,)
    assert button(test, "Back to the defaults").disabled
    assert "pin" not in test.query_params
