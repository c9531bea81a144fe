"""The frame of every page: its settings, the list of pages, and nothing of its content."""

from __future__ import annotations

import streamlit as st

from explorer.models.registry import KINDS

APP = "The explorer of generative models"
_STUDY = (("pages/runs.py", "All runs", ":material/list:"),)

# Streamlit leaves a lot of air; on a projector the picture is what should be large.
_STYLE = """
<style>
.stMainBlockContainer { padding-left: 2.5rem; padding-right: 2.5rem; max-width: 1500px; }
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
</style>
"""


def begin_page(title: str) -> None:
    """Set up the page and draw the navigation; the first call of every page."""
    st.set_page_config(page_title=f"{title} · explorer", page_icon=":material/blur_on:", layout="wide")
    st.html(_STYLE)
    with st.sidebar:
        st.page_link("Home.py", label="Home", icon=":material/home:")
        for family in dict.fromkeys(kind.family for kind in KINDS.values()):
            st.caption(family)
            for kind in KINDS.values():
                if kind.family == family:
                    st.page_link(f"pages/{kind.name}.py", label=kind.title, icon=":material/grid_view:")
        st.caption("Study")
        for path, label, icon in _STUDY:
            st.page_link(path, label=label, icon=icon)
