import math

import pytest
import torch

from explorer.models.adversarial import discriminator_loss, generator_loss


def test_losses_are_the_formulas():
    real, generated = torch.tensor([0.3, -2.0, 4.0]), torch.tensor([1.5, -0.7, 0.2])
    d_real, d_generated = ([1 / (1 + math.exp(-v)) for v in x.tolist()] for x in (real, generated))

    def mean(values):
        return sum(values) / len(values)

    for s in (0.0, 0.1):
        entropy = mean([-(1 - s) * math.log(p) - s * math.log(1 - p) for p in d_real])
        entropy += mean([-math.log(1 - p) for p in d_generated])
        for loss in ("non-saturating", "minimax"):
            assert float(discriminator_loss(loss, real, generated, s)) == pytest.approx(entropy, rel=1e-5)
        margin = mean([max(0, 1 - v) for v in real.tolist()]) + mean([max(0, 1 + v) for v in generated.tolist()])
        assert float(discriminator_loss("hinge", real, generated, s)) == pytest.approx(margin)
    wanted = {
        "non-saturating": mean([-math.log(p) for p in d_generated]),
        "minimax": mean([math.log(1 - p) for p in d_generated]),
        "hinge": -mean(generated.tolist()),
    }
    for loss, value in wanted.items():
        assert float(generator_loss(loss, generated)) == pytest.approx(value, rel=1e-5)
