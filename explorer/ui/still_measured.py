"""What is said below a run whose heavy figures are not all measured yet, and the look-out for them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from explorer.analysis.measures import Measures, Metric
from explorer.engine.heavy import missing_figures
from explorer.errors import ExplorerError
from explorer.models.registry import kind_of
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.ui.crowd import CROWD
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import engine, library
from explorer.ui.state.subject import Subject
from explorer.ui.wording import in_epochs

NO_NOTE = "\N{NO-BREAK SPACE}"
MEASURING_INTERVAL = 2.0  # seconds between two looks


def still_measured(subjects: Sequence[Subject], view: str | None) -> None:
    """Have the engine measure what the shown runs lack, say what that is, and draw the page anew when it has come.

    The view of figures is drawn with each that comes, others once all are there. Of runs of the user's own the note's
    line is there before it and after it, so that nothing below moves.
    """
    noted = False
    for run in {subject.run.id: subject.run for subject in subjects}.values():
        if run.shipped or run.status.state.live or not (left := still_missing(run.paths.folder)):
            continue
        try:
            engine().measure(library().own.run(run.id))
        except ExplorerError as error:
            st.caption(":material/error: Not all figures are measured", help=str(error))
            noted = True
            continue
        noted = True
        st.fragment(partial(_look, run, left, view), run_every=max(MEASURING_INTERVAL, CROWD.interval()))()
    if not noted and not all(subject.run.shipped for subject in subjects):
        st.caption(NO_NOTE)


def _look(run: Run, drawn: Mapping[str, int], view: str | None) -> None:
    CROWD.poll()
    left = still_missing(run.paths.folder)
    if left != drawn and (view == "Training" or not left) and CROWD.may_redraw():
        st.rerun()
    if trouble := engine().trouble(run):
        st.caption(":material/error: Not all figures could be measured", help=trouble)
    elif left:
        if not engine().measures(run):  # whoever measured it has ended before all was done
            with contextlib.suppress(ExplorerError):  # said when the page is drawn
                engine().measure(run)
        measures: Measures = kind_of(run.kind).load("measures")
        drawn_alone = [
            metric
            for metric in measures.metrics
            if metric.name in left and metric.charted and not _is_an_end(metric, measures)
        ]
        titles = ", ".join(metric.title for metric in drawn_alone)
        epochs = in_epochs(max(left.values()))
        st.caption(":material/hourglass: Still being measured", help=f"{titles}; of {epochs}.")
    else:
        st.caption(NO_NOTE)


def _is_an_end(metric: Metric, measures: Measures) -> bool:
    """Whether a metric is another one's error, or a line below it."""
    return any(metric.name in (each.error, each.lower) for each in measures.metrics)


@recent(0.5)
def still_missing(folder: Path) -> dict[str, int]:
    """Return the metrics that are still to be measured of a run, and of how many epochs.

    None where that cannot be read, which the run's views say, and of a shipped run, which keeps what it has.
    """
    try:
        run = Store(folder.parent).run(folder.name)
        return dict(Counter(name for each in missing_figures(run) for name in each.metrics))
    except ExplorerError:
        return {}
