"""A drawn digit as a text that is short enough for a link."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

from explorer.ui.state.choices import LONGEST

SIDE = 28
LEVELS = (8, 4, 2)  # of grey: as many as the text has room for; two need no more than a bit a pixel


def text_of_drawing(ink: NDArray[np.uint8]) -> str:
    """Return ink (28, 28), 0 for none to 255, as at most 200 characters; grey is rounded to eight levels or fewer."""
    texts = (_packed(ink, levels) for levels in LEVELS)
    return next(text for text in texts if len(text) <= LONGEST)


def read_drawing(text: str) -> NDArray[np.uint8]:
    """Return the ink (28, 28) of such a text.

    Raises:
        ValueError: it is no such text.
    """
    wrong = ValueError("no drawing")
    levels = int(text[:1]) if text[:1].isdecimal() else 0
    if levels not in LEVELS or len(text) > LONGEST:
        raise wrong
    try:
        content = base64.b64decode(text[1:] + "=" * (-(len(text) - 1) % 4), b"-_", validate=True)
        ranks = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, SIDE**2 + 1)
    except (binascii.Error, zlib.error):
        raise wrong from None
    if levels == 2:
        ranks = np.unpackbits(np.frombuffer(ranks, np.uint8)).tobytes()
    if len(ranks) != SIDE**2 or max(ranks) >= levels:
        raise wrong
    return np.round(np.frombuffer(ranks, np.uint8).reshape(SIDE, SIDE) * (255 / (levels - 1))).astype(np.uint8)


def _packed(ink: NDArray[np.uint8], levels: int) -> str:
    ranks = np.round(ink * ((levels - 1) / 255)).astype(np.uint8)
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    content = squeezer.compress((np.packbits(ranks) if levels == 2 else ranks).tobytes()) + squeezer.flush()
    return f"{levels}{base64.urlsafe_b64encode(content).decode().rstrip('=')}"
