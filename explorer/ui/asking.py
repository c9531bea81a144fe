"""What pages ask of the engine and of the user's store; what was refused is said when the page is drawn again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

import streamlit as st

from explorer.errors import ExplorerError
from explorer.models.config import ModelConfig
from explorer.ui.shelf.services import engine, session
from explorer.ui.wording import plain
from explorer.ui.workers import chosen_gpu

_REFUSED = "refused"


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Keep for the next drawing, as in a callback nothing can be drawn, why something could not be done."""
    try:
        yield
    except ExplorerError as error:
        st.session_state[_REFUSED] = str(error)


def show_refusal() -> None:
    """Show, once, why the last request did not work."""
    if message := st.session_state.pop(_REFUSED, None):
        st.error(plain(message), icon=":material/error:")


def request(config: ModelConfig, *, automatic: bool = False) -> bool:
    """Ask for a run on behalf of this session; return whether the request was taken."""
    with refusals():
        engine().submit(config, automatic=automatic, session=session(), gpu=chosen_gpu())
        return True
    return False


def train(config: ModelConfig) -> None:
    """Ask for a run: what a button does."""
    request(config)


def train_all(configs: Iterable[ModelConfig]) -> None:
    """Ask for several runs, in their order, until one is refused: what a button does."""
    for config in configs:
        if not request(config):
            break
