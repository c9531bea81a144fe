import math

import pytest
import torch

from explorer.analysis import dbn_measures
from explorer.analysis.dbn_measures import (
    EXACT_BELOW,
    EXACT_UNITS,
    FINE_TUNED_MEASURES,
    MEASURES,
    dream,
    projected_weights,
    weight_asymmetry,
)
from explorer.analysis.deep_likelihood import exact_log_likelihood, lower_bound
from explorer.analysis.likelihood import exact_log_partition, log_likelihood
from explorer.analysis.measures import TestBed as Bed  # pytest takes names with Test for tests
from explorer.data.catalogue import load
from explorer.models.dbn import DBN, DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.observation import Binarized
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.sampling import binarize
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def configs(first=12, above=(10,), dataset="bars-and-stripes", **options):
    """The configs of an RBM, of a DBN on it and of that fine-tuned."""
    shared = {"dataset": dataset, "batch_size": 10}
    rbm = RBMConfig(hidden_units=first, **shared, **options)
    dbn = DBNConfig(first=rbm, hidden_units=above, **shared)
    return rbm, dbn, FineTunedDBNConfig(base=dbn, learning_rate=0.05, **shared)


def bed_of(config):
    images = load(config.dataset)
    return Bed(config, images.shape, torch.tensor(images.train), torch.tensor(images.test), draws())


def trained(config, epochs, **parents):
    bed, numbers = bed_of(config), generator(0, 0, Stream.TRAINING)
    learner = config.new_learner(bed.shape, numbers)
    learner.prepare(bed.train, parents)
    records = train_epochs(
        learner,
        bed.train,
        seed=0,
        batch_size=config.batch_size,
        reached=0,
        generator=numbers,
        watch=lambda share: share < 0,
    )
    for _ in range(epochs):
        next(records)
    return learner.model, bed


def random_dbn(sizes, seed=0, std=0.3, tied=True):
    source, model = draws(seed), DBN(sizes, tied=tied)
    for tensor in model.state().values():
        tensor.normal_(0, std, generator=source)
    return model


@pytest.fixture(scope="module")
def bars():
    """An RBM, a DBN and a fine-tuned one that know bars and stripes a little, each with what it is measured on."""
    rbm_config, dbn_config, fine_tuned_config = configs()
    rbm, _ = trained(rbm_config, 20)
    dbn, dbn_bed = trained(dbn_config, 20, below=rbm)
    fine_tuned, fine_tuned_bed = trained(fine_tuned_config, 5, base=dbn)
    return rbm, (MEASURES, dbn, dbn_bed), (FINE_TUNED_MEASURES, fine_tuned, fine_tuned_bed)


# likelihoods


@pytest.mark.parametrize("which", [1, 2], ids=["dbn", "fine-tuned"])
def test_where_all_can_be_counted_the_bounds_are_below_the_likelihood(bars, which):
    measures, model, bed = bars[which]
    figures = measures.measure_heavy(model, bed, lambda: None)
    v = binarize(bed.test, "sample", draws())
    assert figures["log_likelihood"] == pytest.approx(float(exact_log_likelihood(model, v).mean()), abs=1e-5)
    assert figures["likelihood_bound"] < figures["likelihood_bound_50"] < figures["log_likelihood"] + 0.03  # by chance
    assert figures["likelihood_bound_error"] == 0
    log_z = exact_log_partition(model.top)
    bound = torch.stack([lower_bound(model, v, log_z, draws(seed)).mean() for seed in range(200)])
    error = float(bound.std()) * math.sqrt(1 / 200 + 1 / 50)
    assert figures["likelihood_bound"] == pytest.approx(float(bound.mean()), abs=5 * error)


def test_a_tied_start_has_the_likelihood_of_its_rbm_however_measured(bars):
    rbm = bars[0]
    _, config, _ = configs(above=(16,))
    config = config.model_copy(update={"tied_start": True})
    model, bed = trained(config, 0, below=rbm)
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    v = binarize(bed.test, "sample", draws())
    expected = float(log_likelihood(rbm, v, exact_log_partition(rbm)).mean())
    for name in ("log_likelihood", "likelihood_bound", "likelihood_bound_50"):
        assert figures[name] == pytest.approx(expected, abs=1e-3)


