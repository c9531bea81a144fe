"""What claims of autoencoders without a prior may use besides: codes, PCA beside them, noise, tiles, the Jacobian."""

from functools import lru_cache, partial

import numpy as np
import torch

from explorer.analysis import codes as of_codes
from explorer.analysis.autoencoder_measures import _pca
from explorer.analysis.denoising_chain import (
    axes_around,
    correction_field,
    denoise,
    denoising_chain,
    plane_through,
    random_images,
)
from explorer.analysis.jacobian import spectrum
from explorer.analysis.pca import angles_to_pca, decoder_subspace
from explorer.analysis.projection import principal_axes
from explorer.analysis.retrieval import nearest_images, precision_at
from explorer.data.catalogue import load
from explorer.models.denoising import corrupt
from tests.claims.vocabulary import classes, correlation


@lru_cache(maxsize=1)
def components(run):
    """The principal components of a run's training images."""
    return _pca(run.config.dataset)


@lru_cache(maxsize=16)
def codes(run, epoch=None):
    """The codes of all test images, (N, C)."""
    return of_codes.codes_of(run.model(epoch), load(run.config.dataset).test)


@lru_cache(maxsize=8)
def on_components(run, count):
    """The test images on the first principal components, (N, count)."""
    return components(run).codes(run.images, count)


@torch.no_grad()
def copied(run, images):
    """What a model makes of images (N, V)."""
    return run.model().reconstruct(torch.tensor(images)).numpy()


def by_pca(run, images):
    """What as many principal components as code units keep of images (N, V)."""
    return components(run).reconstruct(images, run.config.code_size)


def beside_ink(run, copier, count=2000):
    """The squared error per image where the image has no ink."""
    images = run.images[:count]
    copies = copier(run, images)
    return float((np.square(copies.clip(0, 1) - images) * (images == 0)).sum(axis=1).mean())


def by_class(run, copier, count=5000):
    """The mean squared error of copies of the first test images, class by class, (10,)."""
    images, labels = run.images[:count], run.labels[:count]
    errors = of_codes.squared_errors(images, copier(run, images))
    return np.array([errors[labels == each].mean() for each in range(10)])


def angles(run, epoch):
    """The principal angles between decoder and PCA at an epoch, the largest first."""
    return angles_to_pca(decoder_subspace(run.model(epoch)), components(run))


def up(run, epoch=None):
    """The first layer's weights, a row for each unit, (H, V)."""
    return run.model(epoch).encoder_weights()[0].numpy().T


def down(run, epoch=None):
    """The weights to the pixels, a row for each unit, (H, V)."""
    return run.model(epoch).decoder_weights()[-1].numpy()


@lru_cache(maxsize=2)
def inked(run):
    """Which pixels have ink in any training image, (V,)."""
    return load(run.config.dataset).train.max(axis=0) > 0


def alike(tiles, others):
    """The correlation of each tile with the other of the same unit: the median."""
    return float(np.median([correlation(x, y) for x, y in zip(tiles, others, strict=True)]))


def largest_likeness(tiles, others):
    """The largest correlation, with either sign, of any tile with any other."""
    return max(abs(correlation(x, y)) for x in tiles for y in others)


def smoothness(tiles):
    """The correlation of pixels with their neighbours right and below, within a tile (H, V): the median."""
    squares = tiles.reshape(-1, 28, 28)
    return float(
        np.median(
            [
                correlation(np.r_[t[:, :-1].ravel(), t[:-1].ravel()], np.r_[t[:, 1:].ravel(), t[1:].ravel()])
                for t in squares
            ]
        )
    )


def extent(tiles):
    """Over how many pixels a tile's squared weights spread, (Σw²)² / Σw⁴: the median of tiles (H, V)."""
    squared = np.square(tiles)
    return float(np.median(squared.sum(axis=1) ** 2 / np.square(squared).sum(axis=1)))


def told_apart(run, one, other):
    """The share of the test images of two classes that the nearest codes among half of them tell apart."""
    chosen = np.isin(run.labels, (one, other))
    return knn(codes(run)[chosen], run.labels[chosen])


def knn(descriptions, labels):
    """How many of the second half of images have the class of the 5 nearest in the first half."""
    half = len(labels) // 2
    train = of_codes.LabelledCodes(descriptions[:half], labels[:half])
    return of_codes.knn_accuracy(train, of_codes.LabelledCodes(descriptions[half:][:2000], labels[half:][:2000]))


def on_two_axes(run):
    """The codes on their two principal axes, as the map shows them, (N, 2)."""
    return principal_axes(codes(run)).project(codes(run))


def between_classes(codes, labels):
    """The share of the variance of codes (N, C) that is between the means of the classes."""
    within = sum(codes[labels == each].var(axis=0).sum() * np.mean(labels == each) for each in range(10))
    return float(1 - within / codes.var(axis=0).sum())


@lru_cache(maxsize=32)
def of_class(describe, run, count):
    """How many of the `count` nearest images have the class of the one looked for, of the first 500 test images."""
    return float(precision_at(describe(run), run.labels, 500, count)[-1])


def pixels(run):
    return run.images


def as_components(run):
    return on_components(run, run.config.code_size)


def same_neighbors(images, others, among, others_among, count=20):
    """How many of the nearest to images are also nearest to others, by their own descriptions each: a share."""
    found = nearest_images(images, among, count + 1).indices
    again = nearest_images(others, others_among, count + 1).indices
    return float(np.mean([len(set(x[1:]) & set(y[1:])) / count for x, y in zip(found, again, strict=True)]))


