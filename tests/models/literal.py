"""Contrastive divergence as the papers write it: one number at a time, in Python floats.

Written from Hinton 2002 (eq. 5), Hinton 2010 (sections 3, 8 to 10) and Tieleman 2008. Only the order in which random
numbers are drawn is the learner's.
"""

import math

import torch


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


def upwards(states, W, b):
    return [[sigmoid(sum(v[i] * W[i][j] for i in range(len(v))) + b[j]) for j in range(len(b))] for v in states]


class LiteralBinary(LiteralLearner):
    """CD-k on activities of the layer below, one number at a time."""

    def binarize(self, activities):
        return activities


class LiteralGaussian(LiteralBinary):
    """CD-k of linear hidden units with normal noise of variance 1, means in the statistics at both ends."""

    def train_batch(self, data):
        size = len(data)
        first = means = [self.mean_hidden(v) for v in data]
        for _ in range(self.config.cd_k):
            noise = torch.empty(size, self.H).normal_(generator=self.generator).tolist()
            h = [[m + n for m, n in zip(*rows, strict=True)] for rows in zip(means, noise, strict=True)]
            chain = [self.mean_visible(row) for row in h]
            means = [self.mean_hidden(v) for v in chain]
        self.update(data, first, chain, means)

    def mean_hidden(self, v):
        return [sum(v[i] * self.W[i][j] for i in range(self.V)) + self.b[j] for j in range(self.H)]


def literal_energy(rbm, v, h):
    W, a, b, v, h = (tensor.tolist() for tensor in (rbm.W, rbm.a, rbm.b, v, h))
    energy = 0.0
    for i in range(rbm.n_visible):
        energy -= a[i] * v[i]
        for j in range(rbm.n_hidden):
            energy -= v[i] * W[i][j] * h[j]
    for j in range(rbm.n_hidden):
        energy -= b[j] * h[j]
    return energy
