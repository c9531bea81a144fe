"""Analyses of snapshots of generative adversarial networks that views share, computed once for all sessions.

The 100 samples of all views are the first of those that stand for the generator in histograms and measures.
"""

from __future__ import annotations

from typing import Literal, cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from explorer.analysis.digit_classifier import DATASETS, DigitClassifier, digit_classifier
from explorer.analysis.retrieval import Found
from explorer.analysis.sample_quality import some
from explorer.analysis.training_neighbors import nearest_training_images
from explorer.data.catalogue import CATALOGUE
from explorer.data.images import Bytes
from explorer.models.dcgan import DCGAN, DCGANConfig
from explorer.models.resizing import images_at, shrink
from explorer.plots.tiles import Indices, quantize
from explorer.ui.shelf.images import shown_set, test_images
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject, snapshot_of

Floats = NDArray[np.float32]
Among = Literal["real images", "samples"]
SHOWN = 100  # samples of the views, chosen by their numbers
MANY = 1_000  # images of histograms and measures
NEAREST = 5
REFERENCE = 500  # images among which the discriminator judges one
AT_ONCE = 250  # images in one go through a network


def config_of(subject: Subject) -> DCGANConfig:
    """Return the subject's config as a DCGAN's."""
    return cast(DCGANConfig, subject.config)


def side_of(subject: Subject) -> int:
    """Return the side of the subject's images in pixels."""
    return int(config_of(subject).image_size)


def generator_of(key: Key) -> DCGAN:
    """Return the model of that snapshot, for its generator; its discriminator has to settle before it is asked."""
    return cast(DCGAN, model_of(key))


def judge_of(subject: Subject, among: Among, epoch: int | None = None) -> DCGAN:
    """Return the model at that snapshot, for its discriminator as it judges images of a kind: see `DCGAN.settled`."""
    return settled_at(snapshot_of(subject, epoch), among, shown_set(subject.config.dataset))


@st.cache_resource(max_entries=192, show_spinner=False)
def settled_at(key: Key, among: Among, dataset: str) -> DCGAN:
    """Return the model of a snapshot with a discriminator that has settled among such images."""
    model = generator_of(key)
    if among == "samples":
        return model.settled(torch.tensor(generate(model, noise(model.latent_size, REFERENCE, 0))))
    real = some(test_images(dataset).train, REFERENCE)
    return model.settled(torch.tensor(images_at(real, model.side)))


def noise(latent_size: int, count: int, seed: int) -> Floats:
    """Return z ~ N(0, I), (count, Z); of more of the same seed the first are the same."""
    return np.random.default_rng(seed).standard_normal((count, latent_size)).astype(np.float32)


def sample_seed(scene: Scene) -> int:
    """Return the seed of the samples of all views."""
    return int(st.session_state.setdefault(scene.key("sample seed"), 0))


def new_samples(scene: Scene) -> None:
    """Draw the button that changes the samples of all views."""
    st.button("New samples", on_click=_next, args=(scene.key("sample seed"),), icon=":material/casino:")


def _next(key: str) -> None:
    st.session_state[key] += 1


@torch.no_grad()
def generate(model: DCGAN, z: Floats) -> Floats:
    """Return images in [0, 1] of noise, (B, Z) → (B, S, S)."""
    return np.concatenate([model.sample(part).numpy() for part in torch.split(torch.tensor(z), AT_ONCE)])


@torch.no_grad()
def judge(model: DCGAN, images: Floats) -> Floats:
    """Return D(x) of images in [0, 1], (B, S, S) → (B,)."""
    return np.concatenate([model.discriminate(part).numpy() for part in torch.split(torch.tensor(images), AT_ONCE)])


def samples_of(subject: Subject, seed: int, epoch: int | None = None) -> Floats:
    """Return the 100 samples of a seed at that snapshot, (100, S, S) in [0, 1]."""
    return samples_at(snapshot_of(subject, epoch), config_of(subject).latent_size, seed)


@st.cache_resource(max_entries=128, show_spinner=False)
def samples_at(key: Key, latent_size: int, seed: int) -> Floats:
    """Return the 100 samples of a seed at a snapshot, (100, S, S) in [0, 1]."""
    return generate(generator_of(key), noise(latent_size, SHOWN, seed))


def inputs_of(subject: Subject, pixels: Bytes) -> Floats:
    """Return images of 28×28 bytes as the subject's discriminator takes them, (B, 784) → (B, S, S) in [0, 1]."""
    return images_at(pixels, side_of(subject))


def tiles_of(images: Floats) -> Indices:
    """Return images in [0, 1] as tiles of pixels, (B, S, S)."""
    return quantize(images, 0, 1)


def classifier_of(subject: Subject) -> DigitClassifier | None:
    """Return the classifier of the subject's digits, or None if they are none or the classifier is not there."""
    return digit_classifier(subject.config.dataset)


def why_no_classifier(subject: Subject) -> str:
    """Return a sentence on why the classifier has no say."""
    if subject.config.dataset not in DATASETS:
        title = CATALOGUE[subject.config.dataset].title
        return f"The classifier knows MNIST's digits only, not {title}: what needs its opinion is left out."
    return "The file of the digit classifier is missing: what needs its opinion is left out."


def classes_of(subject: Subject, seed: int) -> Floats | None:
    """Return the class probabilities (100, 10) of the samples at the epoch shown, or None without a classifier."""
    classifier = classifier_of(subject)
    return classifier.look(torch.tensor(samples_of(subject, seed)))[1].numpy() if classifier else None


def nearest_training(subject: Subject, seed: int) -> Found:
    """Return the training images nearest to each sample at the epoch shown, by pixels at 28×28."""
    key, latent_size = snapshot_of(subject), config_of(subject).latent_size
    return _nearest(key, latent_size, seed, shown_set(subject.config.dataset))


@st.cache_resource(max_entries=64, show_spinner="Looking for the nearest training images …")
def _nearest(key: Key, latent_size: int, seed: int, dataset: str) -> Found:
    samples = shrink(torch.tensor(samples_at(key, latent_size, seed))).flatten(1)
    return nearest_training_images(samples, test_images(dataset).train, NEAREST)


@st.cache_data(max_entries=16, show_spinner=False)
def usual_distance(dataset: str) -> float:
    """Return how far test images are from their nearest training image, by pixels: the median of 100."""
    images = test_images(dataset)
    return float(np.median(nearest_training_images(torch.tensor(images.test[:SHOWN]) / 255, images.train, 1).distances))
