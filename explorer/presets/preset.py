"""What a preset is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preset:
    """A named experiment: the settings of the run to show, and of the run to pin beside it.

    Settings not named have the kind's defaults. `text` says what to look for, in two or three sentences.
    """

    name: str
    text: str
    settings: Mapping[str, object] = field(default_factory=dict)
    pinned: Mapping[str, object] | None = None
    view: str | None = None
