"""The font of saved pictures has every sign that a title, a caption or a setting may have."""

from explorer.plots.font import font
from tests.browser import ROOT

NOTHING = "\ue123"  # a place of no letter


def drawn(text):
    return bytes(font(16).getmask(text))


def test_every_sign_of_the_programs_texts_is_in_the_font():
    files = [file for ending in ("py", "md") for file in (ROOT / "explorer").rglob(f"*.{ending}")]
    signs = {sign for file in files for sign in file.read_text() if ord(sign) > 127 and sign.isprintable()}
    assert {"μ", "−", "₅", "²", "ᵀ", "‖"} < signs
    assert [sign for sign in sorted(signs) if drawn(sign) == drawn(NOTHING)] == []


def test_letters_are_as_large_as_asked_for():
    heights = [font(size).getbbox("H")[3] - font(size).getbbox("H")[1] for size in (14, 28)]
    assert heights[1] == 2 * heights[0]
