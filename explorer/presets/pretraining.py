"""Experiments with layer-wise pre-training: what layers learn one by one."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_MNIST = {"dataset": "mnist", "epochs": 10}
_TWO = _MNIST | {"hidden_layers": (300, 150, 50), "code_size": 2}

PRESETS = (
    Preset(
        "Layer by layer: what units speak for",
        "Four layers, down to 30 code units. Choose the layers one after the other: strokes, parts, patterns of whole "
        "digits. At which one can you no longer say what a unit is for?",
        settings=_MNIST,
        view="Weights",
    ),
    Preset(
        "Nobody looks at the whole",
        "Each layer knows only the one below it. The copies are crisp nevertheless, and all 20 the right digit; PCA's "
        "with as many numbers are blurred, and yet have the smaller squared error. Why? Fine-tuning, on the next "
        "page, starts from here.",
        settings=_MNIST,
        view="Reconstructions",
    ),
    Preset(
        "The price of each layer",
        "Follow the error from stage to stage: it jumps where a smaller layer is added. Training a layer longer need "
        "not help the whole: in each of the three hidden layers the copy is best after five epochs, before the "
        "momentum rises, and worse after ten. Only the code still gains.",
        settings=_MNIST,
        view="Stages",
    ),
    Preset(
        "2 codes, before any fine-tuning",
        "Layers of 300, 150 and 50 units, and two linear code units. No layer has seen a label, and yet the 1s and "
        "most of the 0s have a place of their own. What about the other digits?",
        settings=_TWO,
        view="Code space",
    ),
)

_BELOW = [  # the layers below the last one: of these the pages need only figures
    {"hidden_layers": sizes[:depth], "code_size": sizes[depth], "linear_code": False}
    for sizes in ((1000, 500, 250), (300, 150, 50))
    for depth in range(3)
]

SHIPPED = (
    *(Shipped(_MNIST | layers) for layers in _BELOW),
    Shipped(_MNIST, snapshots=(10,), previews=True),
    Shipped(_TWO, snapshots=(10,)),
    *(Shipped({**BUILT_IN, **layers}) for layers in _BELOW[:3]),
    Shipped(BUILT_IN, snapshots=(10,)),
)
