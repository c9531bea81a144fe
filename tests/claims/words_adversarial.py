"""What claims on generative adversarial networks may use besides."""

from functools import lru_cache

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d

from explorer.analysis.digit_classifier import digit_classifier
from explorer.analysis.gan_networks import discriminator_maps, generate, generator_maps, judge
from explorer.analysis.generation import directions, frechet_distance, precision_and_recall
from explorer.analysis.latent import interpolate, lengths, noise
from explorer.analysis.sample_quality import Yardstick, some
from explorer.analysis.training_neighbors import nearest_training_images, usual_distance
from explorer.data.catalogue import load
from explorer.models.resizing import SIDE, images_at, shrink
from tests.claims.vocabulary import classes, correlation

SOME = 1_000  # images, as many as Quality measures
REFERENCE = 500  # images among which D judges one, as on the page


@lru_cache(maxsize=32)
def generated(run, epoch=None, count=100, scale=1.0):
    """Samples of the noise of all views, times a number."""
    return generate(run.model(epoch), noise(run.config.latent_size, count, 0) * np.float32(scale))


def small(images):
    """Samples at 28×28 pixels, (N, 784)."""
    return shrink(torch.tensor(images)).flatten(1)


def seen_as(run, epoch=None, count=100, scale=1.0):
    """The digit that the classifier sees in each sample."""
    return classes(small(generated(run, epoch, count, scale))).argmax(axis=1)


@lru_cache(maxsize=4)
def nearest_real(run, count=30):
    """How far samples are from the nearest training image."""
    return nearest_training_images(small(generated(run)[:count]), load(run.config.dataset).train, 1).distances[:, 0]


@lru_cache(maxsize=1)
def usual(count=30):
    """How far test images are from the nearest training image."""
    images = load("mnist")
    return usual_distance(images.test[:count], images.train)


def believed(run, blurred=False, count=200):
    """D of test images among real ones; blurred, by the mean of 3×3 pixels."""
    images, side = load(run.config.dataset), run.model().side
    x = torch.tensor(images_at(some(images.test, count), side))
    if blurred:
        x = avg_pool2d(x[:, None], 3, 1, 1)[:, 0]
    return judge(run.model().settled(torch.tensor(images_at(some(images.train, REFERENCE), side))), x.numpy())


@lru_cache(maxsize=4)
def on_the_way(run, spherical, count=50):
    """Half-way between samples: lengths of z, and what the classifier is sure of there."""
    z = noise(run.config.latent_size, 2 * count, 0)
    ways = [interpolate(a, b, 3, spherical=spherical)[1] for a, b in zip(z[:count], z[count:], strict=True)]
    middle = np.stack(ways)
    return lengths(middle), classes(small(generate(run.model(), middle))).max(axis=1)


def _with_ink(maps, image):
    """The mean size of the correlations of maps with an image's ink."""
    ink = adaptive_avg_pool2d(torch.tensor(image)[None, None], maps.shape[-1])[0, 0].numpy()
    return np.mean([abs(correlation(each, ink)) for each in maps])


@lru_cache(maxsize=8)
def ink_in(run, layer, count=20):
    """How much more the maps of a generator's layer are like their own image's ink than like another's."""
    z = noise(run.config.latent_size, count, 0)
    maps, images = [generator_maps(run.model(), each)[layer] for each in z], generated(run)[:count]
    own, others = (
        np.mean([_with_ink(x, image) for x, image in zip(maps, shown, strict=True)])
        for shown in (images, np.roll(images, 1, axis=0))
    )
    return own - others


def chessboard(maps):
    """The share of what maps (N, side, side) contain that is a chessboard in squares of 2×2."""
    x = np.asarray(maps, float)
    x = x - x.mean(axis=(1, 2), keepdims=True)
    board = (x[:, ::2, ::2] - x[:, ::2, 1::2] - x[:, 1::2, ::2] + x[:, 1::2, 1::2]) / 4
    return float(4 * np.square(board).sum() / np.square(x).sum())


def layers_of(run, which, sample=0):
    """The maps of a sample, layer by layer, of G or of D."""
    if which == "G":
        return generator_maps(run.model(), noise(run.config.latent_size, 100, 0)[sample])
    judged = run.model().settled(torch.tensor(generated(run, count=REFERENCE)))
    return discriminator_maps(judged, generated(run)[sample])


@lru_cache(maxsize=8)
def features(run, count=SOME):
    """What the classifier sees in samples as Quality draws them; of test images, where there is no run."""
    if run is None:
        images = torch.tensor(images_at(some(load("mnist").test, count), SIDE))
    elif run.config.kind == "vae":
        images = run.model().sample(count, torch.Generator().manual_seed(0)).view(-1, SIDE, SIDE)
    else:
        images = shrink(torch.tensor(generated(run, count=count)))
    return digit_classifier("mnist").look(images)[0]


@lru_cache(maxsize=8)
def manifolds(run):
    """Precision and recall as Quality has them."""
    return precision_and_recall(directions(features(run)), directions(features(None)))


@lru_cache(maxsize=1)
def of_real_images(count=500, draws=5):
    """The qualities of training images, held against others, as often as they are drawn."""
    images, classifier, found = load("mnist"), digit_classifier("mnist"), []
    for seed in range(draws):
        train, test = (np.random.default_rng(seed).permutation(len(x)) for x in (images.train, images.test))
        rows = images.train[train[:count]], images.test[test[:count]], images.train[train[count : 2 * count]]
        known, held_against, seen = (torch.tensor(images_at(each, SIDE)) for each in rows)
        found.append(Yardstick.of(known, held_against, classifier).measure(seen))
    return found


def frechet(run):
    return frechet_distance(features(run), features(None))


KINDS = ("dcgan",)
WORDS = {
    each.__name__: each
    for each in (
        generated, small, seen_as, nearest_real, usual, believed, on_the_way, ink_in, chessboard, layers_of, manifolds,
        frechet, of_real_images,
    )
}  # fmt: skip
