"""The page's choices and the browser's address bar."""

import pytest

from explorer.ui.state import address as address_of_page
from explorer.ui.state.choices import natural
from explorer.ui.state.one_digit import OneDigit


class Bar:
    """The parameters of the address, and how often they were written."""

    def __init__(self):
        self.parameters, self.written = {}, 0

    def to_dict(self):
        return dict(self.parameters)

    def from_dict(self, parameters):
        self.parameters, self.written = dict(parameters), self.written + 1


@pytest.fixture
def bar(monkeypatch):
    bar = Bar()
    monkeypatch.setattr(address_of_page.st, "query_params", bar)
    monkeypatch.setattr(address_of_page.st, "session_state", {})
    return bar


@pytest.fixture
def visit(bar):
    """Return a function that runs the page's script on an address; its widget may have been moved before."""
    state = OneDigit()

    def visited(address, arrival=None, moved_to=None):
        session = address_of_page.st.session_state
        if moved_to is not None:
            session[state.key("image")] = moved_to
        bar.parameters = dict(address)
        state.read_address(bar.to_dict(), arrival)
        key = state.linked("image", 0, natural(99))
        session.setdefault(key, 0)
        state.write_address()
        return session[key]

    return visited


def test_a_link_is_taken_over_and_left_as_it_is(visit, bar):
    assert visit({"show.image": "7"}, "page") == 7
    assert bar.parameters == {"show.image": "7"}
    assert bar.written == 0


def test_a_choice_goes_into_the_address_and_the_default_out_of_it(visit, bar):
    visit({}, "page")
    assert visit({}, moved_to=5) == 5
    assert bar.parameters == {"show.image": "5"}
    assert visit({"show.image": "5"}, moved_to=0) == 0
    assert bar.parameters == {}


def test_back_and_forward_restore_what_was_chosen(visit, bar):
    visit({}, "page")
    visit({}, moved_to=5)
    visit({"show.image": "5"}, moved_to=8)
    assert visit({"show.image": "5"}, "history") == 5
    assert visit({}, "history") == 0
    assert visit({"show.image": "8"}, "history") == 8


def test_a_late_address_does_not_undo_a_choice(visit, bar):
    visit({}, "page")
    visit({}, moved_to=5)
    assert visit({}) == 5  # the browser has not heard of it yet
    assert bar.parameters == {"show.image": "5"}
