"""A stack of layers with the weights between them, and what each of these does at one step of learning, as an SVG.

Lines and texts take the page's own colour, so the picture fits a light and a dark page. Arrow heads are drawn one by
one, not as markers: these need ids, which would clash where a page shows two diagrams.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from explorer.plots.palette import CURRENT, PINNED

Direction = Literal["up", "down", "both"]
Work = Literal["moves", "used", "idle"]
LayerRole = Literal["start", "used", "idle"]

LEARNS = PINNED  # the colour of what moves
STARTS = CURRENT  # the colour of the layer where the signals start

_WIDTH, _MARGIN = 640, 4
_NARROWEST, _WIDEST, _BOX_HEIGHT = 360, 560, 80
_GAP = 128  # between two boxes
_LEGEND = 56  # its height
_LEGEND_PLACES = (4, 179, 312, 506)  # where its entries begin
_APART = 46  # of one arrow of a pair from the middle
_LABEL_APART = 24  # of a label from its arrow
_NOTE_CHARACTERS = {1: 24, 2: 20}  # in a line, by the number of arrows in the gap
_WORK = {"moves": "moves", "used": "carries states", "idle": "not in use"}
_WAY = {"up": "up", "down": "down", "both": "up and down"}


@dataclass(frozen=True)
class Layer:
    """A box: a name such as "h₁", how many units, a remark of up to about 38 characters, and its part in the step."""

    name: str
    units: int
    note: str = ""
    role: LayerRole = "used"


@dataclass(frozen=True)
class Arrow:
    """Weights between two layers: a name such as "W₁", which way they carry states, whether they move, a remark."""

    label: str
    direction: Direction
    work: Work
    note: str = ""


@dataclass(frozen=True)
class _Stroke:
    width: float
    head: float  # length of an arrow head, which is as wide
    color: str


_STROKES = {
    "moves": _Stroke(12, 30, LEARNS),
    "used": _Stroke(5, 22, "currentColor"),
    "idle": _Stroke(3, 16, "currentColor"),
}


def layer_diagram(title: str, layers: Sequence[Layer], between: Sequence[Sequence[Arrow]]) -> str:
    """Return the picture as an SVG element that is as wide as its container, within 40 rem and most of the window.

    `layers` are given lowest first; `between[i]` are the one or two arrows from layer i to layer i + 1.

    Raises:
        ValueError: there are not as many gaps as the layers have, or a gap has no arrow or more than two.
    """
    if len(between) != len(layers) - 1:
        raise ValueError(f"{len(layers)} layers have {len(layers) - 1} gaps, not {len(between)}")
    if any(len(arrows) not in _NOTE_CHARACTERS for arrows in between):
        raise ValueError("a gap has one or two arrows")
    height = 2 * _MARGIN + len(layers) * _BOX_HEIGHT + len(between) * _GAP + _LEGEND
    largest = max(layer.units for layer in layers)
    parts = [_layer(layer, largest, _top(layers, i)) for i, layer in enumerate(layers)]
    for i, arrows in enumerate(between):
        parts += _gap(arrows, _top(layers, i) - _GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="100%" role="img" '
        f'fill="currentColor" style="display:block;max-width:40rem;max-height:80vh;margin:0 auto;overflow:visible">'
        f"<title>{escape(title)}</title><desc>{escape(_description(layers, between))}</desc>"
        f"{''.join(parts)}{_legend(height - _LEGEND)}</svg>"
    )


def _top(layers: Sequence[Layer], index: int) -> float:
    """Return the upper edge of a layer's box; the lowest layer is the last from above."""
    return _MARGIN + (len(layers) - 1 - index) * (_BOX_HEIGHT + _GAP)


def _layer(layer: Layer, largest: int, top: float) -> str:
    width = _NARROWEST + (_WIDEST - _NARROWEST) * math.sqrt(layer.units / largest)
    middle = _WIDTH / 2
    name = (
        f'<tspan font-weight="700" font-size="30">{escape(layer.name)}</tspan>'
        f'<tspan dx="14" font-size="24">{layer.units:,} {"unit" if layer.units == 1 else "units"}</tspan>'
    )
    texts = _text(middle, top + (34 if layer.note else 49), name, "middle")
    if layer.note:
        texts += _text(middle, top + 65, escape(layer.note), "middle", 23)
    opacity = ' opacity="0.5"' if layer.role == "idle" else ""
    return (
        f'<g class="diagram-layer" data-role="{layer.role}"{opacity}>'
        f'<rect x="{middle - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_BOX_HEIGHT}" rx="12" '
        f"{_box_style(layer.role)}/>{texts}</g>"
    )


