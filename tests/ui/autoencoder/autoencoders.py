"""The autoencoders whose pages are tested, and what their views say."""

import numpy as np

from explorer.data.catalogue import load
from explorer.models.config import default_values
from explorer.models.registry import kind_of
from tests.pages import problems, texts

BARS = {"dataset": "bars-and-stripes", "epochs": 2}
DIGITS = {"dataset": "mnist-5k", "epochs": 1, "code_size": 4}
SPIRAL = {"dataset": "spiral", "epochs": 2}
DEEP = {"hidden_layers": (6,), "code_size": 5}
TIED, UNTIED = {"tied": True}, {"tied": False}
SQUARED, ENTROPY = {"loss": "squared error"}, {"loss": "cross-entropy"}
LINEAR = {"activation": "linear"} | SQUARED


def config(kind, *parts):
    values = default_values(kind_of(kind).config_class())
    for part in parts:
        values = values | part
    return kind_of(kind).config_class().from_values(values)


def size(count):
    return {"code_size": count}


SETTINGS = {
    "autoencoder": {
        "1": (BARS, size(1)),
        "2 linear": (BARS, size(2), LINEAR),
        "3 tanh": (BARS, size(3), ENTROPY, {"activation": "tanh"}),
        "5": (BARS, size(5), TIED),
        "5 deep": (BARS, DEEP, {"activation": "relu"}),
        "5 deep linear": (BARS, DEEP, LINEAR, TIED),
        "2 deep, linear code": (BARS, DEEP, size(2), {"activation": "tanh", "linear_code": True}),
        "spiral": (SPIRAL, DEEP, size(2)),
        "digits": (DIGITS,),
    },
    "denoising": {
        "1": (BARS, size(1)),
        "2 salt": (BARS, size(2), UNTIED, {"noise": "salt and pepper", "noise_strength": 0.2}),
        "3 gauss": (BARS, size(3), SQUARED, {"noise": "gaussian", "activation": "tanh"}),
        "5 deep": (BARS, DEEP, SQUARED, {"noise": "gaussian", "noise_strength": 0.05, "activation": "relu"}),
        "5 linear": (BARS, size(5), LINEAR, {"noise_strength": 0.0}),
        "spiral": (SPIRAL, DEEP, SQUARED, UNTIED, {"noise": "gaussian", "noise_strength": 0.05, "activation": "relu"}),
        "digits": (DIGITS,),
    },
    "contractive": {
        "1": (BARS, size(1)),
        "2 tanh": (BARS, size(2), SQUARED, {"activation": "tanh"}),
        "3 untied": (BARS, size(3), UNTIED),
        "5 deep": (BARS, DEEP, {"activation": "relu"}),
        "5 deep linear": (BARS, DEEP, LINEAR, UNTIED),
        "spiral": (SPIRAL, size(5)),
        "digits": (DIGITS,),
    },
    "sparse": {
        "1": (BARS, size(1)),
        "2 corrected": (BARS, size(2), {"variant": "bias correction"}),
        "3 untied": (BARS, size(3), UNTIED, SQUARED),
        "5 deep": (BARS, DEEP, UNTIED),
        "5": (BARS, size(5), {"target": 0.2}),
        "spiral": (SPIRAL, size(3)),
        "digits": (DIGITS,),
    },
}
RUNS = {(kind, name): config(kind, *parts) for kind, named in SETTINGS.items() for name, parts in named.items()}
VIEWS = {
    "autoencoder": ("Weights", "Reconstructions", "Beside PCA", "Code space", "Nearest images", "Training"),
    "denoising": (
        "Weights", "Reconstructions", "Denoise", "Correction field", "Sampling chain", "Code space", "Training"
    ),
    "contractive": ("Weights", "Reconstructions", "Jacobian", "Code space", "Training"),
    "sparse": ("Weights", "Reconstructions", "Sparsity", "Code space", "Training"),
}  # fmt: skip
SAYS = {  # what only this view says, or what ends the key of its picture
    "Weights": "Click a tile or type a unit's number",
    "Reconstructions": "ean squared error of these images",
    "Beside PCA": "PCA with as many",
    "Denoise": "ean squared error: noisy",
    "Correction field": " field ",
    "Sampling chain": " denoising chain ",
    "Jacobian": "norm of the encoder's weights",
    "Sparsity": "units on per image",
    "Code space": " map current ",
    "Nearest images": "each looked for among all others",
    "Training": "All other figures",
}
PAIRS = [
    ("autoencoder", "2 linear", "5"),
    ("autoencoder", "5", "2 linear"),
    ("autoencoder", "1", "5 deep"),
    ("autoencoder", "5 deep linear", "3 tanh"),
    ("autoencoder", "3 tanh", "3 tanh"),
    ("denoising", "3 gauss", "1"),
    ("denoising", "1", "5 deep"),
    ("denoising", "5 linear", "2 salt"),
    ("contractive", "5 deep", "1"),
    ("contractive", "2 tanh", "3 untied"),
    ("sparse", "5", "2 corrected"),
    ("sparse", "1", "5 deep"),
]


def assert_draws(test, view, what=""):
    """The page and the view stand without a word of complaint."""
    assert problems(test) == [], (view, what)
    keys = [f"{element.key} " for element in (*test.get("bidi_component"), *test.get("plotly_chart"))]
    assert SAYS[view] in texts(test) + " ".join(keys), (view, what)


def grey(config):
    return load(config.dataset).test.astype(np.float32) / 255
