"""How the digit goes through each kind of model, and what is told of it besides."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from explorer.analysis.one_image import DRAWS
from explorer.errors import DataMissing, ExplorerError
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.variational import VariationalConfig
from explorer.ui.one_digit import cached
from explorer.ui.one_digit.columns import (
    CLEAN,
    DENSITY,
    GIVEN,
    GREY,
    LIKELIHOODS,
    SAMPLED,
    THRESHOLDED,
    Figure,
)
from explorer.ui.one_digit.given import Given
from explorer.ui.one_digit.rows import HIDDEN, MADE, SEEN, Row, make_row
from explorer.ui.one_digit.runs import Chosen
from explorer.ui.shelf.remembered import Same
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.adapters import PASSAGE as THROUGH_AUTOENCODER
from explorer.ui.views.rbm.adapters import PASSAGE as THROUGH_RBM
from explorer.ui.views.reconstructions import Look
from explorer.ui.views.vae.adapters import PASSAGE as THROUGH_VAE
from explorer.ui.wording import signed

Way = Callable[[Chosen, Subject, Given], Row]

LATENT_REACH = 3.0  # of the colours of a GAN's z, in standard deviations of the prior
MOST_CLASSES = 3  # named of a classifier
OF_PIXELS = {"sample": SAMPLED, "threshold": THRESHOLDED, "none": GREY}  # what a VAE's bound is a bound of


def row_of(chosen: Chosen, digit: Given) -> Row:
    """Return what a kind's run makes of a digit; what cannot be read or computed is told by the row."""
    if chosen.subject is None:
        return Row(chosen, trouble=chosen.trouble)
    try:
        return WAYS[chosen.kind.name](chosen, chosen.subject, digit)
    except ExplorerError as error:
        return Row(chosen, trouble=str(error))


def _boltzmann(chosen: Chosen, subject: Subject, digit: Given, *, metric: str, of: str, sign: str) -> Row:
    config = subject.config
    steps = config.cd_k if isinstance(config, DBNConfig | FineTunedDBNConfig) else 1
    row = _passed(chosen, subject, digit, THROUGH_RBM.look(subject), "binary units", steps)
    code = row.arrays[HIDDEN]
    row = replace(row, code_says=f"{int(code.sum())} of {len(code):,} on")
    figures = next((each for each in subject.run.metric_rows() if each["epoch"] == subject.epoch), {})
    mean = figures.get(metric)
    if of == DENSITY:
        row = replace(row, reasons={SAMPLED: "Grey values have a density, and no probability."})
    if mean is None:
        return replace(row, reasons={**row.reasons, of: "Its log Z was not measured at this epoch."})
    try:
        value = cached.log_probability_at(snapshot_of(subject), config.dataset, Same(digit.given), mean, digit.draw)
    except DataMissing as missing:
        return replace(row, reasons={**row.reasons, of: f"Its log Z is told by its own test images. {missing}"})
    note = f"Mean over {DRAWS} samples of its pixels, with log Z as in the run's figures{_known_to(figures, metric)}"
    return _with(row, of, Figure(value, f"{sign} {signed(value, 1)}", note))


def _known_to(figures: Mapping[str, Any], metric: str) -> str:
    """Return in words how well log Z is known; nothing where it is exact."""
    interval, reverse = figures.get(f"{metric}_error"), figures.get(f"{metric}_reverse")
    if interval is None and reverse is not None:
        return f", of which two estimates are {abs(figures[metric] - reverse):.1f} nats apart"
    return f", ± {interval:.2f}" if interval else ""


def _autoencoder(chosen: Chosen, subject: Subject, digit: Given) -> Row:
    look = None
    with contextlib.suppress(DataMissing):  # by whose codes the scale is chosen
        look = THROUGH_AUTOENCODER.look(subject)
    row = _passed(chosen, subject, digit, look, "numbers")
    return replace(row, reasons=dict.fromkeys(LIKELIHOODS, "An autoencoder has no likelihood."))


