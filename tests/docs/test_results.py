"""The papers that scripts write are what the scripts would write."""

import runpy

import pytest

from explorer.models.registry import KINDS
from tests.browser import ROOT

PAPER = (ROOT / "docs" / "results.md").read_text("utf-8")


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(ROOT / "scripts" / "write_results.py"))


def test_results_are_those_of_the_shipped_runs(script):
    assert script["results"]() == PAPER, "run python scripts/write_results.py"


def test_a_figure_is_that_of_the_run_and_epoch_asked_for(script):
    rows = script["run_of"]("rbm", {"cd_k": 5}).metric_rows()
    assert script["figure"]("rbm", "reconstruction_error", {"cd_k": 5}) == rows[-1]["reconstruction_error"]
    assert script["figure"]("rbm", "log_likelihood", {"cd_k": 5}, epoch=10) == rows[10]["log_likelihood"]
    assert script["figure"]("rbm", "log_likelihood", {"cd_k": 5}) != script["figure"]("rbm", "log_likelihood")


@pytest.mark.parametrize("kind", KINDS)
def test_every_shipped_run_with_weights_has_a_row(script, kind):
    runs = [entry for entry in KINDS[kind].load("shipped") if entry.snapshots]
    rows = [line for line in PAPER.splitlines() if line.startswith("|") and f"`{kind}-" in line]
    assert len({line for line in rows if line.rsplit("`", 2)[1].rsplit("-", 1)[0] == kind}) == len(runs)
