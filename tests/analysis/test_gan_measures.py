import math

import numpy as np
import pytest
import torch

from explorer.analysis import gan_measures, measures
from explorer.analysis.digit_classifier import DigitClassifier, digit_classifier
from explorer.analysis.gan_measures import MEASURES
from explorer.analysis.measures import OF_EVERY_KIND
from explorer.analysis.sample_quality import some
from explorer.data.catalogue import load
from explorer.errors import BrokenFile
from explorer.models.dcgan import DCGAN, DCGANConfig
from explorer.models.registry import kind_of
from explorer.models.resizing import enlarge
from explorer.plots.tiles import png

TINY = {"dataset": "mnist-5k", "width": 8, "latent_size": 4}


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    """Figures of 60 images, and nothing kept from one test to the next."""
    monkeypatch.setattr(gan_measures, "MANY", 60)
    monkeypatch.setattr(gan_measures, "CHEAP", 40)
    gan_measures._real.cache_clear()
    yield
    gan_measures._real.cache_clear()


def measured(**options):
    config = DCGANConfig(**TINY | options)
    images = load(config.dataset)
    model = config.new_learner(images.shape, torch.Generator().manual_seed(0)).model
    train, test = (torch.tensor(x[:100]) for x in (images.train, images.test))
    return model, measures.TestBed(config, images.shape, train, test, torch.Generator().manual_seed(0))


class Forger(DCGAN):
    """A "generator" that shows given images, one after the other."""

    def __init__(self, images):
        super().__init__(images.shape[-1], width=8, latent_size=4)
        self.images = images

    def sample(self, z):
        return self.images[: len(z)]


@pytest.mark.parametrize("side", ["32", "64"])
def test_every_figure_is_described(side):
    model, bed = measured(image_size=side)
    described = {metric.name for metric in MEASURES.metrics}
    figures = MEASURES.each_epoch(model, bed) | MEASURES.measure_heavy(model, bed, lambda: None)
    assert figures.keys() == {name for name in described if not name.endswith("_train")}
    assert all(isinstance(value, float) and math.isfinite(value) for value in figures.values())
    learner = bed.config.new_learner((28, 28), torch.Generator().manual_seed(0))
    assert learner.train_batch(torch.zeros(3, int(side) ** 2, dtype=torch.uint8)).keys() == {
        name for name in described if name.endswith("_train")
    }


def test_every_other_figure_that_is_named_exists():
    described = {metric.name: metric for metric in MEASURES.metrics}
    assert len(described) == len(MEASURES.metrics)
    assert {metric.beside for metric in MEASURES.metrics} <= {"", *described}
    assert {*MEASURES.headline, MEASURES.contrast.x, MEASURES.contrast.y} <= set(described)
    assert kind_of("dcgan").load("measures") is MEASURES


def test_without_the_classifier_its_figures_are_absent(monkeypatch):
    monkeypatch.setattr(gan_measures, "digit_classifier_or_none", lambda _: None)
    model, bed = measured()
    figures = MEASURES.each_epoch(model, bed) | MEASURES.measure_heavy(model, bed, lambda: None)
    assert figures.keys() - {metric.name for metric in OF_EVERY_KIND} == {
        "real_probability",
        "generated_probability",
        "duplicates",
    }


def test_real_images_are_as_good_as_real():
    images = load("mnist-5k")
    _, bed = measured()
    unseen = torch.tensor(enlarge(images.train[1000:1060], 32)).view(-1, 32, 32) / 255
    figures = MEASURES.measure_heavy(Forger(unseen), bed, lambda: None)
    assert 0.7 < figures["frechet_ratio"] < 1.3
    assert abs(figures["kernel_ratio"]) < 3
    assert figures["precision"] > 0.5
    assert figures["recall"] > 0.5
    assert figures["duplicates"] < 0.1


def test_a_generator_of_one_digit_and_one_of_noise_are_found_out():
    images = load("mnist-5k")
    _, bed = measured()
    one = images.train[images.train_labels == 1][:1]
    same = torch.tensor(enlarge(one, 32)).view(-1, 32, 32).repeat(60, 1, 1) / 255
    figures = MEASURES.measure_heavy(Forger(same), bed, lambda: None)
    assert figures["duplicates"] == 1
    assert figures["recall"] < 0.1
    assert figures["frechet_ratio"] > 5
    noise = torch.rand(60, 32, 32, generator=torch.Generator().manual_seed(0))
    assert MEASURES.measure_heavy(Forger(noise), bed, lambda: None)["frechet_ratio"] > 5


