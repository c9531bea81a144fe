"""Fetching a data set from within the app."""

from __future__ import annotations

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.data.download import download
from explorer.errors import DataError
from explorer.ui.wording import plain


def offer_download(dataset: str, key: str | None = None) -> None:
    """Say that a data set is missing and offer to download it, with a progress bar.

    key: of the button; needed where a page may offer the same data set twice.
    """
    title = CATALOGUE[dataset].title
    message, action = st.columns([5, 2], vertical_alignment="center")
    message.warning(
        f"**{title}** is not on this machine, so nothing can be trained on it. What is trained already is shown with "
        "the built-in digits.",
        icon=":material/cloud_off:",
    )
    label = f"Download ({CATALOGUE[dataset].megabytes} MB)"
    if action.button(label, icon=":material/download:", width="stretch", key=key):
        _download(dataset)


def _download(dataset: str) -> None:
    bar = st.progress(0.0, text="Connecting …")
    try:
        download(dataset, lambda file, share: bar.progress(share, text=f"{file} · {share:.0%}"))
    except DataError as error:
        bar.empty()
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.rerun()
