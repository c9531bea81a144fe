"""The quality of samples, and the warnings of a training that goes wrong."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from explorer.analysis.generation import class_entropy
from explorer.analysis.sample_quality import some
from explorer.data.catalogue import CATALOGUE, load
from explorer.models.dcgan import DCGANConfig
from explorer.runs.ids import run_id
from tests.pages import findings, problems
from tests.stores import model_of
from tests.ui.gan.gans import (
    GAN,
    HEALTHY,
    OTHERS,
    RUNS,
    assert_draws,
    generated,
    judge_of_digits,
    noise,
    texts,
)

# quality


def test_models_of_other_kinds_are_measured_like_this_one(open_page, offered, library):
    config = RUNS["plain"]
    test = open_page(config, view="Quality")
    found, images = offered["quality"][0], offered["compared samples"][0]
    assert list(found["of"]) == ["DCGAN, epoch 2", "VAE", "RBM", "Training images"]
    assert list(images) == list(found["of"])
    assert "n = 120 samples" in texts(test)
    samples = generated(model_of(library, config), noise(config, 0))
    np.testing.assert_allclose(images["DCGAN, epoch 2"], samples[:, 2:-2, 2:-2], atol=1e-5)
    train = torch.tensor(some(load("mnist-5k").train, 120).reshape(-1, 28, 28) / 255, dtype=torch.float32)
    entropy = class_entropy(judge_of_digits("mnist").look(train)[1])
    np.testing.assert_allclose(found["class_entropy"][-1], entropy, rtol=1e-5)
    assert found["frechet_ratio"][-1] == pytest.approx(1)
    np.testing.assert_allclose(found["shares"].sum(axis=1), 1, rtol=1e-5)
    vae = library.find(OTHERS[0]).model(1)
    with torch.no_grad():
        expected = vae.sample(120, torch.Generator().manual_seed(0)).view(-1, 28, 28)
    np.testing.assert_allclose(images["VAE"], expected[:100], atol=1e-5)


def test_others_that_were_begun_again_and_left_still_stand_beside(open_page, offered, library):
    for config in OTHERS:
        library.own.request(config)
    open_page(RUNS["plain"], view="Quality")
    assert list(offered["quality"][0]["of"]) == ["DCGAN, epoch 2", "VAE", "RBM", "Training images"]


def test_what_stands_beside_can_be_chosen(open_page, offered):
    test = open_page(RUNS["large"], view="Quality")
    pills = next(each for each in test.get("button_group") if each.key == "dcgan compared with")
    assert pills.value == ["VAE", "RBM"]
    pills.set_value([]).run()
    assert_draws(test, "Quality")
    names = ["DCGAN, epoch 1", "Training images", "The same at 64×64 and back"]
    assert list(offered["quality"][0]["of"]) == names


def test_samples_of_two_data_sets_are_not_measured_by_one(open_page, inline, monkeypatch):
    clothes = replace(CATALOGUE["fashion-mnist"], source=partial(load, "mnist-5k"))
    monkeypatch.setitem(CATALOGUE, "fashion-mnist", clothes)
    other = DCGANConfig(**GAN | {"dataset": "fashion-mnist", "epochs": 1})
    inline.submit(other)
    test = open_page(RUNS["plain"], view="Quality", pin=run_id(other))
    assert problems(test) == []
    assert "measures of different things: Data set" in texts(test)
    assert len(test.dataframe) == 1  # the judge knows digits only
    assert list(test.dataframe[0].value.index)[1:] == ["VAE", "RBM", "Training images"]
    assert "The classifier knows MNIST's digits only, not Fashion-MNIST" in texts(test)


# warnings


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({}, []),
        ({"class_entropy": 1.2}, ["Mode collapse"]),
        ({"duplicates": 0.6}, ["Mode collapse"]),
        ({"discriminator_accuracy_train": 0.995}, ["Saturated discriminator"]),
        ({"real_probability": 0.99, "generated_probability": 0.01}, ["Saturated discriminator"]),
        ({"class_entropy": 0.5, "discriminator_accuracy_train": 1.0}, ["Mode collapse", "Saturated discriminator"]),
        ({"class_entropy": None, "duplicates": None}, ["Not a number"]),
    ],
    ids=lambda value: ", ".join(value) or "healthy",
)
def test_a_run_that_went_wrong_is_warned_of_with_the_reason(open_page, inline, figures, said):
    config = DCGANConfig(**GAN | {"epochs": 1}, seed=7)
    metrics = inline.submit(config).paths.metrics
    first, last = (json.loads(line) for line in metrics.read_text().splitlines())
    last |= HEALTHY | figures
    metrics.write_text("".join(json.dumps(row) + "\n" for row in (first | last | {"epoch": 0}, last)))
    for view in ("Samples", "Training"):
        assert findings(open_page(config, view=view)) == said, view
        assert findings(open_page(config, view=view, epoch=0)) == []
