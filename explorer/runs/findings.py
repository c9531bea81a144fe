"""What is wrong with a run, told from its figures: on pages, in the table of runs, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.models.registry import kind_of

if TYPE_CHECKING:
    from explorer.analysis.findings.finding import Finding
    from explorer.runs.run import Run


def findings_of(run: Run, epoch: int | None = None) -> list[Finding]:
    """Return what is wrong with a run at an epoch, by default the last that has figures (imports torch).

    Raises:
        BrokenFile: a file of the run cannot be read.
    """
    rows = run.metric_rows()
    row = next((row for row in reversed(rows) if epoch in (None, row["epoch"])), None)
    if row is None:
        return []
    found: list[Finding] = kind_of(run.kind).load("measures").findings(run.config, row, row["epoch"])
    return found
