import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from explorer import plots, ui
from explorer.plots.palette import (
    ANOTHER,
    CURRENT,
    DIGITS,
    LAYERS,
    OTHER,
    PINNED,
    PLACES,
    REAL,
    RESIZED,
    colors,
    css_stops,
    ordered,
)
from explorer.settings import APP_FOLDER

# Machado, Oliveira & Fernandes 2009, table 1: what is left of linear RGB without one kind of cone.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
WHITE = [0.95047, 1, 1.08883]  # D65
CLEARLY_APART = 15  # CIE 1976 colour difference; about 2.3 is just noticeable side by side


def lab(rgb, vision):
    """CIE L*a*b* of sRGB bytes (..., 3) as somebody with this vision sees them."""
    linear = np.asarray(rgb) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(VISION[vision]), 0, 1)
    ratio = seen @ np.transpose(TO_XYZ) / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def parse(*codes):
    return np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in codes])


@pytest.mark.parametrize(("code", "expected"), [("#ffffff", (100, 0, 0)), ("#ff0000", (53.2, 80.1, 67.2))])
def test_the_test_itself_knows_cie_lab(code, expected):
    assert lab(parse(code)[0], "normal") == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("vision", VISION)
def test_ten_digits_are_told_apart(vision):
    assert len(DIGITS) == 10
    seen = lab(parse(*DIGITS), vision)
    for one, other in itertools.combinations(range(10), 2):
        distance = np.linalg.norm(seen[one] - seen[other])
        assert distance >= CLEARLY_APART, f"digits {one} and {other}"


def luminance(code):
    """Relative luminance as WCAG 2.2 defines it."""
    linear = parse(code)[0] / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("code", "expected"), [("#000000", 21), ("#777777", 4.48), ("#0000ff", 8.59), ("#ffffff", 1)])
def test_the_test_itself_knows_contrast(code, expected):
    assert contrast(code, "#ffffff") == pytest.approx(expected, abs=0.01)


def codes_in(package):
    """Return all colours that a package's modules name, but for the scales of pictures and white lines on marks."""
    sources = [path.read_text("utf-8") for path in Path(package.__path__[0]).rglob("*.py")]
    text = "\n".join(re.sub(r"(?s)_ANCHORS: .*?fmt: skip", "", source) for source in sources)
    return set(re.findall(r'"(#[0-9a-fA-F]{6})"', text)) - {"#ffffff"}


def theme(name):
    return tomllib.loads((APP_FOLDER / ".streamlit" / "config.toml").read_text("utf-8"))["theme"][name]


@pytest.mark.parametrize("vision", VISION)
def test_values_in_order_are_told_apart(vision):
    seen = lab(parse(*ordered(5)), vision)
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= CLEARLY_APART


@pytest.mark.parametrize("count", range(1, 13))
def test_values_in_order_are_ever_lighter_and_stand_out(count):
    light = [luminance(code) for code in ordered(count)]
    assert light == sorted(light)
    assert all(0.123 <= each <= 0.3 for each in light)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_colour_of_marks_and_lines_stands_out(name):
    codes = codes_in(plots) | codes_in(ui)
    assert {*DIGITS, *dict(PLACES), OTHER, ANOTHER, REAL, RESIZED, *LAYERS} <= codes
    page = theme(name)["backgroundColor"]
    assert {code: round(contrast(code, page), 2) for code in codes if contrast(code, page) < 3} == {}


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("text", ["textColor", "primaryColor"])
def test_text_is_read_on_every_background(name, text):
    chosen = theme(name)
    grounds = {chosen["backgroundColor"], chosen["secondaryBackgroundColor"], chosen["sidebar"]["backgroundColor"]}
    assert {ground for ground in grounds if contrast(chosen[text], ground) < 4.5} == set()


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(
    "together",
    [(CURRENT, PINNED, OTHER, *LAYERS), (*dict(PLACES), OTHER, ANOTHER, REAL, RESIZED)],
    ids=["of layers", "of samples"],
)
def test_curves_and_bars_of_one_chart_are_told_apart(together, vision):
    seen = lab(parse(*together), vision)
    for one, other in itertools.combinations(range(len(seen)), 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= CLEARLY_APART, f"{one} and {other}"


@pytest.mark.parametrize("vision", VISION)
def test_the_current_and_the_pinned_run_are_told_apart(vision):
    current, pinned = lab(parse(CURRENT, PINNED), vision)
    assert np.linalg.norm(current - pinned) >= 4 * CLEARLY_APART


@pytest.mark.parametrize("vision", VISION)
def test_runs_in_all_places_are_told_apart(vision):
    assert PLACES[:2] == ((CURRENT, "solid"), (PINNED, "dash"))
    for one, other in itertools.combinations(lab(parse(*dict(PLACES)), vision), 2):
        assert np.linalg.norm(one - other) >= 2 * CLEARLY_APART


def test_every_place_has_a_line_style_of_its_own_and_none_is_dotted():
    assert len(PLACES) == len(dict(PLACES)) == len({dash for _, dash in PLACES}) == 4
    assert "dot" not in dict(PLACES).values()


@pytest.mark.parametrize("vision", VISION)
def test_signed_values_are_lightest_at_zero_and_differ_at_the_ends(vision):
    seen = lab(colors("signed")[1:], vision)
    lightness = seen[:, 0]
    assert lightness.argmax() == 127
    assert (np.diff(lightness[:128]) > 0).all()
    assert (np.diff(lightness[127:]) < 0).all()
    for far in (0, 32, 64):
        assert np.linalg.norm(seen[far] - seen[-1 - far]) >= CLEARLY_APART


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scale", ["share", "pixels"])
def test_shares_and_pixels_rise_in_lightness(scale, vision):
    lightness = lab(colors(scale)[1::8], vision)[:, 0]  # single steps are finer than the rounding to bytes
    assert (np.diff(lightness) > 0).all()


def test_every_scale_has_256_rows_of_bytes():
    for scale in ("signed", "share", "pixels"):
        assert colors(scale).shape == (256, 3)
        assert colors(scale).dtype == np.uint8
    assert colors("pixels")[[1, 255]].tolist() == [[0, 0, 0], [255, 255, 255]]


def test_css_stops_run_from_end_to_end():
    stops = css_stops("signed", 11)
    assert len(stops) == 11
    assert (stops[0], stops[5], stops[-1]) == ("#053061", "#f7f7f7", "#67001f")
