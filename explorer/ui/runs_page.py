"""All runs of the library: what they are, how far they are, and what can be done with them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from explorer.errors import ExplorerError, RunError
from explorer.models.config import ModelConfig, parent_fields
from explorer.models.registry import kind_of
from explorer.runs.archive import export_run, import_run
from explorer.runs.ids import run_id
from explorer.runs.room import Room, clean_up, room_of
from explorer.runs.run import Run
from explorer.runs.status import State, Status
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.texts import sections
from explorer.ui import workers
from explorer.ui.crowd import CROWD
from explorer.ui.moving import hold
from explorer.ui.navigation import page
from explorer.ui.run_panel import progress_text
from explorer.ui.run_table import Listing, forget_table, listing, select_runs
from explorer.ui.shelf.remembered import recent
from explorer.ui.shelf.services import engine, library, one_look, warm_up
from explorer.ui.state.page import parameters_of
from explorer.ui.wording import in_bytes, plain

MESSAGES = "runs messages"
MESSAGE_SECONDS = 30.0  # how long an error stays on a page that draws itself anew every two seconds
NAMED = 5  # runs named one by one; of more only the number is said


def runs_page() -> None:
    """Draw the page."""
    with page("All runs"):
        st.title("All runs")
        live = bool(listing().live)
        st.fragment(partial(_list, live), run_every=2 * CROWD.interval() if live else None)()
        _import()
        _room()
        with st.expander("Where runs are trained and kept, and TensorBoard", icon=":material/folder:"):
            st.markdown(workers.in_words())
            st.markdown(sections("runs")["Where"])
            st.code(f"tensorboard --logdir {library().own.folder}", language="bash")
        warm_up()


@one_look()
def _list(polling: bool) -> None:
    """Draw the table and the buttons for the selected rows; runs again by itself while something is in training."""
    CROWD.poll()
    found = listing()
    if bool(found.live) != polling:
        st.rerun()  # the whole page, which polls or stops polling
    _show_messages()
    for reason in found.unlisted:
        st.error(reason, icon=":material/folder_off:")
    if len(found.table):
        _name_broken(found.broken)
        _actions(select_runs(found.table), found)
        _live_lines(found.live)
    elif not found.unlisted:
        st.info("There are no runs yet. Open a model's page and press **Train**.", icon=":material/inbox:")


def _show_messages() -> None:
    messages, until = st.session_state.get(MESSAGES, ((), 0.0))
    for message in messages if time.monotonic() < until else ():
        st.error(plain(message), icon=":material/error:")


def _name_broken(broken: Mapping[str, str]) -> None:
    if broken:
        lines = [f"- **{id_}**: {plain(reason)}" for id_, reason in list(broken.items())[:NAMED]]
        lines += [f"- and {len(broken) - NAMED} more, see the table"] if len(broken) > NAMED else []
        count = "A run" if len(broken) == 1 else f"{len(broken)} runs"
        st.warning(f"{count} cannot be read:\n" + "\n".join(lines), icon=":material/broken_image:")


def _actions(ids: Sequence[str], found: Listing) -> None:
    """Draw the buttons; each acts on all selected runs for which it makes sense."""
    runs = [run for id_ in ids if (run := _find(id_))]
    readable = [run for run in runs if run.id not in found.broken]
    one = readable[0] if len(runs) == len(readable) == 1 else None
    names = [found.name(run.id) for run in runs[:NAMED]] + ([f"and {len(runs) - NAMED} more"] if runs[NAMED:] else [])
    st.caption(f"Selected: {' · '.join(names)}" if runs else "Tick rows on the left to open, stop or delete runs.")
    columns = st.columns(5)
    with columns[0]:
        _open(one)
    with columns[1]:
        _button("Stop", ":material/stop:", runs, _is_live, _stop, "Select runs that are in training or waiting.")
    with columns[2]:
        hint = "Select runs that were stopped, interrupted or failed."
        _button("Continue", ":material/play_arrow:", readable, _is_resumable, _continue, hint)
    with columns[3]:
        _export(one)
    with columns[4]:
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
    st.button(label + count, icon=icon, disabled=not runs, help=hint, width="stretch", key=key, on_click=action)


def _ids(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(run.id for run in runs)


def _key(label: str, runs: Sequence[Run]) -> str:
    """Return the key of a button for these runs: for others it is another button, which a late click can't hit."""
    return f"runs {label} {' '.join(_ids(runs))}"


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
            messages.append(f"**{id_}**: {error}")
    st.session_state[MESSAGES] = (messages, time.monotonic() + MESSAGE_SECONDS)
    forget_table()


