"""What trains a small DBN, and whether two states are the same."""

import torch

from explorer.training.loop import train_epochs

PIXELS = torch.randint(256, (13, 9), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))


def train(learner, epochs, reached=0, seed=0):
    draws = torch.Generator()
    places = {"seed": seed, "batch_size": 5, "reached": reached, "generator": draws, "watch": lambda _: False}
    records = train_epochs(learner, PIXELS, **places)
    for _ in range(epochs):
        next(records)
    return learner


def copied(state):
    return {name: tensor.clone() for name, tensor in state.items()}


def same_bits(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
