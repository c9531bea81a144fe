"""Twenty samples of each model that generates, and how good a thousand of them are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
import torch

from explorer.analysis.sample_quality import Quality, samples_of
from explorer.arrays import Floats
from explorer.errors import ExplorerError
from explorer.models.interface import Model
from explorer.models.resizing import SIDE, shrink
from explorer.plots.tiles import Grid, quantize, tile_picture
from explorer.runs.tensors import Arrays
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.components.panel import Panel
from explorer.ui.one_digit.runs import Chosen
from explorer.ui.shelf.prepared import is_prepared, prepared
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.choices import one_of
from explorer.ui.state.one_digit import OneDigit
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.gan.cached import classifier_of, samples_at, why_no_classifier
from explorer.ui.views.gan.inputs import config_of
from explorer.ui.views.gan.measured import (
    count_of,
    figures_of_images,
    measured_samples,
    measured_training_images,
    quality_of,
    samples_are_prepared,
)
from explorer.ui.views.gan.others import GIBBS_STEPS
from explorer.ui.views.gan.quality import FIGURES
from explorer.ui.wording import plain, signed

GENERATING = ("rbm", "gaussian-rbm", "dbn", "fine-tuned-dbn", "vae", "conv-vae", "dcgan")
BY_CHAINS = ("rbm", "gaussian-rbm", "dbn", "fine-tuned-dbn")  # whose samples take long
SHOWN, COLUMNS, PER_ROW = 20, 5, 4
SEED = 0
PREPARED = "quality-of-kinds"


def draw_samples(page: OneDigit, every: Sequence[Chosen]) -> None:
    """Draw the samples of the chosen runs, and their figures: those at hand, the others when asked for."""
    found = [_sampled_or_not(each.kind.short, each.subject) for each in every if _generates(each) and each.subject]
    drawn = [each for each in found if each]
    if not drawn:
        st.info("No model that generates is trained on this data set yet.", icon=":material/inbox:")
        return
    chosen = [(name, subject) for name, subject, _ in drawn]
    panels = [_panel(name, images) for name, _, images in drawn]
    filmstrip(page.key("samples"), panels, ["samples"], per_row=PER_ROW, link_cells=False, file_name="samples")
    st.caption(
        f"{SHOWN} of each, always from the same noise: of Boltzmann machines after {GIBBS_STEPS:,} Gibbs steps from "
        "random states, of the others from z ~ N(0, I)."
    )
    _figures(page, chosen)


def _generates(chosen: Chosen) -> bool:
    return chosen.kind.name in GENERATING


def _sampled_or_not(name: str, subject: Subject) -> tuple[str, Subject, Floats] | None:
    """Return a run with its samples, or say why it has none; the others' are drawn all the same."""
    try:
        return name, subject, samples(subject)
    except ExplorerError as error:
        st.warning(f"{name}: {plain(str(error))}", icon=":material/broken_image:")
        return None


def samples(subject: Subject) -> Floats:
    """Return twenty samples of a run, (20, 28, 28) in [0, 1]."""
    key = snapshot_of(subject)
    if subject.config.kind == "dcgan":
        images = samples_at(key, config_of(subject).latent_size, SEED)[:SHOWN]
        return np.asarray(shrink(torch.tensor(images)).numpy())
    if subject.config.kind in BY_CHAINS:
        return np.asarray(_after_chains(key)["images"] / np.float32(255))
    return _decoded(key)


@remembered("Drawing samples …")
@prepared("twenty-samples")
def _after_chains(key: Key) -> Arrays:
    return {"images": (_sampled(key, SHOWN) * 255).round().astype(np.uint8)}


@remembered()
def _decoded(key: Key) -> Floats:
    return _sampled(key, SHOWN)


def quality_of_run(subject: Subject) -> Quality | None:
    """Return the figures of as many samples as the DCGAN's own page measures; None without a classifier."""
    if subject.config.kind == "dcgan":
        return measured_samples(subject, SEED).quality
    return quality_of(_measured(snapshot_of(subject), subject.shown_set, count_of(subject)))


@remembered("Generating and measuring samples …")
@prepared(PREPARED)
def _measured(key: Key, dataset: str, count: int) -> Arrays:
    return figures_of_images(_sampled(key, count), dataset, count)


def _sampled(key: Key, count: int) -> Floats:
    draws = torch.Generator().manual_seed(SEED)
    images = samples_of(model_of(key, Model), count, GIBBS_STEPS, draws)
    return np.asarray(images.view(-1, SIDE, SIDE).numpy())


def at_hand(subject: Subject) -> bool:
    """Whether a run's figures are only read."""
    if subject.config.kind == "dcgan":
        return samples_are_prepared(subject, SEED)
    return is_prepared(PREPARED, snapshot_of(subject), subject.shown_set, count_of(subject))


def _figures(page: OneDigit, chosen: Sequence[tuple[str, Subject]]) -> None:
    """Draw the table of figures, with training images as what to hold them against."""
    last = chosen[-1][1]
    if classifier_of(last) is None:
        st.caption(why_no_classifier(last))
        return
    waiting = [name for name, subject in chosen if not at_hand(subject)]
    key = page.linked("measured", False, one_of((False, True)))
    if waiting and not st.toggle(
        f"Measure the samples of {', '.join(waiting)}, too", key=key, help="Some seconds each.", persist_state="session"
    ):
        chosen = [(name, subject) for name, subject in chosen if name not in waiting]
    found = {name: quality_of_run(subject) for name, subject in chosen}
    found["Training images"] = measured_training_images(last, SIDE).quality
    _table(page, {name: quality for name, quality in found.items() if quality}, count_of(last))


def _table(page: OneDigit, found: dict[str, Quality], count: int) -> None:
    titles = {name: title for name, (title, _, _) in FIGURES.items()}
    table = pd.DataFrame(
        [{titles[name]: getattr(quality, name) for name in FIGURES} for quality in found.values()],
        index=pd.Index(list(found), name="Samples of"),
    )
    columns = {title: st.column_config.NumberColumn(title, help=text) for title, _, text in FIGURES.values()}
    forms: dict[Any, Any] = {title: partial(signed, decimals=digits) for title, digits, _ in FIGURES.values()}
    st.dataframe(table.style.format(forms), column_config=columns, key=page.key("quality"))
    st.caption(
        f"Figures are of {count:,} samples each, made in the same way, against {count:,} test images. A click on a "
        "title sorts by it."
    )


def _panel(name: str, images: Floats) -> Panel:
    grid = Grid.of(len(images), images.shape[1:], COLUMNS)
    return Panel(
        name, [tile_picture(quantize(images, 0, 1), COLUMNS)], "pixels", f"{len(images)} samples: {name}", grid
    )
