"""Experiments with the deep belief network, after the exercises of the lab (numbers in brackets)."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_LAB = {"dataset": "mnist", "epochs": 100}
_TIED = _LAB | {"hidden_units": (784,), "tied_start": True}

PRESETS = (
    Preset(
        "The lab's DBN: 100-100 (1, 5)",
        "Compare the tiles of the first layer with those of the second one projected down to pixels. Neither larger "
        "parts nor digits: smoother blobs of the same size. A top unit says which region gets ink, not which digit it "
        "is. Single tiles of W₂ look like noise: only the projection has neighbours.",
        settings=_LAB,
        view="Weights",
    ),
    Preset(
        "Reconstructions of RBM and DBN (2)",
        "Twenty test images as the RBM gives them back, and as the DBN does, which makes Gibbs steps in its top layer. "
        "Which digits does the DBN change into others, and what are they like now? Point at one to find its top "
        "state. Why may a good model of digits be a poor copier?",
        settings=_LAB,
        view="Reconstructions",
    ),
    Preset(
        "From a random top layer (3)",
        "The same start in the DBN's top RBM and in the first RBM alone. After ten steps as many pictures of one as of "
        "the other can be named, after a hundred more of the DBN's, and it soon leaves its digits for others. The RBM "
        "stays longer with its own, which are far from all real ones.",
        settings=_LAB,
        view="Generate",
    ),
    Preset(
        "Tied start: 784 top units, W₂ = W₁ᵀ (4)",
        "On the right the layers above are 784 units, as many as pixels, so their states are pictures. With a tied "
        "start they begin as noisy copies of the digit: move to epoch 0. After training the top layer still looks like "
        "digits, with fewer units on: the start is never quite forgotten. Without it the states look like noise.",
        settings=_TIED,
        pinned=_LAB,
        view="Reconstructions",
    ),
    Preset(
        "784 top units: tied or random start (4)",
        "With a tied start the DBN begins as exactly the RBM below it, and the bound is its log-likelihood. The errors "
        "of the two starts meet: one rises, the other one falls to it. At the end the bounds are level, too: that of "
        "the random start is measured there only.",
        settings=_TIED,
        pinned=_TIED | {"tied_start": False},
        view="Training",
    ),
    Preset(
        "Larger layers: 500-500",
        "Five times as many hidden units in the RBM and in the layers above. Only the copies (*Reconstructions*) are "
        "better than with 100-100: few samples can be named. Begin with 50 % of the units on, and most can: such a "
        "chain moves so slowly that its start decides. Yet its bound is higher: see *Training*.",
        settings=_LAB | {"first.hidden_units": 500, "hidden_units": (500,)},
        pinned=_LAB,
        view="Generate",
    ),
    Preset(
        "A model that can be counted: bars and stripes",
        "With 8 units in each layer the log-likelihood is exact, and beside it stands its bound. The gap between the "
        "two shrinks while the top RBM learns: it comes to want the very states that the way up makes. And look at the "
        "errors under *Reconstructions*: the better model makes far worse copies than its RBM. The best possible is "
        "−log 30 = −3.40 nats.",
        settings={
            "dataset": "bars-and-stripes",
            "first.hidden_units": 8,
            "first.persistent": True,
            "first.epochs": 200,
            "hidden_units": (8,),
            "persistent": True,
            "epochs": 200,
        },
        view="Training",
    ),
)

SHIPPED = (
    Shipped(_LAB, snapshots=(0, 1, 2, 5, 10, 30, 100), resume=True, previews=True),
    Shipped(_TIED, snapshots=(0, 5, 30, 100)),
    Shipped(_TIED | {"tied_start": False}, snapshots=(0, 100), lacking=(5, 30)),
    Shipped(_LAB | {"first.hidden_units": 500, "hidden_units": (500,)}, snapshots=(0, 100)),
    Shipped(BUILT_IN, snapshots=(0, 1, 10, 100)),
)
