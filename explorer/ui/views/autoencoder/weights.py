"""What the view of weights shows of an autoencoder: a layer's units, beside the decoder's where it mirrors them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import streamlit as st

from explorer.analysis.autoencoder_pictures import encoder_product
from explorer.analysis.ranking import largest_first, unit_norms
from explorer.arrays import Floats
from explorer.models.autoencoder import Autoencoder
from explorer.models.pretraining import PretrainingConfig
from explorer.ui.components.panel import Panel
from explorer.ui.shelf.snapshots import Key, model_of
from explorer.ui.state.scene import Scene
from explorer.ui.state.subject import Subject
from explorer.ui.views.autoencoder.cached import activity, autoencoder_of
from explorer.ui.views.pictures import panel_of_test_images
from explorer.ui.views.units import TilesOf, Units
from explorer.ui.views.view import row_of_controls
from explorer.ui.views.weights import INDEX, NORM, Places, Tiles, UnitLayer, WeightsSource, stacked
from explorer.ui.wording import signed

STRONGEST = 10  # test images shown for a unit


@cache
def encoder_tiles(layer: int) -> TilesOf:
    """Return the function that returns the weights from pixels to each unit of a layer (1, 2, …), (H, rows, columns).

    Above the first layer, these are the products of all weights on the way: what a unit speaks for.
    """

    def tiles_of(key: Key, shape: tuple[int, int]) -> Floats:
        product = encoder_product(model_of(key, Autoencoder), layer)
        return np.asarray(product.T.reshape(-1, *shape), np.float32)

    return tiles_of


def decoder_tiles(key: Key, shape: tuple[int, int]) -> Floats:
    """Return the weights from each unit of the decoder's last hidden layer to the pixels, (H, rows, columns)."""
    tiles: Floats = model_of(key, Autoencoder).decoder_weights()[-1].reshape(-1, *shape).numpy()
    return tiles


DECODER = Tiles("decoder: units to pixels", decoder_tiles, "weight, decoder")


def _encoder(layer: int, title: str, meaning: str = "weight, encoder") -> Tiles:
    return Tiles(title, encoder_tiles(layer), meaning)


def _layers(subjects: Sequence[Subject]) -> list[UnitLayer]:
    """Return the encoder's layers that all subjects have, from the lowest."""
    depth = min(len(autoencoder_of(subject).sizes) for subject in subjects) - 1
    return [_layer(number) for number in range(1, depth + 1)]


def _layer(number: int) -> UnitLayer:
    def mean(subject: Subject) -> Floats:
        return np.asarray(activity(subject, number).mean(axis=0))

    return UnitLayer(
        count=lambda subject: autoencoder_of(subject).sizes[number],
        orders={
            INDEX: None,
            NORM: lambda subject: unit_norms(autoencoder_of(subject).encoder_weights()[number - 1].numpy()),
            "mean activation": mean,
        },
        tiles=partial(_tiles, number),
        notes=partial(_notes, number),
        facts=partial(_facts, number),
        details=partial(_details, number),
    )


def _tiles(layer: int, subject: Subject) -> list[Tiles]:
    if layer > 1:
        return [_encoder(layer, f"layer {layer}, projected down to pixels", f"product of {layer} layers' weights")]
    if _has_mirror(subject):
        return [_encoder(1, "encoder: pixels to units"), DECODER]
    if autoencoder_of(subject).tied:
        return [_encoder(1, "weights, the same up and down", "weight")]
    return [_encoder(1, "encoder: pixels to units")]


def _has_mirror(subject: Subject) -> bool:
    """Whether the decoder has weights of its own from the same units to the pixels."""
    model = autoencoder_of(subject)
    return len(model.sizes) == 2 and not model.tied


def _notes(layer: int, subject: Subject, units: Units) -> list[str]:
    mean = activity(subject, layer).mean(axis=0)
    return [f"unit {unit} · mean activation {signed(mean[unit])}" for unit in units]


def _facts(layer: int, scene: Scene, subject: Subject, unit: int) -> str:
    values = activity(subject, layer)[:, unit]
    words = f"unit {unit}: activation **{signed(values.mean())}** ± {values.std():.2f} over the test images"
    return scene.title(subject, words)


def _details(layer: int, scene: Scene, subject: Subject, unit: int) -> list[Panel]:
    """Return one unit large, beside the test images that turn it on most."""
    values = activity(subject, layer)[:, unit]
    strongest = largest_first(values)[:STRONGEST].tolist()
    return [
        _tiles(layer, subject)[0].large(subject, scene.subjects, unit, f"Unit {unit}", f"The weights of unit {unit}"),
        panel_of_test_images(
            subject,
            strongest,
            5,
            title="Turned on by",
            alt=f"The {len(strongest)} test images that turn unit {unit} on most",
            notes=[f"test image {i} · activation {signed(values[i], 3)}" for i in strongest],
        ),
    ]


def _arrange(scene: Scene) -> Places:
    """Lay out the details beside the tiles if there is but one picture of them, else below."""
    if len(scene.subjects) > 1 or _has_mirror(scene.current):
        return stacked(scene)
    controls = row_of_controls()
    tiles, details = st.columns([3, 2], gap="large")
    return Places(controls, tiles, details)


def _first_shown(subject: Subject, depth: int) -> int:
    """Return the layer shown at first: the one that is trained, where those below it stay as they are."""
    return depth if isinstance(subject.config, PretrainingConfig) else 1


WEIGHTS_SOURCE = WeightsSource(_layers, _arrange, first=_first_shown)
