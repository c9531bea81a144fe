"""What docs/results.md says of the shipped GANs, measured on 5,000 of their samples."""

import pytest
import torch

from explorer.analysis.digit_classifier import digit_classifier
from explorer.analysis.generation import class_entropy, mean_confidence
from explorer.models.dcgan import DCGANConfig
from explorer.models.resizing import shrink
from explorer.presets.dcgan import PRESETS
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER
from tests.browser import ROOT

SAMPLES, AT_ONCE = 5_000, 500
RUNS = {
    "defaults": {},
    "width 64": {"width": 64, "epochs": 20},
    "64×64": dict(next(preset.settings for preset in PRESETS if preset.name == "The edition of 64×64")),
}


def recorded(name):
    """Return the entropy and the confidence that the paper has of a run."""
    lines = (ROOT / "docs" / "results.md").read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| of 5,000 samples"))
    heading, _, *figures = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines[start : start + 4])
    return [float(row[heading.index(name)]) for row in figures]


@pytest.mark.parametrize(("name", "settings"), RUNS.items(), ids=RUNS)
def test_shipped_generators_draw_all_digits_and_clear_ones(name, settings, tmp_path):
    config = DCGANConfig.from_values({"dataset": "mnist"} | settings)
    run = Library(Store(tmp_path), Store(APP_FOLDER / "trained", shipped=True)).kept(config)
    model, draws = run.model(config.epochs), torch.Generator().manual_seed(1)
    with torch.no_grad():
        noise = [torch.randn(AT_ONCE, config.latent_size, generator=draws) for _ in range(SAMPLES // AT_ONCE)]
        samples = torch.cat([shrink(model.sample(z)) for z in noise])
    probabilities = digit_classifier("mnist").look(samples)[1]
    entropy, confidence = class_entropy(probabilities), mean_confidence(probabilities)
    assert entropy >= 2.25
    assert confidence >= 0.9
    assert [entropy, confidence] == pytest.approx(recorded(name), abs=1e-3)
