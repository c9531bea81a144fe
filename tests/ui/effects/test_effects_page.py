"""The page of effects, without a browser: what it says and draws of a study."""

import csv
import io
import json
import re

import numpy as np
import pytest

from explorer.analysis.effect import effect
from explorer.analysis.measures import Metric
from explorer.models.rbm import RBMConfig
from explorer.models.registry import KINDS, kind_of
from explorer.plots.effects import ValueAxis
from explorer.runs.library import Library
from explorer.runs.status import State, Status, write_status
from explorer.runs.study import find
from explorer.ui.effects.effect import in_words
from explorer.ui.effects.figures import Evidence, value_axis
from explorer.ui.effects.table import csv as csv_of
from explorer.ui.state.effects import EffectsState
from tests.pages import button, press, problems, texts
from tests.ui.effects.studies import STUDY
from tests.ui.rbms import SMALL

FIGURE = Metric("error", "Error", "nats", "")
AXIS = ValueAxis("CD-k", (1, 10), ("1", "10"), numeric=True)


@pytest.fixture
def effects(page):
    def opened(**changes):
        return page("pages/effects.py", **STUDY | changes)

    return opened


def charts_in(test):
    """The specifications of the charts that Vega-Lite draws."""
    return [json.loads(chart.proto.spec) for chart in test.get("vega_lite_chart")]


def numbers_in(test):
    """All tables behind the charts, as lists of rows."""
    from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

    datasets = [dataset for chart in test.get("vega_lite_chart") for dataset in chart.proto.datasets]
    return [convert_arrow_bytes_to_pandas_df(dataset.data.data) for dataset in datasets]


def test_a_trained_study_is_drawn_and_nothing_is_to_be_trained(effects, library):
    test = effects()
    assert problems(test) == []
    assert not [each for each in test.button if each.label.startswith("Train ")]
    (spec,) = charts_in(test)
    titles = [chart["title"]["text"] for chart in spec["vconcat"]]
    assert titles == ["Reconstruction error (test)", "Log-likelihood (test)"]
    tables = [table for table in numbers_in(test) if "reconstruction_error" in table]
    drawn = {(row.seed, row.value): row.reconstruction_error for table in tables for row in table.itertuples()}
    for cd_k in (1, 2):
        run = library.find(RBMConfig(**SMALL | {"cd_k": cd_k}))
        assert drawn[0, cd_k] == run.metrics().loc[3, "reconstruction_error"]


def test_the_gain_from_the_first_to_the_last_value_is_said(effects, library):
    first, last = (library.find(RBMConfig(**SMALL | {"cd_k": k})).metrics().loc[3] for k in (1, 2))
    gain = last["reconstruction_error"] - first["reconstruction_error"]
    said = texts(effects())
    assert f"CD-k (steps) from 1 to 2: {gain:+.3g}".replace("-", "−").replace("CD−k", "CD-k") in said
    assert "below 3 seeds nothing is known" in said


