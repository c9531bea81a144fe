"""How autoencoders, and PCA beside them, feed the views that all kinds of models share."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.codes import squared_errors
from explorer.arrays import Floats
from explorer.models.autoencoder import Autoencoder
from explorer.plots.tiles import reach
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key
from explorer.ui.state.subject import Subject, snapshot_of
from explorer.ui.views.autoencoder.cached import autoencoder_of, codes, codes_at, pca_of, pca_size
from explorer.ui.views.code_map.space import CodeSpace
from explorer.ui.views.reconstructions import Look, Passage, Passed, notes_on_codes


def grey(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Return images of bytes (B, V) as grey values in [0, 1]."""
    return torch.tensor(pixels) / 255


def _passed(x: torch.Tensor, code: Floats, output: Floats) -> Passed:
    """Return a reconstruction as the view takes it: the error is of the output as it is, the picture is clipped."""
    error = squared_errors(x.numpy(), output)
    notes = notes_on_codes(code, 6, 2)
    return Passed(None, code, {"": output.clip(0, 1)}, error, notes)


def through_model(model: Autoencoder, x: torch.Tensor) -> Passed:
    """Return what a model makes of images (B, V) in [0, 1]."""
    with torch.no_grad():
        code = model.encode(x)
        return _passed(x, code.numpy(), model.decode(code).numpy())


def _through(subject: Subject, epoch: int, pixels: NDArray[np.uint8], _draw: int) -> Passed:
    return through_model(autoencoder_of(subject, epoch), grey(pixels))


def _through_pca(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], _draw: int) -> Passed:
    x, pca = grey(pixels), pca_of(subject.shown_set)
    code = pca.codes(x.numpy(), autoencoder_of(subject).code_size)
    return _passed(x, code, pca.decode(code))


def _look(subject: Subject) -> Look:
    """Return the colour scale of the codes: as far as the activation reaches, or as the codes at the last epoch do."""
    activation = autoencoder_of(subject).code_activation
    if activation == "sigmoid":
        return Look("pixels", 0, 1)
    if activation == "tanh":
        return Look("signed", -1, 1)
    limit = _reach(snapshot_of(subject, subject.epochs[-1]), subject.shown_set)
    return Look("signed", -limit, limit) if activation == "linear" else Look("share", 0, limit)


@remembered()
def _reach(key: Key, dataset: str) -> float:
    return reach(codes_at(key, dataset)) or 1.0


def _pca_look(subject: Subject) -> Look:
    limit = 3 * float(pca_of(subject.shown_set).deviation[0])
    return Look("signed", -limit, limit)


PASSAGE = Passage(_through, ("",), "code", _look, random=False, name="Autoencoder")
PCA_PASSAGE = Passage(
    _through_pca,
    ("",),
    "code",
    _pca_look,
    random=False,
    name="PCA",
    moves=False,
    is_there=lambda subject: pca_size(subject) > 0,
)
CODES = CodeSpace(
    "Code space",
    "code",
    codes,
    lambda subject: codes(subject).var(axis=0),
    center=lambda subject: codes(subject).mean(axis=0),  # unlike latents with a prior, codes need not lie around 0
)
