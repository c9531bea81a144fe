"""Figures of an older estimator of log Z are never shown as those of this one; exact ones and all others stay."""

import json

import pytest

from explorer.analysis.log_z_version import LOG_Z_ESTIMATOR, by_this_estimator
from explorer.engine.heavy import measure_all, missing_figures
from explorer.engine.inline import InlineEngine
from explorer.models.rbm import RBMConfig
from explorer.runs.files import write_atomically

TINY = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)
OLD = {"log_likelihood": -157.85, "log_likelihood_error": 0.32, "log_likelihood_reverse": -157.99}
OLD_BOUND = {"likelihood_bound": -99.0, "likelihood_bound_error": 0.1, "likelihood_bound_reverse": -99.2}


@pytest.mark.parametrize("version", [{}, {"log_z_estimator": LOG_Z_ESTIMATOR - 1}, {"log_z_estimator": 1e9}])
@pytest.mark.parametrize("old", [OLD, OLD_BOUND | {"likelihood_bound_50": -98.0, "log_likelihood": -97.0}])
def test_estimates_by_another_version_are_left_out_of_a_row(old, version):
    others = {"epoch": 3, "reconstruction_error": 12.0}
    assert by_this_estimator(others | old | version) == others
    assert by_this_estimator(others | old | {"log_z_estimator": LOG_Z_ESTIMATOR}).keys() > old.keys()


def test_exact_figures_need_no_version():
    exact = {"epoch": 3, "log_likelihood": -12.0, "log_likelihood_error": 0.0}
    assert by_this_estimator(exact) == exact


@pytest.mark.parametrize("kept_in", ["figures", "rows"])
def test_older_estimates_are_measured_anew_and_until_then_not_shown(library, kept_in):
    run = InlineEngine(library).submit(TINY)
    if kept_in == "figures":
        run.paths.figures.mkdir(exist_ok=True)
        write_atomically(run.paths.figures_of(2), json.dumps({"likelihood": OLD, "other": {"x": 1.0}}).encode())
    else:
        rows = [row | (OLD if row["epoch"] == 2 else {}) for row in run.light_rows()]
        write_atomically(run.paths.metrics, "".join(json.dumps(row) + "\n" for row in rows).encode())
    assert not any("log_likelihood" in row for row in run.metric_rows())
    assert [each.epoch for each in missing_figures(run) if each.name == "likelihood"] == [2, 1]
    measure_all(library.own, run.id)
    last = run.metric_rows()[-1]
    assert last["log_likelihood"] > -20
    assert "log_likelihood_reverse" not in last  # it was counted
    assert last.get("x") == (1.0 if kept_in == "figures" else None)
