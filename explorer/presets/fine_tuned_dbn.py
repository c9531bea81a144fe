"""Experiments with generative fine-tuning, after the exercises of the lab (numbers in brackets)."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_LAB = {"dataset": "mnist", "epochs": 100}

PRESETS = (
    Preset(
        "The lab's fine-tuning: R and W′ part (1)",
        "Play the epochs: both start as W₁. They come apart inside the units' strokes, red or blue, less around them, "
        "and hardly at the margin where no digit ever is. Up they became weaker, down they did not.",
        settings=_LAB,
        view="Up and down weights",
    ),
    Preset(
        "RBM, DBN, fine-tuned: the same digits (2)",
        "Three models reconstruct the same images. Find digits that the DBN bends into other shapes. Fine-tuning "
        "brings every second one back and bends others instead, as another draw of the same DBN does, too.",
        settings=_LAB,
        view="Reconstructions",
    ),
    Preset(
        "RBM, DBN, fine-tuned: the same start (3)",
        "Three chains from the same random states. Look at the strokes first, then at how many of the ten digits "
        "appear. The fine-tuned model is better in one of the two only: it has fewer favourites, but no cleaner "
        "strokes than the DBN.",
        settings=_LAB,
        view="Generate",
    ),
    Preset(
        "A learning rate ten times smaller",
        "At 0.001 the weights part more slowly: in 100 epochs they get a third as far. The bound is as high as with "
        "0.01, within its ±: what fine-tuning gains needs no large difference between up and down.",
        settings=_LAB | {"learning_rate": 0.001},
        pinned=_LAB,
        view="Training",
    ),
    Preset(
        "A learning rate ten times larger",
        "0.1 was right for the RBMs. Is it for fine-tuning, where up and down chase each other? The weights part twice "
        "as far, the bound ends as high as with 0.01, and the error is larger: nothing is gained by it.",
        settings=_LAB | {"learning_rate": 0.1},
        pinned=_LAB,
        view="Training",
    ),
    Preset(
        "A model that can be counted: bars and stripes",
        "With 8 units in each layer the log-likelihood is exact, and beside it stands its bound. Fine-tuning raises "
        "both, and the gap between them shrinks. The best possible is −log 30 = −3.40 nats.",
        settings={
            "dataset": "bars-and-stripes",
            "base.first.hidden_units": 8,
            "base.first.persistent": True,
            "base.first.epochs": 200,
            "base.hidden_units": (8,),
            "base.persistent": True,
            "base.epochs": 200,
            "epochs": 200,
        },
        view="Training",
    ),
)

SHIPPED = (
    Shipped(_LAB, snapshots=(0, 1, 2, 5, 10, 30, 100), resume=True, previews=True),
    Shipped(_LAB | {"learning_rate": 0.001}, snapshots=(0, 100)),
    Shipped(_LAB | {"learning_rate": 0.1}, snapshots=(0, 100)),
    Shipped(BUILT_IN, snapshots=(0, 10, 100)),
)
