"""Samples of a model itself: Gibbs chains from a random state, a clamped unit or data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from explorer.analysis.gibbs import MAX_STEPS, Chains, Clamp, gibbs_chains, random_states
from explorer.arrays import Floats
from explorer.models.rbm import RBM
from explorer.plots.curves import Curve, line_chart
from explorer.plots.tiles import Grid, as_squares, quantize, square_side, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import OFF_AND_ON, Panel
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.places import Role
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.axes import curve_of
from explorer.ui.views.pictures import whose_images
from explorer.ui.views.view import (
    View,
    at_step,
    control_row,
    downloads,
    draw_again,
    in_rows,
    pick,
    pick_stop,
    show_chart,
)

Start = Literal["random state", "clamped unit", "test images"]
CHAINS = 20
COLUMNS, LEAST_TILE = 5, 56  # chains beside each other, and CSS pixels of one
PER_ROW = 3  # pictures beside each other where there are more than four
STEPS, SHARE_ON = 100, 0.1  # Gibbs steps, and units on at the start, at first
STEP_STOPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, MAX_STEPS)


@dataclass(frozen=True)
class Dreamer:
    """What samples of a model are made with: an RBM in which chains run, and the ways to it from images and back.

    `observe`: from images of bytes (B, V) to what the model sees. `up`: from there to hidden states of the RBM (B, H).
    `down`: from visible states of the RBM to pixel probabilities (B, V), where they are not pixels themselves.
    """

    rbm: RBM
    observe: Callable[[Tensor, torch.Generator], Tensor]
    up: Callable[[Tensor, torch.Generator], Tensor]
    down: Callable[[Tensor, torch.Generator], Tensor] | None = None


@dataclass(frozen=True)
class Sampler:
    """How to make samples of a subject: the snapshot to take, and what is in it. `name` tells it from others beside."""

    snapshot: Callable[[Subject], Key]
    dreamer: Callable[[Key], Dreamer]
    name: str = ""
    pixels: str = "probabilities p(v | h)"
    state: str = "hidden state"
    energy: str = "E(v, h)"


@dataclass(frozen=True)
class Wanted:
    """Which chains are asked for. `detail`: the share of units on at the start, or how strongly a unit is clamped."""

    start: Start
    detail: float
    steps: int
    seed: int

    def clamp(self, n_hidden: int) -> Clamp | None:
        """Return the unit that each chain holds on: twenty in a row, the next twenty with the next seed; else None."""
        if self.start != "clamped unit":
            return None
        return Clamp(tuple((CHAINS * self.seed + chain) % n_hidden for chain in range(CHAINS)), self.detail)


def generation(sampler: Sampler, *before: Sampler) -> View:
    """Return the view for a kind of model, with those it came from beside it as long as no run is pinned."""
    return partial(_draw, sampler, before)


def _draw(sampler: Sampler, before: Sequence[Sampler], scene: Scene) -> None:
    wanted = _controls(scene)
    samplers = (*before, sampler) if len(scene.subjects) == 1 else (replace(sampler, name=""),)
    runs: dict[Role, Chains] = {}
    pictures: list[list[Panel]] = []
    for subject in scene.subjects:
        of_subject: list[Panel] = []
        for each in samplers:
            shown = subject.shown_set
            chains = _chains(each.snapshot(subject), each.name, each.dreamer, shown, wanted)
            runs[subject.role] = chains  # at last the model's own
            *whole, picture = _panels(scene, subject, each, chains, wanted)
            if len(samplers) > 1:
                of_subject += [picture, *(whole[::-1] if each is sampler else [])]
            elif scene.several:
                of_subject += [picture, *whole[::-1]]  # in rows, of which the first is what comes of it
            else:
                of_subject += [*whole, picture]  # from the start to what comes of it
        pictures.append(of_subject)
    panels, row = in_rows(scene, pictures)
    recorded = runs[scene.current.role].steps
    labels = [f"step {step}" for step in recorded]
    name = f"{scene.current.run.id}-gibbs"
    per_row, least = row or (PER_ROW if len(panels) > PER_ROW + 1 else None), None if row else LEAST_TILE
    place = at_step(scene, "step", labels)
    filmstrip(scene.key("generate"), panels, labels, file_name=name, per_row=per_row, least_tile=least, **place)
    if wanted.start == "clamped unit":
        _name_clamped(scene, wanted, runs)
    _energy_chart(scene, sampler, runs)
    numbers = {role: {**vars(chains), "steps": np.array(recorded)} for role, chains in runs.items()}
    downloads(scene, "gibbs chains", lambda subject: numbers[subject.role], lambda: panels, labels, row)


def _controls(scene: Scene) -> Wanted:
    with control_row(scene, "Generate"):
        start: Start = pick(scene, "Start from", get_args(Start), "start", "random state")
        detail = _detail(scene, start)
        steps = pick_stop(scene, "Gibbs steps", STEP_STOPS, "steps", STEPS)
        seed = draw_again(scene, "Next units" if start == "clamped unit" else "Run again", "chain seed")
    if start == "test images":
        st.caption(whose_images(scene.current))
    return Wanted(start, detail, steps, seed)


def _detail(scene: Scene, start: Start) -> float:
    if start == "random state":
        return pick_stop(scene, "Units on", (0.01, 0.05, 0.1, 0.2, 0.5), "share on", SHARE_ON, text="{:.0%}".format)
    if start == "clamped unit":
        return pick_stop(
            scene,
            "Strength",
            (1.0, 2.0, 5.0, 10.0, 20.0),
            "clamp",
            5.0,
            text="{:g}".format,
            help="1 is an ordinary unit that is on; more exaggerates its weights.",
        )
    return 0.0


def pictures_of_chains(sampler: Sampler, subject: Subject, epoch: int, seed: int) -> Floats:
    """Return what is seen at the end of chains from random states at an epoch, (chains, V): the view's own at first."""
    wanted = Wanted("random state", SHARE_ON, STEPS, seed)
    key = sampler.snapshot(replace(subject, epoch=epoch))
    last: Floats = _chains(key, sampler.name, sampler.dreamer, subject.shown_set, wanted).means[-1]
    return last


