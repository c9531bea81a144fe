import math
from functools import partial

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from explorer.analysis import measures, vae_measures
from explorer.analysis.bounds import quadrature
from explorer.analysis.vae_measures import CONV_MEASURES, MEASURES, VariationalMeasures
from explorer.data.catalogue import load
from explorer.models.conv_vae import ConvVAEConfig
from explorer.models.registry import kind_of
from explorer.models.vae import VAEConfig
from explorer.plots.tiles import png, quantize, read_png

TOY = {"dataset": "bars-and-stripes", "hidden_units": 8}
SNAPSHOT = {"bound_50", "bound_50_error", "bound_1", "log_likelihood"}


def measured_on(latents, config_class=VAEConfig, learned=False, **options):
    """A model with random weights and what it is measured on; a learner's model keeps its gradients."""
    values = {"latent_size": latents, "dataset": "bars-and-stripes"} | options
    config = config_class(**values | ({"hidden_units": 8} if config_class is VAEConfig else {}))
    images = load(config.dataset)
    model = config.new_learner(images.shape, torch.Generator().manual_seed(latents)).model
    if not learned:
        kept, model = model.state(), config.new_model(images.shape)
        model.load_state(kept)
        for tensor in model.state().values():
            tensor.mul_(3)
    train, test = torch.tensor(images.train), torch.tensor(images.test)
    return model, measures.TestBed(config, images.shape, train, test, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize("config_class", [VAEConfig, ConvVAEConfig])
@pytest.mark.parametrize("latents", [1, 2, 3])
def test_every_figure_is_described(latents, config_class, learned, monkeypatch):
    monkeypatch.setattr(vae_measures, "quadrature", partial(quadrature, step=0.5))
    model, bed = measured_on(latents, config_class, learned)
    described = {metric.name for metric in MEASURES.metrics}
    figures = MEASURES.each_epoch(model, bed) | MEASURES.measure_heavy(model, bed, lambda: None)
    trained = {name for name in described if name.endswith("_train")}  # those of the learner
    assert figures.keys() == described - trained - (set() if latents <= 2 else {"log_likelihood"})
    assert all(isinstance(value, float) and math.isfinite(value) for value in figures.values())


@pytest.mark.parametrize("k", [1, 2])
def test_every_figure_of_the_learner_is_described(k):
    config = VAEConfig(**TOY, importance_samples=k)
    learner = config.new_learner((4, 4), torch.Generator().manual_seed(0))
    learner.begin_epoch(1, torch.Generator().manual_seed(0))
    names = learner.train_batch(torch.tensor(load("bars-and-stripes").test)).keys()
    assert names <= {metric.name for metric in MEASURES.metrics}


def test_every_other_figure_that_is_named_exists():
    described = {metric.name: metric for metric in MEASURES.metrics}
    assert len(described) == len(MEASURES.metrics)
    named = {name for m in MEASURES.metrics for name in (m.beside, m.error, m.lower)} - {""}
    assert named | {MEASURES.contrast.x, MEASURES.contrast.y} | set(MEASURES.headline) <= described.keys()
    assert not any(described[m.beside].beside for m in MEASURES.metrics if m.beside)  # it has a chart of its own
    assert all(metric.title and metric.unit and metric.help for metric in MEASURES.metrics)


def test_the_kinds_have_these_measures():
    assert kind_of("vae").load("measures") is MEASURES
    assert kind_of("conv-vae").load("measures") is CONV_MEASURES
    assert CONV_MEASURES.metrics == MEASURES.metrics


@pytest.mark.parametrize("binarization", ["threshold", "none"])
def test_the_figures_of_an_epoch_are_means_over_the_test_images(binarization, monkeypatch):
    """In parts of 7 of the 30 images; the KL is exact, the reconstruction within the error of its one sample."""
    monkeypatch.setattr(vae_measures, "AT_ONCE", 7)
    model, bed = measured_on(3, binarize=binarization)
    x = (bed.test > 127).float() if binarization == "threshold" else bed.test / 255
    mean, log_variance = model.encode(x)
    q = Normal(mean, (0.5 * log_variance).exp())
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum(dim=1).mean()
    n = 3000
    z = q.mean + q.stddev * torch.randn(n, *mean.shape, generator=torch.Generator().manual_seed(1))
    logits = model.pixel_parameters(z.flatten(0, 1)).view(n, *x.shape)
    log_p = Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(dim=-1)  # (n, images)
    error = float((log_p.var(dim=0).sum() / len(x) ** 2).sqrt())  # of one sample for each image
    figures = MEASURES.each_epoch(model, bed)
    assert figures["kl"] == pytest.approx(float(kl), rel=1e-4)
    assert figures["reconstruction"] == pytest.approx(float(log_p.mean()), abs=5 * error)
    assert figures["elbo"] == pytest.approx(figures["reconstruction"] - figures["kl"], abs=1e-4)
    assert figures["active_latents"] == float((np.var(mean.numpy(), axis=0) > 0.01).sum())


def test_a_model_whose_latents_say_nothing_has_no_kl_and_none_active():
    model, bed = measured_on(3)
    for tensor in model.state().values():
        tensor.zero_()
    figures = MEASURES.each_epoch(model, bed)
    assert figures["kl"] == figures["active_latents"] == 0
    assert figures["elbo"] == figures["reconstruction"] == pytest.approx(-16 * math.log(2), abs=1e-4)
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    assert figures["bound_1"] == pytest.approx(-16 * math.log(2), abs=1e-4)
    assert figures["bound_50"] == pytest.approx(-16 * math.log(2), abs=1e-4)
    assert figures["bound_50_error"] == pytest.approx(0, abs=1e-4)


def test_latents_are_counted_as_active_one_by_one():
    """μ₀ follows a pixel, the others do not, and the last one is the same for all images but not 0."""
    model, bed = measured_on(3, binarize="threshold", encoder_layers=1)
    for tensor in model.state().values():
        tensor.zero_()
    state = model.state()
    state["encoder.0.W"][0, 0] = 5
    state["encoder.1.W"][0, 0] = 5
    state["encoder.1.b"][2] = 7
    assert MEASURES.each_epoch(model, bed)["active_latents"] == 1


def test_snapshot_figures_are_of_the_same_images_and_in_order():
    """The tests of the bounds hold them against closed forms; here it is that they are put together rightly."""
    model, bed = measured_on(1)
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    assert figures.keys() == SNAPSHOT
    repeated = [
        MEASURES.measure_heavy(
            model, measures.TestBed(*list(vars(bed).values())[:4], torch.Generator().manual_seed(seed)), lambda: None
        )
        for seed in range(20)
    ]
    for lower, upper in (("bound_1", "bound_50"), ("bound_50", "log_likelihood")):
        gaps = np.array([found[upper] - found[lower] for found in repeated])
        assert gaps.mean() > -3 * gaps.std() / len(gaps) ** 0.5
    assert np.mean([found["log_likelihood"] - found["bound_1"] for found in repeated]) > 0.1
    x = bed.test > 127
    assert torch.equal(x.float() * 255, bed.test.float())  # bars and stripes are black and white: nothing to draw
    assert np.ptp([found["log_likelihood"] for found in repeated]) < 1e-6


def test_bounds_are_of_the_first_images():
    model, bed = measured_on(1)
    figures = VariationalMeasures(4).measure_heavy(model, bed, lambda: None)
    exact = quadrature(model, (bed.test[:4] > 127).float())
    assert figures["log_likelihood"] == pytest.approx(float(exact.mean()), abs=1e-4)


def test_measuring_can_be_ended():
    model, bed = measured_on(3)

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        MEASURES.measure_heavy(model, bed, stop)


def test_distributions_are_of_parameters_latents_and_terms():
    model, bed = measured_on(3)
    tensors = MEASURES.histograms(model, bed)
    own = {"posterior_mean": (30, 3), "posterior_variance": (30, 3), "cross_entropy": (1, 30), "kl": (30,)}
    assert tensors.keys() == model.state().keys() | own.keys()
    for name, shape in own.items():
        assert tensors[name].shape == shape
        assert tensors[name].isfinite().all()
    assert (tensors["posterior_variance"] > 0).all()
    assert (tensors["kl"] >= 0).all()
    assert (tensors["cross_entropy"] > 0).all()
    assert all(tensors[name] is tensor for name, tensor in model.state().items())


@pytest.mark.parametrize("config_class", [VAEConfig, ConvVAEConfig])
def test_the_picture_is_a_hundred_samples_of_the_same_latents(config_class):
    model, bed = measured_on(2, config_class)
    pictures = MEASURES.pictures(model, bed)
    assert pictures.keys() == {"samples"}
    picture = pictures["samples"]
    assert picture.scale == "pixels"
    assert picture.indices.shape == (10 * 5 - 1, 10 * 5 - 1)
    z = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    tile = model.decode(z[23:24]).view(4, 4).numpy()  # the fourth tile of the third row
    np.testing.assert_allclose(picture.indices[10:14, 15:19], quantize(tile, 0, 1), atol=1)
    assert np.array_equal(MEASURES.pictures(model, bed)["samples"].indices, picture.indices)
    assert read_png(png(*picture)).scale == "pixels"


def test_measuring_leaves_no_gradients_and_nothing_changed():
    model, bed = measured_on(1, learned=True)
    before = {name: x.detach().clone() for name, x in model.state().items()}
    MEASURES.each_epoch(model, bed)
    MEASURES.measure_heavy(model, bed, lambda: None)
    MEASURES.pictures(model, bed)
    tensors = MEASURES.histograms(model, bed)
    assert not any(tensors[name].requires_grad for name in tensors.keys() - before.keys())
    assert all(x.grad is None and torch.equal(x, before[name]) for name, x in model.state().items())
