"""What all sessions of a server share: the library of runs, the engine, and a warm start."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

from explorer.runs.known import at_this_moment
from explorer.runs.library import Library
from explorer.settings import settings
from explorer.ui.shelf.heap import DRAWN, keep_giving_back, share_arenas

if TYPE_CHECKING:
    from explorer.engine.dask import DaskEngine


class _Look:
    @cached_property
    def library(self) -> Library:  # with the first question: settings that are not valid are then told by the page
        return at_this_moment(_library())


_DRAWN: ContextVar[_Look | None] = ContextVar("the look at the library that is being drawn", default=None)


def library() -> Library:
    """Return the runs of this server; while something is drawn of them, as they were at one moment."""
    look = _DRAWN.get()
    return look.library if look else _library()


@st.cache_resource(show_spinner=False)
def _library() -> Library:
    return Library.open()


@contextmanager
def one_look() -> Iterator[None]:
    """Draw what is inside of one state of the library: each run is looked at once, however many parts show it."""
    token = _DRAWN.set(_Look())
    try:
        yield
    finally:
        _DRAWN.reset(token)


class _EngineHolder:  # Streamlit refuses to cache a Dask client, and without a cache each rerun would leak a cluster
    def __init__(self, engine: DaskEngine) -> None:
        self.engine = engine


def engine() -> DaskEngine:
    """Return the engine of this server; its workers start with the first use, or in `warm_up`."""
    return _engine_holder().engine


@st.cache_resource(show_spinner=False)
def _engine_holder() -> _EngineHolder:
    from explorer.engine.dask import DaskEngine  # seconds to import, and not needed to look at runs

    return _EngineHolder(DaskEngine(_library(), settings().scheduler))


def session() -> str:
    """Return a name of the session that is drawn, or whose button was pressed: for each a limited number wait."""
    return str(st.session_state.setdefault("session", uuid4().hex))


def warm_up(*, after: float = 0.0) -> None:
    """Load what the first model page and the first training need, in the background, once per server.

    Pages call it when they are drawn, after which free memory is given back. after: so many seconds later, from a page
    that needs none of it, and whose browser needs the cores first.
    """
    DRAWN.set()
    if after and not _WARMING.is_set():
        timer = threading.Timer(after, warm_up)
        timer.daemon = True
        timer.start()
    elif not _WARMING.is_set():
        _WARMING.set()
        share_arenas()
        threading.Thread(target=keep_giving_back, name="heap", daemon=True).start()
        threading.Thread(target=_load_everything, name="warm-up", daemon=True).start()


_WARMING = threading.Event()


def _load_everything() -> None:
    import plotly.graph_objects  # noqa: F401

    import explorer.analysis.rbm_measures  # noqa: F401  (torch)
    from explorer.data.catalogue import default_name, load
    from explorer.errors import ExplorerError

    try:
        load(default_name())
        _engine_holder().engine.start()
    except ExplorerError:  # shown where it matters: on the page that needs the data or the engine
        return
    finally:
        gc.collect()
        gc.freeze()  # a collection then skips the half million objects of the libraries
