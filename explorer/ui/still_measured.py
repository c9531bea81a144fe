"""What is said below a run whose heavy figures are not all measured yet, and the look-out for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from explorer.analysis.measures import Measures
from explorer.engine.heavy import missing_figures
from explorer.errors import ExplorerError
from explorer.models.registry import kind_of
from explorer.runs.run import Run
from explorer.runs.store import Store
from explorer.ui.crowd import CROWD
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import engine, library
from explorer.ui.state.subject import Subject

Left = tuple[tuple[str, int], ...]  # the metrics that are still measured, by title, and of how many epochs


def still_measured(subjects: Sequence[Subject]) -> None:
    """Have the engine measure what the shown runs lack, say what that is, and draw the page anew when it has come."""
    for run in {subject.run.id: subject.run for subject in subjects}.values():
        if run.shipped or run.status.state.live or not (left := _left(run.paths.folder)):
            continue
        try:
            engine().measure(library().own.run(run.id))
        except ExplorerError as error:
            st.caption(f"Some figures are not measured: {error}")
            continue
        st.fragment(partial(_look, run, left), run_every=CROWD.interval())()


def _look(run: Run, drawn: Left) -> None:
    CROWD.poll()
    left = _left(run.paths.folder)
    if left != drawn and CROWD.may_redraw():
        st.rerun()
    if trouble := engine().trouble(run):
        st.warning(f"Some figures could not be measured. {trouble}", icon=":material/error:")
    elif left:
        parts = [f"{title} of {count} {'epochs' if count > 1 else 'epoch'}" for title, count in left]
        st.caption(f":material/hourglass: Still being measured: {', '.join(parts)}.")


@recent(0.5)
def _left(folder: Path) -> Left:
    """Return what a run lacks; nothing where that cannot be read, which its views say."""
    try:
        run = Store(folder.parent).run(folder.name)
        missing = [each for each in missing_figures(run) if each.metrics]
    except ExplorerError:
        return ()
    measures: Measures = kind_of(run.kind).load("measures")
    titles = {metric.name: metric.title for metric in measures.metrics}
    counts: dict[str, int] = {}
    for each in missing:
        counts[titles[each.metrics[0]]] = counts.get(titles[each.metrics[0]], 0) + 1
    return tuple(counts.items())
