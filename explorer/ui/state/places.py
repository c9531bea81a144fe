"""The places that runs have on a page: that of the current one, and those of the pinned ones, in their order."""

from __future__ import annotations

from typing import Literal

from explorer.plots.palette import PLACES

Role = Literal["current", "pinned", "second pin", "third pin"]

PINS: tuple[Role, ...] = ("pinned", "second pin", "third pin")
MOST_PINS = len(PINS)
TOO_MANY = f"At most {MOST_PINS} runs can be pinned beside the current one"
COLORS: dict[Role, str] = {role: color for role, (color, _) in zip(("current", *PINS), PLACES, strict=True)}
DASHES: dict[Role, str] = {role: dash for role, (_, dash) in zip(("current", *PINS), PLACES, strict=True)}
