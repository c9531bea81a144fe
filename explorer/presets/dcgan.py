"""Experiments with the DCGAN, after the exercises of the lab (numbers in brackets)."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_NARROW = {"dataset": "mnist", "epochs": 40}
_LAB = {"dataset": "mnist", "width": 64, "epochs": 20}
_EQUAL = {"dataset": "mnist", "image_size": "64", "adam_beta1": 0.5, "epochs": 30}
_LARGE = _EQUAL | {"discriminator_rate": 5e-5, "epochs": 25}
_SHORT = {"dataset": "mnist", "epochs": 10}

PRESETS = (
    Preset(
        "The lab's DCGAN of 32×32 (1)",
        "100 samples at the lab's full width, after 20 epochs. Which of them would you take for handwriting, and what "
        "gives the others away? Click one: is it a copy, or further from all training images than a test image is?",
        settings=_LAB,
        view="Samples",
    ),
    Preset(
        "A forger learns",
        "100 samples of the same noise over 40 epochs, at a quarter of the lab's width. Which is the first epoch at "
        "which you read digits, and what still gives the forgeries away at the last?",
        settings=_NARROW,
        view="Samples",
    ),
    Preset(
        "A quarter of the width",
        "Width 64 beside 16, both after 20 epochs: sixteen times the work for each image. Is it worth it? Look at the "
        "samples of both, and then at precision, recall and the Fréchet distance.",
        settings=_LAB,
        pinned=_NARROW | {"epochs": 20},
        view="Quality",
    ),
    Preset(
        "Compared with the VAE (1)",
        "The VAE's digits are blurred, the DCGAN's sharp. Which of the two has the better precision, which the better "
        "recall, and does the table agree with your eyes?",
        settings=_LAB,
        view="Quality",
    ),
    Preset(
        "A walk from digit to digit",
        "Between two samples the digit changes its shape without a cut, and on the spherical way each step looks like "
        "a digit. What is different half-way on the linear one?",
        settings=_LAB,
        view="Walk",
    ),
    Preset(
        "The edition of 64×64",
        "The digits enlarged to 64×64 pixels, with one more layer in G, two in D and Adam's β1 of 0.5. D learns at a "
        "quarter of G's rate only, and still gets ahead. Do strokes get smoother, or only the mistakes larger?",
        settings=_LARGE,
        view="Samples",
    ),
    Preset(
        "A game that falls apart",
        "64×64 pixels again, but D learns at the same rate as G. In epoch 22 all samples become one image and D is "
        "never wrong; by epoch 26 digits are back, and then lost again. Which curves announce it, and how far does G's "
        "loss rise?",
        settings=_EQUAL,
        view="Training",
    ),
    Preset(
        "Two discriminator updates (2)",
        "D learns twice for each update of G, beside one to one. Who is ahead, by the histograms of D(x) and D(G(z))? "
        "And are the samples better for it?",
        settings=_SHORT | {"discriminator_updates": 2},
        pinned=_SHORT,
        view="Discriminator",
    ),
    Preset(
        "Two generator updates (2)",
        "G learns twice for each update of D, beside one to one. G fools D more often: does that make better digits, "
        "or only digits that this D does not find out?",
        settings=_SHORT | {"generator_updates": 2},
        pinned=_SHORT,
        view="Discriminator",
    ),
    Preset(
        "No batch normalisation (3)",
        "Both networks without batch normalisation, beside the same with it. After one epoch all samples are one, and "
        "D is never wrong again. Which of the two came first, and why does neither ever change?",
        settings=_SHORT | {"batch_norm": False},
        pinned=_SHORT,
        view="Samples",
    ),
)

SHIPPED = (
    Shipped(_LAB, snapshots=(20,)),
    Shipped(_NARROW, snapshots=(0, 1, 2, 5, 10, 20, 40), previews=True),
    Shipped(_LARGE, snapshots=(15, 25)),
    Shipped(_EQUAL, snapshots=(20, 30)),
    Shipped(_SHORT | {"discriminator_updates": 2}, snapshots=(1, 3, 10)),
    Shipped(_SHORT | {"generator_updates": 2}, snapshots=(1, 3, 10)),
    Shipped(_SHORT | {"batch_norm": False}, snapshots=(1, 3, 10)),
    Shipped(BUILT_IN, snapshots=(10, 40)),
)
