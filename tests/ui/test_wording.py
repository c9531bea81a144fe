import re

import pytest
from markdown_it import MarkdownIt

from explorer.models.rbm import RBMConfig
from explorer.runs.status import State, Status
from explorer.ui.differences import from_asked_for, from_defaults, from_other
from explorer.ui.wording import few, in_epochs, in_progress, in_seconds, in_time, plain, plain_lines, signed


@pytest.mark.parametrize(
    "text",
    [
        "cd_k_x = 3: _no_ __no__ a_ _b",
        "[click](http://a.b)",
        "**bold** and $a$",
        "`code` \\ ~~no~~",
        "<b>x</b>",
        ":red[x] :material/x:",
    ],
)
def test_plain_text_is_shown_as_it_is(text):
    (paragraph,) = (token for token in MarkdownIt().parse(plain(text)) if token.type == "inline")
    assert {child.type for child in paragraph.children} <= {"text", "text_special"}
    assert "".join(child.content for child in paragraph.children) == text
    assert not re.search(r"(?<!\\):\w", plain(text))  # Streamlit's own marks begin with a colon and a word


def test_lines_are_shown_as_they_are_whatever_they_begin_with():
    text = "# Title\n- item\n> quote\n1. one\n10) ten\n---\n===\n| a | b |\n+ x\n*b* <i>\n``` x\n=== y\n12.5 nats"
    (paragraph,) = (token for token in MarkdownIt().enable("table").parse(plain_lines(text)) if token.type == "inline")
    assert {child.type for child in paragraph.children} <= {"text", "text_special", "hardbreak"}
    assert "".join(child.content or "\n" for child in paragraph.children) == text


def test_of_many_items_some_are_in_words():
    assert few([1, 2], str) == ["1", "2"]
    assert few(range(7), lambda number: f"n{number}", "{} others") == ["n0", "n1", "n2", "n3", "n4", "2 others"]


def test_numbers_have_true_minus_signs_and_where_asked_for_a_plus():
    assert [signed(value) for value in (-1.005, 0.0, 2.5)] == ["−1.00", "0.00", "2.50"]
    assert [signed(value, 1, plus=True) for value in (-0.25, 0.0, 12)] == ["−0.2", "+0.0", "+12.0"]


def test_epochs_are_counted_in_words():
    assert [in_epochs(count) for count in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]


def test_seconds_have_no_exponent():
    assert [in_seconds(seconds) for seconds in (0.0456, 2.345, 99.4, 270.4)] == ["0.046 s", "2.3 s", "99 s", "270 s"]


def test_lengths_of_time_are_rounded_to_what_matters():
    seconds = (0.2, 7.4, 33, 88, 150, 5000, 9000)
    assert [in_time(each) for each in seconds] == ["1 s", "7 s", "35 s", "90 s", "2 min", "83 min", "2.5 h"]


def test_progress_names_what_is_known_of_it():
    def words(**known):
        return in_progress(Status(state=State.RUNNING, target=20, **known))

    assert words() == "Starting: loading the data"
    assert words(device="cpu", share=0.5) == "The first epoch, on cpu"
    parent = "rbm-0123456789ab"
    assert words(parent=parent) == f"First {parent} is trained, which it is built on"
    ahead = words(device="cpu", epoch=5, seconds_per_epoch=2.0)
    assert ahead == "Epoch **5** of 20 · 2 s per epoch · about 30 s left · cpu"
    more = words(device="cpu", epoch=5, share=0.5, seconds_per_epoch=2.0, figures_seconds=1.0)
    assert more == "Epoch **5** of 20 · 2 s per epoch · about 45 s left · cpu"
    not_kept_yet = words(device="cpu", epoch=5, share=2.5, seconds_per_epoch=2.0)
    assert not_kept_yet == "Epoch **7** of 20 · 2 s per epoch · about 25 s left · cpu"


def test_settings_differ_in_the_same_words_wherever_that_is_said():
    config = RBMConfig(dataset="mnist-5k", cd_k=2, persistent=True, epochs=7)
    values, defaults = config.values(), RBMConfig(dataset="mnist-5k").values()
    assert from_defaults(config) == from_other(RBMConfig, values, defaults) == "CD-k 2, Persistent chains (PCD) yes"
    assert (
        from_asked_for(RBMConfig, values, defaults)
        == "CD-k **2** instead of 1, Persistent chains (PCD) **yes** instead of no"
    )


def test_settings_that_are_the_same_are_told_apart_by_nothing():
    values = RBMConfig(dataset="mnist-5k").values()
    assert from_other(RBMConfig, values, values | {"epochs": 3}) == ""
    assert from_defaults(RBMConfig(dataset="mnist-5k", epochs=3)) == "all defaults"
    assert from_asked_for(RBMConfig, values, values) == "the same settings, by an earlier version of the program"
