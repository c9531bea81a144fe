"""A canvas to draw a digit on, by mouse, touch or keyboard, which becomes a picture as MNIST has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.data.images import ink_on
from explorer.ui.components.browser_side import component
from explorer.ui.components.shared_value import SharedValue, reported, shared_value

_mount = component("digit_canvas")


def digit_canvas(
    key: str,
    *,
    shape: tuple[int, int] = (28, 28),
    label: str = "Draw a digit",
    value: NDArray[np.uint8] | None = None,
    background: int = 0,
) -> NDArray[np.uint8] | None:
    """Show the canvas and return the ink (rows, columns), 0 for none to 255, or None while it is empty.

    The drawing is made a picture as MNIST's were: its bounding box fitted into 20 of 28 pixels with the proportions
    kept, antialiased, its centre of mass in the middle. It is reported at the end of each stroke and stays through
    reruns and visits to other pages. `value` (rows, columns) is shown at first and whenever it changes between two
    runs. `background` is the grey value of the empty canvas, on which ink is drawn that stands out; what is returned is
    the same on any. Raises ValueError if its shape is not `shape`.
    """
    if value is not None and value.shape != shape:
        raise ValueError(f"A value of shape {value.shape} does not fit a canvas of shape {shape}.")
    drawing: SharedValue[bytes | None] = shared_value(f"{key}.drawing", _packed(value))
    drawing.hear(reported(key, "drawing"), lambda report: _parse(report, shape))
    drawing.ask(_packed(value))
    _mount(
        key=key,
        data={
            "key": key,
            "shape": shape,
            "label": label,
            "paper": {"background": background, "ink": ink_on(background)},
            "drawing": {"token": drawing.token, "value": drawing.moved_to.hex() if drawing.moved_to else None},
        },
        on_drawing_change=lambda: None,
    )
    return _picture(drawing.value, shape)


def _packed(picture: NDArray[np.uint8] | None) -> bytes | None:
    return picture.astype(np.uint8).tobytes() if picture is not None and picture.any() else None


def _parse(report: object, shape: tuple[int, int]) -> bytes | None:
    """Return the bytes of a picture in hexadecimal digits; None for no picture or anything else than one."""
    size = shape[0] * shape[1]
    if not isinstance(report, str) or len(report) != 2 * size:
        return None
    try:
        picture = bytes.fromhex(report)
    except ValueError:
        return None
    return picture if len(picture) == size and any(picture) else None


def _picture(drawing: bytes | None, shape: tuple[int, int]) -> NDArray[np.uint8] | None:
    if drawing is None or len(drawing) != shape[0] * shape[1]:
        return None
    return np.frombuffer(drawing, np.uint8).reshape(shape)
