"""How far a curve's points may be off: a ± where there is one, else the two ends of a bracket."""

import math

import pandas as pd
import pytest

from explorer.analysis.rbm_measures import MEASURES
from explorer.ui.views.training import _uncertainty

LIKELIHOOD = next(metric for metric in MEASURES.metrics if metric.name == "log_likelihood")
NAN = float("nan")


@pytest.mark.parametrize(
    ("plus_minus", "reverse", "below", "above"),
    [
        (0.2, -100.5, 0.7, 0.2),  # the truth may be as low as the other estimate
        (0.2, -99.5, 0.2, 0.7),
        (NAN, -103.0, 3.0, 0.0),  # a bracket
        (NAN, -97.0, 0.0, 3.0),
        (0.0, NAN, 0.0, 0.0),  # counted
    ],
)
def test_a_bar_reaches_to_the_other_estimate(plus_minus, reverse, below, above):
    row = {"log_likelihood": -100.0, "log_likelihood_error": plus_minus, "log_likelihood_reverse": reverse}
    found = _uncertainty(pd.DataFrame([row]), LIKELIHOOD)
    assert [float(end[0]) for end in found] == pytest.approx([below, above])
    missing = [name for name, value in row.items() if math.isnan(value)]
    assert [float(end[0]) for end in _uncertainty(pd.DataFrame([row]).drop(columns=missing), LIKELIHOOD)] == (
        pytest.approx([below, above])
    )


def test_what_has_neither_has_no_bars():
    assert _uncertainty(pd.DataFrame([{"log_likelihood": -100.0}]), LIKELIHOOD) == (None, None)
