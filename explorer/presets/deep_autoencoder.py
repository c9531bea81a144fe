"""Experiments with the deep autoencoder: where it starts, and how far below PCA it comes."""

from explorer.presets.preset import Preset
from explorer.presets.shipping import BUILT_IN, Shipped

_MNIST = {"dataset": "mnist", "epochs": 30}
_TWO = _MNIST | {"layers.hidden_layers": (300, 150, 50), "layers.code_size": 2}
_RANDOM = _TWO | {"start": "random"}
_SMALL = _TWO | {"start": "small random"}

PRESETS = (
    Preset(
        "30 numbers: before and after fine-tuning",
        "The same 20 digits three times: by PCA, by the layers as they were trained one by one, and fine-tuned. All "
        "of them keep 30 numbers of each image. PCA's copies are blurred, the layers' are crisp, and yet PCA's error "
        "is smaller. Why? And which strokes come back only at last?",
        settings=_MNIST,
        view="Reconstructions",
    ),
    Preset(
        "The error at every stage",
        "Layers cost, fine-tuning pays: before it the network is worse than PCA with as many numbers, and after one "
        "epoch its error is little more than half of PCA's. Does it still fall at the end?",
        settings=_MNIST,
        view="Stages",
    ),
    Preset(
        "2 codes: a map beside PCA's",
        "Two numbers for each image, on both sides. Move the pointer over the left map: between two regions, does one "
        "digit turn into the other, or is there a gap?",
        settings=_TWO,
        view="Code space",
    ),
    Preset(
        "A start from layers, and a random one",
        "The same network with 2 codes. Pinned, its weights start at random, with a spread that fits each layer. "
        "Forty epochs of pre-training buy a lead of one epoch: after ten of fine-tuning both errors are the same. "
        "What were they good for in 2006?",
        settings=_TWO,
        pinned=_RANDOM,
        view="Stages",
    ),
    Preset(
        "Too small a start",
        "With weights of standard deviation 0.01 in all layers, as was usual once, hardly anything reaches the code, "
        "and at first nearly every image becomes the mean. Pinned is the start from layers. The small start needs 14 "
        "epochs to be where the other one was after its first, and after 30 it is still far behind.",
        settings=_SMALL,
        pinned=_TWO,
        view="Stages",
    ),
    Preset(
        "Search by 30 numbers",
        "The nearest test images by code, by 30 principal components and by all 784 pixels. 30 numbers find more "
        "images of the same class than 784 do. Try images that are hard to read: what did the pixels find alike?",
        settings=_MNIST,
        view="Nearest images",
    ),
    Preset(
        "Few labels",
        "The encoder becomes a classifier. With 100 labels, ten of each class, it gets 19 % of the test images wrong; "
        "the same network that has never seen an image before, 26 %. How many labels does that save? And why is it a "
        "lottery with 10?",
        settings=_MNIST,
        view="Few labels",
    ),
)

SHIPPED = (
    Shipped(_MNIST, snapshots=(30,), previews=True, lacking=(1, 5, 10)),
    Shipped(_TWO, snapshots=(30,), lacking=(1, 5, 10)),
    Shipped(_RANDOM, snapshots=(30,), lacking=(1, 5, 10)),
    Shipped(_SMALL, snapshots=(30,)),
    Shipped(BUILT_IN, snapshots=(30,)),
)
