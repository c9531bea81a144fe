"""The DCGANs whose pages are tested, and what they compute."""

import numpy as np
import torch

from explorer.analysis.digit_classifier import DigitClassifier
from explorer.analysis.sample_quality import some
from explorer.data.catalogue import load
from explorer.models.dcgan import DCGANConfig
from explorer.models.rbm import RBMConfig
from explorer.models.resizing import enlarge
from explorer.models.vae import VAEConfig
from tests.pages import problems

GAN = {"dataset": "mnist-5k", "width": 8, "batch_size": 20, "epochs": 2}
RUNS = {
    "plain": DCGANConfig(**GAN),
    "unlike": DCGANConfig(**GAN, latent_size=5, batch_norm=False, loss="hinge", discriminator_updates=2),
    "large": DCGANConfig(**GAN | {"epochs": 1}, image_size="64"),
}
OTHERS = (
    VAEConfig(dataset="mnist-5k", hidden_units=16, latent_size=3, epochs=1),
    RBMConfig(dataset="mnist-5k", hidden_units=9, epochs=1),
)
SAYS = {  # what only this view says
    "Samples": "The same z ~ N(0, I) at each epoch",
    "Walk": "Click a sample to walk on to it",
    "Discriminator": "are judged rightly",
    "Layers": "The strongest maps of each layer first",
    "Quality": "samples each at 28×28 pixels",
    "Training": "All other figures",
}
HEALTHY = {
    "class_entropy": 2.2,
    "duplicates": 0.01,
    "discriminator_accuracy_train": 0.8,
    "real_probability": 0.7,
    "generated_probability": 0.3,
}


def judge_of_digits(dataset):
    """A classifier that knows nothing, but always the same."""
    if not dataset.startswith("mnist"):
        return None
    classifier = DigitClassifier()
    classifier.initialize(torch.Generator().manual_seed(1))
    return classifier


def no_judge(dataset):
    return None


def texts(test):
    return "\n".join(element.value for element in [*test.markdown, *test.caption])


def assert_draws(test, view):
    assert problems(test) == [], view
    assert SAYS[view] in texts(test), view


def among_real(model):
    """The model with a discriminator that has settled among 500 training images."""
    real = enlarge(some(load("mnist-5k").train, 500), model.side).reshape(-1, model.side, model.side)
    return model.settled(torch.tensor(real / np.float32(255)))


def among_samples(model):
    """The model with a discriminator that has settled among 500 samples."""
    z = np.random.default_rng(0).standard_normal((500, model.latent_size)).astype(np.float32)
    return model.settled(torch.tensor(generated(model, z)))


def noise(config, seed=0):
    return np.random.default_rng(seed).standard_normal((100, config.latent_size)).astype(np.float32)


def generated(model, z):
    with torch.no_grad():
        return model.sample(torch.tensor(z)).numpy()


def believed(model, x):
    with torch.no_grad():
        return model.discriminate(torch.tensor(x)).numpy()
