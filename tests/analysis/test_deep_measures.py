"""What is measured of layers trained one by one, and of deep autoencoders."""

import math

import pytest
import torch

from explorer.analysis.autoencoder_measures import AUTOENCODER, DEEP
from explorer.data.catalogue import load
from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.models.registry import kind_of
from tests.analysis.beds import bed_of

TOY = {"dataset": "bars-and-stripes"}


def layers_of(**options):
    return PretrainingConfig(**TOY | {"hidden_layers": (6,), "code_size": 4} | options)


CONFIGS = {
    "layers": layers_of(),
    "one layer": layers_of(hidden_layers=()),
    "autoencoders": layers_of(method="autoencoders"),
    "deep": DeepAutoencoderConfig(**TOY, layers=layers_of(), start="random"),
    "squared error": DeepAutoencoderConfig(**TOY, layers=layers_of(), start="random", loss="squared error"),
    "not deep": DeepAutoencoderConfig(**TOY, layers=layers_of(hidden_layers=()), start="random", loss="squared error"),
}
EACH = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def learner_of(config):
    learner = config.new_learner((4, 4), torch.Generator().manual_seed(0))
    learner.begin_epoch(1, torch.Generator().manual_seed(0))
    return learner


def test_layers_have_the_same_measures_without_a_loss():
    assert kind_of("deep-autoencoder").load("measures") is DEEP
    layers = kind_of("pretraining").load("measures")
    assert {metric.name for metric in DEEP.metrics} - {metric.name for metric in layers.metrics} == {"loss_train"}


@EACH
def test_every_figure_is_described_and_none_is_an_angle(config):
    learner, bed = learner_of(config), bed_of(config)
    figures = DEEP.each_epoch(learner.model, bed) | DEEP.measure_heavy(learner.model, bed, lambda: None)
    described = {metric.name for metric in DEEP.metrics}
    assert figures.keys() == described - {"loss_train"}
    assert learner.train_batch(bed.test).keys() <= {"loss_train"}
    assert all(isinstance(value, float) and math.isfinite(value) for value in figures.values())
    assert "largest_angle" in {metric.name for metric in AUTOENCODER.metrics} - described


@EACH
def test_the_error_is_that_of_the_unfolded_layers(config):
    model, bed = learner_of(config).model, bed_of(config)
    x = torch.tensor(load("bars-and-stripes").test) / 255
    expected = float((model.decode(model.encode(x)) - x).detach().square().sum()) / 30
    assert DEEP.each_epoch(model, bed)["reconstruction_error"] == pytest.approx(expected, rel=1e-5)


@EACH
def test_pictures_are_of_images_and_weights(config):
    model, bed = learner_of(config).model, bed_of(config)
    pictures = DEEP.pictures(model, bed)
    assert list(pictures) == ["reconstructions", "decoder_weights"] + ["encoder_weights"] * (not model.tied)
    assert DEEP.histograms(model, bed).keys() == model.state().keys() | {"code", "squared_error"}
