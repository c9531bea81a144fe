"""The state of a page and the browser's address bar, each of which may be ahead of the other."""

import pytest

from explorer.models.config import default_values
from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.models.registry import PAGES, kind_of
from explorer.presets.rbm import PRESETS
from explorer.ui.state import address as address_of_page
from explorer.ui.state.page import PageState, as_left


class AddressBar:
    """The parameters that a request came with, and those that were written since."""

    def __init__(self):
        self.parameters = {}

    def arrive(self, parameters):
        self.parameters = dict(parameters)

    def to_dict(self):
        return dict(self.parameters)

    def get_all(self, name):
        return self.parameters[name].split("&")

    def from_dict(self, parameters):
        self.parameters = dict(parameters)


@pytest.fixture
def bar(monkeypatch):
    bar = AddressBar()
    monkeypatch.setattr(address_of_page.st, "query_params", bar)
    monkeypatch.setattr(address_of_page.st, "session_state", {})
    return bar


@pytest.fixture
def request_page(bar):
    """Return a function that runs a page as Streamlit does: a callback, the address, the script, the new address."""
    state = PageState(RBMConfig, RBMConfig(dataset="mnist-5k").values())

    def requested(address, change=lambda _state: None, arrival=None):
        change(state)
        bar.arrive(address)
        state.read_address(address_of_page.shown_parameters(), arrival)
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
    state = request_page(FIRST, lambda state: state.take("cd_k", 5))  # the browser has not heard of it yet
    assert state.values["cd_k"] == 5
    assert bar.to_dict() == FIRST | {"cd_k": "5"}


def test_quick_moves_of_the_filmstrip_end_where_the_user_left_it(request_page, bar):
    request_page(FIRST)
    for epoch in (0, 1, 2):
        state = request_page(FIRST, show(epoch))
        assert state.epoch == epoch
        assert bar.to_dict() == FIRST | {"epoch": str(epoch)}


def test_a_request_that_was_on_its_way_changes_nothing(request_page):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert request_page(FIRST).epoch == 0


def test_back_is_obeyed_at_once(request_page):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert request_page(FIRST, arrival="history").epoch is None


def test_back_and_forth_are_obeyed(request_page, bar):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert request_page(FIRST, arrival="history").epoch is None
    assert request_page(FIRST | {"epoch": "0"}, arrival="history").epoch == 0
    assert bar.to_dict() == FIRST | {"epoch": "0"}


def test_back_to_an_address_without_parameters_shows_the_defaults(request_page):
    request_page({})
    request_page({}, lambda state: state.take("cd_k", 5))
    assert request_page({}, arrival="history").values["cd_k"] == 1


@pytest.mark.parametrize("arrival", ["history", "page"])
def test_an_earlier_address_is_no_late_one_where_the_session_comes_with_it(request_page, arrival):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert request_page(FIRST, arrival=arrival).epoch is None


def test_a_page_opened_again_without_parameters_is_as_it_was_left(request_page, bar):
    request_page(FIRST)
    request_page(FIRST, show(0))
    assert request_page({}, arrival="page").epoch == 0
    assert bar.to_dict() == FIRST | {"epoch": "0"}


@pytest.mark.parametrize("address", [{}, {"preset": PRESETS[0].name}, FIRST])
def test_an_address_that_says_it_all_is_left_as_it_is(request_page, bar, address):
    """Told anew in full it would be one more step on the way back."""
    request_page(address, arrival="page")
    assert bar.to_dict() == address
    request_page(address, show(0))
    assert bar.to_dict()["epoch"] == "0"


def test_an_address_with_mistakes_is_replaced(request_page, bar):
    state = request_page(FIRST | {"cd_k": "many"}, arrival="page")
    assert state.problems
    assert bar.to_dict() == FIRST
    assert request_page(FIRST).problems  # still said


def test_a_link_wins_over_what_an_interrupted_script_has_not_written_yet(request_page, bar):
    state = request_page(FIRST)
    state.epoch = 0
    link = {"dataset": "mnist-5k", "hidden_units": "100"}
    assert request_page(link, arrival="page").values["hidden_units"] == 100
    assert state.epoch is None


def test_a_browser_that_has_not_heard_of_the_second_change_is_not_followed(request_page):
    request_page(FIRST)
    request_page(FIRST, show(0))
    request_page(FIRST, show(1))
    assert request_page(FIRST | {"epoch": "0"}, show(2)).epoch == 2
    assert request_page(FIRST | {"epoch": "1"}).epoch == 2


def test_a_click_on_the_heels_of_back_changes_what_back_leads_to(request_page, bar):
    """Streamlit makes one request of the two, which no longer says that Back was pressed."""
    request_page(FIRST)
    request_page(FIRST, show(0))
    request_page(FIRST | {"epoch": "0"})
    state = request_page(FIRST, lambda state: state.take("cd_k", 5))
    assert (state.epoch, state.values["cd_k"]) == (None, 5)
    assert bar.to_dict() == FIRST | {"cd_k": "5"}


@pytest.mark.parametrize("kind", PAGES)
def test_a_link_to_a_page_that_nobody_has_opened_says_it_all(bar, kind):
    config_class = kind_of(kind).config_class()
    state = PageState(config_class, default_values(config_class))
    state.read_address(as_left(kind), "page")
    assert state.address() == as_left(kind)


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


def test_what_the_page_left_has_told_last_is_not_taken_for_a_wish(request_page, bar):
    """The browser may have heard it after the link to this page was clicked."""
    of_the_page_left = {"dataset": "mnist", "noise": "0.3"}
    address_of_page.st.session_state[address_of_page._TOLD] = of_the_page_left
    request_page(FIRST, arrival="page")
    state = request_page(of_the_page_left)
    assert not state.problems
    assert state.values["hidden_units"] == 25
    assert bar.to_dict() == FIRST


def test_where_another_page_led_here_nothing_is_told_that_the_link_says(request_page, bar, monkeypatch):
    """A slow browser would keep the page that was left with this address."""
    told = []
    monkeypatch.setattr(bar, "from_dict", told.append)
    request_page(FIRST, arrival="page")
    assert told == []


def test_a_widget_that_repeats_what_it_was_set_to_takes_no_complaint_away():
    """After a typed value was refused, the browser reports the value kept; if it is quick, as a change."""
    state = PageState(DBNConfig, default_values(DBNConfig))
    kept = state.values["hidden_units"]
    state.take("hidden_units", "abc")
    state.epoch = 3
    state.take("hidden_units", kept)
    assert "'abc' is not valid" in state.problems[0]
    assert (state.epoch, state.moved) == (3, False)
    state.take("hidden_units", (8, 6))
    assert (state.problems, state.epoch, state.moved) == ([], None, True)
