"""One image through each kind of model, against literal computations, counting, and the figures of whole sets."""

from itertools import product

import numpy as np
import pytest
import torch

from explorer.analysis import measures
from explorer.analysis.bounds import quadrature
from explorer.analysis.deep_likelihood import exact_log_likelihood
from explorer.analysis.gaussian_rbm_measures import GaussianRBMMeasures
from explorer.analysis.likelihood import exact_log_partition
from explorer.analysis.one_image import (
    class_probabilities,
    covered,
    evidence_bound,
    log_probability,
    mean_log_unnormalised,
    noisy,
    pass_through,
    squared_error,
)
from explorer.models.autoencoder import Autoencoder
from explorer.models.dbn import DBN
from explorer.models.dcgan import DCGAN
from explorer.models.deep_classifier import DeepClassifier
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.observation import Binarized
from explorer.models.rbm import RBM
from explorer.models.vae import VAEConfig
from tests.stores import sigmoid

V = 16
SHAPE = (4, 4)
GREY = np.random.default_rng(0).integers(0, 256, V).astype(np.uint8)
BLACK_AND_WHITE = np.where(GREY > 127, 255, 0).astype(np.uint8)


def drawn(model, seed=0, spread=1.0):
    draws = torch.Generator().manual_seed(seed)
    for tensor in model.state().values():
        tensor.normal_(0, spread, generator=draws)
    return model


def some(count, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, V)).astype(np.uint8)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# what is given


@pytest.mark.parametrize(
    ("half", "where"),
    [
        ("left", (slice(None), slice(0, 2))),
        ("right", (slice(None), slice(2, None))),
        ("top", slice(0, 2)),
        ("bottom", slice(2, None)),
    ],
)
@pytest.mark.parametrize("background", [0, 200])
def test_a_covered_half_has_the_background_and_nothing_else_changes(half, where, background):
    expected = GREY.reshape(SHAPE).copy()
    expected[where] = background
    before = GREY.copy()
    np.testing.assert_array_equal(covered(GREY, half, SHAPE, background), expected.reshape(-1))
    np.testing.assert_array_equal(GREY, before)


def test_noise_is_the_same_for_a_seed_and_takes_as_many_pixels_as_said():
    image = np.full(10_000, 200, np.uint8)
    found = noisy(image, "masking", 0.3, 5)
    assert set(np.unique(found)) == {0, 200}
    assert (found == 0).mean() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_array_equal(found, noisy(image, "masking", 0.3, 5))
    assert (found != noisy(image, "masking", 0.3, 6)).any()
    assert set(np.unique(noisy(image, "salt and pepper", 0.5, 0))) == {0, 200, 255}
    assert noisy(image, "gaussian", 0.1, 0).std() == pytest.approx(25.5, rel=0.25)  # a little is cut off at white


def test_an_error_is_the_sum_of_squares_of_grey_values():
    output = np.linspace(-0.5, 1.5, V).astype(np.float32)
    assert squared_error(output, GREY) == pytest.approx(float(np.sum((output - GREY / 255) ** 2)), rel=1e-5)


# code and reconstruction


def test_an_rbm_has_a_sample_of_its_hidden_units_and_means_of_pixels():
    rbm = drawn(RBM(V, 5))
    through = pass_through(rbm, GREY, generator())
    assert set(np.unique(through.code)) <= {0, 1}
    assert set(np.unique(through.seen)) <= {0, 1}  # sampled pixels
    literal = sigmoid(rbm.W.numpy() @ through.code + rbm.a.numpy())
    np.testing.assert_allclose(through.output, literal, rtol=1e-5)
    again = [pass_through(rbm, GREY, generator(seed)).code for seed in (0, 1, 2, 3)]
    np.testing.assert_array_equal(again[0], through.code)
    assert any((code != through.code).any() for code in again)


def test_a_dbn_has_a_state_of_its_top_layer():
    dbn = drawn(DBN((V, 6, 3)))
    through = pass_through(dbn, BLACK_AND_WHITE, generator(), steps=2)
    assert through.code.shape == (3,)
    np.testing.assert_array_equal(through.seen, BLACK_AND_WHITE / 255)
    (level,) = dbn.levels
    states = np.array(list(product((0, 1), repeat=6)), np.float32)  # of the layer that is sent down, one of these
    images = sigmoid(states @ level.G.numpy().T + level.a.numpy())
    assert np.abs(images - through.output).max(axis=1).min() < 1e-5


