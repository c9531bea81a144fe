"""A run in training: how far it is, drawn anew as it grows, and the button that stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.errors import BrokenFile
from explorer.models.config import ModelConfig
from explorer.models.registry import kind_of
from explorer.runs.ids import kind_in
from explorer.runs.known import KnownRun
from explorer.runs.marks import Marks
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.status import State, Status, read_status
from explorer.ui import moving
from explorer.ui.asking import refusals
from explorer.ui.chain import draw_chain
from explorer.ui.crowd import CROWD, is_due
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import library
from explorer.ui.wording import in_epochs, in_progress, in_seconds, marked_with, plain

# Seconds between looks at a run: the browser draws its whole page anew with each, which on two cores takes a training's
# time, so that a quarter of a second all along doubles that of a short one.
SOON, NOW_AND_THEN, IDLE_INTERVAL = 0.25, 1.0, 3.0
NEAR_SECONDS = 1.0  # before the end of a training

_WORDS = {
    State.DONE: (":material/check_circle:", "Trained,"),
    State.STOPPED: (":material/pause_circle:", "Stopped after"),
    State.INTERRUPTED: (":material/bolt:", "Interrupted after"),
    State.FAILED: (":material/error:", "Failed after"),
}


def watch(
    config: ModelConfig,
    run: Run,
    status: Status,
    view: str | None,
    note: str = "",
    between: Callable[[], None] | None = None,
) -> None:
    """Draw the progress of a run in training, and the page anew as the run grows."""
    shown = _growth(run, status, view)
    near = not run.snapshots or status.seconds_left < NEAR_SECONDS  # the first picture, or the end
    draw_chain(config)
    bar, button = words_and_button(between)
    with bar:
        interval = max(CROWD.interval(), SOON if near else NOW_AND_THEN)
        st.fragment(partial(_live, run, shown, interval, view, note), run_every=interval)()
    with button:
        act = partial(stop, run)
        st.button("Stop", icon=":material/stop:", on_click=act, width="stretch", key=f"stop {run.id}")


def words_and_button(between: Callable[[], None] | None) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the places of words and of a button behind them, with another one between the two where that is given."""
    widths = [5, 3, 2] if between else [5, 2]
    words, *others, button = st.columns(widths, vertical_alignment="center")
    for place in others:
        with place:
            if between:
                between()
    return words, button


def look_out(config: ModelConfig) -> None:
    """Draw the page anew when the offered training has been begun elsewhere: in another tab, or by somebody else."""
    before = _reached_now(config)

    def look() -> None:
        CROWD.poll()
        if _reached_now(config) != before and CROWD.may_redraw():
            st.rerun()

    st.fragment(look, run_every=max(IDLE_INTERVAL, CROWD.interval()))()


def run_facts(run: Run) -> None:
    """Say how far the run that is shown has come, and how fast."""
    status = run.status
    if status.state.live:
        st.markdown(":material/hourglass: In training  \n:small[pictures grow with each snapshot]")
        return
    icon, word = _WORDS[status.state]
    seconds = (
        f"{in_seconds(status.seconds_per_epoch)} per epoch, {plain(status.device)}" if status.seconds_per_epoch else ""
    )
    marks = _marks_of(run)
    named = " ".join(filter(None, ["★" * marks.star, run.name and f"**{plain(run.name)}**"]))
    small = " · ".join(filter(None, [named, seconds]))
    first = run.config.first_epoch
    epochs = f"epochs {first} to {status.epoch}" if first else in_epochs(status.epoch)
    marked = marked_with(marks)
    st.markdown(f"{icon} {word} **{epochs}**" + (f"  \n:small[{small}]" if small else ""), help=marked or None)


def _marks_of(run: Run) -> Marks:
    """Return how a run is marked; damaged marks are none, which the page of all runs says."""
    try:
        return library().own.marks.of(run.id)
    except BrokenFile:
        return Marks()


def progress_text(run: Run, status: Status) -> str:
    """Return the progress of a live run in words, with its place in the queue or the time that is left."""
    if status.state is State.QUEUED:
        return f"Waiting for a worker: {queue_position(run.id)}"
    return in_progress(status)


def queue_position(id_: str) -> str:
    """Return a waiting run's place in the queue in words."""
    waiting = queue()
    place = waiting.index(id_) + 1 if id_ in waiting else 1
    return f"number {place} of {len(waiting)} in the queue" if len(waiting) > 1 else "next in the queue"


@recent(1.0)
def queue() -> list[str]:
    """Return the ids of the runs that wait for a worker, the next one first."""
    return library().own.queue()


def stop(run: Run) -> None:
    """Ask for a run to stop; a failure is shown on the next redraw."""
    moving.hold(run)
    with refusals():
        library().own.request_stop(run.id)


def stop_all(runs: Iterable[Run]) -> None:
    """Ask for several runs to stop; see `stop`."""
    for run in runs:
        stop(run)


def status_now(run: Run) -> Status:
    """Return a run's status: as known, else read from disk at most five times a second, whoever asks."""
    return run.status if isinstance(run, KnownRun) else _status_in(run.paths.folder)


@recent(1 / 5)
def _status_in(folder: Path) -> Status:
    return read_status(RunPaths(folder))


def _live(run: Run, shown: tuple[object, ...], interval: float, view: str | None, note: str) -> None:
    """Draw the progress of a run in training; rerun the page when there is more to show, or it asks too often.

    One element, since each costs the server more than finding out what it says, with 200 sessions that poll.
    """
    CROWD.poll()
    moving.watch(run)
    run = run.anew()
    status = status_now(run)
    grown = _growth(run, status, view) != shown
    ended = grown and not status.state.live
    if ended or ((grown or CROWD.is_slower(interval)) and _is_due(shown) and CROWD.may_redraw()):
        st.rerun()
    trained, its_status = _trained_now(run, status)
    whose = "" if trained is run else f"**{kind_of(kind_in(trained.id)).short}** · "
    text = whose + progress_text(trained, its_status)
    st.progress(its_status.progress, text=f"{text} · {note}" if note else text)


def _is_due(shown: tuple[object, ...]) -> bool:
    """Whether a page is drawn anew for what has grown: for the first snapshot at once, then now and then."""
    return shown[1] == 0 or is_due()


def _growth(run: Run, status: Status, view: str | None) -> tuple[object, ...]:
    """Return what a page shows of a growing run: its snapshots, for curves each epoch, who of a chain is trained."""
    trained, its_status = _trained_now(run, status)
    epoch = status.epoch if view == "Training" else None
    return (status.state, len(run.snapshots), epoch, trained.id, its_status.state)


def _trained_now(run: Run, status: Status) -> tuple[Run, Status]:
    """Return the run that is trained at the moment for the sake of a live one: itself, or one that it is built on."""
    seen = {run.id}
    while status.parent not in ("", *seen) and status.parent in library():
        seen.add(status.parent)
        parent = library().find(status.parent)
        its_status = status_now(parent)
        if not its_status.state.live:  # about to begin, or just done
            break
        run, status = parent, its_status
    return run, status


def _reached_now(config: ModelConfig) -> tuple[State, int] | None:
    """Return the state of a config's run and its last epoch, or None if there is no run."""
    if config not in library():
        return None
    status = status_now(library().find(config))
    return status.state, status.epoch
