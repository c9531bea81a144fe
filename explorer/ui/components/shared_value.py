"""A value that both the script and the browser set: whoever spoke last is right.

Each time the script moves the value it gets a new token; the browser sends the token back with what the user did, so
that a report from before the move is told from one after it. The record is kept in the session, not with the widget,
so that it outlives a visit to another page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import streamlit as st

T = TypeVar("T")


def _new_token() -> str:
    return secrets.token_hex(4)


@dataclass
class SharedValue(Generic[T]):
    """The value; what the script asked for and was told last; where it last moved the value, by which token."""

    value: T
    asked: T
    told: T
    moved_to: T
    token: str = field(default_factory=_new_token)

    def hear(self, report: object, parse: Callable[[object], T]) -> None:
        """Take over what the browser reported, unless it is outdated or `parse` refuses it with a ValueError."""
        if not isinstance(report, Mapping) or report.get("token", self.token) != self.token:
            return
        try:
            self.value = parse(report.get("value"))
        except ValueError:
            return

    def ask(self, asked: T) -> None:
        """Move to what the script asks for, if that is news: asking for the same again leaves the user's choice.

        Nor is it news if a script that keeps what it is told asks for that, while the user has already moved on.
        """
        if asked not in (self.asked, self.told, self.value):
            self.value = self.moved_to = asked
            self.token = _new_token()
        self.asked, self.told = asked, self.value


def shared_value(name: str, first: T) -> SharedValue[T]:
    """Return the session's record called `name`, or a new one that starts with the value `first`."""
    value: SharedValue[T] = st.session_state.setdefault(name, SharedValue(first, first, first, first))
    return value


def reported(key: str, name: str) -> object:
    """Return what the component with this key has reported under `name` since it was mounted, or None."""
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None
