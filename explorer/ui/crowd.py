"""Keeping a server quick when a whole lecture hall watches the same run."""

from __future__ import annotations

import threading
import time
from collections import deque

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

PRESENT_SECONDS = 25.0  # a session that polled within this time is there
POLLS_PER_SECOND = 60.0  # of all sessions together; one costs about 5 ms
REDRAWS_PER_SECOND = 6.0  # pages drawn anew because a run has grown; one costs some 50 ms
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.25, 10.0
LOAD = 0.4  # of a core, of which Python gives a server one; above it both rates are lowered, down to a share of
LEAST = 0.1
LOOK_SECONDS = 1.0  # between two looks at the load

DRAWN = "when the page was drawn"
SHARE_OF_DRAWING = 0.25  # of a session's time while a run grows
REST_SECONDS = 1.0  # between two drawings at the least: the browser's part takes longer than the server's


def note_drawing(began: float) -> None:
    """Note that this session's page, begun at a time of `time.monotonic`, is drawn now."""
    st.session_state[DRAWN] = began, time.monotonic()


def is_due() -> bool:
    """Whether this session's page was drawn so long ago that drawing it again leaves the time to the training."""
    began, ended = st.session_state.get(DRAWN, (0.0, 0.0))
    rest = max(REST_SECONDS, (ended - began) * (1 / SHARE_OF_DRAWING - 1))
    return bool(time.monotonic() - ended >= rest)


class Crowd:
    """Counts the sessions that watch a run, and spreads over time what they ask of the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}
        self._redraws: deque[float] = deque()
        self._pace = 1.0  # the share of the rates that this machine can take
        self._looked = time.monotonic(), time.process_time()

    def poll(self) -> None:
        """Note that the session of this script run has polled."""
        context = get_script_run_ctx(suppress_warning=True)
        with self._lock:
            self._seen[context.session_id if context else ""] = time.monotonic()
            self._keep_pace()

    def _keep_pace(self) -> None:
        """Lower the rates while this process is busy, and raise them again when it is not."""
        now, used = time.monotonic(), time.process_time()
        seconds = now - self._looked[0]
        if seconds >= LOOK_SECONDS:
            load = (used - self._looked[1]) / seconds
            self._pace = min(1.0, max(LEAST, self._pace * min(1.25, LOAD / max(load, 0.01))))
            self._looked = now, used

    def is_slower(self, interval: float) -> bool:
        """Whether sessions should by now wait much longer between polls than one that does so after an interval."""
        return self.interval() > 1.5 * interval

    def interval(self) -> float:
        """Return the seconds a session should wait between polls: a quarter, or more in a crowd."""
        limit = time.monotonic() - PRESENT_SECONDS
        with self._lock:
            self._seen = {session: at for session, at in self._seen.items() if at > limit}
            return min(LONGEST_INTERVAL, max(SHORTEST_INTERVAL, len(self._seen) / (POLLS_PER_SECOND * self._pace)))

    def may_redraw(self) -> bool:
        """Return whether a page may be drawn anew now; if not, the session asks again with its next poll."""
        now = time.monotonic()
        with self._lock:
            while self._redraws and self._redraws[0] < now - 1:
                self._redraws.popleft()
            if len(self._redraws) >= max(1, round(REDRAWS_PER_SECOND * self._pace)):
                return False
            self._redraws.append(now)
            return True


CROWD = Crowd()