def test_an_autoencoder_has_its_code_and_what_it_decodes_as_it_is():
    model = drawn(Autoencoder((V, 3), activation="tanh", linear_code=False, tied=False))
    state = {name: tensor.numpy() for name, tensor in model.state().items()}
    code = np.tanh(GREY / 255 @ state["encoder.0.W"] + state["encoder.0.b"])
    through = pass_through(model, GREY, generator())
    np.testing.assert_allclose(through.code, code, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(through.output, model.decode(torch.tensor(code).float()[None])[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(through.seen, GREY / 255, rtol=1e-6)


def test_a_variational_autoencoder_has_the_mean_of_its_code():
    model = a_vae("none")
    through = pass_through(model, GREY, generator())
    mean, _ = model.encode(torch.tensor(GREY[None]) / 255)
    np.testing.assert_allclose(through.code, mean[0].detach(), rtol=1e-5)
    np.testing.assert_allclose(through.output, model.decode(mean)[0].detach(), rtol=1e-5)


def test_a_classifier_has_a_code_and_classes_and_no_reconstruction():
    model = drawn(DeepClassifier((V, 4), 3))
    through = pass_through(model, GREY, generator())
    logits = through.code @ model.W.numpy() + model.b.numpy()
    np.testing.assert_allclose(
        class_probabilities(model, GREY), np.exp(logits) / np.exp(logits).sum(), rtol=1e-4, atol=1e-6
    )
    assert through.output is None


def test_a_model_without_a_way_to_a_code_is_refused():
    with pytest.raises(TypeError, match="a DCGAN has no way from an image to a code"):
        pass_through(DCGAN(32, 8, 5), GREY, generator())


# likelihoods


def test_log_probability_of_an_rbm_is_what_counting_gives():
    rbm = drawn(RBM(V, 5), spread=0.5)
    states = torch.tensor(list(product((0.0, 1.0), repeat=5)), dtype=torch.double)
    v = torch.tensor(BLACK_AND_WHITE / 255)
    W, a, b = (x.double() for x in (rbm.W, rbm.a, rbm.b))
    log_z = exact_log_partition(rbm)
    counted = float(torch.logsumexp(states @ (v @ W + b), dim=0) + v @ a) - log_z
    images = some(40)
    unnormalised = mean_log_unnormalised(rbm, images, generator(3))
    found = log_probability(rbm, BLACK_AND_WHITE, unnormalised - log_z, unnormalised, generator())
    assert found == pytest.approx(counted, abs=1e-3)


def test_grey_pixels_are_sampled_many_times():
    """The mean of log p over all that may be sampled, counted for two grey pixels of a few."""
    rbm = drawn(RBM(V, 3), spread=0.7)
    image = BLACK_AND_WHITE.copy()
    image[:2] = 64, 191
    expected = 0.0
    for first, second in product((0, 1), repeat=2):
        v = torch.tensor(image / 255).float()
        v[0], v[1] = first, second
        share = np.prod([p if on else 1 - p for on, p in ((first, 64 / 255), (second, 191 / 255))])
        expected -= share * float(rbm.free_energy(v[None])[0])
    assert log_probability(rbm, image, 0.0, 0.0, generator(), draws=20_000) == pytest.approx(expected, abs=0.03)


def test_the_mean_over_a_set_is_the_figure_of_the_set():
    """Whatever a figure holds beside the mean free energy is the same for all images: log Z, and a density's scale."""
    config = GaussianRBMConfig(dataset="bars-and-stripes", hidden_units=4)
    rbm = drawn(config.new_model(SHAPE), spread=0.4)
    rbm.sees.fit(torch.tensor(some(30)))
    images, others = some(6, seed=4), some(9, seed=5)

    def figure(pixels):
        bed = measures.TestBed(config, SHAPE, torch.tensor(pixels), torch.tensor(pixels), generator())
        return GaussianRBMMeasures()._density(rbm, bed, lambda: None)["log_likelihood"]

    unnormalised = mean_log_unnormalised(rbm, others, generator())
    found = [log_probability(rbm, image, figure(others), unnormalised, generator()) for image in images]
    assert np.mean(found) == pytest.approx(figure(images), abs=1e-3)


def test_the_bound_of_a_dbn_is_below_its_log_likelihood():
    dbn = drawn(DBN((V, 4, 3)), spread=0.5)
    log_z = exact_log_partition(dbn.top)
    unnormalised = mean_log_unnormalised(dbn, some(20), generator())
    found = log_probability(dbn, BLACK_AND_WHITE, unnormalised - log_z, unnormalised, generator(), draws=2_000)
    exact = float(exact_log_likelihood(dbn, torch.tensor(BLACK_AND_WHITE[None] / 255).float())[0])
    assert exact - 3 < found < exact


def a_vae(binarize, latents=2):
    model = VAEConfig(dataset="bars-and-stripes", latent_size=latents, hidden_units=6).new_model(SHAPE)
    model.sees = Binarized(binarize)
    return drawn(model, spread=0.4)


def test_the_elbo_of_an_image_is_the_literal_one():
    model, draws = a_vae("threshold"), 7
    x = torch.tensor(BLACK_AND_WHITE / 255).float().repeat(draws, 1)
    mean, log_variance = (part.detach() for part in model.encode(x))
    noise = torch.empty(1, draws, 2).normal_(generator=generator(8))[0]
    z = mean + noise * torch.exp(0.5 * log_variance)
    p = model.decode(z).detach()
    log_p = (x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1)
    kl = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(dim=1)
    found = evidence_bound(model, BLACK_AND_WHITE, generator(8), draws)
    assert found == pytest.approx(float((log_p - kl).mean()), abs=1e-3)


def test_the_elbo_is_below_the_log_likelihood_of_the_image():
    model = a_vae("threshold", latents=1)
    exact = float(quadrature(model, torch.tensor(BLACK_AND_WHITE[None] / 255).float())[0])
    assert exact - 2 < evidence_bound(model, BLACK_AND_WHITE, generator(), 2_000) < exact
