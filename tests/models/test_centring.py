"""The centred gradient against a machine that is centred itself.

Montavon & Müller 2012 write the energy with offsets, E = −(v − μ)ᵀW(h − λ) − (v − μ)ᵀa′ − (h − λ)ᵀb′; its plain
gradient needs no correction. Melchior, Fischer & Wiskott 2016 show that the centred gradient of the usual parameters
takes the same steps: with a = a′ − Wλ and b = b′ − Wᵀμ both are the same model after every update.
"""

import numpy as np
import pytest
import torch

from explorer.models.dbn import DBNConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.models.rbm import RBMConfig
from explorer.models.sampling import Coins, binarize
from explorer.training.randomness import Stream, generator

V, H, BATCH = 7, 4, 5
RATE, SHARE = 0.5, 0.01


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class CentredMachine:
    """CD-k of an RBM with offsets in its energy, in double precision; draws in the learner's order."""

    def __init__(self, config, state):
        self.config = config
        self.W, a, b, self.mu, self.lam = (state[n].double().numpy() for n in ("W", "a", "b", "offset.a", "offset.b"))
        self.a, self.b = a + self.W @ self.lam, b + self.W.T @ self.mu
        self.chains = state["chains"].double().numpy().copy() if config.persistent else None

    def train_batch(self, pixels, draws):
        grey, n = self.config.binarize == "none", len(pixels)
        mode_seen = binarize_as_in_training(pixels, self.config, draws).double().numpy()
        h_data = self.draw(self.hidden(mode_seen), draws)
        h = self.chains[:n] if self.config.persistent else h_data
        for step in range(1, self.config.cd_k + 1):
            v = self.visible(h)
            v = v if grey else self.draw(v, draws)
            p = self.hidden(v)
            if step < self.config.cd_k or self.config.persistent:
                h = self.draw(p, draws)
        if self.config.persistent:
            self.chains[:n] = h
        self.move_offsets(mode_seen.mean(axis=0), h_data.mean(axis=0))
        above = (mode_seen - self.mu).T @ (h_data - self.lam)
        self.W = self.W + RATE / n * (above - (v - self.mu).T @ (p - self.lam))
        self.a = self.a + RATE * (mode_seen - v).mean(axis=0)
        self.b = self.b + RATE * (h_data - p).mean(axis=0)

    def move_offsets(self, mean_v, mean_h):
        """Move the offsets a hundredth of the way; the biases change so that the model does not."""
        mu, lam = self.mu + SHARE * (mean_v - self.mu), self.lam + SHARE * (mean_h - self.lam)
        self.a, self.b = self.a + self.W @ (lam - self.lam), self.b + self.W.T @ (mu - self.mu)
        self.mu, self.lam = mu, lam

    def hidden(self, v):
        return sigmoid((v - self.mu) @ self.W + self.b)

    def visible(self, h):
        return sigmoid((h - self.lam) @ self.W.T + self.a)

    def draw(self, p, draws):
        p = torch.tensor(p, dtype=torch.float32)
        return Coins(BATCH * max(V, H), "cpu")(p, draws, torch.empty_like(p)).double().numpy()

    def plain(self):
        return {
            "W": self.W,
            "a": self.a - self.W @ self.lam,
            "b": self.b - self.W.T @ self.mu,
            "offset.a": self.mu,
            "offset.b": self.lam,
        }


def binarize_as_in_training(pixels, config, draws):
    """Draws are made for a whole batch; a smaller one takes the first rows of them."""
    padded = torch.cat([pixels, torch.zeros(BATCH - len(pixels), V, dtype=torch.uint8)])
    return binarize(padded, config.binarize, draws)[: len(pixels)]


@pytest.mark.parametrize(
    "options",
    [{}, {"cd_k": 3}, {"persistent": True}, {"binarize": "none", "cd_k": 2}, {"persistent": True, "cd_k": 2}],
    ids=["CD-1", "CD-3", "PCD-1", "grey values", "PCD-2"],
)
def test_centred_updates_are_those_of_a_centred_machine(options):
    """Three epochs of batches of 5, 5 and 3 images of 7 pixels."""
    config = RBMConfig(
        dataset="mnist-5k",
        hidden_units=H,
        batch_size=BATCH,
        learning_rate=RATE,
        initial_std=0.5,
        centred=True,
        **options,
    )
    pixels = torch.randint(256, (13, V), dtype=torch.uint8, generator=torch.Generator().manual_seed(8))
    learner = config.new_learner((1, V), generator(1, 0, Stream.TRAINING))
    learner.prepare(pixels, {})
    np.testing.assert_allclose(learner.state()["offset.a"], pixels.numpy().mean(axis=0) / 255, atol=1e-6)
    machine, before = CentredMachine(config, learner.state()), learner.model.W.clone()
    for epoch in (1, 2, 3):
        draws = generator(1, epoch, Stream.TRAINING)
        learner.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        for batch in pixels.split(BATCH):
            learner.train_batch(batch)
            machine.train_batch(batch, draws)
            for name, expected in machine.plain().items():
                np.testing.assert_allclose(learner.state()[name], expected, atol=2e-5, err_msg=f"{name}, {epoch=}")
    assert not torch.allclose(learner.model.W, before, atol=0.05)


