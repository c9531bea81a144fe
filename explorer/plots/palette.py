"""The colours of the explorer: one scale for signed values, one for shares, one for pixels, ten for the digits.

All are told apart with the common colour-vision deficiencies. A scale has 255 colours for the indices 1 to 255;
index 0 is transparent, so that gaps between tiles take the page's background, light or dark.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Scale = Literal["signed", "share", "pixels"]

_ANCHORS: dict[Scale, tuple[str, ...]] = {
    # negative blue, zero white, positive red: the ends differ in hue and the middle is the lightest
    "signed": (
        "#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7",
        "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f",
    ),
    # dark blue to yellow, evenly rising in lightness
    "share": ("#00204c", "#213d6b", "#555b6c", "#7b7a77", "#a59c74", "#d3c064", "#ffe945"),
    "pixels": ("#000000", "#ffffff"),
}  # fmt: skip

# All colours of marks and lines have at least three times the luminance of a dark page, and a light one three times
# theirs (WCAG 2.2, 1.4.11): between 0.123 and 0.3, which leaves hue more than lightness to tell them apart by.

# One colour for each class, the same everywhere: ten as far apart as that allows, by a search.
DIGITS = (
    "#5b53fd", "#1c9cdd", "#49a182", "#8a9a52", "#668191",
    "#d87a1f", "#bb371e", "#9f504d", "#7164a1", "#4a60d2",
)  # fmt: skip

# After Okabe and Ito.
CURRENT = "#0072b2"  # the run that the controls describe
PINNED = "#d55e00"  # the run it is compared with
SECOND_PIN = "#a018f8"  # another one, and one more: by a search, far from all that stands beside them
THIRD_PIN = "#885840"
OTHER = "#009e73"  # a model of another kind beside it, such as PCA
ANOTHER = "#cc79a7"  # one more

# Of each place on a page: its colour and its line style, so that nobody has to tell runs by colour alone. Dots are left
# to curves that belong to another one.
PLACES = ((CURRENT, "solid"), (PINNED, "dash"), (SECOND_PIN, "dashdot"), (THIRD_PIN, "20px,4px"))

REAL = "#666666"  # images of the data set, beside those of models
RESIZED = "#6a4fd0"  # the same, made smaller and larger again
LEVEL = "#808080"  # what is no model: a target, a level, noise

_ORDERED = ("#4a48fa", "#536bcb", "#088a96", "#139a65", "#6e9e19")  # from blue to green, ever lighter

LAYERS = ("#4498c5", "#d07746", "#8e1af7", "#267778", "#6e83f3")  # beside the first three above


def colors(scale: Scale) -> NDArray[np.uint8]:
    """Return the scale as (256, 3) RGB bytes; row 0 belongs to the transparent index."""
    anchors = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in _ANCHORS[scale]], float)
    at = np.linspace(0, len(anchors) - 1, 255)
    ramp = np.stack([np.interp(at, np.arange(len(anchors)), anchors[:, c]) for c in range(3)], axis=1)
    return np.vstack([np.full((1, 3), 128), ramp.round()]).astype(np.uint8)


def ordered(count: int) -> list[str]:
    """Return so many colours for values in order, the lowest first, as CSS has them."""
    anchors = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in _ORDERED], float)
    at = np.linspace(0, len(anchors) - 1, count) if count > 1 else np.zeros(1)
    rows = [np.interp(at, np.arange(len(anchors)), anchors[:, channel]).round().astype(int) for channel in range(3)]
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in zip(*rows, strict=True)]


def css_stops(scale: Scale, steps: int = 11) -> list[str]:
    """Return the scale as CSS colours from its lowest to its highest value, for legends and heat maps."""
    rows = colors(scale)[np.linspace(1, 255, steps).round().astype(int)]
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in rows]
