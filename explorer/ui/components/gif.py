"""Panels as an animated GIF, under their titles and over their scales."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from explorer.plots.font import font
from explorer.plots.palette import colors
from explorer.plots.tiles import rgb
from explorer.ui.components.panel import Panel, bar_of

HEIGHT = 400  # pixels that the pictures of a GIF have at least
MARGIN = 12  # pixels around them
LINE = 28  # pixels for a line of text above them
PER_ROW = 4  # pictures beside each other
LABEL_SIZE, TITLE_SIZE, SMALL_SIZE = 20, 16, 14  # pixels of letters
TITLE_LINE = 20  # pixels of a line above a picture
BAR_WIDTH, BAR_HEIGHT = 120, 12  # pixels of a scale
NOTE_LINE = 18  # pixels of a line of what is said below a picture, and below all of them


def animate(
    panels: Sequence[Panel], labels: Sequence[str], seconds: float = 0.25, note: str = "", per_row: int = PER_ROW
) -> bytes:
    """Return an endlessly repeated GIF file of the panels, each frame under its label for `seconds`.

    Below them stand the scales of the pictures and a note, of what they are.
    """
    first, *rest = [_composed(panels, index, label, note, per_row) for index, label in enumerate(labels)]
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=round(seconds * 1000), loop=0)
    return file.getvalue()


def _composed(panels: Sequence[Panel], index: int, label: str, note: str, per_row: int) -> Image.Image:
    """Return frame `index` of all panels under the label and over the note, row by row, on white."""
    lines = max(len(_lines(panel.title, _width(panel), TITLE_SIZE)) for panel in panels)
    parts = [_titled(panel, min(index, len(panel.frames) - 1), lines) for panel in panels]
    rows = [parts[start : start + per_row] for start in range(0, len(parts), per_row)]
    width = max(sum(part.width + MARGIN for part in row) for row in rows) + MARGIN
    heights = [max(part.height for part in row) + MARGIN for row in rows]
    said = [line for each in note.splitlines() for line in _lines(each, width - 2 * MARGIN, SMALL_SIZE)]
    below = MARGIN + NOTE_LINE * len(said) if said else 0
    canvas = Image.new("RGB", (width, sum(heights) + LINE + MARGIN + below), "white")
    draw = ImageDraw.Draw(canvas)
    draw.text((MARGIN, MARGIN), label, "black", font(LABEL_SIZE))
    top = MARGIN + LINE
    for row, height in zip(rows, heights, strict=True):
        left = MARGIN
        for part in row:
            canvas.paste(part, (left, top))
            left += part.width + MARGIN
        top += height
    for number, line in enumerate(said):
        draw.text((MARGIN, top + MARGIN // 2 + number * NOTE_LINE), line, "black", font(SMALL_SIZE))
    return canvas


def _titled(panel: Panel, index: int, title_lines: int) -> Image.Image:
    """Return one frame under the panel's title and over its scale, small ones with pixels repeated, to stay sharp."""
    frame, zoom = panel.frames[index], _zoom(panel)
    pixels = np.where(frame[..., None] == 0, np.uint8(255), rgb(frame, panel.scale))
    picture = Image.fromarray(pixels.repeat(zoom, 0).repeat(zoom, 1))
    title = _lines(panel.title, picture.width, TITLE_SIZE)
    meaning = _lines(panel.meaning, picture.width, SMALL_SIZE)
    top = TITLE_LINE * title_lines + MARGIN // 2
    height = top + picture.height + LINE + NOTE_LINE * len(meaning)
    part = Image.new("RGB", (picture.width, height), "white")
    draw = ImageDraw.Draw(part)
    for number, line in enumerate(title, title_lines - len(title)):
        draw.text((0, TITLE_LINE * number), line, "black", font(TITLE_SIZE))
    part.paste(picture, (0, top))
    _draw_bar(part, panel, top + picture.height + LINE // 2)
    for number, line in enumerate(meaning):
        draw.text((0, top + picture.height + LINE + NOTE_LINE * number), line, "black", font(SMALL_SIZE))
    return part


def _draw_bar(part: Image.Image, panel: Panel, middle: int) -> None:
    """Draw a panel's scale with the values of its ends, around a height."""
    draw, small = ImageDraw.Draw(part), font(SMALL_SIZE)
    low, high = bar_of(panel)["low"], bar_of(panel)["high"]
    left = round(draw.textlength(low, small)) + MARGIN // 2
    draw.text((0, middle), low, "black", small, anchor="lm")
    ramp = Image.fromarray(np.tile(colors(panel.scale)[None, 1:], (BAR_HEIGHT, 1, 1))).resize((BAR_WIDTH, BAR_HEIGHT))
    part.paste(ramp, (left, middle - BAR_HEIGHT // 2))
    draw.text((left + BAR_WIDTH + MARGIN // 2, middle), high, "black", small, anchor="lm")


def _zoom(panel: Panel) -> int:
    zoom: int = math.ceil(HEIGHT / panel.frames[0].shape[0])
    return zoom


def _width(panel: Panel) -> int:
    width: int = panel.frames[0].shape[1]
    return width * _zoom(panel)


def _lines(text: str, room: float, size: float) -> list[str]:
    """Return a text as lines no wider than there is room in pixels; a word that is wider stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
