"""What is computed is kept once for all sessions, within a budget of bytes, and nobody changes it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import numpy as np
import pytest

from explorer.ui.shelf.remembered import Same, forget_everything, recent, remembered, room_taken

MEGABYTE = 2**20


@pytest.fixture(autouse=True)
def _empty(clean_settings):
    clean_settings(cache_mb=2)
    forget_everything()
    yield
    forget_everything()


@pytest.fixture
def calls():
    return []


@pytest.fixture
def megabytes(calls):
    """Return a remembered function that makes an array of so many bytes, and a number to tell them apart."""

    @remembered()
    def make(size, number=0):
        calls.append((size, number))
        return np.full(size, number, np.uint8)

    return make


def test_the_same_is_computed_once(megabytes, calls):
    assert megabytes(8, 1) is megabytes(8, 1)
    assert megabytes(8, number=2)[0] == 2
    assert calls == [(8, 1), (8, 2)]


def test_two_functions_with_the_same_arguments_do_not_meet():
    @remembered()
    def one(x):
        return x + 1

    @remembered()
    def two(x):
        return x + 2

    assert (one(1), two(1), one(1)) == (2, 3, 2)


def test_what_was_not_asked_for_longest_goes_when_room_is_needed(megabytes, calls):
    for number in (0, 1, 0, 2):  # each takes 0.9 of 2 MB, so that two fit in
        megabytes(int(0.9 * MEGABYTE), number)
    megabytes(int(0.9 * MEGABYTE), 0)
    assert [number for _, number in calls] == [0, 1, 2]
    megabytes(int(0.9 * MEGABYTE), 1)
    assert [number for _, number in calls] == [0, 1, 2, 1]
    assert 1.8 * MEGABYTE < room_taken() < 2 * MEGABYTE


def test_all_functions_share_the_room(megabytes):
    @remembered()
    def other(number):
        return np.zeros(MEGABYTE // 2, np.uint8) + number

    for number in range(10):
        megabytes(MEGABYTE // 2, number)
        other(number)
    assert room_taken() <= 2 * MEGABYTE


def test_a_value_larger_than_all_the_room_drives_nothing_out(megabytes, calls):
    megabytes(8)
    assert len(megabytes(3 * MEGABYTE)) == len(megabytes(3 * MEGABYTE)) == 3 * MEGABYTE
    megabytes(8)
    assert [size for size, _ in calls] == [8, 3 * MEGABYTE, 3 * MEGABYTE]


def test_two_sessions_that_ask_for_the_same_wait_for_one_computation(calls):
    begun, may_end = Event(), Event()

    @remembered()
    def slow(x):
        calls.append(x)
        begun.set()
        assert may_end.wait(10)
        return [x]

    with ThreadPoolExecutor(4) as sessions:
        first = sessions.submit(slow, 1)
        assert begun.wait(10)
        others = [sessions.submit(slow, 1) for _ in range(3)]
        may_end.set()
        assert all(other.result(10) is first.result(10) for other in others)
    assert calls == [1]


def test_different_things_are_computed_at_the_same_time():
    both = Barrier(2, timeout=10)

    @remembered()
    def meet(x):
        both.wait()
        return x

    with ThreadPoolExecutor(2) as sessions:
        assert sorted(sessions.map(meet, (1, 2))) == [1, 2]


def test_an_error_is_not_remembered(calls):
    @remembered()
    def fails_at_first(x):
        calls.append(x)
        if len(calls) == 1:
            raise ValueError("not yet")
        return x

    with pytest.raises(ValueError, match="not yet"):
        fails_at_first(5)
    assert fails_at_first(5) == fails_at_first(5) == 5
    assert calls == [5, 5]


def test_arrays_of_a_value_cannot_be_changed():
    @remembered()
    def pair(x):
        return {"kept": [np.zeros(x)]}

    with pytest.raises(ValueError, match="read-only"):
        pair(3)["kept"][0][0] = 1


def test_arrays_of_the_same_content_are_the_same_argument(calls):
    @remembered()
    def total(x):
        calls.append(1)
        return float(x.array.sum())

    x = np.arange(6, dtype=np.float32)
    assert total(Same(x)) == total(Same(x.copy())) == 15
    assert total(Same(x.reshape(2, 3))) == total(Same(x.astype(np.float64))) == 15  # other shapes, other numbers
    assert total(Same(np.arange(12, dtype=np.float32)[::2])) == 30
    assert len(calls) == 4


def test_what_changes_on_disk_is_looked_at_once_in_a_while(calls):
    @recent(60)
    def look(place):
        calls.append(place)
        return len(calls)

    assert (look("a"), look("a"), look("b")) == (1, 1, 2)
    look.cache_clear()
    assert look("a") == 3
