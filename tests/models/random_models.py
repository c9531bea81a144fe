"""Models with random weights, and all states of their units."""

import itertools

import torch

from explorer.models.autoencoder import Autoencoder
from explorer.models.dbn import DBN
from explorer.models.rbm import RBM


def random_rbm(n_visible, n_hidden, draws):
    rbm = RBM(n_visible, n_hidden)
    for tensor in rbm.state().values():
        tensor.normal_(generator=draws)
    return rbm


def all_states(units):
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=units)))


def random_dbn(sizes, draws, **options):
    dbn = DBN(sizes, **options)
    for tensor in dbn.state().values():
        tensor.normal_(generator=draws)
    return dbn


def random_layers(sizes, draws, **options):
    model = Autoencoder(sizes, "sigmoid", "cross-entropy", **{"tied": True} | options)
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    return model
