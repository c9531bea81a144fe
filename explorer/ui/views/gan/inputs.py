"""What goes into the two networks: the noise of the samples that all views show, and images."""

from __future__ import annotations

import streamlit as st

from explorer.arrays import Bytes, Floats
from explorer.models.dcgan import DCGANConfig
from explorer.models.resizing import images_at
from explorer.plots.tiles import Indices, quantize
from explorer.ui.shelf.images import background_of
from explorer.ui.state.choices import natural
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.view import draw_again

SHOWN = 100  # samples of the views, chosen by their numbers


def config_of(subject: Subject) -> DCGANConfig:
    """Return the subject's config as a DCGAN's."""
    return subject.config_as(DCGANConfig)


def side_of(subject: Subject) -> int:
    """Return the side of the subject's images in pixels."""
    return int(config_of(subject).image_size)


def sample_seed(scene: Scene) -> int:
    """Return the seed of the samples of all views."""
    return int(st.session_state.setdefault(scene.key("sample seed"), 0))


def new_samples(scene: Scene) -> None:
    """Draw the button that changes the samples of all views."""
    draw_again(scene, "New samples", "sample seed")


def pick_sample(scene: Scene, name: str = "sample", label: str = "Sample", default: int = 0) -> str:
    """Draw the field for the number of a sample; return its key in the session."""
    key = scene.linked(name, default, natural(SHOWN - 1))
    st.number_input(label, 0, SHOWN - 1, default, key=key, width=150, persist_state="session")
    return key


def inputs_of(subject: Subject, pixels: Bytes) -> Floats:
    """Return images of 28×28 bytes as the subject's discriminator takes them, (B, 784) → (B, S, S) in [0, 1]."""
    return images_at(pixels, side_of(subject), background_of(subject.config.dataset))


def tiles_of(images: Floats) -> Indices:
    """Return images in [0, 1] as tiles of pixels, (B, S, S)."""
    return quantize(images, 0, 1)
