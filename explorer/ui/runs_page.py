"""All runs of the library: what they are, how far they are, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError, ImportRejected
from explorer.models.registry import kind_of
from explorer.runs.archive import export_run, import_run
from explorer.runs.run import Run
from explorer.runs.status import State
from explorer.texts import sections
from explorer.ui.crowd import CROWD
from explorer.ui.navigation import begin_page
from explorer.ui.run_panel import progress_text
from explorer.ui.run_table import COLUMNS, STATE_WORDS, forget_table, run_table
from explorer.ui.services import engine, library, warm_up

MESSAGES = "runs messages"


def runs_page() -> None:
    """Draw the page."""
    begin_page("All runs")
    st.title("All runs")
    table, _ = run_table()
    if len(table):
        live = table["state"].isin([STATE_WORDS[State.RUNNING], STATE_WORDS[State.QUEUED]]).any()
        st.fragment(_list, run_every=2 * CROWD.interval() if live else None)()
    else:
        st.info("There are no runs yet. Open a model's page and press **Train**.", icon=":material/inbox:")
    _import()
    with st.expander("Where runs are kept, and TensorBoard", icon=":material/folder:"):
        st.markdown(sections("runs")["Where"])
        st.code(f"tensorboard --logdir {library().own.folder}", language="bash")
    warm_up()


def _list() -> None:
    """Draw the table and the buttons for the selected rows; runs again by itself while something is in training."""
    CROWD.poll()
    table, broken = run_table()
    _show_messages()
    for id_, reason in broken.items():
        st.warning(f"**{id_}** cannot be read: {reason}", icon=":material/broken_image:")
    selection = st.dataframe(
        table,
        column_config=COLUMNS,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs table",
        height="auto" if len(table) < 12 else 460,
    )
    rows = [row for row in selection["selection"]["rows"] if row < len(table)]
    _actions([table["id"][row] for row in rows])
    _live_lines()


def _show_messages() -> None:
    for message in st.session_state.pop(MESSAGES, []):
        st.error(message, icon=":material/error:")


def _actions(ids: list[str]) -> None:
    """Draw the buttons; each acts on all selected runs for which it makes sense."""
    runs = [run for id_ in ids if (run := _find(id_))]
    one = runs[0] if len(runs) == 1 else None
    columns = st.columns(5)
    live = [run for run in runs if _state(run) in (State.RUNNING, State.QUEUED)]
    resumable = [run for run in runs if _state(run) in (State.STOPPED, State.INTERRUPTED, State.FAILED)]
    own = [run for run in runs if not run.shipped and run not in live]
    with columns[0]:
        _button("Open", ":material/visibility:", [one] if one else [], _open, "Select one run to open it on its page.")
    with columns[1]:
        _button("Stop", ":material/stop:", live, _stop, "Select runs that are in training or waiting.")
    with columns[2]:
        hint = "Select runs that were stopped, interrupted or failed."
        _button("Continue", ":material/play_arrow:", resumable, _continue, hint)
    with columns[3]:
        _export(one)
    with columns[4]:
        _delete(own)
    if not ids:
        st.caption("Tick rows on the left to stop, continue, export or delete runs.")


def _button(label: str, icon: str, runs: list[Run], action: Callable[[Run], None], hint: str) -> None:
    count = f" ({len(runs)})" if len(runs) > 1 else ""
    if st.button(label + count, icon=icon, disabled=not runs, help=hint, width="stretch", key=f"runs {label}"):
        _for_each(runs, action)
        st.rerun()


def _for_each(runs: list[Run], action: Callable[[Run], None]) -> None:
    """Act on each run; what fails is reported and does not keep the others from it."""
    for run in runs:
        try:
            action(run)
        except ExplorerError as error:
            st.session_state.setdefault(MESSAGES, []).append(f"{run.id}: {error}")
    forget_table()


def _open(run: Run) -> None:
    shown = {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in run.settings.items()
    }
    st.switch_page(f"pages/{run.kind}.py", query_params=shown | {"epochs": str(max(1, run.epochs))})


def _stop(run: Run) -> None:
    library().own.request_stop(run.id)


def _continue(run: Run) -> None:
    target = max(run.status.target, run.epochs + 1)
    config = kind_of(run.kind).config_class().from_values(run.settings | {"epochs": target})
    engine().submit(config)


def _export(run: Run | None) -> None:
    st.download_button(
        "Export",
        data=partial(export_run, run) if run else b"",
        file_name=f"{run.id}.zip" if run else "run.zip",
        mime="application/zip",
        icon=":material/archive:",
        on_click="ignore",
        disabled=run is None,
        help="Select one run to download it: config, metrics, weights, a script that rebuilds it.",
        width="stretch",
        key="runs export",
    )


def _delete(runs: list[Run]) -> None:
    """Ask before deleting: it cannot be undone."""
    label = f"Delete ({len(runs)})" if len(runs) > 1 else "Delete"
    with st.popover(label, icon=":material/delete:", disabled=not runs, width="stretch", help="Only your own runs."):
        st.markdown("Delete for good: " + ", ".join(f"`{run.id}`" for run in runs))
        if st.button("Yes, delete", type="primary", key="runs delete"):
            _for_each(runs, lambda run: library().own.delete(run.id))
            st.rerun()


def _live_lines() -> None:
    """Say of each run in training how it is getting on."""
    for run in library().own:
        if _state(run) in (State.RUNNING, State.QUEUED):
            st.caption(f"`{run.id}` · {progress_text(run, run.status)}")


def _import() -> None:
    with st.expander("Import a run", icon=":material/upload:"):
        file = st.file_uploader("A .zip that an explorer exported", type="zip", key="runs import")
        if file and st.button("Import", type="primary"):
            try:
                run = import_run(library().own, file.getvalue())
            except (ImportRejected, ExplorerError) as error:
                st.error(str(error), icon=":material/error:")
                return
            forget_table()
            st.success(f"Imported {run.id}, {run.epochs} epochs.", icon=":material/check:")
            st.button("Show it in the table")


def _find(id_: str) -> Run | None:
    try:
        return library().find(id_)
    except ExplorerError:
        return None


def _state(run: Run) -> State | None:
    try:
        return run.status.state
    except ExplorerError:  # a broken run can still be deleted
        return None
