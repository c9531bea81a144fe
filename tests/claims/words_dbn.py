"""What claims on deep belief networks, and on what they are made of, may use besides."""

from functools import lru_cache

import numpy as np
import torch

from explorer.analysis.activation import activity
from explorer.analysis.bounds import nested_bounds
from explorer.analysis.dbn_measures import BOUND_SAMPLES, asymmetry, projected_weights
from explorer.analysis.deep_likelihood import importance_weights
from explorer.analysis.gibbs import gibbs_chains, random_states
from explorer.analysis.reconstruction import reconstruct, reconstruct_deep
from explorer.data.catalogue import load
from explorer.models.rbm import RBM
from explorer.plots.tiles import squares
from tests.claims.vocabulary import SHARE_ON, classes, share
from tests.claims.words_deep import area, smoothness

KINDS = ("dbn", "fine-tuned-dbn")
IMAGES = 1_000  # that go through a model
BOUND_IMAGES = 200  # whose bounds are compared
PAIRS = 500  # images compared with each other
CHAINS = 200
STEPS = 215  # the last step of a chain that is recorded, as after step 100


def _source(seed=0):
    return torch.Generator().manual_seed(seed)


@lru_cache(maxsize=8)
def lowest_rbm(run):
    """The first RBM, as the pages show it beside the model."""
    model = run.model(0)
    level = model.levels[0]
    return RBM.of(level.W, level.a, level.b, model.sees)


@lru_cache(maxsize=16)
def through(run, epoch=None, alone=False, seed=0):
    """Test images through the model, or through the first RBM alone, as the pages show them."""
    pixels = load(run.config.dataset).test[:IMAGES]
    if alone:
        return reconstruct(lowest_rbm(run), pixels, _source(seed))
    return reconstruct_deep(run.model(epoch), pixels, run.config.cd_k, _source(seed))


@lru_cache(maxsize=16)
def right(run, epoch=None, alone=False, seed=0):
    """Of which of these images the classifier sees the right class in what comes back, (IMAGES,)."""
    return classes(through(run, epoch, alone, seed).means).argmax(axis=1) == run.labels[:IMAGES]


def straight_error(run):
    """The error where an image goes up and comes down again at once, without Gibbs steps in the top RBM."""
    model, draws, pixels = run.model(), _source(), torch.tensor(load(run.config.dataset).test[:IMAGES])
    states = model.up(model.observe(pixels, draws), draws)[-1]
    return float((model.down(states, draws) - pixels / 255).square().sum(dim=1).mean())


def tighter(run, epoch=None):
    """How far the bound from 50 samples is above the one from one sample, in nats: log Z takes no part in it."""
    weights = importance_weights(run.model(epoch), run.observed(BOUND_IMAGES, epoch), BOUND_SAMPLES, _source())
    one, many = nested_bounds(weights, (1, BOUND_SAMPLES)).mean(dim=1)
    return float(many - one)


def in_common(run, same):
    """How many top units two images of one class, or of different ones, have on together: the mean over pairs."""
    on, labels = through(run).states[:PAIRS], run.labels[:PAIRS]
    alike = labels[:, None] == labels
    wanted = (alike if same else ~alike) & ~np.eye(PAIRS, dtype=bool)
    return float((on @ on.T)[wanted].mean())


def like_their_images(run, epoch=None):
    """How well each top state correlates with its image, where both have as many elements: the median."""
    states, images = through(run, epoch).states, run.images[:IMAGES]
    return float(np.median([np.corrcoef(s, image)[0, 1] for s, image in zip(states, images, strict=True)]))


@lru_cache(maxsize=16)
def _chains(run, epoch, alone, on):
    model, draws, ways = (lowest_rbm(run) if alone else run.model(epoch)), _source(), _source()
    rbm = model if alone else model.top
    start = random_states(rbm, CHAINS, on, draws)
    found = gibbs_chains(rbm, start, STEPS, draws, down=None if alone else lambda v: model.down(v, ways))
    return {step: n for n, step in enumerate(found.steps)}, found


def dreamt(run, steps, epoch=None, alone=False, on=SHARE_ON):
    """The pictures of chains from random states after some steps, (CHAINS, V), as Generate has them."""
    at, found = _chains(run, epoch, alone, on)
    return found.means[at[steps]]


