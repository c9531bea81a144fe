"""The landing page: what each model has learned, one picture each. It imports no torch, so that it is there at once."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from explorer.data.catalogue import CATALOGUE, default_name
from explorer.errors import BrokenFile
from explorer.models.registry import KINDS, Kind
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.presets.preset import Preset
from explorer.runs.run import Run
from explorer.runs.tensors import read_tensors
from explorer.texts import sections
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import EncodedPanel, Panel, encode_panel
from explorer.ui.navigation import APP, begin_page
from explorer.ui.services import library, warm_up

UNITS = 100


def home() -> None:
    """Draw the page."""
    begin_page("Home")
    texts = sections("home")
    st.title(APP)
    st.markdown(texts[""])
    _data_note()
    for kind in KINDS.values():
        _card(kind)
    left, right = st.columns(2)
    left.markdown("#### How it works\n" + texts["How it works"])
    right.markdown("#### In a lecture\n" + texts["In a lecture"])
    warm_up()


def _data_note() -> None:
    name = default_name()
    if name != "mnist":
        st.info(
            f"Training uses **{CATALOGUE[name].title}**. The full MNIST is not on this machine; any model page "
            "downloads it on request.",
            icon=":material/database:",
        )


def _card(kind: Kind) -> None:
    """Draw a kind of model: its weights growing over the epochs, what it is, and where to start."""
    with st.container(border=True):
        picture, text = st.columns([3, 4], gap="large", vertical_alignment="center")
        with picture:
            _gallery(kind)
        with text:
            st.markdown(f"### {kind.title}\n{kind.summary}")
            st.page_link(
                f"pages/{kind.name}.py", label=f"Open the {kind.name.upper()}", icon=":material/arrow_forward:"
            )
            presets: tuple[Preset, ...] = kind.load("presets")
            st.caption("Or start with an experiment:")
            for preset in presets[1:5]:
                st.page_link(
                    f"pages/{kind.name}.py",
                    label=preset.name,
                    icon=":material/science:",
                    query_params={"preset": preset.name},
                )


def _gallery(kind: Kind) -> None:
    run = _best_run(kind.name)
    if run is None:
        st.caption("No run of this kind has been trained yet.")
        return
    stamps = tuple((str(run.paths.snapshot(epoch)), epoch) for epoch in run.snapshots)
    try:
        panel = _weights_over_epochs(stamps, CATALOGUE[run.settings["dataset"]].shape)
    except BrokenFile as error:
        st.warning(str(error))
        return
    filmstrip(f"home {kind.name}", [panel], [f"epoch {epoch}" for _, epoch in stamps], max_width=420)


def _best_run(kind: str) -> Run | None:
    """Return the shipped run that was trained longest, else the user's own."""
    runs = []
    for run in library():
        with contextlib.suppress(BrokenFile):
            if run.id.startswith(f"{kind}-") and run.snapshots:
                runs.append((run.shipped, run.epochs, run.id, run))
    return max(runs)[3] if runs else None


@lru_cache(maxsize=8)
def _weights_over_epochs(snapshots: tuple[tuple[str, int], ...], shape: tuple[int, int]) -> EncodedPanel:
    weights = [read_tensors(Path(path))[0]["W"].astype(np.float32).T[:UNITS] for path, _ in snapshots]
    limit = float(np.quantile(np.abs(weights[-1]), 0.998)) or 1.0
    frames = [tile_picture(quantize(w.reshape(-1, *shape), -limit, limit)) for w in weights]
    grid = Grid.of(len(weights[0]), shape)
    alt = f"What {grid.count} hidden units have learned, one tile each"
    return encode_panel(Panel("", frames, "signed", alt, grid, [f"unit {unit}" for unit in range(grid.count)]))
