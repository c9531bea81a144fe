"""What claims on deep belief networks, and on what they are made of, may use besides."""

from functools import lru_cache

import numpy as np
import torch

from explorer.analysis.dbn_measures import asymmetry, projected_weights
from explorer.analysis.gibbs import gibbs_chains, random_states
from explorer.analysis.reconstruction import reconstruct, reconstruct_deep
from explorer.data.catalogue import load
from explorer.models.rbm import RBM
from explorer.plots.tiles import squares
from tests.claims.vocabulary import SHARE_ON, classes

IMAGES = 1_000  # that go through a model
CHAINS = 200
PAIRS = 500  # images compared with each other


def _source():
    return torch.Generator().manual_seed(0)


@lru_cache(maxsize=8)
def lowest_rbm(run):
    """The first RBM, as the pages show it beside the model."""
    model = run.model(0)
    level = model.levels[0]
    return RBM.of(level.W, level.a, level.b, model.sees)


@lru_cache(maxsize=16)
def through(run, epoch=None, alone=False):
    """Test images through the model, or through the first RBM alone, as the pages show them."""
    pixels = load(run.config.dataset).test[:IMAGES]
    if alone:
        return reconstruct(lowest_rbm(run), pixels, _source())
    return reconstruct_deep(run.model(epoch), pixels, run.config.cd_k, _source())


@lru_cache(maxsize=16)
def seen_as(run, epoch=None, alone=False):
    """The class that each of these images comes back as."""
    return classes(through(run, epoch, alone).means).argmax(axis=1)


def in_common(run, same, epoch=None):
    """How many top units two images of one class, or of different ones, have on together: the mean over pairs."""
    on, labels = through(run, epoch).states[:PAIRS], run.labels[:PAIRS]
    alike = labels[:, None] == labels
    wanted = (alike if same else ~alike) & ~np.eye(PAIRS, dtype=bool)
    return float((on @ on.T)[wanted].mean())


@lru_cache(maxsize=24)
def dreamt(run, steps, epoch=None, alone=False):
    """The pictures of chains from random states after some steps, (CHAINS, V), and their mean energy at each step."""
    model = lowest_rbm(run) if alone else run.model(epoch)
    rbm, draws, ways = (model if alone else model.top), _source(), _source()
    start = random_states(rbm, CHAINS, SHARE_ON, draws)
    chains = gibbs_chains(rbm, start, steps, draws, down=None if alone else lambda v: model.down(v, ways))
    return dict(zip(chains.steps, chains.means, strict=True)), dict(
        zip(chains.steps, chains.energy.mean(axis=1), strict=True)
    )