def _variational(chosen: Chosen, subject: Subject, digit: Given) -> Row:
    row = _passed(chosen, subject, digit, THROUGH_VAE.look(subject), "numbers")
    config = subject.config_as(VariationalConfig)
    bound = cached.evidence_bound_at(snapshot_of(subject), Same(digit.given), digit.draw)
    note = f"ELBO, a lower bound: mean over {DRAWS} samples of its pixels and of z"
    of = DENSITY if config.decoder == "gaussian" else OF_PIXELS[config.binarize]
    return _with(row, of, Figure(bound, f"≥ {signed(bound, 1)}", note))


def _classifier(chosen: Chosen, subject: Subject, digit: Given) -> Row:
    row = _passed(chosen, subject, digit, None, "numbers")
    shares = cached.classes_at(snapshot_of(subject), Same(digit.given))
    named = sorted(zip(shares.tolist(), subject.classes, strict=True), reverse=True)[:MOST_CLASSES]
    says = " · ".join(f"{name}: {share:.2f}" for share, name in named)
    if digit.label is not None:
        says += " (right)" if named[0][1] == subject.classes[digit.label] else " (wrong)"
    reasons = dict.fromkeys((CLEAN, GIVEN), "A classifier tells classes, and draws nothing.")
    reasons |= dict.fromkeys(LIKELIHOODS, "Its probabilities are of classes, not of images.")
    return replace(row, says=says, reasons=reasons, arrays={**row.arrays, "classes": shares})


def _adversarial(chosen: Chosen, subject: Subject, digit: Given) -> Row:
    key, image, dataset = snapshot_of(subject), Same(digit.given), subject.config.dataset
    search = cached.search_at(key, image, dataset)
    seen = np.divide(digit.given, 255, dtype=np.float32)
    arrays = {SEEN: seen, HIDDEN: search.z[-1], MADE: cached.in_28_pixels(search)[-1]}
    row = make_row(chosen, subject, digit, arrays, Look("signed", -LATENT_REACH, LATENT_REACH), "numbers")
    try:
        says = f"D(x) = {cached.score_at(key, image, dataset, subject.shown_set):.3f}"
    except DataMissing as missing:
        says = f"No D(x): {missing}"
    reasons = dict.fromkeys(LIKELIHOODS, "A GAN has no likelihood.")
    return replace(row, code_says="z found by search", says=says, reasons=reasons, search=search)


def _passed(chosen: Chosen, subject: Subject, digit: Given, look: Look | None, unit: str, steps: int = 1) -> Row:
    """Return the row of a model with a way from images to codes."""
    through = cached.passed_at(snapshot_of(subject), Same(digit.given), digit.draw, steps)
    arrays = {SEEN: through.seen, HIDDEN: through.code}
    arrays |= {} if through.output is None else {MADE: through.output}
    return make_row(chosen, subject, digit, arrays, look, unit)


def _with(row: Row, name: str, figure: Figure) -> Row:
    return replace(row, figures={**row.figures, name: figure})


_RBM = partial(_boltzmann, metric="log_likelihood", of=SAMPLED, sign="≈")
_DBN = partial(_boltzmann, metric="likelihood_bound", of=SAMPLED, sign="≥")

WAYS: Mapping[str, Way] = {
    "rbm": _RBM,
    "gaussian-rbm": partial(_RBM, of=DENSITY),
    "dbn": _DBN,
    "fine-tuned-dbn": _DBN,
    "autoencoder": _autoencoder,
    "denoising": _autoencoder,
    "contractive": _autoencoder,
    "sparse": _autoencoder,
    "pretraining": _autoencoder,
    "deep-autoencoder": _autoencoder,
    "deep-classifier": _classifier,
    "vae": _variational,
    "conv-vae": _variational,
    "dcgan": _adversarial,
}
