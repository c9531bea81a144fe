"""Runs that somebody brings along: uploaded, imported, and no longer held as an upload."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explorer.errors import ExplorerError
from explorer.runs.archive import import_runs
from explorer.settings import settings
from explorer.ui.run_table import forget_table
from explorer.ui.shelf.services import library
from explorer.ui.wording import few, plain

_UPLOADS, _OUTCOME = "imports", "import's outcome"


def import_panel() -> None:
    """Draw what takes a file, and say what has become of each run in the last one."""
    with st.expander("Import runs", icon=":material/upload:"):
        key = f"runs import {st.session_state.get(_UPLOADS, 0)}"
        most = settings().import_mb
        file = st.file_uploader("A .zip that an explorer exported", type="zip", key=key, max_upload_size=most)
        if file:
            st.button("Import", type="primary", on_click=partial(_take_in, file))
        imported, refused = st.session_state.pop(_OUTCOME, ((), ()))
        if imported:
            st.success("  \n".join(few(imported, str)), icon=":material/check:")
        if refused:
            st.error("  \n".join(few(refused, str)), icon=":material/error:")


def _take_in(file: UploadedFile) -> None:
    """Import a file, and let go of it, whatever comes of it: Streamlit would hold it until the session ends."""
    imported: list[str] = []
    refused: list[str] = []
    try:
        for outcome in import_runs(library().own, file.getvalue()):
            if outcome.run:
                imported.append(f"Imported {outcome.id}, {outcome.run.epochs} epochs.")
            else:
                refused.append(f"{outcome.id}: {plain(outcome.refused)}")
    except (ExplorerError, OSError) as error:
        refused.append(plain(str(error)))
    forget_table()
    st.session_state[_OUTCOME] = imported, refused
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1  # of another name, so empty again
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
