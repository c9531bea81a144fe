"""The studies that somebody keeps: saved by a name, opened again, taken along as a file, brought from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from explorer.models.registry import KINDS
from explorer.runs.limits import check_import
from explorer.runs.reading import MOST_LETTERS
from explorer.runs.studies import KeptStudy, export_study, forget, keep, kept, read_study
from explorer.ui.asking import refusals
from explorer.ui.effects.figures import Evidence
from explorer.ui.effects.table import csv
from explorer.ui.shelf.services import library
from explorer.ui.state.effects import EffectsState
from explorer.ui.wording import plain

NAME, UPLOAD = "effects study name", "effects study upload"
UPLOAD_MB = 20


def kept_studies(state: EffectsState, evidence: Evidence | None) -> None:
    """Draw them behind a button."""
    studies = kept(library().own.folder)
    with st.popover("Studies", icon=":material/bookmarks:", width="content"):
        for study in studies:
            with st.container(horizontal=True, vertical_alignment="center"):
                kind = KINDS.get(study.parameters.get("model", ""))
                label = plain(f"{study.name} · {kind.short}" if kind else study.name)
                st.page_link(
                    "pages/effects.py", label=label, icon=":material/tune:", query_params=dict(study.parameters)
                )
                st.button("Forget", on_click=partial(_forget, study.name), key=f"forget study {study.name}")
        if not studies:
            st.caption("None is kept yet.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Keep this one as", key=NAME, max_chars=MOST_LETTERS, placeholder="What does k do?")
            st.button("Keep", icon=":material/bookmark_add:", on_click=partial(_keep, state.address()))
        if evidence:
            st.download_button(
                "This study (.zip)",
                partial(_exported, state.address(), evidence),
                f"study-{state.kind}.zip",
                "application/zip",
                icon=":material/archive:",
                on_click="ignore",
                help="Its link, its configs, all figures, a script that trains what is missing. Any explorer opens it.",
            )
        file = st.file_uploader("A study from elsewhere (.zip)", type="zip", key=UPLOAD, max_upload_size=UPLOAD_MB)
        if file:
            st.button("Keep it", type="primary", on_click=partial(_take_in, file.getvalue()))


def _keep(parameters: Mapping[str, str]) -> None:
    with refusals():
        keep(library().own.folder, st.session_state[NAME], parameters)
        st.session_state[NAME] = ""


def _forget(name: str) -> None:
    with refusals():
        forget(library().own.folder, name)


def _take_in(content: bytes) -> None:
    with refusals():
        check_import(len(content))
        study = read_study(content)
        keep(library().own.folder, study.name, study.parameters)


def _exported(parameters: Mapping[str, str], evidence: Evidence) -> bytes:
    name = str(st.session_state.get(NAME) or "A study")
    configs = [each.entry.config for each in evidence.found if each.entry.config]
    return export_study(KeptStudy(name, parameters), configs, csv(evidence))
