"""What can be done with the runs that are selected in the table: each button acts on all for which it makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError, LimitReached, RunError
from explorer.models.config import ModelConfig, parent_fields
from explorer.models.registry import kind_of
from explorer.runs.archive import check_export, export_runs
from explorer.runs.ids import run_id
from explorer.runs.marks import Marks
from explorer.runs.run import Run
from explorer.runs.starting import starting_with
from explorer.runs.status import State, Status
from explorer.ui.acting import act_button, counted, for_each, ids_of, key_of
from explorer.ui.comparing import compare_button, study_button
from explorer.ui.moving import hold
from explorer.ui.run_marks import draw_marks
from explorer.ui.run_table import Listing
from explorer.ui.shelf.services import engine, library, session
from explorer.ui.state.page import parameters_of
from explorer.ui.wording import few, marked_with, plain
from explorer.ui.workers import chosen_gpu


def draw_actions(ids: Sequence[str], found: Listing) -> None:
    """Draw the buttons; each acts on all selected runs for which it makes sense."""
    runs = [run for id_ in ids if (run := find(id_))]
    readable = [run for run in runs if run.id not in found.broken]
    one = readable[0] if len(runs) == len(readable) == 1 else None
    names = few(runs, lambda run: found.name(run.id))
    st.caption(f"Selected: {' · '.join(names)}" if runs else "Nothing is selected.")
    if one and (marked := marked_with(found.marks.get(one.id, Marks()))):
        st.caption(marked)
    with st.container(horizontal=True):
        _open(one)
        compare_button(runs, key_of("Compare", runs))
        study_button(readable, key_of("Effects", readable))
        act_button("Stop", ":material/stop:", runs, _is_live, _stop, "Select runs that are in training or waiting.")
        hint = "Select runs that were stopped, interrupted or failed."
        act_button("Continue", ":material/play_arrow:", readable, _is_resumable, _continue, hint)
        draw_marks(readable, found)
        _export(readable)
        _delete([run for run in runs if _is_deletable(run)], found)


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
    key = key_of("Open", [run] if run else [])
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


def _export(runs: Sequence[Run]) -> None:
    refused = ""
    try:
        check_export(runs)
    except LimitReached as error:
        refused = str(error)
    st.download_button(
        counted("Export", runs),
        data=partial(export_runs, [run.anew() for run in runs], library()),
        file_name="runs.zip" if len(runs) > 1 else f"{runs[0].id}.zip" if runs else "run.zip",
        mime="application/zip",
        icon=":material/archive:",
        on_click="ignore",
        disabled=not runs or bool(refused),
        help=refused
        or "Select runs to download them in one file, which any explorer imports: config, metrics, weights, "
        "name and marks, a script that rebuilds each.",
        width="content",
        key=key_of("export", runs),
    )


def _delete(runs: Sequence[Run], found: Listing) -> None:
    """Ask before deleting: it cannot be undone."""
    with st.popover(
        counted("Delete", runs),
        icon=":material/delete:",
        disabled=not runs,
        width="content",
        help="Select runs of your own that are not in training.",
        key=key_of("delete", runs),  # for other runs the question is asked anew
    ):
        lines = few(runs, lambda run: found.name(run.id) + _started_with(run))
        st.markdown("\n- ".join(["Delete for good:", *lines]))
        action = partial(for_each, ids_of(runs), _is_deletable, _delete_for_good)
        st.button("Yes, delete", type="primary", disabled=not runs, key=key_of("yes, delete", runs), on_click=action)


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
