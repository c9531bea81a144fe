"""The layers and deep autoencoders whose pages are tested, and what computes the same literally."""

import json
from itertools import product

import numpy as np
from sklearn.decomposition import PCA

from explorer.models.deep_autoencoder import DeepAutoencoderConfig
from explorer.models.deep_classifier import DeepClassifierConfig
from explorer.models.pretraining import PretrainingConfig
from explorer.runs.status import State
from tests.few_images import few_images
from tests.pages import problems, texts
from tests.stores import arrays_of, begun, sigmoid

BARS = {"dataset": "bars-and-stripes", "epochs": 2}
DIGITS = {"dataset": "mnist-5k", "epochs": 1}


def layers(*sizes, **changes):
    *hidden, code = sizes
    values = BARS | {"hidden_layers": tuple(hidden), "code_size": code, "layer_epochs": 1}
    return PretrainingConfig(**values | changes)


def deep(below, **changes):
    return DeepAutoencoderConfig(**{"dataset": below.dataset, "epochs": 2, "layers": below} | changes)


LAYERS = {
    "one layer": layers(3),
    "three layers": layers(12, 8, 3),
    "sigmoid code": layers(6, 5, linear_code=False),
    "autoencoders": layers(6, 2, method="autoencoders"),
    "one unit": layers(6, 1),
    "digits": layers(10, 4, **DIGITS),
}
DEEP = {
    "one layer": deep(LAYERS["one layer"]),
    "three layers": deep(LAYERS["three layers"]),
    "random": deep(layers(12, 8, 3), start="random"),
    "small random": deep(layers(6, 3), start="small random"),
    "squared error": deep(LAYERS["sigmoid code"], loss="squared error"),
    "sigmoid code": deep(LAYERS["sigmoid code"]),
    "autoencoders": deep(LAYERS["autoencoders"]),
    "one unit": deep(LAYERS["one unit"]),
    "digits": deep(LAYERS["digits"], epochs=1),
}
KINDS = {"pretraining": LAYERS, "deep-autoencoder": DEEP}
RUNS = [(kind, name) for kind, named in KINDS.items() for name in named]
VIEWS = {
    "pretraining": ("Weights", "Reconstructions", "Stages", "Code space", "Training"),
    "deep-autoencoder": (
        "Reconstructions", "Stages", "Code space", "Nearest images", "Few labels", "Weights", "Training"
    ),
}  # fmt: skip
SAYS = {  # what only this view says, or what ends the key of its picture
    "Weights": "Click a tile or type a unit's number",
    "Reconstructions": "ean squared error of these images",
    "Stages": " stages ",
    "Code space": " map current ",
    "Nearest images": " precision ",
    "Few labels": "No classifier of this encoder is trained yet",
    "Training": "All other figures",
}
PAIRS = [
    ("pretraining", "three layers", "one layer"),
    ("pretraining", "one unit", "autoencoders"),
    ("deep-autoencoder", "three layers", "random"),
    ("deep-autoencoder", "one unit", "squared error"),
    ("deep-autoencoder", "small random", "one layer"),
    ("deep-autoencoder", "three layers", "three layers"),
]


def assert_draws(test, view, what=""):
    """The page and the view stand without a word of complaint."""
    assert problems(test) == [], (view, what)
    keys = [f"{element.key} " for element in (*test.get("bidi_component"), *test.get("plotly_chart"))]
    assert SAYS[view] in texts(test) + " ".join(keys), (view, what)


def bytes_of(own):
    return few_images(own.dataset).test


def grey(own):
    return bytes_of(own).astype(np.float32) / 255


def literal_pass(arrays, x, linear_code=True, squared=False):
    """The code and the output of layers (encoder.0 …, decoder.0 …), the decoder's weights the encoder's if it has none.

    All units are sigmoid but those of a linear code, and those of the output for a squared error.
    """
    depth = sum(name.startswith("encoder.") and name.endswith(".W") for name in arrays)
    h = x
    for layer in range(depth):
        h = h @ arrays[f"encoder.{layer}.W"] + arrays[f"encoder.{layer}.b"]
        h = h if linear_code and layer == depth - 1 else sigmoid(h)
    code = h
    for layer in range(depth):
        W = arrays.get(f"decoder.{layer}.W", arrays[f"encoder.{depth - 1 - layer}.W"].T)
        h = h @ W + arrays[f"decoder.{layer}.b"]
        h = h if squared and layer == depth - 1 else sigmoid(h)
    return code, h


def passed(library, own, x, epoch=None):
    """The same of a trained model at an epoch."""
    below = own.layers if isinstance(own, DeepAutoencoderConfig) else own
    squared = getattr(own, "loss", "") == "squared error"
    return literal_pass(arrays_of(library, own, epoch), x, below.linear_code, squared)


def error_of(library, own, epoch=None, count=None):
    """The mean squared error of the first test images."""
    x = grey(own)[:count]
    return np.square(passed(library, own, x, epoch)[1] - x).sum(1).mean()


def fitted_pca(own, components):
    return PCA(components, svd_solver="full").fit(few_images(own.dataset).train / 255)


def pca_error(own, components, count=None):
    x, pca = grey(own)[:count], fitted_pca(own, components)
    return np.square(pca.inverse_transform(pca.transform(x)) - x).sum(1).mean()


def forget_layers(library):
    for run in list(library.own):
        if run.kind == "pretraining":
            library.own.delete(run.id)


COUNTS = (10, 100, 1000, 3000)  # the last of them all of bars and stripes
STARTS = {"autoencoder": "fine-tuned autoencoder", "layers": "layers trained one by one", "random": "random start"}
BASE = DEEP["three layers"]


def classifier(start, labels, seed, base=BASE):
    return DeepClassifierConfig(dataset=base.dataset, base=base, start=start, labels=labels, seed=seed)


def study(base=BASE, seeds=3):
    return [classifier(*which, base) for which in product(STARTS, COUNTS, range(seeds))]


def measured(library, own, error):
    """Leave a classifier in the store as if it had been trained, with this error after its last epoch."""
    run = begun(library.own, own, State.DONE, own.epochs)
    rows = [{"epoch": epoch, "error": 0.9 if epoch < own.epochs else error} for epoch in range(own.epochs + 1)]
    run.paths.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run
