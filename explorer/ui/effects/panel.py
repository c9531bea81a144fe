"""How much of a study is trained, what failed, and the buttons to train the rest or to stop."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ExplorerError
from explorer.models.config import ModelConfig
from explorer.runs.files import stamp
from explorer.runs.limits import refusal_of
from explorer.runs.run import Run
from explorer.runs.study import Found, Standing, Study, find
from explorer.ui.asking import train_all
from explorer.ui.crowd import CROWD
from explorer.ui.download import offer_download
from explorer.ui.effects.figures import Evidence, cell_in_words, unreadable
from explorer.ui.expected import seconds_of_all
from explorer.ui.progress import stop_all
from explorer.ui.shelf.services import engine, library, one_look
from explorer.ui.still_measured import MEASURING_INTERVAL, still_missing
from explorer.ui.wording import in_time, plain

POLL_SECONDS = 1.0
NAMED = 3  # runs that failed, or cannot be, of which each has a line

Growth = tuple[tuple[Standing, int], ...]


def study_panel(evidence: Evidence) -> None:
    """Draw it; while something is in training, the page is drawn anew as runs grow."""
    _say_what_failed(evidence)
    live = evidence.having(Standing.LIVE)
    if live:
        words, button = st.columns([5, 2], vertical_alignment="center")
        with words:
            look = partial(_look, evidence.study, _growth(evidence.found))
            st.fragment(look, run_every=max(POLL_SECONDS, CROWD.interval()))()
        runs = [each.run for each in live if each.run]
        with button:
            st.button("Stop all", icon=":material/stop:", on_click=stop_all, args=(runs,), width="stretch")
        return
    _watch_figures(evidence)
    wanted = [each.entry.config for each in evidence.having(Standing.MISSING, Standing.FAILED) if each.entry.config]
    if wanted:
        _offer(evidence, wanted)


def _watch_figures(evidence: Evidence) -> None:
    """Have the engine measure what trained runs lack, and draw the page anew as figures of their last epoch come."""
    runs = [each.run for each in evidence.having(Standing.TRAINED) if each.run and not each.run.shipped]
    runs = [run for run in runs if still_missing(run.paths.folder)]
    with contextlib.suppress(ExplorerError):  # said on the run's page
        for run in runs:
            engine().measure(library().own.run(run.id))
    if runs:
        look = partial(_look_at_figures, runs, _measured(runs))
        st.fragment(look, run_every=max(MEASURING_INTERVAL, CROWD.interval()))()


def _look_at_figures(runs: Sequence[Run], drawn: object) -> None:
    CROWD.poll()
    if _measured(runs) != drawn and CROWD.may_redraw():
        st.rerun()
    count = "one run" if len(runs) == 1 else f"{len(runs)} runs"
    st.caption(f":material/hourglass: Figures of {count} are still being measured.")


def _measured(runs: Sequence[Run]) -> object:
    """Return what changes as figures of the runs' last epochs are measured, and as nothing is left to measure."""
    lacking = [bool(still_missing(run.paths.folder)) for run in runs]
    return lacking, [stamp(run.paths.figures_of(run.paths.snapshot_epochs()[-1])) for run in runs if run.snapshots]


def _offer(evidence: Evidence, wanted: Sequence[ModelConfig]) -> None:
    dataset = evidence.study.base.dataset
    if not CATALOGUE[dataset].available:
        offer_download(dataset)
        return
    refused = [config for config in wanted if refusal_of(config)]
    allowed = [config for config in wanted if config not in refused]
    if refused:
        st.warning(plain(refusal_of(refused[0])), icon=":material/block:")
    if not allowed:
        return
    seconds = seconds_of_all(allowed)
    time = f", about **{in_time(seconds)}**" if seconds else ""
    count = "1 run" if len(allowed) == 1 else f"{len(allowed)} runs"
    done = f"{len(evidence.having(Standing.TRAINED))} of {len(evidence.found)} are trained"
    with st.container(horizontal=True, vertical_alignment="center"):
        # first seeds first: a whole curve of one seed is there before the next begins
        train = partial(train_all, sorted(allowed, key=lambda config: config.seed))
        st.button(f"Train {count}", type="primary", icon=":material/play_arrow:", on_click=train)
        st.markdown(f"{done}{time}.", width="stretch")


@one_look()
def _look(study: Study, drawn: Growth) -> None:
    """Draw how far the study is; where a run has ended, or keeps another snapshot, draw the page anew."""
    CROWD.poll()
    found = find(study, library())
    if _growth(found) != drawn and CROWD.may_redraw():
        st.rerun()
    whole = [each for each in found if each.standing is not Standing.IMPOSSIBLE]
    shares = [_share(each) for each in whole]
    running = [f"{_name(study, each)} epoch {each.run.status.trained}" for each in found if _runs(each) and each.run]
    more = f" · {', '.join(running)}" if running else " · waiting for a worker"
    trained = sum(each.standing is Standing.TRAINED for each in whole)
    st.progress(sum(shares) / len(shares), text=plain(f"{trained} of {len(whole)} runs are trained{more}"))


def _runs(found: Found) -> bool:
    return found.standing is Standing.LIVE and found.run is not None and found.run.status.trained > 0


def _share(found: Found) -> float:
    """Return how much of a training is done."""
    if found.standing is Standing.TRAINED:
        return 1.0
    return found.run.status.progress if found.run and found.standing is Standing.LIVE else 0.0


def _name(study: Study, found: Found) -> str:
    seed = f", seed {found.entry.seed}" if len(study.seeds) > 1 else ""
    return f"{cell_in_words(study, found.entry.cell)}{seed}"


def _growth(found: Sequence[Found]) -> Growth:
    """Return what of a study's runs a page shows: how far each is, and its snapshots."""
    return tuple((each.standing, len(each.run.snapshots) if each.run else 0) for each in found)


def _say_what_failed(evidence: Evidence) -> None:
    """Name the runs that failed, cannot be read, or whose values do not fit together, each with its reason."""
    lines = [
        f"**{_name(evidence.study, each)}** failed. {plain(each.reason)}" for each in evidence.having(Standing.FAILED)
    ]
    impossible = {each.entry.cell: each for each in evidence.having(Standing.IMPOSSIBLE)}.values()
    lines += [f"**{cell_in_words(evidence.study, each.entry.cell)}**: {plain(each.reason)}" for each in impossible]
    lines += [
        f"**{_name(evidence.study, each)}**: {plain(reason)}" for each in evidence.found if (reason := unreadable(each))
    ]
    if lines:
        more = [f"and {len(lines) - NAMED} more, see **Table**"] if len(lines) > NAMED else []
        st.warning("\n".join(f"- {line}" for line in [*lines[:NAMED], *more]), icon=":material/error:")
