"""The strip under a page's title: what is shown, what is trained, and the buttons to change that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ExplorerError
from explorer.models.config import ModelConfig
from explorer.models.registry import kind_of
from explorer.runs.ids import kind_in, run_id
from explorer.runs.known import KnownRun
from explorer.runs.limits import refusal_of
from explorer.runs.lineage import chain
from explorer.runs.paths import RunPaths
from explorer.runs.run import Run
from explorer.runs.status import State, Status, read_status
from explorer.ui import moving
from explorer.ui.chain import draw_chain, missing, name_of
from explorer.ui.crowd import CROWD, is_due
from explorer.ui.differences import from_asked_for
from explorer.ui.download import offer_download
from explorer.ui.expected import expected_seconds
from explorer.ui.going_on import Onward, draw_origin, missing_start, offer, onward, sentence
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import engine, library, session
from explorer.ui.state.page import PageState
from explorer.ui.state.subject import Choice
from explorer.ui.wording import in_epochs, in_progress, in_seconds, in_time, plain

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


def run_panel(state: PageState, config: ModelConfig | None, choice: Choice) -> None:
    """Draw the state of the config's run: trained, in training, or to be trained; without one, of what is shown.

    Where trainings begin by themselves, all states take the same room, so that nothing below moves as they follow.
    """
    status = choice.asked_for.status if choice.asked_for else None
    near = ""
    if choice.run and (choice.asked_for is None or choice.run.id != choice.asked_for.id):
        near = from_asked_for(state.config_class, choice.run.settings, state.values)
    if config:
        moving.overtake(config)
        draw_origin(config)
        live = status is not None and status.state.live
        if not live and library().trained(config) is None and missing_start(state, config):
            return
    if config and moving.follows(state, config, choice.asked_for):
        _follow(state, config, choice.asked_for, near, onward(state, config))
        return
    if near:
        st.info(f"Not trained yet. Shown is the nearest trained run: {near}.", icon=":material/near_me:")
    if config is None:
        return
    if status and status.state.live and choice.asked_for:
        _watch(config, choice.asked_for, status, state.view)
        return
    draw_chain(config)
    if status:
        _show_what_went_wrong(state, status)
    if not CATALOGUE[config.dataset].available:
        offer_download(config.dataset)
    elif library().trained(config) is None:
        _offer_training(config, choice.asked_for, state)
        if moving.on(state):
            st.caption(moving.why_not(config, choice.asked_for))
        look_out(config)


def _show_what_went_wrong(state: PageState, status: Status) -> None:
    if status.state is State.INTERRUPTED and status.error:
        st.warning(plain(status.error), icon=":material/broken_image:")
    if status.state is not State.FAILED:
        return
    st.error(f"Training failed after epoch {status.epoch}. {plain(status.error or '')}", icon=":material/error:")
    if status.traceback:
        with st.expander("Details of the error"):
            st.code(status.traceback, language=None)
    if smaller := status.smaller_batch:
        change = partial(state.take, "batch_size", smaller)
        st.button(f"Set the batch size to {smaller}", icon=":material/compress:", on_click=change)


def _follow(state: PageState, config: ModelConfig, run: Run | None, near: str, ahead: Onward | None) -> None:
    """Draw a run that begins by itself: about to begin, in training, or trained and not kept yet."""
    shown = f"Shown until then: the nearest run, {near}" if near else ""
    if run and run.status.state.live:
        _watch(config, run, run.status, state.view, shown, partial(offer, state, ahead) if ahead else None)
        return
    draw_chain(config)
    words, button = _row(partial(offer, state, ahead) if ahead else None)
    if trained := library().trained(config):
        with words:
            st.markdown(f"{sentence(ahead)}Trained as you moved.  \n:small[{moving.GOES}]")
        with button:
            keep = partial(moving.keep, trained.id)
            st.button("Keep", icon=":material/bookmark:", on_click=keep, width="stretch", key=f"keep {trained.id}")
        return
    with words:
        begins = f"{sentence(ahead)}Begins by itself, at epoch {config.first_epoch}."
        st.markdown(f"{begins}  \n:small[{shown or 'The first picture is near.'}]")
    with button:
        label, key = f"Train {in_epochs(config.epochs)}", f"train {run_id(config)}"
        act = partial(train, config)
        st.button(label, icon=":material/play_arrow:", on_click=act, width="stretch", key=key)
    moving.begin(config)


def _row(between: Callable[[], None] | None) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the places of words and of a button behind them, with another one between the two where that is given."""
    widths = [5, 3, 2] if between else [5, 2]
    words, *others, button = st.columns(widths, vertical_alignment="center")
    for place in others:
        with place:
            if between:
                between()
    return words, button


