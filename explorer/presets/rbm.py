"""Experiments with the RBM, after the exercises of the lab (numbers in brackets)."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_LAB = {"dataset": "mnist", "epochs": 100}
_SHORT = {"dataset": "mnist", "epochs": 30}
_KEPT = (0, 1, 2, 10, 30)

PRESETS = (
    Preset(
        "The lab's RBM: 100 units, CD-1",
        "Look at single tiles: most are a dot or a stroke, red for ink, blue for its absence, not digits. A digit is a "
        "sum of some 46 of them, seldom of less than 33 or of more than 61: see *Build-up*.",
        settings=_LAB,
        view="Weights",
    ),
    Preset(
        "Reconstructions and hidden states (2)",
        "Twenty test images, what the RBM makes of each, and the state of its hidden units. Which digits come back "
        "changed? *Sample again*: the same ones? Then draw something that is no digit.",
        settings=_LAB,
        view="Reconstructions",
    ),
    Preset(
        "How busy each unit is (3)",
        "The map shows for which share of the test images each unit is on; the tiles beside it are sorted by that. "
        "What do busy units look for, and what those that are on for few images? Is any unit dead, or on for every "
        "image?",
        settings=_LAB,
        view="Activation",
    ),
    Preset(
        "Grey values instead of binary pixels (4)",
        "On the right the input is not binarized and the chain carries mean values. Reconstructions look smoother "
        "and their error is lower, but the model is no longer one of binary images: its likelihood of these is no "
        "better.",
        settings=_SHORT | {"binarize": "none"},
        pinned=_SHORT,
        view="Reconstructions",
    ),
    Preset(
        "More Gibbs steps: CD-1 and CD-10 (5)",
        "Both reconstruct equally well, and yet the likelihoods after 30 epochs are some 31 nats apart: CD-1's is "
        "worse than it was after 8, and takes 75 to come back, while its error falls. It does not climb the "
        "likelihood. The longer chain wanders off further before it is pulled back, so CD-10 also unlearns what is "
        "far from the data.",
        settings=_SHORT | {"cd_k": 10},
        pinned=_SHORT,
        view="Training",
    ),
    Preset(
        "CD-1 and CD-5 (5)",
        "After 30 epochs CD-5 is some 37 nats better than CD-1, at three times the price. CD-10 of the experiment "
        "before, at nearly twice the price of CD-5, is four nats ahead of it after 10 epochs, and six behind after 30: "
        "a longer chain makes a better gradient, and is no promise for each epoch.",
        settings=_SHORT | {"cd_k": 5},
        pinned=_SHORT,
        view="Training",
    ),
    Preset(
        "A learning rate ten times smaller (6)",
        "At 0.01 the same number of epochs gets less far: softer tiles; and, under *Training*, more "
        "error and nine nats less likelihood.",
        settings=_SHORT | {"learning_rate": 0.01},
        pinned=_SHORT,
        view="Weights",
    ),
    Preset(
        "A learning rate ten times larger (6)",
        "At 1.0 the first updates overshoot: after one epoch (move *Epoch shown*) half of the units are off, whose "
        "weights then get hardly any gradient. After 30, half of these have come back; a quarter is still off. Under "
        "*Training*, the error is a third higher, and the likelihood some ten nats lower.",
        settings=_SHORT | {"learning_rate": 1.0},
        pinned=_SHORT,
        view="Activation",
    ),
    Preset(
        "Pictures of its own (7)",
        "The chains begin with random hidden states; go through the steps. Does a digit appear, and does it stay? Try "
        "few *Gibbs steps*, and many. Then start from a *clamped unit*: does each picture agree with the tile of its "
        "unit?",
        settings=_LAB,
        view="Generate",
    ),
    Preset(
        "Fewer units: 25 (8)",
        "Each unit has to stand for more: its tile fills the whole image, not a stroke. Under *Training*, the "
        "error doubles. The states of so few units can be counted: the likelihood is −160.0 nats, and AIS finds it.",
        settings=_SHORT | {"hidden_units": 25},
        pinned=_SHORT,
        view="Weights",
    ),
    Preset(
        "More units: 400 (8)",
        "Reconstructions have a quarter less error: see the tiles under *Weights*, which are small and local. Is the "
        "likelihood better, too? It is ten nats worse: see *Training*.",
        settings=_SHORT | {"hidden_units": 400},
        pinned=_SHORT,
        view="Reconstructions",
    ),
    Preset(
        "A digit as a sum of units (9)",
        "Begin with the bias alone, and add the units that are on, one after the other. When do you see which digit it "
        "is? Add them in another order: is it another way to the same sum? Choose an image that comes back changed.",
        settings=_LAB,
        view="Build-up",
    ),
    Preset(
        "A model that can be counted: bars and stripes",
        "With 30 possible pictures of 16 pixels every likelihood is exact; the best possible is −log 30 = −3.40 "
        "nats. Train it: it takes seconds, and CD-10 comes within half a nat. Then train CD-1 with persistent chains: "
        "the error falls to 0 again, but after some 75 epochs the likelihood falls, too, for the chains are too slow "
        "for a learning rate of 0.1.",
        settings={"dataset": "bars-and-stripes", "hidden_units": 16, "epochs": 200, "cd_k": 10},
        view="Training",
    ),
)

SHIPPED = (
    Shipped(_LAB, snapshots=(0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 75, 100), resume=True, previews=True),
    Shipped(_SHORT | {"binarize": "none"}, snapshots=_KEPT, resume=True),
    Shipped(_SHORT | {"cd_k": 10}, snapshots=_KEPT, resume=True),
    Shipped(_SHORT | {"cd_k": 5}, snapshots=_KEPT, resume=True),
    Shipped(_SHORT | {"learning_rate": 0.01}, snapshots=_KEPT, resume=True),
    Shipped(_SHORT | {"learning_rate": 1.0}, snapshots=_KEPT, resume=True),
    Shipped(_SHORT | {"hidden_units": 25}, snapshots=_KEPT, resume=True),
    Shipped(_SHORT | {"hidden_units": 400}, snapshots=(0, 1, 5, 30), resume=True),
    Shipped(_LAB | {"hidden_units": 500}, snapshots=(100,)),  # only a DBN is built on it
    Shipped(BUILT_IN, snapshots=(0, 1, 10, 100)),
)
