"""What can be done with the runs that are selected in the table: each button acts on all for which it makes sense."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256

import streamlit as st

from explorer.errors import ExplorerError, RunError
from explorer.models.config import ModelConfig, parent_fields
from explorer.models.registry import kind_of
from explorer.runs.archive import export_run
from explorer.runs.ids import run_id
from explorer.runs.reading import MOST_LETTERS
from explorer.runs.run import Run
from explorer.runs.starting import starting_with
from explorer.runs.status import State, Status
from explorer.ui.moving import hold
from explorer.ui.run_table import Listing, forget_table
from explorer.ui.shelf.services import engine, library, session
from explorer.ui.state.page import parameters_of
from explorer.ui.wording import plain
from explorer.ui.workers import chosen_gpu

MESSAGES = "runs messages"
MESSAGE_SECONDS = 30.0  # how long an error stays on a page that draws itself anew every two seconds
NAMED = 5  # runs named one by one; of more only the number is said


def show_messages() -> None:
    """Say for a while what the last button could not do."""
    messages, until = st.session_state.get(MESSAGES, ((), 0.0))
    for message in messages if time.monotonic() < until else ():
        st.error(message, icon=":material/error:")


def draw_actions(ids: Sequence[str], found: Listing) -> None:
    """Draw the buttons; each acts on all selected runs for which it makes sense."""
    runs = [run for id_ in ids if (run := find(id_))]
    readable = [run for run in runs if run.id not in found.broken]
    one = readable[0] if len(runs) == len(readable) == 1 else None
    names = [found.name(run.id) for run in runs[:NAMED]] + ([f"and {len(runs) - NAMED} more"] if runs[NAMED:] else [])
    st.caption(f"Selected: {' · '.join(names)}" if runs else "Tick rows on the left to open, stop or delete runs.")
    with st.container(horizontal=True):
        _open(one)
        _button("Stop", ":material/stop:", runs, _is_live, _stop, "Select runs that are in training or waiting.")
        hint = "Select runs that were stopped, interrupted or failed."
        _button("Continue", ":material/play_arrow:", readable, _is_resumable, _continue, hint)
        _name(one if one and not one.shipped else None)
        _export(one)
        _delete([run for run in runs if _is_deletable(run)], found)


def _button(
    label: str,
    icon: str,
    runs: Sequence[Run],
    applies: Callable[[Run], bool],
    act: Callable[[Run], None],
    hint: str,
) -> None:
    runs = [run for run in runs if applies(run)]
    count = f" ({len(runs)})" if len(runs) > 1 else ""
    action = partial(_for_each, _ids(runs), applies, act)
    key = _key(label, runs)
    st.button(label + count, icon=icon, disabled=not runs, help=hint, width="content", key=key, on_click=action)


def _ids(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(run.id for run in runs)


def _key(label: str, runs: Sequence[Run]) -> str:
    """Return the key of a button for these runs: for others it is another button, which a late click can't hit."""
    ids = " ".join(_ids(runs))
    return f"runs {label} {ids if len(runs) <= NAMED else sha256(ids.encode()).hexdigest()}"


def _for_each(ids: Sequence[str], applies: Callable[[Run], bool], act: Callable[[Run], None]) -> None:
    """Act on each of the runs named when the button was drawn; what fails does not keep the others from it."""
    messages = []
    for id_ in ids:
        try:
            run = library().find(id_)
            if not applies(run):
                raise RunError("Nothing was done, since its state has changed in the meantime.")
            act(run)
        except (ExplorerError, OSError) as error:
            messages.append(f"**{id_}**: {plain(str(error))}")
    st.session_state[MESSAGES] = (messages, time.monotonic() + MESSAGE_SECONDS)
    forget_table()


def _is_live(run: Run) -> bool:
    status = status_of(run)
    return status is not None and status.state.live


def _is_resumable(run: Run) -> bool:
    status = status_of(run)
    return status is not None and status.state in (State.STOPPED, State.INTERRUPTED, State.FAILED)


def _is_deletable(run: Run) -> bool:
    return not run.shipped and not _is_live(run)


def _stop(run: Run) -> None:
    hold(run)
    library().own.request_stop(run.id)


