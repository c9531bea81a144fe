"""What a user chooses on a view is in the link, comes with it, and is set back by a link without it."""

import numpy as np
import pytest

from explorer.data.catalogue import load
from explorer.models.rbm import RBMConfig
from explorer.ui.state.choices import LONGEST, Choices, natural, one_of, point, real, several, some_of
from explorer.ui.state.drawing import read_drawing, text_of_drawing
from explorer.ui.views.digits import DRAWN
from tests.pages import address, problems
from tests.ui.rbms import SMALL

RUN = address(RBMConfig(**SMALL))


def link_of(test):
    return test.session_state["page state of rbm"].address()


def chosen(test):
    return {name: text for name, text in link_of(test).items() if name.startswith("show.")}


def widget(elements, label):
    return next(each for each in elements if each.label == label)


def test_choices_are_in_the_link_and_come_with_it(page):
    test = page("pages/rbm.py", **RUN, view="Generate")
    assert chosen(test) == {}
    widget(test.button, "Run again").click().run()
    widget(test.select_slider, "Gibbs steps").set_value(20).run()
    test.segmented_control(key="rbm start").set_value("test images").run()
    expected = {"show.steps": "20", "show.start": "test images", "show.chain-seed": "1"}
    assert chosen(test) == expected
    again = page("pages/rbm.py", **link_of(test))
    assert chosen(again) == expected
    assert widget(again.select_slider, "Gibbs steps").value == 20
    assert again.session_state["rbm chain seed"] == 1


def test_a_link_without_choices_sets_them_back(page):
    test = page("pages/rbm.py", **RUN, view="Generate", **{"show.steps": "20"})
    assert widget(test.select_slider, "Gibbs steps").value == 20
    for name in list(test.query_params):
        del test.query_params[name]
    for name, text in (RUN | {"view": "Generate"}).items():
        test.query_params[name] = text
    test.run()
    assert widget(test.select_slider, "Gibbs steps").value == 100


def test_a_widget_is_told_what_it_is_set_back_to(monkeypatch):
    """A browser keeps what a widget shows, and would report it with the next click."""
    session = {}
    monkeypatch.setattr("explorer.ui.state.choices.st.session_state", session)
    choices = Choices()

    def drawn():
        choices.begin()
        choices.link("steps", "the key", 100, natural(1000), str, shared=False)

    choices.take_over({"show.steps": "20"})
    drawn()
    assert session == {"the key": 20}
    choices.take_over({})
    drawn()
    assert session == {"the key": 100}
    session["the key"] = 50  # and no longer than it takes to say so
    drawn()
    assert session == {"the key": 50}


@pytest.mark.parametrize(("name", "text", "said"), [
    ("show.steps", "7", "show.steps = '7' is not valid: one of "),
    ("show.chain-seed", "-1", "show.chain-seed = '-1' is not valid: a whole number from 0 to "),
])  # fmt: skip
def test_a_choice_that_is_not_valid_is_named(page, name, text, said):
    test = page("pages/rbm.py", **RUN, view="Generate", **{name: text})
    assert [each for each in problems(test) if each.startswith(said)]
    assert chosen(test) == {}


def test_the_step_that_a_chain_was_left_at_is_in_the_link(page):
    test = page("pages/rbm.py", **RUN, view="Generate")
    strip = test.session_state["rbm generate.index"]
    last = strip.value
    assert last > 2
    strip.value = 2  # as the browser reports it
    test.session_state[f"rbm step of {last}"] = 2
    test.run()
    assert chosen(test) == {f"show.step-of-{last}": "2"}
    again = page("pages/rbm.py", **link_of(test))
    assert again.session_state["rbm generate.index"].value == 2


def test_a_chosen_unit_is_in_the_link(page):
    test = page("pages/rbm.py", **RUN, view="Weights", **{"show.unit": "5"})
    assert widget(test.number_input, "Unit").value == 5
    assert chosen(test) == {"show.unit": "5"}
    widget(test.number_input, "Unit").set_value(6).run()
    assert chosen(test) == {"show.unit": "6"}


def test_a_drawing_is_in_the_link(page):
    ink = load("mnist-5k").test[3].reshape(28, 28)
    of_drawing = {"view": "Reconstructions", "show.reconstructions-source": "my drawing"}
    test = page("pages/rbm.py", **RUN, **of_drawing, **{"show.drawing": text_of_drawing(ink)})
    assert problems(test) == []
    assert np.abs(test.session_state[DRAWN].astype(int) - ink).max() <= 255 / 7 / 2 + 1
    assert chosen(test)["show.drawing"] == text_of_drawing(ink)


@pytest.mark.parametrize("grey", ["strokes", "noise", "black and white", "full"])
def test_any_drawing_fits_and_is_the_same_each_time(grey):
    draws = np.random.default_rng(0)
    ink = {
        "strokes": load("mnist-5k").test[0].reshape(28, 28),
        "noise": draws.integers(0, 256, (28, 28), dtype=np.uint8),
        "black and white": draws.integers(0, 2, (28, 28), dtype=np.uint8) * np.uint8(255),
        "full": np.full((28, 28), 255, np.uint8),
    }[grey]
    text = text_of_drawing(ink)
    assert len(text) <= LONGEST
    read = read_drawing(text)
    assert np.abs(read.astype(int) - ink).max() <= 255 / (int(text[0]) - 1) / 2 + 1
    assert text_of_drawing(read) == text
    if grey in ("black and white", "full"):
        assert (read == ink).all()


def test_most_digits_have_eight_levels_of_grey():
    images = load("mnist-5k").test[:100].reshape(-1, 28, 28)
    assert sum(text_of_drawing(ink).startswith("8") for ink in images) >= 95


@pytest.mark.parametrize("text", ["", "8", "9abc", "8!!!!", "2" + "A" * 300, "x", "8AAAA", "4eNpj"])
def test_what_is_no_drawing_is_refused(text):
    with pytest.raises(ValueError, match="no drawing"):
        read_drawing(text)


@pytest.mark.parametrize(("read", "text", "value"), [
    (one_of(("a", "b c")), "b c", "b c"),
    (one_of((0.5, 1.0)), "0.5", 0.5),
    (natural(9), "9", 9),
    (real(-4, 4), "-1.5", -1.5),
    (some_of(["a", "b"]), several(["b", "a"]), ["b", "a"]),
    (some_of(["a", "b"]), several([]), []),
    (point(10), several((1.5, -0.25)), (1.5, -0.25)),
])  # fmt: skip
def test_texts_are_read_back(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), [
    (one_of(("a",)), "b"), (natural(9), "10"), (natural(9), "1e9"), (natural(9), "9" * 50),
    (real(0, 1), "nan"), (real(0, 1), "2"), (real(0, 1), "x"), (some_of(["a"]), "a,c"),
    (point(9), "1"), (point(9), "1,10"), (point(9), "1,2,3"),
])  # fmt: skip
def test_other_texts_are_refused(read, text):
    with pytest.raises(ValueError, match=r"."):
        read(text)
