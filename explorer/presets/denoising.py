"""Experiments with the denoising autoencoder: kinds of noise, what they teach, and where corrections point."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_MASKING = {"dataset": "mnist", "epochs": 30}
_NO_NOISE = _MASKING | {"noise_strength": 0.0}
_SALT = _MASKING | {"noise": "salt and pepper"}
_GAUSSIAN = _MASKING | {"noise": "gaussian"}
_SPIRAL = {
    "dataset": "spiral",
    "epochs": 200,
    "noise": "gaussian",
    "noise_strength": 0.05,
    "hidden_layers": (100,),
    "code_size": 100,
    "activation": "relu",
    "tied": False,
    "loss": "squared error",
    "learning_rate": 0.001,
}

PRESETS = (
    Preset(
        "Masking: guess what is hidden",
        "A share of 0.3 of all pixels is black, ink or not, and the model fills the gaps. Turn up the strength: with "
        "half of the pixels hidden nearly all digits still come back as themselves, with 0.8 only every second one.",
        settings=_MASKING,
        view="Denoise",
    ),
    Preset(
        "What noise does to features",
        "Pinned is the same network with a noise strength of 0: a plain autoencoder with 500 units, which may copy. On "
        "the right 0.3 of the pixels are masked, and noise-like tiles have become spots. Why spots, and not strokes?",
        settings=_MASKING,
        pinned=_NO_NOISE,
        view="Weights",
    ),
    Preset(
        "A better copy or a better code?",
        "The same two, with a noise strength of 0.3 and of 0. Without noise there is nothing to learn but copying, and "
        "the error on clean images is far lower. Yet the linear probe is better with noise.",
        settings=_MASKING,
        pinned=_NO_NOISE,
        view="Training",
    ),
    Preset(
        "Salt and pepper beside masking",
        "Each is trained with its own noise. Show both models the same, at 0.3: the one that learned from masking "
        "takes white dots for ink, and the one that learned from salt and pepper takes ink between gaps for dots. Each "
        "makes the other's noise worse.",
        settings=_SALT,
        pinned=_MASKING,
        view="Denoise",
    ),
    Preset(
        "Gaussian noise beside masking",
        "With masking most pixels can be trusted and some not at all; with Gaussian noise each is a little wrong. "
        "Compare the tiles: with masking each is a small, strong spot; with Gaussian noise it spreads over far more of "
        "the image and is far paler. Click one to see it on its own model's scale.",
        settings=_GAUSSIAN,
        pinned=_MASKING,
        view="Weights",
    ),
    Preset(
        "A chain that forgets its digit",
        "Corrupt, encode, decode, repeat, with salt and pepper. After twenty steps about half of the chains have lost "
        "their digit, after a hundred most have a few faint strokes left. One layer knows too little of digits to stay "
        "with them: with masking, which only takes ink away, the pictures turn black.",
        settings=_SALT,
        view="Sampling chain",
    ),
    Preset(
        "The field over a spiral",
        "Points in the plane, so that the whole field can be drawn; it trains in less than a minute. Play the epochs. "
        "Pinned is a noise strength of 0.1, twice that on the right: does it still follow the inner turns?",
        settings=_SPIRAL,
        pinned=_SPIRAL | {"noise_strength": 0.1},
        view="Correction field",
    ),
    Preset(
        "The field between three digits",
        "A plane through three test images, and a model that learned from Gaussian noise. Nearly all arrows point to "
        "the nearest of the three. Where does the pull change from one digit to another? At the three themselves what "
        "is left of it leaves the plane.",
        settings=_GAUSSIAN,
        view="Correction field",
    ),
)

SHIPPED = (
    Shipped(_MASKING, snapshots=(30,), previews=True),
    Shipped(_NO_NOISE, snapshots=(30,)),
    Shipped(_SALT, snapshots=(30,)),
    Shipped(_GAUSSIAN, snapshots=(30,)),
    Shipped(BUILT_IN, snapshots=(30,)),
)
