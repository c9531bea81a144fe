"""The agreement between a page's state and the browser's address bar, each of which may be ahead of the other.

A link, or the browser's back button, has to change the state; a widget has to change the address. So each run of the
page's script begins by hearing the address that the browser sent and ends by telling it the state's own:

    heard                                        means       the state
    what was agreed on last, or nothing at all   in step     stays; no other address is on its way any more
    one that the browser had before, while       late        stays: the user was quicker than the news of the
    the user has already moved on                            change, or has just changed something again
    anything else                                news        takes it over, and it is what is agreed on

    told                                                     the state's address is what is agreed on; what the
                                                             browser showed until then may still be heard, late

The user has moved on if the state differs from what was agreed on (a widget changed it before this run) or the address
was changed from here less than a second ago. Else an address from before is the back button.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import streamlit as st

Parameters = dict[str, str]

ON_ITS_WAY = 1.0  # seconds that the browser may take to hear of a new address
PIN = "pin"


def shown_parameters() -> Parameters:
    """Return the parameters of the address in the browser; a pin that is there several times is a list with commas."""
    shown = st.query_params.to_dict()
    return shown | {PIN: ",".join(st.query_params.get_all(PIN))} if PIN in shown else shown


@dataclass
class Address:
    """What a page and the browser agreed on last, and what the browser may still have instead."""

    agreed: Parameters = field(default_factory=dict)
    _earlier: list[Parameters] = field(default_factory=list)
    _changed: float = -ON_ITS_WAY  # when the address was last changed from here

    def has_news(self, heard: Parameters, own: Parameters) -> bool:
        """Whether the state, whose own address is given, has to take over what was heard."""
        if not heard or heard == self.agreed:
            self._earlier = []
            return False
        if heard in self._earlier and self._has_moved_on(own):
            return False
        self._earlier, self.agreed = [], heard
        return True

    def _has_moved_on(self, own: Parameters) -> bool:
        return own != self.agreed or time.monotonic() - self._changed < ON_ITS_WAY

    def tell(self, own: Parameters) -> None:
        """Put the state's own address into the browser's bar."""
        shown = shown_parameters()
        self._earlier += [parameters for parameters in (shown, self.agreed) if parameters]
        self.agreed = own
        if shown != own:
            st.query_params.from_dict(own)
            self._changed = time.monotonic()
