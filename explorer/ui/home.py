"""The landing page: what each model has learned, as it grew. It imports no torch, so that it is there at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import streamlit as st

from explorer.data.catalogue import CATALOGUE, default_name
from explorer.errors import BrokenFile
from explorer.models.registry import PAGES, Kind
from explorer.plots.tiles import read_png
from explorer.presets.preset import Preset
from explorer.runs.ids import kind_in
from explorer.runs.run import Run
from explorer.texts import sections
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import EncodedPanel, Panel, encode_panel
from explorer.ui.navigation import APP, page, page_link
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.services import library, warm_up
from explorer.ui.wording import plain

BROWSER_SECONDS = 2.0  # in which a browser draws this page
CARDS_PER_ROW = 2
_ONE_DIGIT = "One digit through every model: what each keeps of it, makes of it, and costs"


def home() -> None:
    """Draw the page."""
    with page("Home"):
        texts = sections("home")
        st.title(APP)
        st.markdown(texts[""])
        st.page_link("pages/one-digit.py", label=_ONE_DIGIT, icon=":material/compare_arrows:")
        _data_note()
        for pair in _rows(list(PAGES.values())):
            for kind, column in zip(pair, st.columns(CARDS_PER_ROW), strict=False):
                with column:
                    _card(kind)
        left, right = st.columns(2)
        left.markdown("#### How it works\n" + texts["How it works"])
        right.markdown("#### In a lecture\n" + texts["In a lecture"])
        warm_up(after=BROWSER_SECONDS)


def _rows(kinds: Sequence[Kind]) -> Iterator[Sequence[Kind]]:
    return (kinds[first : first + CARDS_PER_ROW] for first in range(0, len(kinds), CARDS_PER_ROW))


def _data_note() -> None:
    name = default_name()
    if name != "mnist":
        st.info(
            f"Training uses **{CATALOGUE[name].title}**. The full MNIST is not on this machine; any model page "
            "downloads it on request.",
            icon=":material/database:",
        )


def _card(kind: Kind) -> None:
    """Draw a kind of model: what it learned over the epochs, what it is, and where to start."""
    with st.container(border=True, height="stretch", key=f"card {kind.name}"):
        picture, text = st.columns([4, 5], gap="medium", vertical_alignment="top")
        with picture:
            _gallery(kind)
        with text:
            st.markdown(f"### {kind.title}\n{kind.summary}")
            page_link(kind, "Open the page", ":material/arrow_forward:")
            with st.popover("Experiments", icon=":material/science:"):
                _experiments(kind)


def _experiments(kind: Kind) -> None:
    presets: tuple[Preset, ...] = kind.load("presets")
    for preset in presets:
        query = {"preset": preset.name}
        st.page_link(f"pages/{kind.name}.py", label=preset.name, icon=":material/science:", query_params=query)


def _gallery(kind: Kind) -> None:
    run = _best_run(kind.name)
    if run is None:
        st.caption("No run of this kind has been trained yet.")
        return
    files = [(epoch, run.paths.preview(epoch)) for epoch in run.snapshots]
    there = [(epoch, path, path.stat().st_mtime_ns) for epoch, path in files if path.exists()]
    try:
        panel = _previews(tuple((path, stamp) for _, path, stamp in there), kind.short)
    except ValueError as error:
        st.warning(f"The pictures of {run.id} cannot be shown: {plain(str(error))}. Continue the run to draw new ones.")
        return
    filmstrip(f"home {kind.name}", [panel], [f"epoch {epoch}" for epoch, *_ in there], max_width=460, small=True)


def _best_run(kind: str) -> Run | None:
    """Return the shipped run with pictures that was trained longest, else the user's own."""
    runs = []
    for id_ in [run.id for run in library() if kind_in(run.id) == kind]:
        with contextlib.suppress(BrokenFile):
            run = library().pictured(id_)
            if run and any(run.paths.preview(epoch).exists() for epoch in run.snapshots):
                runs.append((run.shipped, run.epochs, run.id, run))
    return max(runs)[3] if runs else None


@remembered()
def _previews(files: tuple[tuple[Path, int], ...], short: str) -> EncodedPanel:
    """Return the pictures of a run over its epochs; the files' times are part of what identifies them.

    Raises:
        ValueError: a file is not what training writes, or they differ in size.
    """
    pictures = [read_png(path.read_bytes()) for path, _ in files]
    alt = f"What the {short} has learned, epoch by epoch"
    return encode_panel(Panel("", [picture.indices for picture in pictures], pictures[-1].scale, alt))