def _continue(run: Run) -> None:
    target = max(run.status.target, run.epochs + 1)
    config = kind_of(run.kind).config_class().from_values(run.settings | {"epochs": target})
    if run_id(config) != run.id:
        raise RunError(
            "It was trained by another version of the explorer and cannot be continued by this one, which would begin "
            "again from epoch 0. Press Open, and Train there, to train its settings anew as a run of their own."
        )
    engine().submit(config, session=session(), gpu=chosen_gpu())


def _delete_for_good(run: Run) -> None:
    library().own.delete(run.id)


def _open(run: Run | None) -> None:
    """Draw the button that shows a run on its model's page."""
    hint = "Select one run to open it on its page."
    key = _key("Open", [run] if run else [])
    pressed = st.button("Open", icon=":material/visibility:", disabled=run is None, help=hint, width="content", key=key)
    if pressed and run:
        try:
            config = _shown_config(run)
        except ExplorerError as error:  # broken since the table was read
            st.error(plain(str(error)), icon=":material/error:")
            return
        address = parameters_of(type(config), config.values())
        st.switch_page(f"pages/{config.kind}.py", query_params=address)


def _shown_config(run: Run) -> ModelConfig:
    """Return the run's config, or where its kind has no page that of the model it is made of, whose page shows it."""
    config, page = run.config, kind_of(run.kind).page
    inner = [getattr(config, name) for name, kind in parent_fields(type(config)).items() if kind.kind == page]
    return inner[0] if page else config


def _name(run: Run | None) -> None:
    """Draw what gives a run a name of one's own."""
    called = run.name if run else ""
    key = f"{_key('name', [run] if run else [])} {called}"  # closed when it has another one
    hint = "Select one run of your own to give it a name, which also keeps it."
    with st.popover("Name", icon=":material/label:", disabled=run is None, width="content", help=hint, key=key):
        field = f"{key}, text"
        st.text_input("What you call it", called, max_chars=MOST_LETTERS, key=field, width=340)
        keep = partial(_give_name, run.id, field) if run else None
        st.button("Keep the name", type="primary", disabled=run is None, key=f"{key}, keep", on_click=keep)


def _give_name(id_: str, field: str) -> None:
    name = st.session_state[field]
    _for_each((id_,), lambda run: not run.shipped, lambda run: library().own.give_name(run.id, name))


def _export(run: Run | None) -> None:
    st.download_button(
        "Export",
        data=partial(export_run, run.anew(), library()) if run else b"",
        file_name=f"{run.id}.zip" if run else "run.zip",
        mime="application/zip",
        icon=":material/archive:",
        on_click="ignore",
        disabled=run is None,
        help="Select one run to download it: config, metrics, weights, a script that rebuilds it.",
        width="content",
        key=_key("export", [run] if run else []),
    )


def _delete(runs: Sequence[Run], found: Listing) -> None:
    """Ask before deleting: it cannot be undone."""
    label = f"Delete ({len(runs)})" if len(runs) > 1 else "Delete"
    with st.popover(
        label,
        icon=":material/delete:",
        disabled=not runs,
        width="content",
        help="Select runs of your own that are not in training.",
        key=_key("delete", runs),  # for other runs the question is asked anew
    ):
        lines = [f"- {found.name(run.id)}{_started_with(run)}" for run in runs[:NAMED]]
        st.markdown("\n".join(["Delete for good:", *lines, *[f"- and {len(runs) - NAMED} more"] * bool(runs[NAMED:])]))
        action = partial(_for_each, _ids(runs), _is_deletable, _delete_for_good)
        st.button("Yes, delete", type="primary", disabled=not runs, key=_key("yes, delete", runs), on_click=action)


def find(id_: str) -> Run | None:
    """Return a run, if it is still there."""
    try:
        return library().find(id_)
    except (ExplorerError, OSError):
        return None


def status_of(run: Run) -> Status | None:
    """Return a run's status, if it can be told."""
    try:
        return run.status
    except ExplorerError:  # a broken run can still be deleted
        return None


def _started_with(run: Run) -> str:
    """Return the runs that start with one, in words: they stay as they are."""
    later = ", ".join(f"`{id_}`" for id_ in starting_with(run.id, library()))
    return f". With it started {later}: what was trained of them stays and can go on." if later else ""
