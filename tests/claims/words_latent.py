"""What claims on variational autoencoders may use besides."""

from functools import lru_cache

import numpy as np
import torch

from explorer.analysis.bounds import importance_weights, nested_bounds
from explorer.analysis.latent import (
    decoded_grid,
    equal_steps,
    interpolate,
    lengths,
    noise,
    passed,
    posterior,
    steps_of_prior,
)
from explorer.analysis.ranking import largest_first
from explorer.analysis.sample_quality import some
from explorer.data.catalogue import load
from tests.claims.vocabulary import classes, share

SOME = 1_000  # images
SHAPE = (28, 28)


def _source():
    return torch.Generator().manual_seed(0)


def work(run, **settings):
    """The multiply-adds of training on one image, with some settings changed."""
    return run.config.model_copy(update=settings).cost(SHAPE)


def numbers_of(run):
    """How many parameters a model has."""
    return sum(tensor.numel() for tensor in run.model().state().values())


def some_of(run):
    """How many images are enough, where they go through convolutions."""
    return 300 if run.config.kind == "conv-vae" else SOME


def greys(images):
    """The share of pixels that are neither black nor white."""
    pixels = np.asarray(images)
    return share((pixels > 0.1) & (pixels < 0.9))


@lru_cache(maxsize=32)
def codes(run, epoch=None):
    """q(z|x) of test images."""
    return posterior(run.model(epoch), some(load(run.config.dataset).test, SOME), _source())


def labels_of(run, count=SOME):
    """Their classes."""
    return some(run.labels, count)


@lru_cache(maxsize=16)
def through(run):
    """Test images on their way through a model, and the classes that a classifier sees in those that come back."""
    found = passed(run.model(), some(load(run.config.dataset).test, 2 * some_of(run)), _source())
    return found, classes(found.from_mean).argmax(axis=1)


def kept(run, digit=None):
    """The share of test images, or of those of a digit, that keep their class."""
    seen = through(run)[1]
    labels = labels_of(run, len(seen))
    return share((seen == labels)[labels == digit if digit is not None else slice(None)])


def seen_in(run, digit, other):
    """The share of a digit's test images that come back as another digit."""
    seen = through(run)[1]
    return share(seen[labels_of(run, len(seen)) == digit] == other)


def unsettled(run):
    """The share of test images of which a sample from q(z|x) shows another class than its mean."""
    found, seen = through(run)
    return share(classes(found.from_sample).argmax(axis=1) != seen)


def same_neighbour(run, epoch=None, dimensions=None):
    """The share of test images whose nearest neighbour among the others is of their class, by all or some latents."""
    mean, labels = codes(run, epoch).mean, labels_of(run)
    places = torch.tensor(mean if dimensions is None else mean[:, dimensions])
    nearest = torch.cdist(places, places).fill_diagonal_(torch.inf).argmin(dim=1).numpy()
    return share(labels[nearest] == labels)


def strongest(run, count):
    """The latents that say most."""
    return largest_first(codes(run).kl)[:count]


def decode(run, z, epoch=None):
    with torch.no_grad():
        return run.model(epoch).decode(torch.as_tensor(z)).numpy()


@lru_cache(maxsize=16)
def drawn(run, epoch=None):
    """Images decoded from the prior, as Generate does it."""
    return decode(run, noise(run.config.latent_size, some_of(run), 0), epoch)


@lru_cache(maxsize=8)
def certainty(run, epoch=None):
    """The classifier's probability of its first choice, of each image decoded from the prior."""
    return classes(drawn(run, epoch)).max(axis=1)


@lru_cache(maxsize=8)
def from_images(run):
    """How far each latent drawn from the prior is from the nearest of an image, by the latents in use."""
    q, z = codes(run), noise(run.config.latent_size, some_of(run), 0)
    return torch.cdist(torch.tensor(z[:, q.active]), torch.tensor(q.mean[:, q.active])).amin(dim=1).numpy()


def between_images(run):
    """How far the latent of each image is from the nearest of another."""
    q = codes(run)
    places = torch.tensor(q.mean[:, q.active])
    return torch.cdist(places, places).fill_diagonal_(torch.inf).amin(dim=1).numpy()


def around(run, neighbours=10):
    """Whether the latents nearest to each drawn from the prior are all of one class."""
    q, z = codes(run), noise(run.config.latent_size, some_of(run), 0)
    near = torch.cdist(torch.tensor(z), torch.tensor(q.mean)).topk(neighbours, largest=False).indices.numpy()
    found = labels_of(run)[near]
    return (found == found[:, :1]).all(axis=1)


@lru_cache(maxsize=8)
def halfway(run, spherical):
    """Half-way between test images of two classes: lengths at the ends and there, images there and at both ends."""
    mean, labels = codes(run).mean, labels_of(run)
    pairs = np.random.default_rng(0).integers(0, len(mean), (some_of(run) // 2, 2))
    pairs = pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]]
    ways = np.stack([interpolate(mean[a], mean[b], 3, spherical=spherical) for a, b in pairs])
    images = decode(run, ways.reshape(-1, ways.shape[-1])).reshape(len(ways), 3, -1)
    return lengths(ways.reshape(-1, ways.shape[-1])).reshape(-1, 3), images, labels[pairs]


def third_class(run, spherical):
    """The share of ways that show a class half-way that is at neither end."""
    _, images, labels = halfway(run, spherical)
    seen = classes(images[:, 1]).argmax(axis=1)
    return share((seen[:, None] != labels).all(axis=1))


def corners(values, radius=2.0):
    """The share of a grid's places that are further from 0 than a radius."""
    return share(np.hypot(values[:, None], values) > radius)


def walked(run, reach=2.0, side=15):
    """The images of the walk over the two latents that say most."""
    values, shown = equal_steps(reach, side), tuple(int(latent) for latent in strongest(run, 2))
    return decoded_grid(run.model(), values, values, shown).reshape(side * side, -1)


@lru_cache(maxsize=8)
def bounds(run, sizes, count=10):
    """L_k of test images for each k, from as many samples as the largest has."""
    with torch.no_grad():
        x = run.observed(count)
        return nested_bounds(importance_weights(run.model(), x, max(sizes), _source()), sizes).mean(dim=1).numpy()


KINDS = ("vae", "conv-vae", "dcgan")
WORDS = {
    each.__name__: each
    for each in (
        work, numbers_of, greys, codes, through, kept, seen_in, unsettled, same_neighbour, strongest, drawn, certainty,
        from_images, between_images, around, halfway, third_class, corners, walked, bounds, equal_steps, steps_of_prior,
        noise, lengths,
    )
}  # fmt: skip
