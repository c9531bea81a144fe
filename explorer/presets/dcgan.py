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
        "gives the others away? Click one: is it a copy? Most are further from all training images than a test image "
        "is.",
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
        "Width 64 beside 16, both after 20 epochs: fifteen times the work for each image. Precision and recall are "
        "higher, and the Fréchet distance is four tenths smaller. Under Training the narrow one goes on, with twice "
        "its work by epoch 40: what is left of that?",
        settings=_LAB,
        pinned=_NARROW | {"epochs": 20},
        view="Quality",
    ),
    Preset(
        "Compared with the VAE (1)",
        "The VAE's digits are blurred, the DCGAN's sharp. Yet the VAE is no worse in precision and recall, which only "
        "ask whether images are near one another. The Fréchet and the kernel distance agree with your eyes: why these?",
        settings=_LAB,
        view="Quality",
    ),
    Preset(
        "A walk from digit to digit",
        "From a 5 to a 2 the shape changes without a cut, and on the spherical way a step looks as much like a digit "
        "as samples do. Half-way on the linear one z is shorter than nearly all that G was trained on. Are the digits "
        "there any worse?",
        settings=_LAB,
        view="Walk",
    ),
    Preset(
        "The edition of 64×64",
        "The digits enlarged to 64×64 pixels, with one more layer in G, two in D and Adam's β1 of 0.5, at a quarter of "
        "the lab's width. D learns at a quarter of G's rate only, and still gets ahead: 98 of 100 decisions are right "
        "at the end. Do strokes get smoother, or only the mistakes larger?",
        settings=_LARGE,
        view="Samples",
    ),
    Preset(
        "A game that falls apart",
        "64×64 pixels again, but D learns at the same rate as G. In epoch 22 the entropy of the classes falls to 0: "
        "all samples become one image, and D hardly errs any more. By epoch 26 some digits are back, by 29 they are "
        "lost again. D was right 99 times of 100 in epochs 16 and 19 already: a warning? How far does G's loss rise? "
        "Fréchet distance, precision and recall have no point between 20 and 30, only a line.",
        settings=_EQUAL,
        view="Training",
    ),
    Preset(
        "Two discriminator updates (2)",
        "D learns twice for each update of G, beside one to one. D is further ahead, by the histograms of D(x) and "
        "D(G(z)). Are the samples better for it? Precision says yes, the Fréchet distance no: see Training.",
        settings=_SHORT | {"discriminator_updates": 2},
        pinned=_SHORT,
        view="Discriminator",
    ),
    Preset(
        "Two generator updates (2)",
        "G learns twice for each update of D, beside one to one. G fools D more often, and under Training the "
        "Fréchet distance is smaller. But G has learned twice as often: there one to one goes on, see its epoch 20. "
        "What is left?",
        settings=_SHORT | {"generator_updates": 2},
        pinned=_SHORT,
        view="Discriminator",
    ),
    Preset(
        "No batch normalisation (3)",
        "Both networks without batch normalisation, beside the same with it. After one epoch all samples are the same "
        "black image, and D hardly errs any more. G's loss then more than doubles (see Training), and no pixel changes "
        "that an eye could see: tanh has no slope where it ends. The black and D's certainty are both there at the "
        "first snapshot: which came first, no curve tells.",
        settings=_SHORT | {"batch_norm": False},
        pinned=_SHORT,
        view="Samples",
    ),
)

SHIPPED = (
    Shipped(_LAB, snapshots=(20,), lacking=(0, 1, 5, 10)),
    Shipped(_NARROW, snapshots=(0, 1, 2, 5, 10, 20, 40), previews=True),
    Shipped(_LARGE, snapshots=(15, 25), lacking=(1, 5)),
    Shipped(_EQUAL, snapshots=(20, 30), lacking=(16, 19, 21, 22, 23, 24, 26, 29)),
    Shipped(_SHORT | {"discriminator_updates": 2}, snapshots=(1, 3, 10)),
    Shipped(_SHORT | {"generator_updates": 2}, snapshots=(1, 3, 10)),
    Shipped(_SHORT | {"batch_norm": False}, snapshots=(1, 3, 10), lacking=(0,)),
    Shipped(BUILT_IN, snapshots=(10, 40)),
)