@pytest.mark.parametrize("view", ["Effect", "Pictures", "Curves", "Table"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_view_of_every_kind_opens_where_nothing_is_trained(page, nothing_trained, kind, view):
    test = page("pages/effects.py", model=kind, view=view, dataset="mnist-5k")
    assert problems(test) == []
    assert re.match(r"Train \d+ runs", button(test, next(b.label for b in test.button if "Train" in b.label)).label)


@pytest.mark.parametrize("view", ["Effect", "Pictures", "Curves", "Table"])
def test_every_view_opens_with_two_hyperparameters(effects, view):
    test = effects(view=view, **{"and": "persistent", "and-values": "false,true"})
    assert problems(test) == []
    assert "2 of 4 are trained" in texts(test)


def test_missing_runs_are_trained_and_then_drawn(effects, inline):
    test = effects(values="1,2,3", seeds="1")
    assert "2 of 3 are trained" in texts(test)
    press(test, "Train 1 run")
    assert problems(test) == []
    assert RBMConfig(**SMALL | {"cd_k": 3}) in inline._library
    assert "from 1 to 3" in texts(test)
    assert not [each for each in test.button if each.label.startswith("Train ")]


def test_a_run_that_failed_is_named_with_its_reason_and_can_be_tried_again(effects, library):
    run = library.own.request(RBMConfig(**SMALL | {"cd_k": 3}))
    run.paths.request.unlink()
    write_status(run.paths, Status(state=State.FAILED, error="Too <b>hot</b>."))
    test = effects(values="1,2,3")
    (warning,) = [each.value for each in test.warning]
    assert "CD-k 3" in warning
    assert "Too \\<b>hot\\</b>." in warning
    assert button(test, "Train 1 run")


def test_values_that_do_not_fit_are_named_and_the_others_trained(page, library):
    test = page(
        "pages/effects.py",
        model="vae",
        dataset="mnist-5k",
        vary="decoder",
        binarize="sample",
        epochs="1",
        values="bernoulli,gaussian",
    )
    assert "Gaussian decoder" in " ".join(each.value for each in test.warning)
    assert button(test, "Train 1 run")


def test_runs_in_training_can_all_be_stopped(effects, library):
    configs = [RBMConfig(**SMALL | {"cd_k": k}) for k in (3, 5)]
    runs = [library.own.request(config) for config in configs]
    for run in runs:
        write_status(run.paths, Status(state=State.RUNNING, epoch=0, target=3, heartbeat=9e9))
    test = effects(values="1,2,3,5")
    assert "2 of 4 runs are trained" in next(each.proto.text for each in test.get("progress"))
    press(test, "Stop all")
    assert all(run.paths.stop.exists() for run in runs)


def test_a_data_set_that_is_not_here_is_offered(page, library, monkeypatch, tmp_path):
    monkeypatch.setattr("explorer.data.catalogue.DataSet.available", property(lambda info: info.name != "mnist"))
    test = page("pages/effects.py", model="rbm", dataset="mnist", vary="cd_k", values="1,7")
    assert any(each.label.startswith("Download") for each in test.button)


def test_figures_that_measure_something_else_with_each_value_have_no_axis(page, library):
    test = page("pages/effects.py", model="vae", dataset="mnist-5k", vary="decoder", epochs="1")
    assert "Not drawn, as they measure something else with each value: ELBO (test)" in texts(test)


def test_a_broken_run_is_named_and_the_others_are_drawn(effects, library):
    library.adopt(config := RBMConfig(**SMALL | {"cd_k": 2}))
    (library.own.run(library.find(config).id).paths.metrics).write_bytes(b"\xff\x00")
    test = effects()
    assert not test.exception
    assert charts_in(test)
    assert "CD-k 2" in " ".join(each.value for each in test.warning)


def test_the_table_and_its_file_have_every_run(effects, library):
    test = effects(view="Table")
    assert problems(test) == []
    (frame,) = [each.value for each in test.dataframe]
    assert list(frame["CD-k (steps)"]) == ["1", "2"]
    state = EffectsState("rbm", {}, ())
    state._take_over(STUDY)
    rows = list(csv.DictReader(io.StringIO(csv_of(Evidence(state.study, find(state.study, Library.open()))))))
    assert [(row["cd_k"], row["epoch"]) for row in rows] == [(k, e) for k in "12" for e in "123"]
    assert {row["run"] for row in rows} == {library.find(RBMConfig(**SMALL | {"cd_k": k})).id for k in (1, 2)}


def test_a_models_page_leads_to_the_effects_of_each_hyperparameter(open_page, library):
    test = open_page(RBMConfig(**SMALL))
    links = {link.proto.label: link.proto for link in test.get("page_link")}
    link = links["Effects of CD-k"]
    assert "vary=cd_k" in link.query_string
    assert "hidden_units=9" in link.query_string
    assert "Effects of Epochs" not in links


def test_what_a_link_has_of_wrong_values_is_said(effects):
    test = effects(seeds="99", vary="nonsense", view="Nowhere")
    said = " ".join(each.value for each in test.warning)
    assert "seeds = '99'" in said
    assert "vary = 'nonsense'" in said
    assert "There is no view 'Nowhere'" in said
    assert not test.exception


# sentences on effects


def test_a_sentence_on_an_effect_has_its_size_in_standard_errors():
    before, after = {0: 1.0, 1: 2.0, 2: 3.0}, {0: 11.0, 1: 12.5, 2: 13.0}
    found = effect(before, after)
    said = in_words({"1": before, "10": after}, FIGURE, AXIS)
    assert (
        said == f"**Error**, CD-k from 1 to 10: **+10.2 nats**, {found.standard_errors:.1f} standard errors, 3 seeds."
    )


def test_noise_is_said_to_be_none():
    said = in_words({"1": {0: 1.0, 1: 2.0, 2: 3.0}, "10": {0: 2.0, 1: 1.0, 2: 3.1}}, FIGURE, AXIS)
    assert "no effect larger than seeds' noise" in said


def test_a_single_value_has_nothing_to_be_compared_with():
    assert "nothing to compare" in in_words({"1": {0: 1.0}}, FIGURE, AXIS)


@pytest.mark.parametrize(
    ("kind", "name", "values", "logarithmic"),
    [
        ("rbm", "cd_k", (1, 5, 10), True),
        ("rbm", "hidden_units", (25, 400), True),
        ("rbm", "learning_rate", (0.01, 1.0), True),
        ("rbm", "momentum", (0.0, 0.5), False),
        ("rbm", "persistent", (False, True), False),
        ("sparse", "target", (0.05, 0.2), True),
    ],
)
def test_an_axis_is_logarithmic_where_the_stops_are(kind, name, values, logarithmic):
    from explorer.runs.study import Axis

    axis = value_axis(kind_of(kind).config_class(), Axis(name, values))
    assert axis.logarithmic is logarithmic
    assert np.all([isinstance(text, str) for text in axis.texts])


# studies that are kept


def test_a_study_is_kept_by_a_name_and_opened_again(effects, library):
    test = effects()
    test.text_input(key="effects study name").set_value("What does *k* do?").run()
    press(test, "Keep")
    assert problems(test) == []
    links = [link.proto for link in test.get("page_link") if "What does" in link.proto.label]
    assert [link.label for link in links] == ["What does \\*k\\* do? · RBM"]
    assert "vary=cd_k" in links[0].query_string
    press(test, "Forget")
    assert not [link for link in test.get("page_link") if "What does" in link.proto.label]


def test_a_name_that_is_none_is_refused_in_words(effects, library):
    test = press(effects(), "Keep")
    assert "no name for a study" in " ".join(each.value for each in test.error)
