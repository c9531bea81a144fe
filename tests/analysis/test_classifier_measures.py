import math

import numpy as np
import pytest
import torch

from explorer.analysis import classifier_measures as module
from explorer.analysis.classifier_measures import MEASURES
from explorer.analysis.measures import TestBed as Bed
from explorer.data.catalogue import load
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.models.registry import kind_of
from explorer.plots.tiles import png, quantize, read_png

IMAGES = load("bars-and-stripes")


def measured_on(dataset="bars-and-stripes", learned=False):
    """A classifier with random weights and what it is measured on; a learner's model keeps its gradients."""
    layers = PretrainingConfig(dataset=dataset, hidden_layers=(6,), code_size=4)
    config = DeepClassifierConfig(dataset=dataset, base=DeepAutoencoderConfig(dataset=dataset, layers=layers))
    images, draws = load(dataset), torch.Generator().manual_seed(0)
    bed = Bed(config, images.shape, torch.tensor(images.train), torch.tensor(images.test), draws)
    if learned:
        return config.new_learner(images.shape, draws).model, bed
    model = config.new_model(images.shape)
    for tensor in model.state().values():
        tensor.normal_(generator=draws)
    return model, bed


def probabilities(model, pixels):
    """p(class | image) from the state alone, (B, K), in double precision."""
    state = {name: x.detach().double() for name, x in model.state().items()}
    h = torch.sigmoid(pixels.double() / 255 @ state["encoder.0.W"] + state["encoder.0.b"])
    code = h @ state["encoder.1.W"] + state["encoder.1.b"]
    weights = (code @ state["output.W"] + state["output.b"]).exp()
    return (weights / weights.sum(dim=1, keepdim=True)).tolist()


def names(measures):
    return {metric.name for metric in measures.metrics}


def test_these_are_the_measures_of_the_kind():
    assert kind_of("deep-classifier").load("measures") is MEASURES


@pytest.mark.parametrize("dataset", ["bars-and-stripes", "mnist-5k"])
def test_every_figure_is_described(dataset):
    model, bed = measured_on(dataset)
    rows = torch.tensor(bed.config.training_rows(load(dataset))[:20])
    of_the_learner = bed.config.new_learner(bed.shape, torch.Generator().manual_seed(0)).train_batch(rows)
    figures = MEASURES.each_epoch(model, bed)
    assert figures.keys() | of_the_learner.keys() == names(MEASURES)
    assert not figures.keys() & of_the_learner.keys()
    assert all(isinstance(value, float) and math.isfinite(value) for value in figures.values())


def test_every_other_figure_that_is_named_exists():
    described = {metric.name: metric for metric in MEASURES.metrics}
    beside = {metric.beside for metric in MEASURES.metrics} - {""}
    assert beside | set(MEASURES.headline) <= described.keys()
    assert not any(described[name].beside for name in beside)  # it has a chart of its own
    assert all(metric.title and metric.unit and metric.help for metric in MEASURES.metrics)
    assert MEASURES.contrast is None


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_error_and_loss_are_literal_means_over_all_test_images(at_once, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    model, bed = measured_on()
    wrong, loss = 0, 0.0
    for shares, label in zip(probabilities(model, bed.test), IMAGES.test_labels.tolist(), strict=True):
        wrong += shares.index(max(shares)) != label
        loss -= math.log(shares[label])
    figures = MEASURES.each_epoch(model, bed)
    assert figures["error"] == pytest.approx(wrong / 30)
    assert figures["loss"] == pytest.approx(loss / 30, rel=1e-5)
    assert 0 < wrong < 30


@pytest.mark.parametrize(("always", "error"), [(0, 16 / 30), (1, 16 / 30), (2, 28 / 30)])
def test_who_always_says_the_same_is_wrong_about_all_others(always, error):
    model, bed = measured_on()
    for tensor in model.state().values():
        tensor.zero_()
    assert MEASURES.each_epoch(model, bed)["loss"] == pytest.approx(math.log(3))
    model.b[always] = 100
    assert MEASURES.each_epoch(model, bed)["error"] == pytest.approx(error)


def test_snapshots_have_no_figures_of_their_own():
    model, bed = measured_on()
    assert MEASURES.measure_heavy(model, bed, lambda: None) == {}


def test_distributions_are_of_parameters_and_of_the_chosen_class():
    model, bed = measured_on()
    tensors = MEASURES.histograms(model, bed)
    assert tensors.keys() == model.state().keys() | {"confidence"}
    assert all(tensors[name] is tensor for name, tensor in model.state().items())
    expected = [max(shares) for shares in probabilities(model, bed.test)]
    torch.testing.assert_close(tensors["confidence"], torch.tensor(expected), rtol=1e-4, atol=1e-6)


def test_the_picture_shows_the_images_whose_class_is_thought_least_likely():
    model, bed = measured_on()
    pictures = MEASURES.pictures(model, bed)
    assert pictures.keys() == {"hardest"}
    picture = pictures["hardest"]
    assert picture.scale == "pixels"
    assert picture.indices.shape == (2 * 5 - 1, 10 * 5 - 1)
    right = [shares[label] for shares, label in zip(probabilities(model, bed.test), IMAGES.test_labels, strict=True)]
    for place, image in enumerate(np.argsort(right)[:20]):
        row, column = divmod(place, 10)
        tile = picture.indices[5 * row : 5 * row + 4, 5 * column : 5 * column + 4]
        assert (tile == quantize(IMAGES.test[image].reshape(4, 4) / 255, 0, 1)).all()
    assert read_png(png(*picture)).scale == picture.scale


def test_measuring_leaves_no_gradients_and_nothing_changed():
    model, bed = measured_on(learned=True)
    before = {name: x.detach().clone() for name, x in model.state().items()}
    MEASURES.each_epoch(model, bed)
    MEASURES.pictures(model, bed)
    assert not MEASURES.histograms(model, bed)["confidence"].requires_grad
    assert all(x.grad is None and torch.equal(x, before[name]) for name, x in model.state().items())
