import re

import pytest
from markdown_it import MarkdownIt

from explorer.ui.wording import in_epochs, in_seconds, plain


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


def test_epochs_are_counted_in_words():
    assert [in_epochs(count) for count in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]


def test_seconds_have_no_exponent():
    assert [in_seconds(seconds) for seconds in (0.0456, 2.345, 99.4, 270.4)] == ["0.046 s", "2.3 s", "99 s", "270 s"]
