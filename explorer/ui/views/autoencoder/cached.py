"""Autoencoders of snapshots and what is computed of them, once for all sessions."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.analysis.autoencoder_measures import reconstruction_error
from explorer.analysis.codes import codes_of
from explorer.analysis.pca import PrincipalComponents, on_a_plane, principal_components
from explorer.arrays import Floats
from explorer.models.autoencoder import Autoencoder
from explorer.plots.palette import OTHER
from explorer.runs.run import Run
from explorer.ui.shelf.images import test_images
from explorer.ui.shelf.remembered import remembered
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.subject import Subject, snapshot_of

PCA_COLOR = OTHER


def autoencoder_of(subject: Subject, epoch: int | None = None) -> Autoencoder:
    """Return the model of the subject's newest snapshot up to an epoch, by default the one shown."""
    return model_of(snapshot_of(subject, epoch), Autoencoder)


def codes(subject: Subject, epoch: int | None = None) -> Floats:
    """Return the codes (N, C) of all test images."""
    return codes_at(snapshot_of(subject, epoch), subject.shown_set)


@remembered("Encoding the test images …")  # 40 MB each for 1,000 units
def codes_at(key: Key, dataset: str) -> Floats:
    """Return the codes of all test images at a snapshot."""
    return codes_of(model_of(key, Autoencoder), test_images(dataset).test)


def activity(subject: Subject, layer: int) -> Floats:
    """Return what each unit of an encoder's layer (1, 2, …) makes of the test images, (N, H)."""
    if layer == len(autoencoder_of(subject).sizes) - 1:
        return codes(subject)
    return _activity(snapshot_of(subject), layer, subject.shown_set)


@remembered()
def _activity(key: Key, layer: int, dataset: str) -> Floats:
    with torch.no_grad():
        x = torch.tensor(test_images(dataset).test).div(255)
        return np.asarray(model_of(key, Autoencoder).layers(x)[layer - 1].numpy())


def over_epochs(subject: Subject, metric: str) -> tuple[Floats, Floats]:
    """Return the epochs from 1 on at which a metric was measured, and its values."""
    return measured(subject.run, metric)


def measured(run: Run, metric: str) -> tuple[Floats, Floats]:
    """Return the same of any run."""
    table = run.metrics()
    values = table[metric].dropna() if metric in table else table.iloc[:0].sum(axis=1)
    values = values[values.index >= 1]
    return values.index.to_numpy(), values.to_numpy()


@remembered()
def pixels_of(dataset: str) -> Floats:
    """Return the test images with pixels in [0, 1], (N, V)."""
    return np.divide(test_images(dataset).test, 255, dtype=np.float32)


@remembered("Finding the principal components …")
def pca_of(dataset: str) -> PrincipalComponents:
    """Return the principal components of a data set's training images."""
    return principal_components(test_images(dataset).train)


@remembered()
def pca_codes(dataset: str, count: int) -> Floats:
    """Return the test images on the first principal components, (N, count)."""
    return pca_of(dataset).codes(pixels_of(dataset), count)


def pca_size(subject: Subject) -> int:
    """Return how many principal components are compared with the subject's code: as many as units, if there are."""
    return min(autoencoder_of(subject).code_size, len(pca_of(subject.shown_set).components))


@remembered()
def pca_floor(dataset: str) -> NDArray[np.float64]:
    """Return PCA's mean squared error per test image by its number of components, (K + 1,)."""
    return pca_of(dataset).floor(pixels_of(dataset))


def pca_words(dataset: str, size: int) -> str:
    """Return what PCA with so many components is called, and why it has fewer where it does."""
    there = len(pca_of(dataset).components)
    if size <= there:
        return f"PCA with {size} components"
    few = f"only {there} component{'s' * (there > 1)}" if there else "no components"
    return f"PCA with {few}, as training images vary in no more directions"


def pca_places(dataset: str) -> Floats:
    """Return the test images on the first two principal components, 0 on one that there is not, (N, 2)."""
    return on_a_plane(pca_codes(dataset, 2))


def pca_error(dataset: str, components: int) -> float:
    """Return PCA's mean squared error per test image; more components than there are do no more."""
    floor = pca_floor(dataset)
    return float(floor[min(components, len(floor) - 1)])


@remembered()
def error_of(key: Key, dataset: str) -> float:
    """Return the mean squared error per test image of a snapshot."""
    with torch.no_grad():
        return reconstruction_error(model_of(key, Autoencoder), torch.tensor(test_images(dataset).test))
