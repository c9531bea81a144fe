"""Analyses of autoencoder snapshots that views share, computed once for all sessions."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.codes import codes_of
from explorer.analysis.pca import PrincipalComponents, principal_components
from explorer.models.autoencoder import Autoencoder, AutoencodingConfig
from explorer.ui.images import shown_set, test_images
from explorer.ui.snapshots import Key, model_of
from explorer.ui.subjects import Subject, snapshot_of
from explorer.ui.views.code_map import CodeSpace
from explorer.ui.views.reconstructions import Look, Passage, Passed

Floats = NDArray[np.float32]
FITTING = 0.998  # share of the values that a colour scale has room for


def config_of(subject: Subject) -> AutoencodingConfig:
    """Return the subject's config as an autoencoder's."""
    return cast(AutoencodingConfig, subject.config)


def autoencoder_of(subject: Subject, epoch: int | None = None) -> Autoencoder:
    """Return the model of the subject's newest snapshot up to an epoch, by default the one shown."""
    return cast(Autoencoder, model_of(snapshot_of(subject, epoch)))


def shown_of(subject: Subject) -> str:
    """Return the data set whose test images are shown for a subject: part of the key of what is made of them."""
    return shown_set(subject.config.dataset)


def codes(subject: Subject, epoch: int | None = None) -> Floats:
    """Return the codes (N, C) of all test images."""
    return _codes(snapshot_of(subject, epoch), shown_of(subject))


@st.cache_resource(max_entries=16, show_spinner=False)  # 40 MB each for 1,000 units
def _codes(key: Key, dataset: str) -> Floats:
    return codes_of(model_of(key), test_images(dataset).test)


def first_layer(subject: Subject) -> Floats:
    """Return what each unit of the first layer makes of the test images, (N, H)."""
    if len(autoencoder_of(subject).sizes) == 2:
        return codes(subject)
    return _first_layer(snapshot_of(subject), shown_of(subject))


@st.cache_resource(max_entries=4, show_spinner=False)
def _first_layer(key: Key, dataset: str) -> Floats:
    with torch.no_grad():
        x = torch.tensor(test_images(dataset).test).div(255)
        return np.asarray(cast(Autoencoder, model_of(key)).layers(x)[0].numpy())


def over_epochs(subject: Subject, metric: str) -> tuple[Floats, Floats]:
    """Return the epochs from 1 on at which a metric was measured, and its values."""
    table = subject.run.metrics()
    values = table[metric].dropna() if metric in table else table.iloc[:0].sum(axis=1)
    values = values[values.index >= 1]
    return values.index.to_numpy(), values.to_numpy()


@st.cache_resource(max_entries=4, show_spinner=False)
def pca_of(dataset: str) -> PrincipalComponents:
    """Return the principal components of a data set's training images."""
    return principal_components(test_images(dataset).train)


def grey(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Return images of bytes (B, V) as grey values in [0, 1]."""
    return torch.tensor(pixels) / 255


def _passed(x: torch.Tensor, code: Floats, output: Floats) -> Passed:
    """Return a reconstruction as the view takes it: the error is of the output as it is, the picture is clipped."""
    error = np.square(output - x.numpy()).sum(axis=1)
    notes = tuple(", ".join(f"{value:+.2f}" for value in row[:6]) + (" …" if len(row) > 6 else "") for row in code)
    return Passed(None, code, {"": output.clip(0, 1)}, error, notes)


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], _draw: int) -> Passed:
    x, model = grey(pixels), autoencoder_of(subject, epoch)
    with torch.no_grad():
        code = model.encode(x)
        return _passed(x, code.numpy(), model.decode(code).numpy())


def _through_pca(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], _draw: int) -> Passed:
    x, pca = grey(pixels), pca_of(shown_of(subject))
    code = pca.codes(x.numpy(), autoencoder_of(subject).code_size)
    return _passed(x, code, pca.decode(code))


def _look(subject: Subject) -> Look:
    """Return the colour scale of the codes: as far as the activation reaches, or as the codes at the last epoch do."""
    activation = autoencoder_of(subject).code_activation
    if activation == "sigmoid":
        return Look("pixels", 0, 1)
    if activation == "tanh":
        return Look("signed", -1, 1)
    limit = _reach(snapshot_of(subject, subject.epochs[-1]), shown_of(subject))
    return Look("signed", -limit, limit) if activation == "linear" else Look("share", 0, limit)


@lru_cache(maxsize=256)
def _reach(key: Key, dataset: str) -> float:
    return float(np.quantile(np.abs(_codes(key, dataset)), FITTING)) or 1.0


def _pca_look(subject: Subject) -> Look:
    limit = float(3 * np.sqrt(pca_of(shown_of(subject)).variance[0]))
    return Look("signed", -limit, limit)


PASSAGE = Passage(_through, ("",), "code", _look, random=False, name="Autoencoder")
PCA_PASSAGE = Passage(_through_pca, ("",), "code", _pca_look, random=False, name="PCA", moves=False)
CODES = CodeSpace(
    "Code space",
    "code",
    codes,
    lambda subject: codes(subject).var(axis=0),
    center=lambda subject: codes(subject).mean(axis=0),  # unlike latents with a prior, codes need not lie around 0
)
