"""The steps of a deep belief network's training, one RBM after the other and fine-tuning, as pictures of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from explorer.data.catalogue import CATALOGUE
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.plots.layer_diagram import Arrow, Direction, Layer, LayerRole, Work, layer_diagram

_ORDINALS = ("First", "Second", "Third")
_Part = tuple[Work, str]  # what weights do at a step, and a remark
_NOTHING: Mapping[int, Any] = MappingProxyType({})
_IDLE: _Part = ("idle", "")
_CHAIN: _Part = ("used", "Gibbs steps")
_ONCE: _Part = ("used", "once, at the end")


@dataclass(frozen=True)
class Step:
    """One step: its name, the headings of its texts, the picture's parts (lowest layer first) and its settings."""

    name: str
    texts: tuple[str, ...]
    layers: tuple[Layer, ...]
    between: tuple[tuple[Arrow, ...], ...]
    settings: str = ""

    def diagram(self, number: int) -> str:
        """Return the picture as SVG; `number` is the step's place."""
        return layer_diagram(f"Step {number}: {self.name}", self.layers, self.between)


def dbn_steps(config: DBNConfig) -> list[Step]:
    """Return the greedy training of one RBM after the other, and how a sample is made."""
    units = _units(config)
    top = len(units) - 1  # the highest layer
    arrows = [_arrow(_w(level), "down", _ONCE) for level in range(1, top)] + [_arrow(_w(top), "both", _CHAIN)]
    generate = Step(
        "Generate",
        ("Generate",),
        _layers(units, {top: "start"}, {0: "the picture: probabilities", top: "at random"}),
        tuple((arrow,) for arrow in arrows),
    )
    image = _image(config)
    return [*(_greedy_step(units, level, rule, image) for level, rule in enumerate(_stack(config), 1)), generate]


def _greedy_step(units: Sequence[int], level: int, rule: RBMConfig | DBNConfig, image: str) -> Step:
    """Return the training of the RBM between the layers level − 1 and level (0 are the pixels)."""
    top = len(units) - 1
    kind = "First RBM" if level == 1 else "Top RBM" if level == top else "Next RBM"
    tied = isinstance(rule, DBNConfig) and rule.tied_start
    learns = f"learns by {_cd(rule)}" + f", starts as {_w(level - 1)} transposed" * tied
    arrows = [_arrow(_w(below), "up", ("used", "fixed")) for below in range(1, level)]
    arrows.append(_arrow(_w(level), "both", ("moves", learns)))
    arrows += [_arrow(_w(above), "both", ("idle", "later")) for above in range(level + 1, top + 1)]
    roles: dict[int, LayerRole] = {0: "start"}
    roles |= dict.fromkeys(range(level + 1, top + 1), "idle")
    notes = {0: image} | ({level - 1: f"its states are the data of {_w(level)}"} if level > 1 else {})
    return Step(
        f"{_ORDINALS[level - 1]} RBM" if kind == "Next RBM" else kind,
        (kind, *["Tied start"] * tied),
        _layers(units, roles, notes),
        tuple((arrow,) for arrow in arrows),
        f"{_cd(rule)} · {_rates(rule)}",
    )


def _stack(config: RBMConfig | DBNConfig) -> list[RBMConfig | DBNConfig]:
    """Return the configs of the RBM and of each DBN on the way to this one, as they are trained."""
    below = config.parents().get("below")
    return [*_stack(below), config] if isinstance(below, RBMConfig | DBNConfig) else [config]


def fine_tuning_steps(config: FineTunedDBNConfig) -> list[Step]:
    """Return the steps of the up-down algorithm, and how a sample is made."""
    units, cd = _units(config.base), f"CD-{config.cd_k}"
    top, below = len(units) - 1, len(units) - 2  # the layers of the top RBM
    step = partial(_fine_tuning_step, units)
    rates = _rates(config)
    return [
        step(
            "Untie",
            up=("used", "starts as {W}"),
            down=("used", "starts as {W} transposed"),
            above=("used", "stays one matrix"),
        ),
        step(
            "Wake",
            {0: "start"},
            up=("used", "fixed: finds the causes"),
            down=("moves", "learns to paint from the causes"),
            notes={0: _image(config.base), below: "wake states"},
            settings=rates,
        ),
        step(
            "Top",
            {below: "start"},
            above=("moves", f"learns by {cd}"),
            notes={below: "wake states are the data"},
            settings=f"{cd} · {rates}",
        ),
        step(
            "Sleep",
            {below: "start"},
            up=("moves", "learns to find the causes"),
            down=("used", "fixed: paints the dream"),
            notes={0: "a dream", below: f"the causes: the end of {cd}"},
            settings=rates,
        ),
        step(
            "Generate",
            {top: "start"},
            down=_ONCE,
            above=_CHAIN,
            notes={0: "the picture: probabilities", top: "at random"},
        ),
    ]


def _fine_tuning_step(
    units: Sequence[int],
    name: str,
    roles: Mapping[int, LayerRole] = _NOTHING,
    *,
    up: _Part = _IDLE,
    down: _Part = _IDLE,
    above: _Part = _IDLE,
    notes: Mapping[int, str] = _NOTHING,
    settings: str = "",
) -> Step:
    """Return a step where all levels' weights up and down, and those above them in the top RBM, do the same."""
    top = len(units) - 1
    pairs = []
    for level in range(1, top):
        index = subscript(level) if top > 2 else ""
        pairs.append(
            (
                _arrow(f"R{index}", "up", (up[0], up[1].format(W=_w(level)))),
                _arrow(f"W′{index}", "down", (down[0], down[1].format(W=_w(level)))),
            )
        )
    idle: dict[int, LayerRole] = {top: "idle"} if above[0] == "idle" else {}
    if up[0] == down[0] == "idle":
        idle |= dict.fromkeys(range(top - 1), "idle")
    gaps = (*pairs, (_arrow(_w(top), "both", above),))
    return Step(name, (name,), _layers(units, idle | dict(roles), notes), gaps, settings)


def _units(config: DBNConfig) -> list[int]:
    """Return how many units each layer has, the pixels first."""
    return [CATALOGUE[config.dataset].n_pixels, config.first.hidden_units, *config.hidden_units]


def _layers(units: Sequence[int], roles: Mapping[int, LayerRole], notes: Mapping[int, str]) -> tuple[Layer, ...]:
    names = ["pixels", *(f"h{subscript(level)}" for level in range(1, len(units)))]
    return tuple(Layer(names[i], n, notes.get(i, ""), roles.get(i, "used")) for i, n in enumerate(units))


def _arrow(label: str, direction: Direction, part: _Part) -> Arrow:
    return Arrow(label, direction, *part)


def _w(level: int) -> str:
    return f"W{subscript(level)}"


def subscript(number: int) -> str:
    """Return a number of one or more digits as Unicode subscripts."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _image(config: DBNConfig) -> str:
    return {
        "sample": "an image, its pixels drawn as 0 or 1",
        "threshold": "an image in black and white",
        "none": "an image in grey values",
    }[config.first.binarize]


def _cd(config: RBMConfig | DBNConfig) -> str:
    return f"{'P' * config.persistent}CD-{config.cd_k}"


def _rates(config: RBMConfig | DBNConfig | FineTunedDBNConfig) -> str:
    return f"learning rate {config.learning_rate:g} · {config.epochs} epochs · {config.batch_size} images in a batch"
