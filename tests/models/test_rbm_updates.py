"""The learner's updates against those of a literal one."""

import pytest
import torch

from explorer.models.rbm import RBMConfig
from explorer.training.randomness import Stream, generator
from tests.models.literal import LiteralLearner

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
