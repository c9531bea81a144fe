"""The learner against contrastive divergence as the papers write it: one number at a time, in Python floats.

Written from Hinton 2002 (eq. 5), Hinton 2010 (sections 3, 8 to 10) and Tieleman 2008. Only the order in which random
numbers are drawn is the learner's.
"""

import math

import pytest
import torch

from explorer.models.rbm import RBMConfig
from explorer.training.randomness import Stream, generator


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


class LiteralLearner:
    """CD-k or PCD-k with lists of lists, started from the tensors of a learner."""

    def __init__(self, config, state):
        self.config = config
        self.W, self.a, self.b = (state[name].double().tolist() for name in "Wab")
        self.V, self.H = len(self.a), len(self.b)
        self.velocity = {
            "W": [[0.0] * self.H for _ in range(self.V)],
            "a": [0.0] * self.V,
            "b": [0.0] * self.H,
        }
        self.chains = state["chains"].tolist() if config.persistent else None

    def begin_epoch(self, epoch, generator):
        config = self.config
        left = max(0.0, 1 - (epoch - 1) / config.decay_epochs) if config.decay_epochs else 1.0
        self.rate = config.learning_rate * left
        self.momentum = min(0.5, config.momentum) if epoch <= config.low_momentum_epochs else config.momentum
        self.generator = generator

    def train_batch(self, pixels):
        config, size = self.config, len(pixels)
        data = self.binarize(pixels)
        data_hidden = self.sample([self.mean_hidden(v) for v in data])
        h = self.chains[:size] if config.persistent else data_hidden
        for step in range(1, config.cd_k + 1):
            chain = [self.mean_visible(row) for row in h]
            if config.binarize != "none":
                chain = self.sample(chain)
            chain_hidden = [self.mean_hidden(v) for v in chain]
            if step < config.cd_k or config.persistent:
                h = self.sample(chain_hidden)
        if config.persistent:
            self.chains[:size] = h
        self.update(data, data_hidden, chain, chain_hidden)

    def update(self, data, data_hidden, chain, chain_hidden):
        size, rate, momentum = len(data), self.rate, self.momentum
        for i in range(self.V):
            for j in range(self.H):
                positive = sum(data[n][i] * data_hidden[n][j] for n in range(size)) / size
                negative = sum(chain[n][i] * chain_hidden[n][j] for n in range(size)) / size
                step = rate * (positive - negative - self.config.weight_decay * self.W[i][j])
                self.velocity["W"][i][j] = momentum * self.velocity["W"][i][j] + step
        for name, units, above, below in (
            ("a", self.V, data, chain),
            ("b", self.H, data_hidden, chain_hidden),
        ):
            for unit in range(units):
                step = rate * sum(above[n][unit] - below[n][unit] for n in range(size)) / size
                self.velocity[name][unit] = momentum * self.velocity[name][unit] + step
        for i in range(self.V):
            self.a[i] += self.velocity["a"][i]
            for j in range(self.H):
                self.W[i][j] += self.velocity["W"][i][j]
        for j in range(self.H):
            self.b[j] += self.velocity["b"][j]

    def mean_hidden(self, v):
        return [sigmoid(sum(v[i] * self.W[i][j] for i in range(self.V)) + self.b[j]) for j in range(self.H)]

    def mean_visible(self, h):
        return [sigmoid(sum(h[j] * self.W[i][j] for j in range(self.H)) + self.a[i]) for i in range(self.V)]

    def sample(self, p):
        """Half of a 64-bit random number for each element: on if its last 23 bits are in the lower share p."""
        rows, columns = len(p), len(p[0])
        words = torch.empty(-(-rows * columns // 2), dtype=torch.int64).random_(
            -(2**63), None, generator=self.generator
        )
        random = words.view(torch.int32).tolist()
        share = [(r & (2**23 - 1)) / 2**23 for r in random]
        return [[float(share[n * columns + i] < p[n][i]) for i in range(columns)] for n in range(rows)]

    def binarize(self, pixels):
        mode, grey = self.config.binarize, pixels.tolist()
        if mode == "none":
            return [[x / 255 for x in row] for row in grey]
        if mode == "threshold":
            return [[float(x > 127.5) for x in row] for row in grey]
        # one odd random byte a pixel, for a whole batch even when this one is smaller
        words = torch.empty(-(-self.config.batch_size * self.V // 8), dtype=torch.int64)
        random = words.random_(-(2**63), None, generator=self.generator).view(torch.uint8).tolist()
        return [[float(x >= (random[n * self.V + i] | 1)) for i, x in enumerate(row)] for n, row in enumerate(grey)]


UPDATES = {
    "CD-1": {},
    "CD-3": {"cd_k": 3},
    "PCD-1": {"persistent": True},
    "PCD-2": {"persistent": True, "cd_k": 2},
    "momentum": {"momentum": 0.7},
    "low momentum at the start": {"momentum": 0.9, "low_momentum_epochs": 2},
    "weight decay": {"weight_decay": 0.3},
    "momentum and weight decay": {"momentum": 0.7, "weight_decay": 0.3},
    "linear decay": {"decay_epochs": 2},
    "threshold": {"binarize": "threshold"},
    "real-valued": {"binarize": "none", "cd_k": 3},
    "real-valued PCD": {"binarize": "none", "persistent": True},
    "everything": {"cd_k": 2, "persistent": True, "momentum": 0.5, "weight_decay": 0.1, "decay_epochs": 5},
    "more hidden than visible": {"hidden_units": 9, "cd_k": 2},
    "more hidden than visible, PCD": {"hidden_units": 9, "persistent": True},
}


@pytest.mark.parametrize("options", UPDATES.values(), ids=UPDATES)
def test_updates_equal_the_literal_ones(options):
    """Three epochs of batches of 5, 5 and 3 images of 7 pixels."""
    config = RBMConfig(
        **{"dataset": "mnist-5k", "hidden_units": 4, "batch_size": 5, "learning_rate": 0.5, "initial_std": 0.5}
        | options
    )
    pixels = torch.randint(256, (13, 7), dtype=torch.uint8, generator=torch.Generator().manual_seed(8))
    learner = config.new_learner((1, 7), generator(1, 0, Stream.TRAINING))
    literal = LiteralLearner(config, learner.state())
    before = learner.model.W.clone()
    for epoch in (1, 2, 3):
        learner.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        literal.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        for batch in pixels.split(5):
            assert learner.train_batch(batch) == {}
            literal.train_batch(batch)
            for name, tensor in learner.state().items():
                if name == "chains":
                    expected = literal.chains
                elif name.startswith("velocity."):
                    expected = literal.velocity[name.removeprefix("velocity.")]
                else:
                    expected = getattr(literal, name)
                torch.testing.assert_close(tensor, torch.tensor(expected), rtol=0, atol=2e-5, msg=f"{name}, {epoch=}")
        assert learner.current_learning_rate == pytest.approx(literal.rate)
    assert not torch.allclose(learner.model.W, before, atol=0.05)
