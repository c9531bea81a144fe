import threading
from types import SimpleNamespace

import pytest

from explorer.ui import crowd
from explorer.ui.crowd import (
    LONGEST_INTERVAL,
    POLLS_PER_SECOND,
    PRESENT_SECONDS,
    REDRAWS_PER_SECOND,
    SHORTEST_INTERVAL,
    Crowd,
)


class Clock:
    """A time that passes only when told to, and the session whose script is said to run."""

    def __init__(self):
        self.now = 1000.0
        self.used = 0.0
        self.session = "nobody"

    def monotonic(self):
        return self.now

    def process_time(self):
        return self.used


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(crowd, "time", clock)
    monkeypatch.setattr(crowd, "get_script_run_ctx", lambda **_: SimpleNamespace(session_id=clock.session))
    return clock


@pytest.fixture
def watched(clock):
    return Crowd()


def poll(watched, clock, sessions):
    for session in sessions:
        clock.session = f"session {session}"
        watched.poll()


# how often a session polls


def test_alone_a_session_polls_four_times_a_second(watched, clock):
    assert watched.interval() == 0.25
    poll(watched, clock, range(1))
    assert watched.interval() == 0.25


@pytest.mark.parametrize(("sessions", "seconds"), [(60, 1), (90, 1.5), (120, 2), (240, 4), (600, 10), (2000, 10)])
def test_a_crowd_polls_more_rarely_but_never_too_rarely(watched, clock, sessions, seconds):
    poll(watched, clock, range(sessions))
    assert POLLS_PER_SECOND == 60
    assert LONGEST_INTERVAL == 10
    assert watched.interval() == pytest.approx(seconds)


def test_the_interval_grows_with_each_session_that_comes(watched, clock):
    intervals = []
    for session in range(400):
        poll(watched, clock, [session])
        intervals.append(watched.interval())
    assert intervals == sorted(intervals)
    assert all(SHORTEST_INTERVAL <= seconds <= LONGEST_INTERVAL for seconds in intervals)
    assert len(set(intervals)) > 200


def test_a_session_counts_once_however_often_it_polls(watched, clock):
    for _ in range(500):
        poll(watched, clock, [0, 1])
    assert watched.interval() == SHORTEST_INTERVAL


def test_sessions_that_leave_are_forgotten(watched, clock):
    poll(watched, clock, range(240))
    clock.now += PRESENT_SECONDS / 2
    poll(watched, clock, range(120))  # half of them stay
    assert watched.interval() == pytest.approx(4)
    clock.now += PRESENT_SECONDS / 2 + 0.1
    assert watched.interval() == pytest.approx(2)
    clock.now += PRESENT_SECONDS
    assert watched.interval() == SHORTEST_INTERVAL
    assert not watched._seen  # a server that runs for weeks does not collect them


def test_a_session_that_comes_back_is_there_again(watched, clock):
    poll(watched, clock, range(120))
    clock.now += 2 * PRESENT_SECONDS
    assert watched.interval() == SHORTEST_INTERVAL
    poll(watched, clock, range(120))
    assert watched.interval() == pytest.approx(2)


def test_scripts_without_a_session_count_as_one(watched, clock, monkeypatch):
    monkeypatch.setattr(crowd, "get_script_run_ctx", lambda **_: None)
    for _ in range(500):
        watched.poll()
    assert watched.interval() == SHORTEST_INTERVAL


@pytest.mark.parametrize("sessions", [30, 100, 250])
def test_who_waits_as_told_stays_present_and_within_the_budget(watched, clock, sessions):
    """A minute of sessions that wait as told: all of them are counted, and polls are no more than meant."""
    due, polls = {session: clock.now + session / sessions for session in range(sessions)}, []
    end = clock.now + 60
    while min(due.values()) < end:
        session = min(due, key=due.get)
        clock.now = due[session]
        poll(watched, clock, [session])
        polls.append(clock.now)
        due[session] = clock.now + watched.interval()
    settled = [at for at in polls if at > end - 30]
    assert watched.interval() == pytest.approx(max(SHORTEST_INTERVAL, sessions / POLLS_PER_SECOND))
    assert len(settled) / 30 == pytest.approx(min(sessions / SHORTEST_INTERVAL, POLLS_PER_SECOND), rel=0.1)


# on a machine that can take less


def busy(watched, clock, load, seconds):
    """Let so many seconds pass in which a session polls and the server has a load, in cores."""
    for _ in range(seconds):
        clock.now += 1.0
        clock.used += load
        poll(watched, clock, [0])


def test_a_server_that_is_busy_lowers_its_rates_and_raises_them_again(watched, clock):
    poll(watched, clock, range(120))
    busy(watched, clock, crowd.LOAD, 5)
    assert watched.interval() == pytest.approx(2)
    busy(watched, clock, 2 * crowd.LOAD, 1)
    assert watched.interval() == pytest.approx(4)
    assert sum(watched.may_redraw() for _ in range(20)) == REDRAWS_PER_SECOND / 2
    assert watched.is_slower(2.0)
    assert not watched.is_slower(3.0)
    busy(watched, clock, 0.1, 5)
    assert watched.interval() == pytest.approx(2)
    assert sum(watched.may_redraw() for _ in range(20)) == REDRAWS_PER_SECOND


def test_however_busy_it_is_some_pages_are_redrawn(watched, clock):
    busy(watched, clock, 2.0, 60)
    assert watched.interval() == SHORTEST_INTERVAL
    assert sum(watched.may_redraw() for _ in range(20)) == 1


# how often pages are drawn anew


def test_so_many_pages_are_redrawn_at_once_and_no_more(watched, clock):
    assert [watched.may_redraw() for _ in range(10)] == [True] * 6 + [False] * 4
    assert REDRAWS_PER_SECOND == 6


def test_after_a_second_pages_are_redrawn_again(watched, clock):
    for _ in range(3):
        assert sum(watched.may_redraw() for _ in range(10)) == 6
        clock.now += 0.9
        assert not watched.may_redraw()
        clock.now += 0.2


def test_a_refusal_costs_nothing(watched, clock):
    """Who asks all the time must not keep others waiting for ever."""
    allowed = 0
    for _ in range(1000):
        allowed += watched.may_redraw()
        clock.now += 0.01
    assert allowed == pytest.approx(10 * REDRAWS_PER_SECOND, abs=6)


def test_no_second_has_more_redraws_than_the_budget(watched, clock):
    redrawn = []
    for tick in range(2000):
        clock.now += 0.003 + 0.05 * (tick % 7 == 0)
        if watched.may_redraw():
            redrawn.append(clock.now)
    assert len(redrawn) > 50
    assert max(sum(first <= at < first + 1 for at in redrawn) for first in redrawn) == 6


def test_few_redraws_are_never_refused(watched, clock):
    for _ in range(100):
        clock.now += 0.2
        assert watched.may_redraw()


def test_sessions_that_ask_at_the_same_time_share_one_budget(watched, clock):
    allowed, start = [], threading.Barrier(8)

    def ask():
        start.wait()
        allowed.extend(watched.may_redraw() for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) == 400
    assert sum(allowed) == 6


def test_the_time_is_that_of_the_machine():
    """Without a clock of the test: fresh polls count, and there is a budget."""
    real = Crowd()
    real.poll()
    assert real.interval() == SHORTEST_INTERVAL
    assert sum(real.may_redraw() for _ in range(20)) == 6