def _watch(
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
    bar, stop = _row(between)
    with bar:
        interval = max(CROWD.interval(), SOON if near else NOW_AND_THEN)
        st.fragment(partial(_live, run, shown, interval, view, note), run_every=interval)()
    with stop:
        act = partial(stop_run, run)
        st.button("Stop", icon=":material/stop:", on_click=act, width="stretch", key=f"stop {run.id}")


def partner_panel(state: PageState) -> None:
    """Draw the state of the run that an experiment compares with, as long as there is nothing of it to show."""
    config = state.partner
    run = library().find(config) if config and config in library() else None
    if config is None or library().pictured(config):
        return
    st.info("The run to compare with is not trained yet.", icon=":material/keep:")
    if run and run.status.state.live:
        _watch(config, run, run.status, state.view)
    else:
        _offer_training(config, run)
        look_out(config)


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
    small = " · ".join(filter(None, [run.name and f"**{plain(run.name)}**", seconds]))
    first = run.config.first_epoch
    epochs = f"epochs {first} to {status.epoch}" if first else in_epochs(status.epoch)
    st.markdown(f"{icon} {word} **{epochs}**" + (f"  \n:small[{small}]" if small else ""))


def _offer_training(config: ModelConfig, run: Run | None, state: PageState | None = None) -> None:
    """Say what is missing of the epochs asked for, and offer to train them, if they are not too many."""
    if refusal := refusal_of(config):
        st.warning(plain(refusal), icon=":material/block:")
        return
    status = run.status if run else None
    first, ahead = config.first_epoch, onward(state, config) if state else None
    reached = status.epoch if status and run and run.can_go_on else first
    held = "training state" if run and run.snapshots else "model, only its figures"
    anew = run and run.shipped and reached == first
    again = f" The shipped run holds no {held}, so it is trained again." if anew else ""
    links = chain(config, library())
    needed = missing(links)
    before = f" First the {_listed([name_of(link, links) for link in needed])}." if needed else ""
    seconds = expected_seconds([*((link.config, link.reached) for link in needed), (config, reached)])
    time_needed = f", about **{in_time(seconds)}**" if seconds else ""
    interrupted = " The training was interrupted." if status and status.state is State.INTERRUPTED else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Train on to epoch {config.epochs}" if reached else f"Train {in_epochs(config.epochs)}"
        key = f"train {run_id(config)}"
        st.button(label, type="primary", icon=":material/play_arrow:", on_click=partial(train, config), key=key)
        if state and ahead:
            offer(state, ahead)
        trained = f"{in_epochs(config.epochs - reached)} from epoch {reached}{time_needed}."
        st.markdown(f"{sentence(ahead)}{trained}{before}{interrupted}{again}", width="stretch")


def look_out(config: ModelConfig) -> None:
    """Draw the page anew when the offered training has been begun elsewhere: in another tab, or by somebody else."""
    before = _reached_now(config)

    def look() -> None:
        CROWD.poll()
        if _reached_now(config) != before and CROWD.may_redraw():
            st.rerun()

    st.fragment(look, run_every=max(IDLE_INTERVAL, CROWD.interval()))()


def _reached_now(config: ModelConfig) -> tuple[State, int] | None:
    """Return the state of a config's run and its last epoch, or None if there is no run."""
    if config not in library():
        return None
    status = status_now(library().find(config))
    return status.state, status.epoch


def _listed(names: Sequence[str]) -> str:
    return " and the ".join(names)


def train(config: ModelConfig) -> None:
    """Ask the engine for a run; what is in its way is shown on the next redraw."""
    try:
        engine().submit(config, session=session())
    except ExplorerError as error:
        st.session_state["engine error"] = str(error)


def show_engine_error() -> None:
    """Show, once, why the last request to train or stop did not work."""
    if message := st.session_state.pop("engine error", None):
        st.error(plain(message), icon=":material/error:")


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


def _growth(run: Run, status: Status, view: str | None) -> tuple[object, ...]:
    """Return what a page shows of a growing run: its snapshots, for curves each epoch, who of a chain is trained."""
    trained, its_status = _trained_now(run, status)
    epoch = status.epoch if view == "Training" else None
    return (status.state, len(run.snapshots), epoch, trained.id, its_status.state)


def stop_run(run: Run) -> None:
    """Ask for a run to stop; a failure is shown on the next redraw."""
    moving.hold(run)
    try:
        library().own.request_stop(run.id)
    except ExplorerError as error:
        st.session_state["engine error"] = str(error)


def status_now(run: Run) -> Status:
    """Return a run's status: as known, else read from disk at most five times a second, whoever asks."""
    return run.status if isinstance(run, KnownRun) else _status_in(run.paths.folder)


@recent(1 / 5)
def _status_in(folder: Path) -> Status:
    return read_status(RunPaths(folder))


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
