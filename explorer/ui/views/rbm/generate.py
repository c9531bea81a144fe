"""Samples of the model itself: Gibbs chains from a random state, a clamped unit or data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import streamlit as st
import torch

from explorer.analysis.gibbs import MAX_STEPS, Chains, Clamp, gibbs_chains, random_states
from explorer.data.catalogue import CATALOGUE
from explorer.models.sampling import binarize
from explorer.plots.curves import Curve, line_chart
from explorer.plots.tiles import Grid, as_squares, quantize, square_side, tile_picture
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.images import test_images
from explorer.ui.snapshots import Key, model_of
from explorer.ui.subjects import Role, Subject
from explorer.ui.views.rbm.analyses import snapshot_of
from explorer.ui.views.view import Scene, control_row, downloads, pick, pick_stop

Start = Literal["random state", "clamped unit", "test images"]
CHAINS = 20
COLUMNS = 5
STEP_STOPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, MAX_STEPS)


def generate(scene: Scene) -> None:
    """Draw the view."""
    start, detail, steps, seed = _controls(scene)
    runs = {s.role: _chains(snapshot_of(s), s.config.dataset, start, detail, steps, seed) for s in scene.subjects}
    recorded = runs["current"].steps
    panels = [panel for subject in scene.subjects for panel in _panels(scene, subject, runs[subject.role], start, seed)]
    labels = [f"step {step}" for step in recorded]
    filmstrip(scene.key("generate"), panels, labels, file_name=f"{scene.current.run.id}-gibbs")
    _energy_chart(scene, runs)
    numbers = {**vars(runs["current"]), "steps": np.array(recorded)}
    downloads(scene, "gibbs chains", lambda: numbers, lambda: panels, labels)


def _controls(scene: Scene) -> tuple[Start, float, int, int]:
    """Draw the controls; return the start, its detail (share of units on, or strength), the steps and the seed."""
    seed_key = scene.key("chain seed")
    seed = int(st.session_state.setdefault(seed_key, 0))
    with control_row(scene, "Generate"):
        start: Start = pick(scene, "Start from", get_args(Start), "start", "random state")
        detail = _detail(scene, start)
        steps = pick_stop(scene, "Gibbs steps", STEP_STOPS, "steps", 100)
        label = "Next units" if start == "clamped unit" else "Run again"
        st.button(label, on_click=_next, args=(seed_key,), icon=":material/casino:")
    return start, detail, steps, seed


def _detail(scene: Scene, start: Start) -> float:
    if start == "random state":
        return pick_stop(scene, "Units on", (0.01, 0.05, 0.1, 0.2, 0.5), "share on", 0.1, text="{:.0%}".format)
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


def _next(key: str) -> None:
    st.session_state[key] += 1


@st.cache_resource(max_entries=24, show_spinner="Running the chains …")
def _chains(key: Key, dataset: str, start: Start, detail: float, steps: int, seed: int) -> Chains:
    rbm, draws = model_of(key), torch.Generator().manual_seed(seed)
    if start == "test images":
        pixels = torch.tensor(test_images(dataset).test[:CHAINS])
        return gibbs_chains(rbm, rbm.sample_hidden(binarize(pixels, "sample", draws), draws), steps, draws)
    if start == "random state":
        return gibbs_chains(rbm, random_states(rbm, CHAINS, detail, draws), steps, draws)
    return gibbs_chains(
        rbm, torch.zeros(CHAINS, rbm.n_hidden), steps, draws, Clamp(_clamped(rbm.n_hidden, seed), detail)
    )


def _clamped(n_hidden: int, seed: int) -> tuple[int, ...]:
    """Return the unit that each chain holds on: twenty in a row, the next twenty with the next seed."""
    return tuple((CHAINS * seed + chain) % n_hidden for chain in range(CHAINS))


def _panels(scene: Scene, subject: Subject, chains: Chains, start: Start, seed: int) -> list[Panel]:
    shape = CATALOGUE[subject.config.dataset].shape
    side = square_side(chains.states.shape[2])
    clamped = _clamped(chains.states.shape[2], seed) if start == "clamped unit" else ()
    names = [f"chain {c}" + (f": unit {clamped[c]} is held on" if clamped else "") for c in range(CHAINS)]
    return [
        Panel(
            scene.title(subject, "probabilities p(v | h)"),
            [tile_picture(quantize(p.reshape(-1, *shape), 0, 1), COLUMNS) for p in chains.probabilities],
            "pixels",
            f"Visible probabilities of {CHAINS} Gibbs chains",
            Grid.of(CHAINS, shape, COLUMNS),
            names,
        ),
        Panel(
            scene.title(subject, "hidden state"),
            [tile_picture(as_squares(h), COLUMNS) for h in chains.states],
            "pixels",
            f"Hidden states of {CHAINS} Gibbs chains, white units are on",
            Grid.of(CHAINS, (side, side), COLUMNS),
            names,
        ),
    ]


def _energy_chart(scene: Scene, runs: Mapping[Role, Chains]) -> None:
    curves = []
    for subject in scene.subjects:
        chains = runs[subject.role]
        x = np.array(chains.steps) + 1.0  # a logarithmic axis has no 0; its ticks say the step
        curves += [
            Curve("", x, energy, subject.color, opacity=0.25, legend=False, hover=False)
            for energy in chains.energy.T[:8]
        ]
        curves.append(Curve(scene.name(subject), x, chains.energy.mean(axis=1), subject.color))
    ticks = {step + 1.0: str(step) for step in (0, *STEP_STOPS)}
    figure = line_chart(curves, "Energy along the chains", "Gibbs step", "E(v, h) (nats)", log_ticks=ticks)
    st.plotly_chart(figure, key=scene.key("energy"))