def test_the_opinions_are_means_among_images_of_the_same_kind():
    model, bed = measured()
    before = {name: x.clone() for name, x in model.state().items()}
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    assert all(torch.equal(x, before[name]) for name, x in model.state().items())
    train, test = (torch.tensor(enlarge(some(x.numpy(), 40), 32)).view(-1, 32, 32) / 255 for x in (bed.train, bed.test))
    with torch.no_grad():
        samples = model.sample(torch.randn(60, 4, generator=torch.Generator().manual_seed(0)))
        scores = model.settled(train).discriminate(test), model.settled(samples[-40:]).discriminate(samples[:40])
    means = [float(x.mean()) for x in scores]
    assert [figures["real_probability"], figures["generated_probability"]] == pytest.approx(means, abs=1e-6)


def test_the_opinions_are_as_in_training_where_the_generator_has_collapsed():
    """A discriminator that knows a batch of one image by its variance of 0 is sure of both kinds."""
    model, bed = measured()
    p = model.state()
    z = torch.randn(40, 4, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        p["generator.0.W"].zero_()  # whatever z is, the image is the same
        real = 2 * torch.tensor(enlarge(bed.train[:40].numpy(), 32)).view(-1, 1, 32, 32) / 255 - 1
        wanted = [model.judge(x, training=True).sigmoid().mean() for x in (real, model.generate(z, training=True))]
    figures = MEASURES.measure_heavy(model, bed, lambda: None)
    found = [figures["real_probability"], figures["generated_probability"]]
    assert found == pytest.approx([float(x) for x in wanted], abs=0.02)


def test_the_classes_are_those_of_samples():
    model, bed = measured()
    figures = MEASURES.each_epoch(model, bed)
    samples = model.sample(torch.randn(40, 4, generator=torch.Generator().manual_seed(0)))
    labels = digit_classifier("mnist-5k").look(samples.detach())[1].argmax(dim=1).numpy()
    shares = np.unique(labels, return_counts=True)[1] / 40
    assert figures["class_entropy"] == pytest.approx(-(shares * np.log(shares)).sum(), abs=1e-5)


def test_pictures_show_100_samples_and_histograms_all_tensors():
    model, bed = measured()
    pictures = MEASURES.pictures(model, bed)
    assert list(pictures) == ["samples"]
    assert pictures["samples"].indices.shape == (10 * 33 - 1, 10 * 33 - 1)
    assert png(*pictures["samples"])
    assert np.array_equal(pictures["samples"].indices, MEASURES.pictures(model, bed)["samples"].indices)
    histograms = MEASURES.histograms(model, bed)
    scores = {"real_probability", "generated_probability"}
    assert histograms.keys() == {*model.state(), "pixels_generated", *scores}
    assert all(histograms[name].shape == (40,) for name in scores)


# the classifier


def test_the_shipped_classifier_recognises_digits():
    images = load("mnist-5k")
    classifier = digit_classifier("mnist-5k")
    for side in (28, 32, 64):
        pixels = images.test if side == 28 else enlarge(images.test, side)
        features, probabilities = classifier.look(torch.tensor(pixels).view(-1, side, side) / 255)
        assert features.shape == (1000, 64)
        assert features.min() >= 0
        torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(1000))
        right = probabilities.argmax(dim=1).numpy() == images.test_labels
        assert right.mean() >= (0.99 if side < 64 else 0.98)  # most of these it was trained on


@pytest.mark.full_mnist
def test_the_shipped_classifier_recognises_99_of_100_unseen_digits():
    images = load("mnist")
    probabilities = digit_classifier("mnist").look(torch.tensor(images.test).view(-1, 28, 28) / 255)[1]
    assert (probabilities.argmax(dim=1).numpy() == images.test_labels).mean() >= 0.99


def test_there_is_a_classifier_for_digits_only(tmp_path):
    assert digit_classifier("fashion-mnist") is None
    assert digit_classifier("mnist", tmp_path / "missing") is None
    (tmp_path / "damaged").write_bytes(b"nothing")
    with pytest.raises(BrokenFile, match="train_digit_classifier"):
        digit_classifier("mnist", tmp_path / "damaged")


def test_the_classifier_is_torchs_network():
    classifier = DigitClassifier()
    classifier.initialize(torch.Generator().manual_seed(0))
    p = classifier.state()
    for name, tensor in p.items():
        if name.endswith(".b"):
            tensor.fill_(0.1)
    x = torch.rand(3, 28, 28, generator=torch.Generator().manual_seed(1))
    y = x[:, None]
    for i, kernel in enumerate((5, 3, 3)):
        y = torch.relu(torch.conv2d(y, p[f"conv{i}.W"], p[f"conv{i}.b"], stride=2, padding=kernel // 2))
    features = torch.relu(y.flatten(1) @ p["features.W"].T + p["features.b"])
    torch.testing.assert_close(classifier.hidden(x), features)
    wanted = (features @ p["classes.W"].T + p["classes.b"]).softmax(dim=1)
    torch.testing.assert_close(classifier.look(x)[1], wanted)