@remembered("Running the chains …")
def _chains(
    key: Key,
    name: str,  # noqa: ARG001  (tells apart what may be in one snapshot)
    _dreamer: Callable[[Key], Dreamer],
    dataset: str,
    wanted: Wanted,
) -> Chains:
    dreamer = _dreamer(key)
    draws, ways = (torch.Generator().manual_seed(wanted.seed) for _ in range(2))
    clamp, down = wanted.clamp(dreamer.rbm.n_hidden), dreamer.down
    h = _first_states(dreamer, dataset, wanted, draws)
    return gibbs_chains(dreamer.rbm, h, wanted.steps, draws, clamp, down and (lambda v: down(v, ways)))


def _first_states(dreamer: Dreamer, dataset: str, wanted: Wanted, draws: torch.Generator) -> Tensor:
    """Return the hidden states (chains, H) in which the chains begin; where a unit is clamped, all others are off."""
    if wanted.start == "test images":
        pixels = torch.tensor(test_images(dataset).test[:CHAINS])
        return dreamer.up(dreamer.observe(pixels, draws), draws)
    if wanted.start == "random state":
        return random_states(dreamer.rbm, CHAINS, wanted.detail, draws)
    return torch.zeros(CHAINS, dreamer.rbm.n_hidden)


def _panels(
    scene: Scene, subject: Subject, sampler: Sampler, chains: Chains, wanted: Wanted
) -> tuple[Panel, Panel, Panel]:
    """Return the states in which the chains begin, those at each step, and what is seen of these."""
    shape = subject.shape
    side = square_side(chains.states.shape[2])
    clamp = wanted.clamp(chains.states.shape[2])
    names = [f"chain {c}" + (f": unit {clamp.units[c]} is held on" if clamp else "") for c in range(CHAINS)]
    whose = f"{sampler.name}: " if sampler.name else ""
    pictures = Panel(
        scene.title(subject, f"{whose}p(v | h)" if whose else sampler.pixels),
        [tile_picture(quantize(p.reshape(-1, *shape), 0, 1), COLUMNS) for p in chains.means],
        "pixels",
        f"{whose}visible {sampler.pixels.split()[0]} of {CHAINS} Gibbs chains",
        Grid.of(CHAINS, shape, COLUMNS),
        names,
    )
    states = Panel(
        scene.title(subject, f"{whose}{sampler.state}"),
        [tile_picture(as_squares(h), COLUMNS) for h in chains.states],
        "share",
        f"{whose}states of {CHAINS} Gibbs chains, light units are on",
        Grid.of(CHAINS, (side, side), COLUMNS),
        names,
        ends=OFF_AND_ON,
        meaning=sampler.state,
    )
    start = replace(
        states,
        title=scene.title(subject, f"{whose}start of the chains"),
        frames=states.frames[:1],
        alt=f"{whose}states in which the {CHAINS} Gibbs chains begin, light units are on",
    )
    return start, states, pictures


def _name_clamped(scene: Scene, wanted: Wanted, runs: Mapping[Role, Chains]) -> None:
    """Say which unit each chain holds on, in rows as in the pictures."""
    for subject in scene.subjects:
        clamp = wanted.clamp(runs[subject.role].states.shape[2])
        units = clamp.units if clamp else ()
        rows = [", ".join(map(str, units[first : first + COLUMNS])) for first in range(0, len(units), COLUMNS)]
        st.caption(scene.title(subject, f"unit held on in each chain, row by row: {'; '.join(rows)}."))


def _energy_chart(scene: Scene, sampler: Sampler, runs: Mapping[Role, Chains]) -> None:
    curves = []
    for subject in scene.subjects:
        chains = runs[subject.role]
        x = np.array(chains.steps) + 1.0  # a logarithmic axis has no 0; its ticks say the step
        curves += [
            Curve("", x, energy, subject.color, opacity=0.4, legend=False, hover=False)
            for energy in chains.energy.T[: 8 if not scene.several else 2]
        ]
        curves.append(curve_of(subject, scene.name(subject), x, chains.energy.mean(axis=1)))
    ticks = {step + 1.0: str(step) for step in (0, *STEP_STOPS)}
    title = f"{sampler.name}: energy along the chains" if sampler.name else "Energy along the chains"
    figure = line_chart(curves, title, "Gibbs step", f"{sampler.energy} (nats)", log_ticks=ticks)
    show_chart(figure, key=scene.key("energy"))
