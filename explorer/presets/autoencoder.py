"""Experiments with the classic autoencoder: PCA found again, and what other units and layers add to it."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_MNIST = {"dataset": "mnist", "epochs": 30}
_LINEAR = _MNIST | {"activation": "linear"}
_SETTLED = _LINEAR | {"decay_epochs": 30}
_TWO_LINEAR = _MNIST | {"code_size": 2, "activation": "linear", "linear_code": True, "tied": True}
_TWO = _TWO_LINEAR | {"hidden_layers": (250, 100), "activation": "tanh"}

PRESETS = (
    Preset(
        "Linear units: PCA by gradient descent",
        "Over the epochs the angles between decoder and PCA fall towards 0, and the error comes down to PCA's. Yet no "
        "tile looks like a principal component. Why need it not?",
        settings=_SETTLED,
        view="Beside PCA",
    ),
    Preset(
        "The last degrees: decay of the learning rate",
        "Two linear autoencoders. On the right the learning rate falls to 0 over 30 epochs. Pinned, it is constant, "
        "and the largest angle stays at a few degrees, as each step still follows the noise of its batch.",
        settings=_SETTLED,
        pinned=_LINEAR,
        view="Beside PCA",
    ),
    Preset(
        "A sigmoid code beside a linear one",
        "30 code units each. The sigmoid makes the code non-linear, but the decoder still adds up 30 pictures, so PCA "
        "remains the floor: within 2 % each. Why does the sigmoid gain nothing? Only layers between would help.",
        settings=_MNIST,
        pinned=_LINEAR,
        view="Beside PCA",
    ),
    Preset(
        "Tied and untied weights",
        "Both are linear and find the same subspace. With tied weights the encoder's tiles come to be orthonormal; "
        "without, encoder and decoder only have to undo each other. Yet their tiles come to look alike, but for the "
        "margin, which no digit reaches. Why?",
        settings=_SETTLED | {"tied": True},
        pinned=_SETTLED,
        view="Weights",
    ),
    Preset(
        "2 codes: a curved map and a flat one",
        "Pinned is a linear autoencoder: its map is that of PCA. On the right, hidden layers of 250 and 100 tanh "
        "units on each side, with a linear code: the nearest neighbours tell the class of 72 % instead of 41 % (view "
        "*Training*). Which classes lie apart that overlapped before?",
        settings=_TWO,
        pinned=_TWO_LINEAR,
        view="Code space",
    ),
    Preset(
        "2 codes: through the floor",
        "The same two: linear, and with hidden layers of tanh units, whose error falls below that of PCA with 2 "
        "components. Look at the digits, too: which ones can be read when two numbers are all that is known?",
        settings=_TWO,
        pinned=_TWO_LINEAR,
        view="Reconstructions",
    ),
    Preset(
        "3 codes: a space to turn",
        "Choose 3-D and turn the cloud. Some classes that touch on the map with 2 codes find room in the third "
        "dimension, as 3 and 5 do; 4 and 9 do not.",
        settings=_TWO | {"code_size": 3},
        view="Code space",
    ),
)

SHIPPED = (
    Shipped(_SETTLED, snapshots=(0, 1, 30)),
    Shipped(_LINEAR, snapshots=(0, 1, 30)),
    Shipped(_MNIST, snapshots=(0, 1, 30), previews=True),
    Shipped(_SETTLED | {"tied": True}, snapshots=(0, 1, 30)),
    Shipped(_TWO_LINEAR, snapshots=(0, 1, 30)),
    Shipped(_TWO, snapshots=(30,), lacking=(0, 1, 2, 5, 10, 20)),
    Shipped(_TWO | {"code_size": 3}, snapshots=(30,), lacking=(0, 1, 2, 5, 10, 20)),
    Shipped(BUILT_IN, snapshots=(0, 1, 30)),
)
