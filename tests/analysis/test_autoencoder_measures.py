import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.analysis import autoencoder_measures as module
from explorer.analysis.autoencoder_measures import AUTOENCODER, CONTRACTIVE, DENOISING, SPARSE
from explorer.analysis.codes import LabelledCodes, knn_accuracy, probe_accuracy
from explorer.analysis.jacobian import jacobian
from explorer.analysis.pca import angles_to_pca, principal_components
from explorer.data.catalogue import load
from explorer.models.autoencoder import AutoencoderConfig
from explorer.models.contractive import ContractiveConfig
from explorer.models.denoising import DenoisingConfig, corrupt
from explorer.models.sparse import SparseConfig
from explorer.plots.tiles import png, quantize, read_png
from tests.analysis.beds import bed_of

KINDS = [
    (AUTOENCODER, AutoencoderConfig),
    (DENOISING, DenoisingConfig),
    (CONTRACTIVE, ContractiveConfig),
    (SPARSE, SparseConfig),
]
EACH_KIND = pytest.mark.parametrize(("measures", "config_class"), KINDS, ids=["classic", "noise", "contract", "sparse"])
RARE = {"pca_error", "largest_angle"}  # not for every shape of model


def measured_on(config_class=AutoencoderConfig, learned=False, **options):
    """A model with random weights and what it is measured on; a learner's model keeps its gradients."""
    config = config_class(**{"dataset": "bars-and-stripes", "code_size": 5} | options)
    images = load(config.dataset)
    model = config.new_learner(images.shape, torch.Generator().manual_seed(0)).model
    if not learned:
        kept, model = model.state(), config.new_model(images.shape)
        model.load_state(kept)
        for tensor in model.state().values():
            tensor.mul_(2)
    return model, bed_of(config)


def names(measures):
    return {metric.name for metric in measures.metrics}


def figures_of(measures, model, bed):
    return measures.each_epoch(model, bed) | measures.measure_heavy(model, bed, lambda: None)


# what there is


@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize(
    "options", [{}, {"hidden_layers": (7,)}, {"code_size": 20}, {"loss": "squared error"}, {"dataset": "mnist-5k"}]
)
@EACH_KIND
def test_every_figure_is_described(measures, config_class, options, learned):
    model, bed = measured_on(config_class, learned, **options)
    figures = figures_of(measures, model, bed)
    of_the_learner = {"loss_train", "reconstruction_train", "penalty_train"}
    assert figures.keys() <= names(measures) - of_the_learner
    assert names(measures) - of_the_learner - RARE <= figures.keys()
    assert ("pca_error" in figures) == (options.get("code_size", 5) < 16)
    assert all(isinstance(value, float) and math.isfinite(value) for value in figures.values())


@pytest.mark.parametrize("hidden", [(), (7,)])
@pytest.mark.parametrize(
    ("measures", "config_class", "variant"),
    [
        *((measures, config_class, {}) for measures, config_class in KINDS),
        *((SPARSE, SparseConfig, {"variant": variant}) for variant in ("bias correction", "KL penalty")),
    ],
)
def test_every_figure_of_the_learner_is_described(measures, config_class, variant, hidden):
    config = config_class(dataset="bars-and-stripes", code_size=5, hidden_layers=hidden, **variant)
    learner = config.new_learner((4, 4), torch.Generator().manual_seed(0))
    learner.begin_epoch(1, torch.Generator().manual_seed(0))
    assert learner.train_batch(torch.tensor(load("bars-and-stripes").test)).keys() <= names(measures)


@EACH_KIND
def test_every_other_figure_that_is_named_exists(measures, config_class):
    described = {metric.name: metric for metric in measures.metrics}
    assert len(described) == len(measures.metrics)
    named = {name for m in measures.metrics for name in (m.beside, m.error, m.lower)} - {""}
    assert named | {measures.contrast.x, measures.contrast.y} | set(measures.headline) <= described.keys()
    assert not any(described[m.beside].beside for m in measures.metrics if m.beside)  # it has a chart of its own
    assert all(metric.title and metric.unit and metric.help for metric in measures.metrics)


# each epoch