def still_near(run, describe, aside, count=200):
    """How many of the 20 nearest to images are found again after a shift by some pixels to the right: a share."""
    moved = np.roll(load(run.config.dataset).test[:count].reshape(-1, 28, 28), aside, axis=2).reshape(-1, 784)
    by = {
        codes: lambda: of_codes.codes_of(run.model(), moved),
        as_components: lambda: components(run).codes(np.divide(moved, 255, dtype=np.float32), run.config.code_size),
        pixels: lambda: np.divide(moved, 255, dtype=np.float32),
    }
    among = describe(run)
    return same_neighbors(among[:count], by[describe](), among, among)


@lru_cache(maxsize=32)
def denoised(run, strength, noise=None, count=500):
    """What a model makes of test images with noise, by default of the kind it was trained with."""
    way = partial(
        corrupt, noise=noise or run.config.noise, strength=strength, generator=torch.Generator().manual_seed(0)
    )
    return denoise(run.model(), torch.tensor(run.images[:count]), way)


def left(run, strength, noise=None):
    """The error after denoising as a share of the error before."""
    found = denoised(run, strength, noise)
    return float(found.error.mean() / found.noisy_error.mean())


def recognised(run, images):
    """The share of pictures of the first test images that the classifier takes for what they are of."""
    return float((classes(images.clip(0, 1)).argmax(axis=1) == run.labels[: len(images)]).mean())


@lru_cache(maxsize=16)
def noise_chain(run, steps, start="data", following="sample", strength=None, count=50):
    """The means at the last step of chains of binary pixels from test images ("data") or random ones, (count, V)."""
    draws = torch.Generator().manual_seed(0)
    x = torch.tensor(run.images[:count])
    x = x if start == "data" else random_images(x.shape, draws)
    way = partial(corrupt, noise=run.config.noise, strength=strength or run.config.noise_strength, generator=draws)
    return denoising_chain(run.model(), x, steps, way, draws, following).means[-1]


def a_step(run, strength):
    """How far chains from test images go from the first to the second step: a mean distance."""
    return float(
        np.linalg.norm(noise_chain(run, 2, strength=strength) - noise_chain(run, 1, strength=strength), axis=1).mean()
    )


def apart(images):
    """The mean distance between images (N, V)."""
    return float(torch.pdist(torch.tensor(images)).mean())


def gap_filled(run, rows, count=200):
    """How much of the ink in the middle rows comes back if these are black: a share."""
    images = run.images[:count].reshape(-1, 28, 28).copy()
    middle = slice(14 - (rows + 1) // 2, 14 + rows // 2)
    ink = images[:, middle] > 0.5
    before = images[:, middle][ink].mean()
    images[:, middle] = 0
    return float(copied(run, images.reshape(-1, 784)).reshape(-1, 28, 28)[:, middle][ink].mean() / before)


def with_dot(images):
    """Images (N, V) with a white dot of 2 × 2 pixels at the left of the middle, and where it is (V,)."""
    found, dot = images.reshape(-1, 28, 28).copy(), np.zeros((28, 28), bool)
    dot[13:15, 4:6] = True
    found[:, dot] = 1
    return found.reshape(-1, 784), dot.ravel()


def dot_comes_back(run, count=200):
    """How white a stray dot is in the copies, beyond what is there without it: a mean."""
    images, dot = with_dot(run.images[:count])
    return float((copied(run, images) - copied(run, run.images[:count]))[:, dot].mean())


@lru_cache(maxsize=4)
def pull(run, side=25):
    """The correction field over the plane of the first three test images: along (side², 2), across (side²,), towards.

    `towards` (side², 2) leads from each place to the nearest of the three.
    """
    plane = plane_through(*run.images[:3])
    corners = plane.project(run.images[:3])
    x, y = axes_around(corners, 0.15, side)
    field = correction_field(run.model(), plane, x, y)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    nearest = np.linalg.norm(places[:, None] - corners, axis=2).argmin(axis=1)
    return field.along.reshape(-1, 2), field.across.ravel(), corners[nearest] - places


def heading(run):
    """The cosine between the arrows and the way to the nearest of the three images, (places,)."""
    along, _, towards = pull(run)
    return (along * towards).sum(axis=1) / np.linalg.norm(along, axis=1) / np.linalg.norm(towards, axis=1)


def at_images(run):
    """By how much the pull out of the plane is longer than that within it at the three images: the mean ratio."""
    plane = plane_through(*run.images[:3])
    fields = [correction_field(run.model(), plane, *place[:, None]) for place in plane.project(run.images[:3])]
    return float(np.mean([field.across / np.linalg.norm(field.along, axis=-1) for field in fields]))


@lru_cache(maxsize=8)
def singular(run, images=6):
    """The singular values of the Jacobian, the mean over test images, the largest first."""
    return spectrum(run.model(), torch.tensor(run.images[:images]), 1).values.mean(axis=0)


def lower_at_equal(run, other, x, y):
    """Whether a run's path over the epochs is below another's wherever both have been: at equal x, the smaller y."""
    (own_x, own_y), (x, y) = ((each.curve(x), each.curve(y)) for each in (run, other))
    both = own_x >= x.min()
    order = x.argsort()
    return bool((own_y[both] < np.interp(own_x[both], x[order], y[order])).all())


KINDS = ("autoencoder", "denoising", "contractive")
WORDS = {
    each.__name__: each
    for each in (
        components,
        codes,
        on_components,
        copied,
        by_pca,
        beside_ink,
        by_class,
        angles,
        up,
        down,
        inked,
        alike,
        largest_likeness,
        smoothness,
        extent,
        told_apart,
        knn,
        on_two_axes,
        between_classes,
        of_class,
        pixels,
        as_components,
        same_neighbors,
        still_near,
        denoised,
        left,
        recognised,
        noise_chain,
        apart,
        gap_filled,
        a_step,
        dot_comes_back,
        pull,
        heading,
        at_images,
        singular,
        lower_at_equal,
    )
}
