"""The state of a page and the browser's address bar, each of which may be ahead of the other."""

import pytest

from explorer.models.rbm import RBMConfig
from explorer.ui.state import address as address_of_page
from explorer.ui.state.page import PageState


class AddressBar:
    """The parameters that a request came with, and those that were written since."""

    def __init__(self):
        self.parameters = {}

    def to_dict(self):
        return dict(self.parameters)

    def get_all(self, name):
        return self.parameters[name].split("&")

    def from_dict(self, parameters):
        self.parameters = dict(parameters)


class Clock:
    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(address_of_page, "time", clock)
    return clock


@pytest.fixture
def bar(monkeypatch, clock):
    bar = AddressBar()
    monkeypatch.setattr(address_of_page.st, "query_params", bar)
    return bar


@pytest.fixture
def request_page(bar, clock):
    """Return a function that runs a page as Streamlit does: a callback, the address, the script, the new address."""
    state = PageState(RBMConfig, RBMConfig(dataset="mnist-5k").values())

    def requested(address, change=lambda _state: None, after=10.0):
        clock.now += after
        change(state)
        bar.from_dict(address)
        state.read_address(address_of_page.shown_parameters())
        state.write_address()
        return state

    return requested


def show(epoch):
    return lambda state: setattr(state, "epoch", epoch)


FIRST = {"dataset": "mnist-5k", "hidden_units": "25"}


def test_an_address_is_taken_over(request_page):
    assert request_page(FIRST | {"epoch": "3"}).epoch == 3


def test_a_second_change_that_comes_with_the_first_ones_address_keeps_both(request_page, bar):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert bar.to_dict() == FIRST | {"epoch": "0"}
    state = request_page(FIRST, lambda state: state.take("cd_k", 5), after=0.01)  # the browser has not heard of it yet
    assert state.values["cd_k"] == 5
    assert bar.to_dict() == FIRST | {"cd_k": "5"}


@pytest.mark.parametrize("seconds", [0.01, 5.0])  # a slow network, too
def test_quick_moves_of_the_filmstrip_end_where_the_user_left_it(request_page, bar, seconds):
    request_page(FIRST)
    for epoch in (0, 1, 2):
        state = request_page(FIRST, show(epoch), after=seconds)
        assert state.epoch == epoch
        assert bar.to_dict() == FIRST | {"epoch": str(epoch)}


def test_a_request_that_was_on_its_way_changes_nothing(request_page):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert request_page(FIRST, after=0.2).epoch == 0


def test_the_back_button_is_obeyed(request_page):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert request_page(FIRST, after=2.0).epoch is None


def test_back_and_forth_are_obeyed_where_the_browser_was_heard_of_since(request_page):
    request_page(FIRST)
    request_page(FIRST, show(0))
    request_page(FIRST | {"epoch": "0"}, after=0.1)
    assert request_page(FIRST, after=0.1).epoch is None
    assert request_page(FIRST | {"epoch": "0"}, after=0.1).epoch == 0


def test_a_link_wins_over_what_an_interrupted_script_has_not_written_yet(request_page, bar):
    state = request_page(FIRST)
    state.epoch = 0
    link = {"dataset": "mnist-5k", "hidden_units": "100"}
    assert request_page(link, after=0.01).values["hidden_units"] == 100
    assert state.epoch is None


def test_a_browser_that_has_not_heard_of_the_second_change_is_not_followed(request_page):
    request_page(FIRST)
    request_page(FIRST, show(0), after=0.01)
    request_page(FIRST, show(1), after=0.01)
    assert request_page(FIRST | {"epoch": "0"}, show(2), after=5.0).epoch == 2
    assert request_page(FIRST | {"epoch": "1"}, after=0.01).epoch == 2


def test_pins_are_a_list_in_the_order_of_the_link(request_page, bar):
    first, second = "rbm-0123456789ab", "rbm-ba9876543210@3"
    for several in (f"{first},{second}", f"{first}&{second}"):  # in one parameter, or in a repeated one
        state = request_page(FIRST | {"pin": several})
        assert state.pins == (first, second)
        assert state.pin == first
        assert address_of_page.shown_parameters() == FIRST | {"pin": f"{first},{second}"}
    assert request_page(FIRST | {"pin": second}).pins == (second,)
    assert bar.to_dict() == FIRST | {"pin": second}
    assert request_page(FIRST).pins == ()


def test_a_pin_set_by_a_button_is_the_only_one(request_page, bar):
    request_page(FIRST | {"pin": "rbm-0123456789ab,rbm-ba9876543210"})
    request_page(bar.to_dict(), lambda state: setattr(state, "pin", "rbm-ba9876543210@2"))
    assert bar.to_dict() == FIRST | {"pin": "rbm-ba9876543210@2"}
