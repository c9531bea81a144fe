import pytest
import torch

from explorer.analysis import measures, rbm_measures
from explorer.analysis.ais import Bracket
from explorer.analysis.likelihood import exact_log_partition, log_likelihood
from explorer.analysis.log_z_version import LOG_Z_ESTIMATOR
from explorer.analysis.rbm_measures import MEASURES, of_bracket
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


def test_larger_models_are_measured_within_their_interval(monkeypatch):
    """What is counted at a snapshot is estimated instead, so that counting is quick."""
    monkeypatch.setattr(rbm_measures, "EXACT_UNITS", 11)
    rbm, bed = trained(12, 30, "bars-and-stripes")
    figures = MEASURES.measure_heavy(rbm, bed, lambda: None)
    assert 0 < figures["log_likelihood_error"] < 0.4
    assert figures["log_likelihood"] == pytest.approx(
        exact_log_likelihood(rbm, bed), abs=figures["log_likelihood_error"]
    )
    assert figures["log_likelihood_reverse"] == pytest.approx(figures["log_likelihood"], abs=1)
    assert figures["effective_chains"] > 10
    assert figures["log_z_estimator"] == LOG_Z_ESTIMATOR


def test_two_estimates_far_apart_are_a_bracket_without_plus_minus():
    """Wherever the charts and tables draw a ±, they look for this figure."""
    figures = of_bracket(
        "log_likelihood", -300.0, Bracket(forward=-200.0, reverse=-197.5, interval=None, effective=3.0)
    )
    assert "log_likelihood_error" not in figures
    assert (figures["log_likelihood"], figures["log_likelihood_reverse"]) == (-100.0, -102.5)


def test_every_figure_is_described(monkeypatch):
    described = {metric.name for metric in MEASURES.metrics}
    estimated = {"log_likelihood_reverse", "effective_chains", "log_z_estimator"}
    for counted in (9, 8):  # the likelihood is exact, then estimated from both sides
        monkeypatch.setattr(rbm_measures, "EXACT_UNITS", counted)
        rbm, bed = trained(9, 1, "bars-and-stripes")
        figures = MEASURES.each_epoch(rbm, bed) | MEASURES.measure_heavy(rbm, bed, lambda: None)
        assert figures.keys() == described - (set() if counted < 9 else estimated)
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