def energy(run, steps):
    """The mean energy of the top RBM along these chains."""
    at, found = _chains(run, None, False, SHARE_ON)
    return float(found.energy[at[steps]].mean())


@lru_cache(maxsize=32)
def _dreamt_classes(run, steps, epoch, alone, on):
    return classes(dreamt(run, steps, epoch, alone, on))


def dreamt_classes(run, steps, epoch=None, alone=False, on=SHARE_ON):
    """The classes that these pictures are given, (CHAINS,)."""
    return _dreamt_classes(run, steps, epoch, alone, on).argmax(axis=1)


def named(run, steps, epoch=None, alone=False, on=SHARE_ON):
    """How sure the classifier is of these pictures: the mean probability of its first choice."""
    return float(_dreamt_classes(run, steps, epoch, alone, on).max(axis=1).mean())


def doubtful(run, steps, alone=False):
    """The mean probability of its second choice."""
    return float(np.sort(_dreamt_classes(run, steps, None, alone, SHARE_ON), axis=1)[:, -2].mean())


def comes(run, digit, alone=False):
    """In how many of the chains a digit is seen at step 100 or at the last: the mean of the two shares."""
    return float(np.mean([share(dreamt_classes(run, n, alone=alone) == digit) for n in (100, STEPS)]))


def commonest(run, alone=False):
    """The share of the digit that comes most often."""
    return max(comes(run, digit, alone) for digit in range(10))


def stays(run, alone=False):
    """The share of the chains that show the same digit at step 100 and at the last."""
    return share(dreamt_classes(run, 100, alone=alone) == dreamt_classes(run, STEPS, alone=alone))


def top_tiles(run):
    """The top units' weights, as squares."""
    return squares(run.model().top.W.numpy().T)


def neighbours(tiles):
    """The correlation of neighbouring pixels of tiles (H, rows, columns): the median."""
    return float(np.median([np.corrcoef(x[:, 1:].ravel(), x[:, :-1].ravel())[0, 1] for x in tiles]))


def projected(run):
    """The top units' tiles in pixels, (H, V)."""
    return projected_weights(run.model()).numpy().T


def lowest(run):
    """The first RBM's tiles, (H, V)."""
    return lowest_rbm(run).W.numpy().T


def up(run, epoch=None):
    """The lowest level's weights up, R, as tiles (H, V)."""
    return run.model(epoch).levels[0].W.numpy().T


def down(run, epoch=None):
    """Its weights down, W′, as tiles (H, V)."""
    return run.model(epoch).levels[0].G.numpy().T


def apart(run, epoch=None):
    return np.abs(up(run, epoch) - down(run, epoch))


def parted(run):
    """How far each unit has parted, (H,), by which the view sorts."""
    return asymmetry(run.model().levels[0]).numpy()


def ink(run):
    """Which pixels have ink in more than a tenth of the test images' mean, (V,)."""
    return run.images.mean(axis=0) > 0.1


def blank(run):
    """Which pixels have none in any training image, (V,)."""
    return load(run.config.dataset).train.max(axis=0) == 0


def unsure(run, epoch):
    """The mean share of the lowest hidden units that are neither surely on nor surely off for a test image."""
    p = run.model(epoch).levels[0].mean_hidden(run.observed(IMAGES, epoch))
    return float(((p > 0.1) & (p < 0.9)).float().mean())


def frequency_below(run):
    """How often each unit of the lowest level is on, at the start, (H,)."""
    return activity(lowest_rbm(run), run.observed(IMAGES, 0)).frequency


def rho(x, y):
    """Spearman's rank correlation."""
    return float(np.corrcoef(np.argsort(np.argsort(x)), np.argsort(np.argsort(y)))[0, 1])


WORDS = {
    each.__name__: each
    for each in (
        lowest_rbm, through, right, straight_error, tighter, in_common, like_their_images, dreamt, energy,
        dreamt_classes, named, doubtful, comes, commonest, stays, top_tiles, neighbours, projected, lowest,
        up, down, apart, parted, ink, blank, unsure, frequency_below, rho, area, smoothness,
    )
}  # fmt: skip
