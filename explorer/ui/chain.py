"""The row that shows what a model is built on: each run of the chain, its state, and the way to its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.models.config import ModelConfig, text_of
from explorer.models.registry import kind_of
from explorer.runs.lineage import Link, chain, parents
from explorer.runs.status import State, Status
from explorer.ui.shelf.services import library
from explorer.ui.state.page import parameters_of
from explorer.ui.wording import in_epochs

_READY, _MISSING = ":material/check_circle:", ":material/radio_button_unchecked:"
_ICONS = {
    State.RUNNING: ":material/play_circle:",
    State.QUEUED: ":material/hourglass:",
    State.FAILED: ":material/error:",
}
_WORDS = {State.QUEUED: "waits for a worker", State.RUNNING: "in training"}  # how far, the progress beside it says


def draw_chain(config: ModelConfig) -> None:
    """Draw the chain of a model that is built on others; of any other model nothing."""
    links = chain(config, library())
    if len(links) == 1:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for link in links:
            if link is not links[0]:
                st.markdown(":gray[:material/arrow_forward:]", width="content")
            _draw(link, links)


def missing(links: Sequence[Link]) -> list[Link]:
    """Return the links of a chain that are trained before its last one, in this order.

    What a model is built on is not needed once that is ready, or its own training can go on.
    """
    return _missing(links[-1].config, {link.config: link for link in links})


def _missing(config: ModelConfig, links: Mapping[ModelConfig, Link]) -> list[Link]:
    link = links[config]
    if link.ready or (link.run and link.run.can_go_on):
        return []
    needed = [links[parent] for parent in parents(config) if not links[parent].ready]
    return [link for each in needed for link in (*_missing(each.config, links), each)]


def name_of(link: Link, links: Sequence[Link]) -> str:
    """Return what a link is called: its kind, and its layers where the chain has several of the kind."""
    kind = link.config.kind
    several = sum(other.config.kind == kind for other in links) > 1
    sizes = [text_of(link.config.sizes())] if several else []
    return " ".join([kind_of(kind).short, *sizes])


def _draw(link: Link, links: Sequence[Link]) -> None:
    icon, words = _state(link, links)
    address = parameters_of(type(link.config), link.config.values())
    st.page_link(
        f"pages/{link.config.kind}.py",
        label=f"{name_of(link, links)}: {words}",
        icon=icon,
        query_params=address,
        width="content",
    )


def _state(link: Link, links: Sequence[Link]) -> tuple[str, str]:
    """Return the sign and the words for how far a link is."""
    epochs = link.config.epochs
    if link.ready:
        return _READY, in_epochs(epochs)
    if link.run is None:
        needed = link is links[-1] or link in missing(links)
        return _MISSING, f"{in_epochs(epochs)} to train" if needed else "not kept, not needed"
    if link.run.shipped and not link.run.snapshots:
        needed = link is links[-1] or link in missing(links)
        return _MISSING, f"{in_epochs(epochs)} to train again" if needed else "only its figures are kept"
    status = link.run.status
    if status.parent:
        waits = next(name_of(other, links) for other in links if not other.ready)
        return _ICONS[State.QUEUED], f"waits for the {waits}"
    reached = f"{status.epoch} of {in_epochs(epochs)}"
    return _ICONS.get(status.state, _MISSING), _WORDS.get(status.state, reached + _word(status))


def _word(status: Status) -> str:
    words = {State.FAILED: ", failed", State.STOPPED: ", stopped", State.INTERRUPTED: ", interrupted"}
    return words.get(status.state, "")