@pytest.mark.parametrize("loss", ["squared error", "cross-entropy"])
@EACH_KIND
def test_errors_are_means_over_all_test_images_and_some_training_images(measures, config_class, loss, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 7)
    monkeypatch.setattr(module, "TRAIN_SAMPLE", 20)
    model, bed = measured_on(config_class, loss=loss)
    figures = measures.each_epoch(model, bed)
    for name, pixels in (("reconstruction_error", bed.test), ("reconstruction_error_train", bed.train[:20])):
        x = pixels / 255
        y = model.decode(model.encode(x))
        literal = sum(float(((x[i] - y[i]) ** 2).sum()) for i in range(len(x))) / len(x)
        assert figures[name] == pytest.approx(literal, rel=1e-5)


@EACH_KIND
def test_the_floor_is_that_of_as_many_components(measures, config_class):
    images = load("bars-and-stripes")
    pca = principal_components(images.train)
    x = (images.test / 255).astype(np.float32)
    for size in (1, 3, 6):
        model, bed = measured_on(config_class, code_size=size)
        expected = pca.squared_error(x, size).mean()
        assert measures.measure_heavy(model, bed, lambda: None)["pca_error"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("images", [1, 4, 1000])
@pytest.mark.parametrize("hidden", [(), (7,)])
def test_the_sensitivity_is_the_mean_norm_of_the_jacobian_on_first_images(hidden, images, monkeypatch):
    monkeypatch.setattr(module, "JACOBIAN_IMAGES", images)
    for measures, config_class in KINDS[:3]:
        model, bed = measured_on(config_class, hidden_layers=hidden)
        norms = jacobian(model, bed.test[:images] / 255).flatten(1).norm(dim=1)
        assert measures.each_epoch(model, bed)["jacobian_norm"] == pytest.approx(float(norms.mean()), rel=1e-4)


def test_a_large_deep_model_is_measured_on_fewer_images(monkeypatch):
    model, bed = measured_on(hidden_layers=(7,))
    work = 5 * (16 * 7 + 7 * 5)
    for budget, images in ((3 * work, 3), (1, 1)):
        monkeypatch.setattr(module, "JACOBIAN_WORK", budget)
        norms = jacobian(model, bed.test[:images] / 255).flatten(1).norm(dim=1)
        assert AUTOENCODER.each_epoch(model, bed)["jacobian_norm"] == pytest.approx(float(norms.mean()), rel=1e-4)


@pytest.mark.parametrize("noise", ["masking", "salt and pepper", "gaussian"])
def test_the_denoised_error_is_against_clean_images_with_training_noise(noise):
    model, bed = measured_on(DenoisingConfig, noise=noise, noise_strength=0.4)
    found = [DENOISING.each_epoch(model, bed_of(bed.config, seed))["denoised_error"] for seed in range(40)]
    x, draws, expected = bed.test / 255, torch.Generator().manual_seed(99), []
    for _ in range(40):
        y = model.reconstruct(corrupt(x, noise, 0.4, draws))
        expected.append(float((y - x).square().sum(dim=1).mean()))
    error = math.sqrt((np.var(found) + np.var(expected)) / 40)
    assert np.mean(found) == pytest.approx(np.mean(expected), abs=5 * error)
    assert np.std(found) > 0  # afresh each time


def test_without_noise_the_denoised_error_is_the_error():
    model, bed = measured_on(DenoisingConfig, noise_strength=0.0)
    figures = DENOISING.each_epoch(model, bed)
    assert figures["denoised_error"] == pytest.approx(figures["reconstruction_error"], rel=1e-5)


def test_how_much_of_a_sparse_code_is_on():
    model, bed = measured_on(SparseConfig)
    model.parameters["encoder.0.b"].copy_(torch.tensor([-100.0, 100, 0, -100, 2]))
    h = model.encode(bed.test / 255)
    figures = SPARSE.each_epoch(model, bed)
    assert figures["mean_activation"] == pytest.approx(float(h.mean()), rel=1e-5)
    assert figures["units_on"] == pytest.approx(float((h > 0.5).sum()) / 30)
    assert figures["dead_units"] == pytest.approx(sum(not (h[:, unit] > 0.5).any() for unit in range(5)) / 5)
    assert figures["dead_units"] >= 0.4


# at snapshots


@EACH_KIND
def test_accuracies_are_of_the_codes_of_labelled_digits(measures, config_class, monkeypatch):
    monkeypatch.setattr(module, "PROBE_TRAIN", 500)
    monkeypatch.setattr(module, "KNN_TEST", 100)
    model, bed = measured_on(config_class, dataset="mnist-5k", code_size=20)
    images = load("mnist-5k")
    train, test = (
        LabelledCodes(model.encode(torch.tensor(x) / 255).numpy(), labels)
        for x, labels in ((images.train[:500], images.train_labels[:500]), (images.test, images.test_labels))
    )
    figures = measures.measure_heavy(model, bed, lambda: None)
    assert figures["probe_accuracy"] == pytest.approx(probe_accuracy(train, test), abs=0.01)
    expected = knn_accuracy(train, LabelledCodes(test.codes[:100], test.labels[:100]))
    assert figures["knn_accuracy"] == pytest.approx(expected, abs=0.011)
    assert figures["knn_accuracy"] > 0.3


def in_order(labels):
    """Labels in the order of their classes, more of the first than a probe is trained on."""
    return np.sort(labels)


@EACH_KIND
@pytest.mark.parametrize(("train", "test"), [(np.zeros_like, np.zeros_like), (in_order, in_order), (None, None)])
def test_without_two_classes_there_are_no_accuracies(measures, config_class, monkeypatch, train, test):
    images = load("bars-and-stripes")
    model, bed = measured_on(config_class)
    monkeypatch.setattr(module, "PROBE_TRAIN", 900)
    train_labels, test_labels = (train and train(images.train_labels)), (test and test(images.test_labels))
    other = replace(images, train_labels=train_labels, test_labels=test_labels)
    monkeypatch.setattr(module, "load", {"bars-and-stripes": other}.get)
    figures = measures.measure_heavy(model, bed, lambda: None)
    assert {"constant_units", "saturated_code"} <= figures.keys()
    assert not {"probe_accuracy", "knn_accuracy"} & figures.keys()


@pytest.mark.parametrize(
    ("options", "measured"),
    [
        ({}, True),
        ({"activation": "linear"}, True),
        ({"activation": "linear", "tied": True}, True),
        ({"activation": "linear", "hidden_layers": (8,)}, True),
        ({"hidden_layers": (8,)}, False),
        ({"hidden_layers": (8,), "linear_code": True}, False),
        ({"loss": "cross-entropy"}, False),
    ],
)
def test_the_angle_is_that_of_what_a_linear_decoder_can_make(options, measured):
    model, bed = measured_on(**options)
    figures = AUTOENCODER.measure_heavy(model, bed, lambda: None)
    assert ("largest_angle" in figures) == measured
    if measured:
        directions = (model.decode(torch.eye(5)) - model.decode(torch.zeros(1, 5))).numpy()
        angles = angles_to_pca(directions, principal_components(load("bars-and-stripes").train))
        assert figures["largest_angle"] == pytest.approx(angles.max(), abs=0.01)


def test_a_linear_autoencoder_comes_near_to_pca():
    """Error and largest angle fall towards what they are at the optimum."""
    config = AutoencoderConfig(
        dataset="bars-and-stripes", activation="linear", code_size=3, learning_rate=0.01, batch_size=100
    )
    bed, learner = bed_of(config), config.new_learner((4, 4), torch.Generator().manual_seed(0))
    before = figures_of(AUTOENCODER, learner.model, bed)
    draws = torch.Generator().manual_seed(0)
    for epoch in range(1, 9):
        learner.begin_epoch(epoch, draws)
        for indices in torch.split(torch.randperm(len(bed.train), generator=draws), 100):
            learner.train_batch(bed.train[indices])
    after = figures_of(AUTOENCODER, learner.model, bed)
    assert before["pca_error"] == after["pca_error"]
    assert after["reconstruction_error"] == pytest.approx(after["pca_error"], rel=0.03)
    assert after["reconstruction_error"] >= after["pca_error"] - 1e-4
    assert before["reconstruction_error"] > 2 * after["pca_error"]


def test_the_components_are_found_once(monkeypatch):
    calls = []

    def counted(pixels):
        calls.append(len(pixels))
        return principal_components(pixels)

    monkeypatch.setattr(module, "principal_components", counted)
    module._pca.cache_clear()
    module._pca_floor.cache_clear()
    model, bed = measured_on()
    for _ in range(3):
        figures_of(AUTOENCODER, model, bed)
    assert calls == [3000]


@EACH_KIND
def test_measuring_can_be_ended(measures, config_class):
    model, bed = measured_on(config_class)

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measures.measure_heavy(model, bed, stop)


# distributions and pictures


@EACH_KIND
def test_distributions_are_of_parameters_codes_and_errors(measures, config_class):
    model, bed = measured_on(config_class)
    tensors = measures.histograms(model, bed)
    assert tensors.keys() == model.state().keys() | {"code", "squared_error"}
    assert all(tensors[name] is tensor for name, tensor in model.state().items())
    torch.testing.assert_close(tensors["code"], model.encode(bed.test / 255))
    error = float(tensors["squared_error"].mean())
    assert error == pytest.approx(measures.each_epoch(model, bed)["reconstruction_error"], rel=1e-4)


@pytest.mark.parametrize("hidden", [(), (12, 7)])
@pytest.mark.parametrize("tied", [True, False])
@EACH_KIND
def test_the_first_picture_shows_what_the_kind_is_about(measures, config_class, tied, hidden):
    model, bed = measured_on(config_class, tied=tied, hidden_layers=hidden)
    pictures = measures.pictures(model, bed)
    images = "denoised" if measures is DENOISING else "reconstructions"
    assert pictures.keys() == {images, "decoder_weights"} | (set() if tied else {"encoder_weights"})
    assert next(iter(pictures)) == (images if measures is AUTOENCODER else "decoder_weights")
    assert all(read_png(png(*picture)).scale == picture.scale for picture in pictures.values())


def test_reconstructions_are_in_rows_of_ten_above_their_images():
    model, bed = measured_on()
    picture = AUTOENCODER.pictures(model, bed)["reconstructions"]
    assert picture.scale == "pixels"
    assert picture.indices.shape == (4 * 5 - 1, 10 * 5 - 1)
    for image in (0, 7, 10, 19):
        row, column = divmod(image, 10)
        x = bed.test[image : image + 1] / 255
        for below, pixels in ((0, model.reconstruct(x)), (1, x)):
            top, left = 5 * (2 * row + below), 5 * column
            tile = picture.indices[top : top + 4, left : left + 4]
            np.testing.assert_allclose(tile, quantize(pixels.view(4, 4).numpy(), 0, 1), atol=1)


def test_a_denoising_models_picture_has_noise_in_its_images():
    model, bed = measured_on(DenoisingConfig, noise="gaussian", noise_strength=0.5)
    picture = DENOISING.pictures(model, bed)["denoised"]
    x = corrupt(bed.test[:20] / 255, "gaussian", 0.5, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(picture.indices[5:9, :4], quantize(x[0].view(4, 4).numpy(), 0, 1), atol=1)
    expected = quantize(model.reconstruct(x[:1]).view(4, 4).numpy(), 0, 1)
    np.testing.assert_allclose(picture.indices[:4, :4], expected, atol=1)


@pytest.mark.parametrize("hidden", [(), (12,)])
def test_weight_tiles_are_what_each_unit_draws_and_what_it_sees(hidden):
    model, bed = measured_on(SparseConfig, hidden_layers=hidden, tied=False)
    pictures = SPARSE.pictures(model, bed)
    down, up = model.decoder_weights()[-1], model.encoder_weights()[0].T
    for name, W in (("decoder_weights", down), ("encoder_weights", up)):
        limit = np.quantile(np.abs(W.numpy()), 0.998)
        tile = pictures[name].indices[:4, 5:9]  # of the second unit
        np.testing.assert_allclose(tile, quantize(W[1].view(4, 4).numpy(), -limit, limit), atol=1)
        assert pictures[name].scale == "signed"


def test_at_most_a_hundred_tiles_are_drawn():
    model, bed = measured_on(SparseConfig, code_size=150)
    assert SPARSE.pictures(model, bed)["decoder_weights"].indices.shape == (10 * 5 - 1, 10 * 5 - 1)


@EACH_KIND
def test_measuring_leaves_no_gradients_and_nothing_changed(measures, config_class):
    model, bed = measured_on(config_class, learned=True)
    before = {name: x.detach().clone() for name, x in model.state().items()}
    figures_of(measures, model, bed)
    measures.pictures(model, bed)
    tensors = measures.histograms(model, bed)
    assert not any(tensors[name].requires_grad for name in tensors.keys() - before.keys())
    assert all(x.grad is None and torch.equal(x, before[name]) for name, x in model.state().items())
