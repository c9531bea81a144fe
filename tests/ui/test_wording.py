import re

import pytest
from markdown_it import MarkdownIt

from explorer.ui.wording import in_epochs, plain


@pytest.mark.parametrize(
    "text",
    ["cd_k_x = 3", "[click](http://a.b)", "**bold** and $a$", "`code` \\ ~~no~~", "<b>x</b>", ":red[x] :material/x:"],
)
def test_plain_text_is_shown_as_it_is(text):
    (paragraph,) = (token for token in MarkdownIt().parse(plain(text)) if token.type == "inline")
    assert {child.type for child in paragraph.children} <= {"text", "text_special"}
    assert "".join(child.content for child in paragraph.children) == text
    assert not re.search(r"(?<!\\):", plain(text))  # Streamlit's own marks begin with a colon


def test_epochs_are_counted_in_words():
    assert [in_epochs(count) for count in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]