def _is_live(run: Run) -> bool:
    status = _status(run)
    return status is not None and status.state.live


def _is_resumable(run: Run) -> bool:
    status = _status(run)
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
    engine().submit(config)


def _delete_for_good(run: Run) -> None:
    library().own.delete(run.id)


def _open(run: Run | None) -> None:
    """Draw the button that shows a run on its model's page."""
    hint = "Select one run to open it on its page."
    key = _key("Open", [run] if run else [])
    pressed = st.button("Open", icon=":material/visibility:", disabled=run is None, help=hint, width="stretch", key=key)
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


def _export(run: Run | None) -> None:
    st.download_button(
        "Export",
        data=partial(export_run, run.anew()) if run else b"",
        file_name=f"{run.id}.zip" if run else "run.zip",
        mime="application/zip",
        icon=":material/archive:",
        on_click="ignore",
        disabled=run is None,
        help="Select one run to download it: config, metrics, weights, a script that rebuilds it.",
        width="stretch",
        key=_key("export", [run] if run else []),
    )


def _delete(runs: Sequence[Run], found: Listing) -> None:
    """Ask before deleting: it cannot be undone."""
    label = f"Delete ({len(runs)})" if len(runs) > 1 else "Delete"
    with st.popover(
        label,
        icon=":material/delete:",
        disabled=not runs,
        width="stretch",
        help="Select runs of your own that are not in training.",
        key=_key("delete", runs),  # for other runs the question is asked anew
    ):
        st.markdown("\n".join(["Delete for good:", *(f"- {found.name(run.id)}" for run in runs)]))
        action = partial(_for_each, _ids(runs), _is_deletable, _delete_for_good)
        st.button("Yes, delete", type="primary", disabled=not runs, key=_key("yes, delete", runs), on_click=action)


def _live_lines(ids: Sequence[str]) -> None:
    """Say of each run in training how it is getting on."""
    for run in filter(None, map(_find, ids)):
        if (status := _status(run)) and status.state.live:
            st.caption(f"`{run.id}` · {progress_text(run, status)}")


def _import() -> None:
    with st.expander("Import a run", icon=":material/upload:"):
        file = st.file_uploader("A .zip that an explorer exported", type="zip", key="runs import")
        if file and st.button("Import", type="primary"):
            try:
                run = import_run(library().own, file.getvalue())
            except (ExplorerError, OSError) as error:
                st.error(plain(str(error)), icon=":material/error:")
                return
            forget_table()
            st.success(f"Imported {run.id}, {run.epochs} epochs.", icon=":material/check:")
            st.button("Show it in the table")


def _room() -> None:
    """Say what the user's own runs take of the disk, and offer to delete what nobody asked for."""
    limit = settings().store_mb * 10**6
    try:
        room = _room_in(library().own.folder)
    except ExplorerError:  # a store that cannot be listed is named above
        return
    with st.expander(f"Room: {in_bytes(room.total)} of {in_bytes(limit)}", icon=":material/hard_drive:"):
        st.progress(min(1.0, room.total / limit))
        st.markdown(
            f"Runs that somebody asked for take {in_bytes(room.asked_for)}. Those that began by themselves, as controls"
            f" were moved, take {in_bytes(room.automatic)}; there are {room.n_automatic or 'none'} of them. "
            + sections("runs")["Room"]
        )
        st.button(
            "Delete those that began by themselves",
            icon=":material/mop:",
            disabled=not room.n_automatic,
            on_click=_delete_automatic,
        )


@recent(5.0)
def _room_in(folder: Path) -> Room:
    return room_of(Store(folder))


def _delete_automatic() -> None:
    with contextlib.suppress(ExplorerError):  # said by the list above
        clean_up(library().own, 0)
    _room_in.cache_clear()
    forget_table()


def _find(id_: str) -> Run | None:
    try:
        return library().find(id_)
    except (ExplorerError, OSError):
        return None


def _status(run: Run) -> Status | None:
    try:
        return run.status
    except ExplorerError:  # a broken run can still be deleted
        return None
