"""What claims on sparse codes, on layers trained one by one and on deep autoencoders may use besides."""

from functools import lru_cache

import numpy as np
import torch
from scipy.stats import spearmanr

from explorer.analysis.autoencoder_measures import PROBE_STEPS, PROBE_TRAIN
from explorer.analysis.autoencoder_pictures import encoder_product
from explorer.analysis.codes import LabelledCodes, codes_of, knn_accuracy, probe_accuracy, squared_errors
from explorer.analysis.pca import principal_components
from explorer.analysis.retrieval import precision_at
from explorer.analysis.sparsity import sparsity
from explorer.data.catalogue import load

QUERIES = 1_000  # images looked for, as on the page; and ranked by a tile
KNOWN = 5_000  # test images whose class the neighbours on a map know, to tell that of the others
PAIRS = 1_000  # test images compared with each other


def code(run, epoch=None):
    """The codes (N, C) of all test images."""
    return _code(run.model(epoch), run.config.dataset)


@lru_cache(maxsize=12)
def _code(model, dataset):
    return codes_of(model, load(dataset).test)


def sparse_code(run, epoch=None):
    return _sparse_code(run.model(epoch), run.config.dataset)


@lru_cache(maxsize=12)
def _sparse_code(model, dataset):
    return sparsity(_code(model, dataset))


def from_strong(run, above=0.5):
    """The share of all activation that comes from activations above a value."""
    return float(code(run)[code(run) > above].sum() / code(run).sum())


def units_on_by_ink(run, heaviest):
    """The mean number of units on for the tenth of the test images with the most ink, or with the least."""
    order = np.argsort(run.images.sum(axis=1), kind="stable")
    tenth = len(order) // 10
    return float(sparse_code(run).units_on[order[-tenth:] if heaviest else order[:tenth]].mean())


def units_shared(run, same):
    """How many units two test images of the same class, or of different ones, have on together: the mean over pairs."""
    on = (code(run)[:PAIRS] > 0.5).astype(np.float32)
    alike = run.labels[:PAIRS, None] == run.labels[None, :PAIRS]
    wanted = (alike if same else ~alike) & ~np.eye(PAIRS, dtype=bool)
    return float((on @ on.T)[wanted].mean())


def most_varying(run):
    """The two units that the map of codes shows first."""
    return np.argsort(-code(run).var(axis=0), kind="stable")[:2]


def tiles(run, layer=1):
    """The tiles of a layer's units, (H, V), as the view of weights has them."""
    return encoder_product(run.model(), layer).T


def area(pictures):
    """How many pixels each picture (H, V) covers, (H,): (Σx²)² / Σx⁴, which is n where n pixels are alike."""
    square = np.square(pictures)
    return square.sum(axis=1) ** 2 / np.maximum(np.square(square).sum(axis=1), 1e-12)


def likeness(pictures, others):
    """The largest correlation, of either sign, of each picture (H, V) with one of others (M, V): (H,)."""
    x, y = (each - each.mean(axis=1, keepdims=True) for each in (pictures, others))
    lengths = np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1))
    return np.abs(x @ y.T / lengths).max(axis=1)


def smoothness(pictures):
    """The correlation of neighbouring pixels in the middle of pictures (H, 784): the median."""
    middle = pictures.reshape(-1, 28, 28)[:, 4:24, 4:24]
    return float(np.median([np.corrcoef(x[:, 1:].ravel(), x[:, :-1].ravel())[0, 1] for x in middle]))


def layer_activity(run, layer):
    """What the units of a layer make of the test images, (N, H)."""
    return _layers(run.model(), run.config.dataset)[layer - 1]


@lru_cache(maxsize=2)
def _layers(model, dataset):
    with torch.no_grad():
        return [h.numpy() for h in model.layers(torch.tensor(load(dataset).test) / 255)]


def of_one_class(run, layer, count=10, units=400):
    """How many of the ten test images that turn a unit on most are of the same class, for each of the first units."""
    order = np.argsort(-np.ascontiguousarray(layer_activity(run, layer)[:, :units].T), axis=1, kind="stable")
    return np.array([np.bincount(labels).max() for labels in run.labels[order[:, :count]]])


