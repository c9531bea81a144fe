"""The table and the numbers behind its pictures, as files that are made when asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.ui.one_digit.columns import COLUMNS
from explorer.ui.one_digit.given import Given
from explorer.ui.one_digit.rows import Row
from explorer.ui.state.one_digit import OneDigit


def offer_downloads(page: OneDigit, digit: Given, rows: Sequence[Row]) -> None:
    """Draw the buttons."""
    files = (
        ("Table (.csv)", "one-digit.csv", "text/csv", partial(table_of, rows)),
        ("Data (.npz)", "one-digit.npz", "application/zip", partial(archive_of, digit, rows)),
    )
    with st.container(horizontal=True):
        for label, name, mime, content in files:
            st.download_button(
                label, content, name, mime, icon=":material/download:", on_click="ignore", key=page.key(label)
            )


def table_of(rows: Sequence[Row]) -> bytes:
    """Return the figures of all rows with their runs, as CSV."""
    lines = [
        {"model": row.chosen.kind.title, "run": subject.run.id, "epoch": subject.epoch, "settings": row.settings}
        | {name: row.figures[name].value for name in COLUMNS if name in row.figures}
        for row in rows
        if (subject := row.chosen.subject)
    ]
    return pd.DataFrame(lines).to_csv(index=False).encode()


def archive_of(digit: Given, rows: Sequence[Row]) -> bytes:
    """Return the digit and each kind's arrays as a NumPy archive, such as "rbm code" or "dcgan z at each step"."""
    found: dict[str, Any] = {"clean": digit.clean, "given": digit.given}
    for row in rows:
        name = row.chosen.kind.name
        found |= {f"{name} {which}": array for which, array in row.arrays.items()}
        if row.search is not None:
            found |= {f"{name} steps": np.array(row.search.steps), f"{name} z at each step": row.search.z}
    runs = [subject.run.id for row in rows if (subject := row.chosen.subject)]
    file = io.BytesIO()
    np.savez_compressed(file, runs=np.array(runs), **found)
    return file.getvalue()
