"""The classifiers of the curve of label efficiency: they have no page, and no presets, of their own."""

from explorer.presets.shipping import Shipped

STARTS = ("autoencoder", "layers", "random")
LABELS = (10, 100, 1000, 60_000)
SEEDS = (0, 1, 2)

SHIPPED = tuple(  # the curve needs no model, only its error
    Shipped({"dataset": "mnist", "epochs": 20, "start": start, "labels": labels, "seed": seed})
    for start in STARTS
    for labels in LABELS
    for seed in SEEDS
)
