"""What the README says of the shipped GANs, measured on 5,000 of their samples."""

import pytest
import torch

from explorer.analysis.digit_classifier import digit_classifier
from explorer.analysis.generation import class_entropy, mean_confidence
from explorer.models.dcgan import DCGANConfig
from explorer.models.resizing import shrink
from explorer.presets.dcgan import PRESETS
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.settings import APP

SAMPLES, AT_ONCE = 5_000, 500
DEFAULTS = {
    "defaults": {},
    "the lab's width": {"width": 64, "epochs": 20},
    "64×64": dict(next(preset.settings for preset in PRESETS if preset.name == "The edition of 64×64")),
}


@pytest.mark.parametrize("settings", DEFAULTS.values(), ids=DEFAULTS)
def test_shipped_generators_draw_all_digits_and_clear_ones(settings, tmp_path):
    config = DCGANConfig.from_values({"dataset": "mnist"} | settings)
    run = Library(Store(tmp_path), Store(APP / "trained", shipped=True)).kept(config)
    model, draws = run.model(config.epochs), torch.Generator().manual_seed(1)
    with torch.no_grad():
        noise = [torch.randn(AT_ONCE, config.latent_size, generator=draws) for _ in range(SAMPLES // AT_ONCE)]
        samples = torch.cat([shrink(model.sample(z)) for z in noise])
    probabilities = digit_classifier("mnist").look(samples)[1]
    assert class_entropy(probabilities) >= 2.25
    assert mean_confidence(probabilities) >= 0.9
