"""How deep autoencoders, and what they were made of, feed the views that all kinds of models share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.models.autoencoder import Autoencoder
from explorer.ui.shelf.snapshots import model_of
from explorer.ui.state.subject import Subject
from explorer.ui.views.autoencoder.adapters import CODES, PASSAGE, grey, through_model
from explorer.ui.views.autoencoder.cached import pca_places
from explorer.ui.views.code_map.space import Rival
from explorer.ui.views.deep.start import start_of
from explorer.ui.views.reconstructions import Passed


def _through_start(subject: Subject, _epoch: int, pixels: NDArray[np.uint8], _draw: int) -> Passed:
    key = start_of(subject)
    if key is None:
        raise RuntimeError("asked for a start that is not there")
    return through_model(model_of(key, Autoencoder), grey(pixels))


LAYERS_PASSAGE = replace(PASSAGE, name="Layers")
DEEP_PASSAGE = replace(PASSAGE, name="Fine-tuned")
START_PASSAGE = replace(
    PASSAGE, through=_through_start, name="Before", moves=False, is_there=lambda subject: start_of(subject) is not None
)
PCA_MAP = Rival(
    "The first two principal components",
    lambda subject: pca_places(subject.shown_set),
    ("component 1", "component 2"),
)
DEEP_CODES = replace(CODES, beside=PCA_MAP)
