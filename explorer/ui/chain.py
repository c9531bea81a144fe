"""The row that shows what a model is built on: each run of the chain, its state, and the way to its page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.models.config import ModelConfig, text_of
from explorer.models.registry import kind_of
from explorer.runs.lineage import Link, chain
from explorer.runs.status import State, Status
from explorer.ui.services import library

_READY, _MISSING = ":material/check_circle:", ":material/radio_button_unchecked:"
_ICONS = {
    State.RUNNING: ":material/play_circle:",
    State.QUEUED: ":material/hourglass:",
    State.FAILED: ":material/error:",
}


def draw_chain(config: ModelConfig) -> None:
    """Draw the chain of a model that is built on others; of any other model nothing."""
    if not config.parents():
        return
    links = chain(config, library())
    waits = _waits_for(links)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for link in links:
            if link is not links[0]:
                st.markdown(":gray[:material/arrow_forward:]", width="content")
            _draw(link, waits)


def _draw(link: Link, waits: str) -> None:
    kind = kind_of(link.config.kind)
    icon, words = _state(link, waits)
    address = {name: text_of(value) for name, value in link.config.values().items()}
    st.page_link(
        f"pages/{kind.name}.py", label=f"{kind.short}: {words}", icon=icon, query_params=address, width="content"
    )


def _state(link: Link, waits: str) -> tuple[str, str]:
    """Return the sign and the words for how far a link is."""
    epochs = link.config.epochs
    if link.ready:
        return _READY, f"{epochs} epochs"
    if link.run is None:
        return _MISSING, f"{epochs} epochs to train"
    status = link.run.status
    if status.parent:
        return _ICONS[State.QUEUED], f"waits for the {waits}"
    if status.state is State.QUEUED and waits:
        return _ICONS[State.QUEUED], "waits for a worker"
    return _ICONS.get(status.state, _MISSING), f"{status.epoch} of {epochs} epochs{_word(status)}"


def _word(status: Status) -> str:
    words = {State.FAILED: ", failed", State.STOPPED: ", stopped", State.INTERRUPTED: ", interrupted"}
    return words.get(status.state, "")


def _waits_for(links: Sequence[Link]) -> str:
    """Return what the first link that is not ready is called."""
    return next((kind_of(link.config.kind).short for link in links if not link.ready), "")
