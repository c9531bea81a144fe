"""The font of what is written into pictures: DejaVu Sans, which has the field's signs, such as μ, − and ₅."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

_FILE = "mpl-data/fonts/ttf/DejaVuSans.ttf"


@functools.cache
def font(size: float) -> FreeTypeFont:
    """Return the font at a size in pixels. It comes with matplotlib, which is not loaded for it."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib, which has the font of pictures, is not installed", name="matplotlib")
    return ImageFont.truetype(Path(spec.origin).parent / _FILE, size)