@pytest.mark.parametrize("options", [{"momentum": 0.7}, {"momentum": 0.7, "weight_decay": 0.1}])
def test_momentum_gathers_centred_gradients(options):
    """From rest, the first velocity is the first step without momentum."""
    pixels = torch.randint(256, (BATCH, V), dtype=torch.uint8, generator=torch.Generator().manual_seed(8))
    moved = {}
    for momentum in (True, False):
        chosen = options if momentum else options | {"momentum": 0.0}
        config = RBMConfig(dataset="mnist-5k", hidden_units=H, batch_size=BATCH, centred=True, **chosen)
        learner = config.new_learner((1, V), generator(1, 0, Stream.TRAINING))
        learner.prepare(pixels, {})
        before = {name: x.clone() for name, x in learner.model.state().items()}
        learner.begin_epoch(1, generator(1, 1, Stream.TRAINING))
        learner.train_batch(pixels)
        moved[momentum] = {name: x - before[name] for name, x in learner.model.state().items()}
    for name, expected in moved[False].items():
        torch.testing.assert_close(moved[True][name], expected, rtol=1e-4, atol=1e-6)


def test_flipping_all_bits_of_data_changes_no_centred_machine():
    """The invariance of the centred gradient (Melchior, Fischer & Wiskott 2016): without it, black on white is harder.

    Both machines draw the same uniform numbers; a flipped pixel is on where the other is off.
    """
    config = RBMConfig(dataset="mnist-5k", hidden_units=H, batch_size=BATCH, initial_std=0.5, centred=True)
    ends = config.model_copy(update={"binarize": "none", "cd_k": 3})
    pixels = torch.randint(256, (BATCH, V), dtype=torch.uint8, generator=torch.Generator().manual_seed(8))
    one, other = (ends.new_learner((1, V), generator(1, 0, Stream.TRAINING)) for _ in range(2))
    other.model.W.neg_()
    other.model.b.copy_(one.model.W.sum(dim=0))  # so that both give the same hidden input to an image and its negative
    one.prepare(pixels, {})
    other.prepare(255 - pixels, {})
    for _ in range(20):
        for learner, seen in ((one, pixels), (other, 255 - pixels)):
            learner.begin_epoch(1, generator(1, 1, Stream.TRAINING))
            learner.train_batch(seen)
    torch.testing.assert_close(other.model.W, -one.model.W, rtol=0, atol=1e-5)
    torch.testing.assert_close(other.model.a, -one.model.a, rtol=0, atol=1e-5)


def test_layers_of_a_dbn_and_of_pretraining_are_centred_too():
    pixels = torch.randint(256, (13, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(8))
    toy = {"dataset": "bars-and-stripes", "batch_size": BATCH}
    one_layer = toy | {"hidden_layers": (), "code_size": 5}
    cases = (
        (lambda c: DBNConfig(**toy, hidden_units=(5,), centred=c), "top.offset."),
        (lambda c: PretrainingConfig(**one_layer, centred=c), "layer.offset."),
        (
            lambda c: PretrainingConfig(**one_layer, linear_code=False, centred=c),
            "layer.offset.",
        ),
    )
    for config, prefix in cases:
        states = []
        for centred in (True, False):
            learner = config(centred).new_learner((4, 4), generator(1, 0, Stream.TRAINING))
            learner.begin_epoch(1, generator(1, 1, Stream.TRAINING))
            for batch in pixels.split(BATCH):
                learner.train_batch(batch)
            states.append(learner.state())
        assert {name for name in states[0] if "offset" in name} == {prefix + "a", prefix + "b"}
        assert not any("offset" in name for name in states[1])
        changed = [n for n in states[1] if not torch.equal(states[0][n], states[1][n])]
        assert changed, config