def _box_style(role: LayerRole) -> str:
    if role == "start":
        return f'fill="{STARTS}" fill-opacity="0.16" stroke="{STARTS}" stroke-width="5"'
    dashes = ' stroke-dasharray="7 7"' if role == "idle" else ""
    return f'fill="currentColor" fill-opacity="0.05" stroke="currentColor" stroke-width="2.5"{dashes}'


def _gap(arrows: Sequence[Arrow], top: float) -> list[str]:
    """Return the arrows between two layers: one in the middle, or two with their labels on the outer sides."""
    if len(arrows) == 1:
        return [_arrow(arrows[0], _WIDTH / 2, top, 1, _NOTE_CHARACTERS[1])]
    return [
        _arrow(arrow, _WIDTH / 2 + side * _APART, top, side, _NOTE_CHARACTERS[2])
        for arrow, side in zip(arrows, (-1, 1), strict=True)
    ]


def _arrow(arrow: Arrow, x: float, top: float, side: int, characters: int) -> str:
    stroke = _STROKES[arrow.work]
    start, end = top + 9, top + _GAP - 9
    shaft_start = start + (stroke.head - 1 if arrow.direction != "down" else 0)
    shaft_end = end - (stroke.head - 1 if arrow.direction != "up" else 0)
    dashes = ' stroke-dasharray="7 7"' if arrow.work == "idle" else ""
    heads = _head(x, start, stroke.head) if arrow.direction != "down" else ""
    heads += _head(x, end, -stroke.head) if arrow.direction != "up" else ""
    opacity = ' opacity="0.5"' if arrow.work == "idle" else ""
    return (
        f'<g class="diagram-arrow" data-work="{arrow.work}" data-direction="{arrow.direction}"{opacity}>'
        f'<g fill="{stroke.color}" stroke="{stroke.color}">'
        f'<path d="M{x:.1f} {shaft_start:.1f}V{shaft_end:.1f}" stroke-width="{stroke.width}"{dashes}/>'
        f"{heads}</g>{_label(arrow, x + side * _LABEL_APART, top + _GAP / 2, side, characters)}</g>"
    )


def _head(x: float, tip: float, length: float) -> str:
    """Return a triangle with its tip at `tip`, which points up if its length is positive."""
    half = abs(length) / 2
    return f'<path d="M{x:.1f} {tip:.1f}L{x - half:.1f} {tip + length:.1f}H{x + half:.1f}Z" stroke="none"/>'


def _label(arrow: Arrow, x: float, middle: float, side: int, characters: int) -> str:
    lines = textwrap.wrap(arrow.note, characters)
    anchor = "start" if side > 0 else "end"
    first = middle + 11 - 13 * len(lines)
    weight = 700 if arrow.work != "idle" else 400
    name = f'<tspan font-weight="{weight}" font-size="32">{escape(arrow.label)}</tspan>'
    notes = [
        _text(x, first + 28 + 26 * i, escape(line), anchor, 23, weight=600 if arrow.work == "moves" else 400)
        for i, line in enumerate(lines)
    ]
    return _text(x, first, name, anchor) + "".join(notes)


def _text(x: float, y: float, content: str, anchor: str, size: int = 24, weight: int = 400) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">'
        f"{content}</text>"
    )


def _legend(top: float) -> str:
    """Return what the looks mean, the same below every diagram."""
    y = top + 36
    entries = [f'<rect x="5" y="{y - 8}" width="26" height="16" rx="4" {_box_style("start")}/>']
    for x, work in zip(_LEGEND_PLACES[1:], _STROKES, strict=True):
        stroke = _STROKES[work]
        faint = ' stroke-dasharray="6 4" opacity="0.5"' if work == "idle" else ""
        entries.append(f'<path d="M{x} {y}h26" stroke="{stroke.color}" stroke-width="{stroke.width}"{faint}/>')
    meanings = ("starts here", "learns", "fixed, in use", "not in use")
    entries += [_text(x + 33, y + 7, text, "start", 20) for x, text in zip(_LEGEND_PLACES, meanings, strict=True)]
    return f'<g class="diagram-legend">{"".join(entries)}</g>'


def _description(layers: Sequence[Layer], between: Sequence[Sequence[Arrow]]) -> str:
    """Return the picture in words, from the highest layer down."""
    sentences = []
    for i in reversed(range(len(layers))):
        layer = layers[i]
        role = {"start": ", where the step starts", "used": "", "idle": ", not in use"}[layer.role]
        sentences.append(f"Layer {layer.name}, {layer.units:,} units{role}{_remark(layer.note)}.")
        for arrow in between[i - 1] if i else ():
            way = f"Weights {arrow.label} {_WAY[arrow.direction]} between {layers[i - 1].name} and {layer.name}"
            sentences.append(f"{way}: {_WORK[arrow.work]}{_remark(arrow.note)}.")
    return " ".join(sentences)


def _remark(note: str) -> str:
    return f" ({note})" if note else ""