def said_by_tile(run, layer, units=50):
    """How well a tile's weighted sum of pixels ranks images as its unit does: the median over the first units."""
    activity, sums = layer_activity(run, layer)[:QUERIES], run.images[:QUERIES] @ tiles(run, layer).T
    return float(np.median([spearmanr(sums[:, j], activity[:, j])[0] for j in range(min(units, sums.shape[1]))]))


@lru_cache(maxsize=1)
def components(dataset="mnist"):
    """The principal components of the first 20,000 training images: of all, they take three times as long."""
    return principal_components(load(dataset).train[:20_000])


def copies(run, images):
    """What a model makes of images (N, V), the picture clipped to [0, 1] as on the page."""
    with torch.no_grad():
        return run.model().reconstruct(torch.as_tensor(images)).clamp(0, 1).numpy()


def copy_errors(run, images):
    """The squared error of each copy of images (N, V), (N,)."""
    return squared_errors(images, copies(run, images))


def pca_copies(images, count):
    return components().reconstruct(images, count).clip(0, 1)


def pca_errors(images, count):
    return components().squared_error(images, count)


def grey(images):
    """The share of pixels that are neither nearly black nor nearly white."""
    return float(((images > 0.1) & (images < 0.9)).mean())


def letters():
    """Three pictures that are no digits, (3, 784): X, H and T, of lines two pixels wide."""
    X, H, T = pictures = np.zeros((3, 28, 28), np.float32)
    i = np.arange(5, 23)
    X[i, i] = X[i, i - 1] = X[i, 27 - i] = X[i, 28 - i] = 1
    H[5:23, 6:8] = H[5:23, 20:22] = H[13:15, 6:22] = 1
    T[5:7, 5:23] = T[5:23, 13:15] = 1
    return pictures.reshape(3, -1)


def told_on_map(places, labels):
    """The share of test images whose class their neighbours on a map (N, 2) tell: one half of the other half's."""
    return knn_accuracy(LabelledCodes(places[:KNOWN], labels[:KNOWN]), LabelledCodes(places[KNOWN:], labels[KNOWN:]))


def told_of_class(places, labels, label):
    """The same of the images of one class."""
    of = np.flatnonzero(labels[KNOWN:] == label) + KNOWN
    return knn_accuracy(LabelledCodes(places[:KNOWN], labels[:KNOWN]), LabelledCodes(places[of], labels[of]))


def on_axes(run, count=2):
    """The codes on their own first principal axes, (N, count), and the share of their variance there."""
    return _on_axes(run.model(), run.config.dataset, count)


@lru_cache(maxsize=4)
def _on_axes(model, dataset, count):
    centred = _code(model, dataset) - _code(model, dataset).mean(axis=0)
    variance, axes = np.linalg.eigh(centred.T @ centred)
    return centred @ axes[:, : -count - 1 : -1], float(variance[-count:].sum() / variance.sum())


def found(descriptions, labels, count):
    """Of the `count` nearest other images, the share that is of the class looked for."""
    return float(precision_at(descriptions, labels, QUERIES, count)[-1])


def probe_of_pixels(dataset="mnist"):
    """The share of test images that the probe of a run's figures tells by their pixels."""
    images = load(dataset)
    known, asked = (
        LabelledCodes(np.divide(x, 255, dtype=np.float32), labels)
        for x, labels in (
            (images.train[:PROBE_TRAIN], images.train_labels[:PROBE_TRAIN]),
            (images.test, images.test_labels),
        )
    )
    return probe_accuracy(known, asked, PROBE_STEPS)


def mean_error(runs):
    """The mean of the classifiers' errors on test images."""
    return float(np.mean([run.figure("error") for run in runs]))


def spread(runs):
    """From the best classifier's error to the worst's."""
    return float(np.ptp([run.figure("error") for run in runs]))


KINDS = ("sparse", "pretraining", "deep-autoencoder")
WORDS = {
    each.__name__: each
    for each in (
        code,
        sparse_code,
        from_strong,
        units_on_by_ink,
        units_shared,
        most_varying,
        tiles,
        area,
        likeness,
        smoothness,
        of_one_class,
        said_by_tile,
        components,
        copies,
        copy_errors,
        pca_copies,
        pca_errors,
        grey,
        letters,
        told_on_map,
        told_of_class,
        on_axes,
        found,
        probe_of_pixels,
        mean_error,
        spread,
    )
}
