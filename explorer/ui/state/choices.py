"""What a user has chosen on a view: values in the session, which a link names and the back button restores.

Widgets own these values, under keys of the session. A view says before it draws a widget that its value belongs to the
link; the page collects the values of the view it has drawn, and puts those of an address it has come to into the
session before the widgets are drawn.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import streamlit as st

from explorer.models.config import text_of

PREFIX = "show."  # of their names in an address, beside those of hyperparameters
LONGEST = 200  # characters of a text in an address

Read = Callable[[str], Any]  # a value of its text, or ValueError


class Linking(Protocol):
    """What names the widgets of a page, or of one of its views, and makes their values part of the link."""

    def key(self, name: str) -> str:
        """Return a widget key of this page."""

    def linked(
        self, name: str, default: object, read: Read, text: Callable[[Any], str] = text_of, *, shared_key: str = ""
    ) -> str:
        """Return the key of what a user chooses under a name, and make it part of the link: see `Scene.linked`."""


@dataclass(frozen=True)
class _Linked:
    key: str
    default: Any
    text: Callable[[Any], str]

    def text_now(self) -> str:
        """Return what is chosen, or nothing if it is the default."""
        value = st.session_state.get(self.key)
        if value is None:
            return ""
        text = self.text(value)
        return "" if self.default is not None and text == self.text(self.default) else text


@dataclass
class Choices:
    """The choices of the view that is shown, as texts by their names in the address."""

    texts: dict[str, str] = field(default_factory=dict)
    _given: dict[str, str] = field(default_factory=dict)  # by the address, and no widget has them yet
    _drawn: dict[str, _Linked] = field(default_factory=dict)  # by the script run under way
    _resettable: set[str] = field(default_factory=set)  # keys that an address without them sets back
    _set_back: set[str] = field(default_factory=set)  # of these, those whose widgets have not heard of it
    _defaults: dict[str, Any] = field(default_factory=dict)  # by key, as of the model that was shown last

    def take_over(self, parameters: dict[str, str]) -> None:
        """Take over an address: what it does not name is as it was at first."""
        for key in self._resettable & st.session_state.keys():
            st.session_state.pop(key)
            self._set_back.add(key)
        self.texts = {name: text for name, text in parameters.items() if name.startswith(PREFIX)}
        self._given = dict(self.texts)

    def begin(self) -> None:
        """Begin a script run."""
        self._drawn = {}

    def link(self, name: str, key: str, default: Any, read: Read, text: Callable[[Any], str], *, shared: bool) -> str:
        """Make what the session has under a key part of the link; return what is wrong with the address's text of it.

        A shared value, which other pages have, too, stays where an address does not name it. What is at its default
        follows it to another model, whose default may be another.
        """
        name = PREFIX + name.lower().replace(" ", "-")
        self._drawn[name] = _Linked(key, default, text)
        if not shared:
            self._resettable.add(key)
        before, self._defaults[key] = self._defaults.get(key, default), default
        if before != default and st.session_state.get(key) == before:
            st.session_state[key] = default
        if key in self._set_back:  # said outright: a browser keeps what a widget shows, and would report it again
            self._set_back.remove(key)
            st.session_state.update({} if default is None else {key: default})
        given = self._given.pop(name, None)
        if given is None:
            return ""
        try:
            st.session_state[key] = read(given)
        except ValueError as error:
            return f"{name} = {given[:40]!r} is not valid: {error}."
        return ""

    def collect(self) -> None:
        """Note what is chosen on the view that was drawn."""
        texts = {name: linked.text_now() for name, linked in self._drawn.items()}
        self.texts = {name: text for name, text in texts.items() if text and len(text) <= LONGEST}
        if not self._drawn:  # nothing to choose from yet, as before the first snapshot
            self.texts = dict(self._given)


def one_of(options: Iterable[Any]) -> Read:
    """Return how an option is read."""
    texts = {text_of(option): option for option in options}

    def read(text: str) -> Any:
        if text not in texts:
            raise ValueError(f"one of {', '.join(texts)}" if len(texts) <= 12 else "no such choice")
        return texts[text]

    return read


def natural(most: int) -> Read:
    """Return how a whole number from 0 up to the most is read."""

    def read(text: str) -> int:
        if not (text.isdecimal() and len(text) <= 9 and int(text) <= most):
            raise ValueError(f"a whole number from 0 to {most}")
        return int(text)

    return read


def real(low: float, high: float) -> Read:
    """Return how a number of a range is read."""

    def read(text: str) -> float:
        with contextlib.suppress(ValueError):
            if low <= float(text) <= high:
                return float(text)
        raise ValueError(f"a number from {low:g} to {high:g}")

    return read


def some_of(options: Collection[str]) -> Read:
    """Return how several options are read, which `several` has written."""

    def read(text: str) -> list[str]:
        given = text.split(",") if text else []
        if unknown := [each for each in given if each not in options]:
            raise ValueError(f"there is no {unknown[0]}")
        return given

    return read


def point(farthest: float) -> Read:
    """Return how a position is read, which `several` has written."""
    coordinate = real(-farthest, farthest)

    def read(text: str) -> tuple[float, float]:
        x, comma, y = text.partition(",")
        if not comma:
            raise ValueError("two numbers")
        return coordinate(x), coordinate(y)

    return read


def several(chosen: Iterable[object]) -> str:
    """Return several options or numbers as one text."""
    return ",".join(f"{each:.3g}" if isinstance(each, float) else str(each) for each in chosen)
