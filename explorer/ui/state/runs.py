"""Which runs the page of all runs shows, kept in the session and in the URL, so that a link shows the same ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from explorer.data.catalogue import CATALOGUE
from explorer.models.registry import KINDS
from explorer.runs.marks import check_tag
from explorer.runs.status import State
from explorer.ui.state.address import Address, Arrival, Parameters, arrival_at, shown_parameters

BROKEN = "broken"  # beside the states of runs that can be read
PARAMETERS = FIND, MODEL, DATA, STATE, STARRED, TAG = "find", "model", "data", "state", "starred", "tag"  # of the URL
OPTIONS = {MODEL: tuple(KINDS), DATA: tuple(CATALOGUE), STATE: (*map(str, State), BROKEN)}  # one of those chosen
LONGEST = 200  # letters of the words
YES = "yes"
_KEY = "state of the page of all runs"


@dataclass(frozen=True)
class Filter:
    """What runs have to be to be shown; of models, data sets and states one of those that are named, if any is."""

    find: str = ""
    model: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    starred: bool = False
    tag: tuple[str, ...] = ()  # all of them

    def __bool__(self) -> bool:
        return bool(self.parameters())

    def parameters(self) -> Parameters:
        """Return the URL's parameters."""
        texts = {FIND: " ".join(self.find.split())} | {name: ",".join(getattr(self, name)) for name in OPTIONS}
        texts |= {STARRED: YES if self.starred else "", TAG: ",".join(self.tag)}
        return {name: text for name, text in texts.items() if text}


def read_filter(parameters: Parameters) -> tuple[Filter, list[str]]:
    """Return what a URL's parameters ask for, and what is wrong with others: those are left out. It may have more."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, options in OPTIONS.items():
        given = dict.fromkeys(filter(None, parameters.get(name, "").split(",")))
        values[name] = tuple(text for text in given if text in options)
        problems += [_words(name, text, f"one of {', '.join(options)}") for text in given if text not in options]
    values[TAG], wrong = _tags(parameters.get(TAG, ""))
    values[FIND], values[STARRED] = parameters.get(FIND, ""), parameters.get(STARRED) == YES
    if len(values[FIND]) > LONGEST:
        wrong.append(_words(FIND, values[FIND], f"at most {LONGEST} letters"))
        values[FIND] = ""
    if parameters.get(STARRED, YES) != YES:
        wrong.append(_words(STARRED, parameters[STARRED], YES))
    return Filter(**values), problems + wrong


def _tags(text: str) -> tuple[tuple[str, ...], list[str]]:
    tags, problems = [], []
    for given in dict.fromkeys(filter(None, text.split(","))):
        try:
            tags.append(check_tag(given))
        except ValueError as error:
            problems.append(f"{TAG}: {error}.")
    return tuple(tags), problems


def _words(name: str, text: str, expected: str) -> str:
    given = text if len(text) <= 40 else f"{text[:40]}…"
    return f"{name} = {given!r} is not valid: {expected}."


@dataclass
class RunsState:
    """The state of the page of all runs in one session."""

    filter: Filter = Filter()
    problems: list[str] = field(default_factory=list)
    _address: Address = field(default_factory=Address)
    _is_due: bool = False  # the address is to be compared with the browser's, as the whole page is drawn
    _tells_again: bool = False  # what the browser has already

    def take(self, **changes: Any) -> None:
        """Take over what a user has chosen."""
        self.filter, self.problems = replace(self.filter, **changes), []

    def read_address(self, heard: Parameters, arrival: Arrival | None) -> None:
        """Take over the URL's parameters if they are news; what is not valid is reported and left out.

        Those of another page alone are none: as one is opened from here, the browser has them for a moment, and keeps
        that as a step on the way back.
        """
        news = self._address.has_news(heard, arrival) or arrival is not None
        self._is_due, self._tells_again = True, arrival == "history" or (news and arrival is None)
        own = {name: text for name, text in heard.items() if name in PARAMETERS}
        if not news or (heard and not own):
            return
        self.filter, self.problems = read_filter(own)
        if not self.problems and own == heard:  # else it is to change
            self._address.taken_over(heard, self.filter.parameters())

    def write_address(self) -> None:
        """Put the state into the browser's address bar; as a part of the page is drawn, only if it has changed."""
        own = self.filter.parameters()
        if self._is_due or own != self._address.agreed:
            self._address.tell(own, again=self._tells_again)
        self._is_due = self._tells_again = False


def runs_state() -> RunsState:
    """Return this session's state."""
    state: RunsState = st.session_state.setdefault(_KEY, RunsState())
    return state


def hear_address(page: str) -> None:
    """Bring this session's state up to date with the URL; the page's name is that by which arrivals are told."""
    runs_state().read_address(shown_parameters(), arrival_at(page))


def runs_as_left() -> Parameters:
    """Return the URL's parameters of the page as this session has left it."""
    return runs_state().filter.parameters()
