"""What is chosen on the page, in the session and in the link: it has no kind, and so no hyperparameters."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.models.config import text_of
from explorer.ui.state.address import Addressed, Parameters, arrival_at, shown_parameters
from explorer.ui.state.choices import PREFIX, Choices, Read
from explorer.ui.wording import plain

PAGE = "one-digit"
_KEY = f"page state of {PAGE}"


@dataclass
class OneDigit(Addressed):
    """The page's state in one session."""

    choices: Choices = field(default_factory=Choices)
    notes: DeltaGenerator | None = None  # where the run of the script under way says what is wrong with the address

    def key(self, name: str) -> str:
        """Return a widget key of this page."""
        return f"{PAGE} {name}"

    def linked(
        self, name: str, default: object, read: Read, text: Callable[[Any], str] = text_of, *, shared_key: str = ""
    ) -> str:
        """Return the key of what a user chooses under a name, and make it part of the link: see `Scene.linked`."""
        key = shared_key or self.key(name)
        if problem := self.choices.link(name, key, default, read, text, shared=bool(shared_key)):
            self._warn(problem)
        return key

    def address(self) -> Parameters:
        """Return the URL's parameters of what is chosen."""
        return self.choices.texts

    def write_address(self) -> None:
        """Put what is chosen into the browser's address bar."""
        self.choices.collect()
        super().write_address()

    def _take_over(self, parameters: Parameters) -> None:
        self.choices.take_over(parameters)
        unknown = [name for name in parameters if not name.startswith(PREFIX)]
        self.problems = [f"This page knows no {unknown[0][:40]!r}, which its address names."] if unknown else []
        for problem in self.problems:
            self._warn(problem)

    def _warn(self, problem: str) -> None:
        (self.notes or st).warning(plain(problem), icon=":material/warning:")


def state_of_page(notes: DeltaGenerator) -> OneDigit:
    """Return this session's state of the page, brought up to date with the URL; its complaints stand in `notes`."""
    state: OneDigit = st.session_state.setdefault(_KEY, OneDigit())
    state.notes = notes
    state.choices.begin()
    state.read_address(shown_parameters(), arrival_at(PAGE))
    return state


def keep_valid(key: str, options: Container[object], default: object) -> None:
    """Set a choice back to its default where it is no longer offered: runs are deleted, data sets change."""
    if key in st.session_state and st.session_state[key] not in options:
        st.session_state[key] = default


def one_digit_as_left() -> Parameters:
    """Return the URL's parameters of the page as this session has left it."""
    state: OneDigit | None = st.session_state.get(_KEY)
    return state.address() if state else {}
