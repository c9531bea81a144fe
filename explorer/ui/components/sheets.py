"""Where a browser gets the sheets of small pictures that components show."""

from __future__ import annotations

import streamlit as st
from streamlit import runtime


def sheet_address(coordinates: str, sheet: bytes) -> str:
    """Return where the browser gets the PNG file: named by its content, as the pictures of st.image are.

    So a sheet goes to each browser once, not with each rerun. The server forgets it when no session shows it;
    `coordinates` say where in its session it is shown.
    """
    if not runtime.exists():  # a script without a server has no browser either
        return ""
    url = runtime.get_instance().media_file_mgr.add(sheet, "image/png", coordinates)
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{url}" if base else url
