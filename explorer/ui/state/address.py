"""The agreement between a page's state and the browser's address bar, each of which may be ahead of the other.

A link, or the browser's back button, has to change the state; a widget has to change the address. So each run of the
page's script begins by hearing the address that the browser sent and ends by telling it the state's own:

    heard                                        means       the state
    after Back or Forward, first of all, or on   arrival     takes it over, whatever it is
    the way from another page with parameters
    what was agreed on last, or nothing at all   in step     stays
    what the browser had before, or was told     late        stays: the user was quicker than the news of a change
    by the page left last
    anything else                                news        takes it over, and keeps what a widget has just changed

    told                                                     the state's address, unless it is what the heard one means;
                                                             after Back or Forward and news in any case: the browser may
                                                             have another than it sent, of a run that was overtaken

On the way from another page nothing is told that need not be: a slow browser hears it before it has changed the path,
and keeps the page that was left with the address of the next one, as a step on the way back.

An address that means the same is left as it is: told, it would be one more step on the way back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Parameters = dict[str, str]
Arrival = Literal["history", "page"]  # by Back or Forward, from another page

PIN = "pin"
_PAGE = "page that was drawn last"
_TOLD = "address that was told last, by any page"


def shown_parameters() -> Parameters:
    """Return the parameters of the address in the browser; a pin that is there several times is a list with commas."""
    shown = st.query_params.to_dict()
    return shown | {PIN: ",".join(st.query_params.get_all(PIN))} if PIN in shown else shown


def arrival_at(page: str) -> Arrival | None:
    """Return how the session has come to a page for this run of its script; None where it was there before."""
    before, st.session_state[_PAGE] = st.session_state.get(_PAGE), page
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and context.is_history_navigation:
        return "history"
    return "page" if before != page else None


def without_parameters(page: str) -> None:
    """Show a page that has no parameters; its address may have got some of a page that was left quickly."""
    arrival_at(page)
    if shown_parameters():
        _tell({})


def _tell(parameters: Parameters) -> None:
    st.session_state[_TOLD] = parameters
    st.query_params.from_dict(parameters)


@dataclass
class Address:
    """What a page and the browser agreed on last, and what the browser may still have instead."""

    agreed: Parameters | None = None  # the state's own; None: nothing was heard yet
    _as_heard: Parameters = field(default_factory=dict)  # the same as the browser has it, often shorter
    _earlier: list[Parameters] = field(default_factory=list)
    _of_page_left: Parameters = field(default_factory=dict)  # may have been on its way when this page was asked for

    def has_news(self, heard: Parameters, arrival: Arrival | None) -> bool:
        """Whether the state has to take over what was heard."""
        if arrival == "page":
            self._of_page_left = st.session_state.get(_TOLD, {})
        if heard in (self.agreed, self._as_heard) and self.agreed is not None:
            self._as_heard, self._earlier = heard, []
            return False
        if self.agreed is None or arrival == "history":
            return True
        return bool(heard) and (arrival == "page" or heard not in (*self._earlier, self._of_page_left))

    def taken_over(self, heard: Parameters, own: Parameters) -> None:
        """Agree on what the state has made of what was heard."""
        self.agreed, self._as_heard, self._earlier = own, heard, []

    def tell(self, own: Parameters, *, again: bool = False) -> None:
        """Put the state's own address into the browser's bar, unless what is there means the same."""
        shown = shown_parameters()
        if own != self.agreed:
            self._earlier += [parameters for parameters in (self.agreed, self._as_heard, shown) if parameters]
            self.agreed = self._as_heard = own
        if again or shown != self._as_heard:
            _tell(self._as_heard)


@dataclass(kw_only=True)
class Addressed(ABC):
    """A page's state that an address names, brought up to date with the browser's at the begin and end of a drawing."""

    problems: list[str] = field(default_factory=list)  # of what was given last, each in words
    _address: Address = field(default_factory=Address)
    _tells_again: bool = False  # what the browser has already

    def read_address(self, heard: Parameters, arrival: Arrival | None = None) -> None:
        """Take over the URL's parameters if they are news; what is not valid is reported and left out."""
        news = self._address.has_news(heard, arrival)
        self._tells_again = arrival == "history" or (news and arrival is None)
        if not news:
            return
        agreed = self._address.agreed
        kept = {} if agreed is None or arrival else {n: v for n, v in self.address().items() if agreed.get(n) != v}
        self._take_over(heard | kept)
        if not (kept or self.problems):  # else the address in the browser is to change
            self._address.taken_over(heard, self.address())

    def write_address(self) -> None:
        """Put the state into the browser's address bar."""
        self._address.tell(self.address(), again=self._tells_again)

    @abstractmethod
    def address(self) -> Parameters:
        """Return the URL's parameters of what is shown."""

    @abstractmethod
    def _take_over(self, parameters: Parameters) -> None:
        """Show what the URL's parameters say, and set `problems`."""
