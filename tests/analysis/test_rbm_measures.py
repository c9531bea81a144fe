import pytest
import torch

from explorer.analysis import measures
from explorer.analysis.likelihood import exact_log_partition, log_likelihood
from explorer.analysis.rbm_measures import EXACT_UNITS, MEASURES
from explorer.data.catalogue import load
from explorer.models.rbm import RBMConfig
from explorer.models.sampling import binarize
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator


def trained(hidden_units, epochs, dataset="mnist-5k"):
    """An RBM trained with the default options, and what it is measured on."""
    config = RBMConfig(dataset=dataset, hidden_units=hidden_units, epochs=epochs)
    images = load(dataset)
    data, test = torch.tensor(images.train), torch.tensor(images.test)
    draws = generator(0, 0, Stream.TRAINING)
    learner = config.new_learner(images.shape, draws)
    records = train_epochs(
        learner, data, seed=0, batch_size=100, reached=0, generator=draws, watch=lambda share: share < 0
    )
    for _ in range(epochs):
        next(records)
    return learner.model, measures.TestBed(config, images.shape, data, test, torch.Generator().manual_seed(0))


def exact_log_likelihood(rbm, bed):
    v = binarize(bed.test, "sample", torch.Generator().manual_seed(0))
    return float(log_likelihood(rbm, v, exact_log_partition(rbm)).mean())


def test_small_models_are_measured_exactly():
    rbm, bed = trained(12, 2, "bars-and-stripes")
    figures = MEASURES.measure_heavy(rbm, bed, lambda: None)
    assert figures["log_likelihood"] == pytest.approx(exact_log_likelihood(rbm, bed), abs=1e-4)
    assert figures["log_likelihood_error"] == 0


@pytest.mark.parametrize("epochs", [20, 50])
def test_larger_models_are_measured_within_a_nat(epochs):
    """After 20 epochs chains from the data's mean pixels miss a mode of 20 nats; after 50 those from the biases do."""
    rbm, bed = trained(EXACT_UNITS + 1, epochs)
    figures = MEASURES.measure_heavy(rbm, bed, lambda: None)
    assert 0 < figures["log_likelihood_error"] < 1
    assert figures["log_likelihood"] == pytest.approx(exact_log_likelihood(rbm, bed), abs=1)


def test_every_figure_is_described():
    described = {metric.name for metric in MEASURES.metrics}
    for units in (EXACT_UNITS, EXACT_UNITS + 1):  # the likelihood is exact, then estimated from both sides
        rbm, bed = trained(units, 1)
        figures = MEASURES.each_epoch(rbm, bed) | MEASURES.measure_heavy(rbm, bed, lambda: None)
        assert figures.keys() == described - (set() if units > EXACT_UNITS else {"log_likelihood_reverse"})
        assert all(isinstance(value, float) for value in figures.values())


def test_every_other_figure_that_is_named_exists():
    described = {metric.name for metric in MEASURES.metrics}
    named = {name for m in MEASURES.metrics for name in (m.beside, m.error, m.lower)} - {""}
    assert named | {MEASURES.contrast.x, MEASURES.contrast.y} <= described


def test_reconstruction_error_is_the_squared_distance_to_the_grey_values():
    rbm, bed = trained(12, 1, "bars-and-stripes")
    for tensor in rbm.state().values():
        tensor.zero_()  # every reconstructed pixel is 0.5
    assert MEASURES.each_epoch(rbm, bed)["reconstruction_error"] == pytest.approx(16 * 0.25)


def test_pictures_are_the_weight_tiles():
    rbm, bed = trained(12, 1, "bars-and-stripes")
    assert MEASURES.pictures(rbm, bed)["weights"].indices.shape == (3 * 5 - 1, 4 * 5 - 1)
    assert MEASURES.histograms(rbm, bed).keys() == {"W", "a", "b", "hidden_probability"}