def test_gains_measured_on_some_images_stand_for_all():
    """More images than the tighter bound is measured on: the exact value stays where it is for all of them."""
    _, config, _ = configs(first=8, above=(6,))
    model, small = random_dbn((16, 8, 6), std=0.7), bed_of(config)
    pixels = small.test.repeat(2_000 // len(small.test), 1)[torch.randperm(1_980, generator=draws(1))]
    bed = Bed(config, small.shape, small.train, pixels, draws())
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    exact = float(exact_log_likelihood(model, binarize(pixels, "sample", draws())).mean())
    assert figures["log_likelihood"] == pytest.approx(exact, abs=0.15)
    assert figures["likelihood_bound"] < figures["likelihood_bound_50"] < figures["log_likelihood"]


def test_the_bound_is_that_of_all_images():
    _, config, _ = configs(first=8, above=(6,))
    model, small = random_dbn((16, 8, 6), std=0.7), bed_of(config)
    pixels = torch.zeros(2_000, 16, dtype=torch.uint8)
    pixels[700:] = 255  # more than the tighter bound is measured on are black
    figures = MEASURES.measure_heavy(model, Bed(config, small.shape, small.train, pixels, draws()), lambda: None)
    bound = lower_bound(model, (pixels > 0).float(), exact_log_partition(model.top), draws(1))
    assert abs(float(bound[:500].mean() - bound.mean())) > 1
    assert figures["likelihood_bound"] == pytest.approx(float(bound.mean()), abs=0.15)


def test_larger_models_are_measured_by_ais_from_both_sides(monkeypatch):
    monkeypatch.setattr(dbn_measures, "EXACT_UNITS", 11)
    _, config, _ = configs(13, (14,))
    model, bed = random_dbn((16, 13, 14), std=0.5), bed_of(config)
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    v = binarize(bed.test, "sample", draws())
    exact = float(torch.stack([lower_bound(model, v, 0.0, draws(n)).mean() for n in range(50)]).mean())
    exact -= exact_log_partition(model.top)
    assert 0 < figures["likelihood_bound_error"] < 0.35
    assert "log_likelihood" not in figures
    assert figures["likelihood_bound"] == pytest.approx(exact, abs=figures["likelihood_bound_error"] + 0.15)
    assert figures["likelihood_bound_reverse"] == pytest.approx(figures["likelihood_bound"], abs=0.3)


def test_a_top_rbm_of_digits_is_measured_within_its_interval(monkeypatch):
    """One unit more than is enumerated at a snapshot, so that the exact log Z is still known."""
    monkeypatch.setattr(dbn_measures, "EXACT_UNITS", 16)
    options = {"dataset": "mnist-5k"}
    first = RBMConfig(hidden_units=50, **options)
    config = DBNConfig(first=first, hidden_units=(17,), **options)
    model, bed = trained(config, 5, below=trained(first, 5)[0])
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    v = binarize(bed.test, "sample", draws(1))
    bound = float(lower_bound(model, v, exact_log_partition(model.top), draws(1)).mean())
    assert 0 < figures["likelihood_bound_error"] < 0.5
    assert figures["likelihood_bound"] == pytest.approx(bound, abs=figures["likelihood_bound_error"] + 0.1)


# what there is


@pytest.mark.parametrize("sizes", [(16, 12, 10), (16, 6, 6, 5), (16, 13, 10), (16, 21, 22)])
@pytest.mark.parametrize("which", [1, 2], ids=["dbn", "fine-tuned"])
def test_every_figure_is_described(sizes, which, quick_ais):
    config, measures = configs(sizes[1], sizes[2:])[which], (MEASURES, FINE_TUNED_MEASURES)[which - 1]
    model, bed = random_dbn(sizes, tied=which == 1), bed_of(config)
    figures = measures.each_epoch(model, bed) | measures.measure_heavy(model, bed, lambda: None)
    described = {metric.name for metric in measures.metrics}
    exact_top, exact = min(sizes[-2:]) <= EXACT_UNITS, sum(sizes[1:-1]) <= EXACT_BELOW
    estimated = {"likelihood_bound_reverse", "effective_chains", "log_z_estimator"}
    absent = (estimated if exact_top else set()) | (set() if exact else {"log_likelihood"})
    assert figures.keys() == described - absent
    assert all(isinstance(value, float) and math.isfinite(value) for value in figures.values())


@pytest.mark.parametrize("measures", [MEASURES, FINE_TUNED_MEASURES])
def test_every_other_figure_that_is_named_exists(measures):
    described = {metric.name for metric in measures.metrics}
    named = {name for m in measures.metrics for name in (m.beside, m.error, m.lower)} - {""}
    assert named | {measures.contrast.x, measures.contrast.y} | set(measures.headline) <= described
    assert len(described) == len(measures.metrics)


def test_a_pulse_can_end_a_snapshot():
    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        MEASURES.measure_heavy(random_dbn((16, 12, 10)), bed_of(configs()[1]), stop)


@pytest.mark.parametrize("mode", ["sample", "threshold", "none"])
def test_pixels_are_binary_as_in_training_but_sampled_for_the_likelihood(mode, monkeypatch, quick_ais):
    asked = []

    def recorded(pixels, mode, generator):
        asked.append(mode)
        return binarize(pixels, mode, generator)

    class Seen(Binarized):
        def observe(self, pixels, generator):
            return recorded(pixels, self.mode, generator)

    monkeypatch.setattr("explorer.analysis.dbn_measures.binarize", recorded)
    model, bed = random_dbn((16, 21, 22)), bed_of(configs(21, (22,), binarize=mode)[1])
    model.sees = Seen(mode)
    MEASURES.each_epoch(model, bed)
    assert asked == [mode, mode]
    MEASURES.histograms(model, bed)
    assert asked == [mode] * 3
    MEASURES.measure_heavy(model, bed, lambda: None)
    # test and training images of what units do; the test images of the likelihood, and those that start AIS
    assert asked[3:] == [mode, mode, "sample", "sample"]


# single figures


def test_reconstruction_error_is_the_squared_distance_to_the_grey_values():
    model, bed = random_dbn((16, 12, 10), std=0), bed_of(configs()[1])  # every reconstructed pixel is 0.5
    figures = MEASURES.each_epoch(model, bed)
    assert figures["reconstruction_error"] == pytest.approx(16 * 0.25)
    assert figures["reconstruction_error_train"] == pytest.approx(16 * 0.25)
    assert figures["free_energy_gap"] == pytest.approx(0, abs=1e-6)
    assert figures["top_on"] == pytest.approx(0.5)


@pytest.mark.parametrize("which", [1, 2], ids=["dbn", "fine-tuned"])
def test_the_reconstruction_takes_the_steps_of_the_config(which, monkeypatch):
    config = configs()[which].model_copy(update={"cd_k": 7})
    asked, gibbs = [], RBM.gibbs
    monkeypatch.setattr(
        RBM, "gibbs", lambda rbm, g, v, steps: (asked.append(steps), gibbs(rbm, g, v=v, steps=steps))[1]
    )
    (MEASURES, FINE_TUNED_MEASURES)[which - 1].each_epoch(random_dbn((16, 12, 10), tied=which == 1), bed_of(config))
    assert asked == [7, 7]


def test_training_images_known_by_heart_open_a_free_energy_gap():
    """A top RBM that likes the state of a black image alone, trained on black images and tested on white ones."""
    model, bed = random_dbn((16, 12, 10), std=0), bed_of(configs()[1])
    model.levels[0].W.fill_(10.0)
    model.levels[0].b.fill_(-80.0)
    model.top.a.fill_(-2.0)
    black, white = torch.zeros_like(bed.train), torch.full_like(bed.test, 255)
    figures = MEASURES.each_epoch(model, Bed(bed.config, bed.shape, black, white, draws()))
    assert figures["free_energy_gap"] == pytest.approx(12 * 2.0, abs=1e-3)


def test_asymmetry_is_the_mean_of_the_units_own_shares():
    model = random_dbn((6, 5, 4, 3), tied=False)
    for level in model.levels:
        level.G.copy_(level.W)
    assert weight_asymmetry(model) == 0
    model.levels[0].W.mul_(1.5)
    model.levels[1].W[:, 0].zero_()
    assert weight_asymmetry(model) == pytest.approx((5 * 0.5 + 1) / 9)


def test_a_unit_without_weights_is_symmetric():
    assert weight_asymmetry(DBN((6, 5, 4), tied=False)) == 0


def test_fine_tuning_parts_the_weights(bars):
    measures, model, bed = bars[2]
    assert 0.01 < measures.each_epoch(model, bed)["weight_asymmetry"] < 1
    start, _ = trained(configs()[2], 0, base=bars[1][1])
    assert measures.each_epoch(start, bed)["weight_asymmetry"] == 0


def test_top_weights_are_projected_through_the_weights_down():
    model = random_dbn((6, 5, 4, 3), tied=False)
    first, second = model.levels
    assert torch.allclose(projected_weights(model), first.G @ second.G @ model.top.W)


# pictures


def test_pictures_are_a_hundred_samples_and_the_projected_weights(bars):
    for measures, model, bed in bars[1:]:
        pictures = measures.pictures(model, bed)
        assert list(pictures) == ["samples", "projected_weights"]
        assert pictures["samples"].indices.shape == (10 * 5 - 1, 10 * 5 - 1)
        assert pictures["projected_weights"].indices.shape == (3 * 5 - 1, 4 * 5 - 1)
        assert measures.histograms(model, bed).keys() == model.state().keys() | {"top_probability"}


def test_samples_are_the_same_again_and_drawn_by_the_top_rbm(bars):
    """Samples of a model that knows the patterns are likelier under it than pixels at random."""
    model = bars[1][1]
    samples = dream(model, torch.device("cpu"))
    assert torch.equal(samples, dream(model, torch.device("cpu")))
    assert samples.shape == (100, 16)
    drawn = (samples > 0.5).float()
    random = torch.randint(2, (100, 16), generator=draws()).float()
    assert exact_log_likelihood(model, drawn).mean() > exact_log_likelihood(model, random).mean() + 3
    assert len(drawn.unique(dim=0)) > 5


def test_two_hundred_steps_are_made(monkeypatch):
    made, gibbs = [], RBM.gibbs
    monkeypatch.setattr(RBM, "gibbs", lambda rbm, g, **given: (made.append(given), gibbs(rbm, g, **given))[1])
    dream(random_dbn((16, 12, 100)), torch.device("cpu"))
    assert [given["steps"] for given in made] == [200]
    assert float(made[0]["h"].mean()) == pytest.approx(0.1, abs=0.02)
