"""Train the classifier that judges generated digits, and put it, at half precision, into `trained/`.

    python scripts/train_digit_classifier.py    # about a minute and a half

Full MNIST must be on the machine. The images are shifted by up to 2 pixels in each direction, afresh in each epoch.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
import torch.nn.functional as F
from rich.progress import track
from safetensors.torch import save
from torch import Tensor

from explorer.analysis.digit_classifier import WEIGHTS, DigitClassifier
from explorer.data.catalogue import load
from explorer.models.adam import Adam
from explorer.models.resizing import SIDE
from explorer.runs.files import write_atomically

EPOCHS, BATCH, RATE, SEED = 8, 100, 2e-3, 0
SHIFT = 2  # pixels


def train() -> DigitClassifier:
    """Return a classifier trained on MNIST's 60,000 digits; the rate falls to 0 on half a cosine."""
    images = load("mnist")
    labels = torch.tensor(images.labels("training"), dtype=torch.int64)
    generator = torch.Generator().manual_seed(SEED)
    classifier = DigitClassifier()
    classifier.initialize(generator)
    adam = Adam(classifier.state(), RATE)
    places = torch.tensor(images.train).view(-1, SIDE, SIDE)
    places = F.pad(places, (SHIFT,) * 4).unfold(1, SIDE, 1).unfold(2, SIDE, 1)  # (N, 5, 5, 28, 28), a view
    steps = EPOCHS * (len(labels) // BATCH)
    order = torch.cat([torch.randperm(len(labels), generator=generator) for _ in range(EPOCHS)])
    for step, batch in enumerate(track(order.split(BATCH), "training")):
        down, right = torch.randint(2 * SHIFT + 1, (2, len(batch)), generator=generator)
        x = places[batch, down, right] / 255
        adam.set_rate(RATE * (1 + math.cos(math.pi * step / steps)) / 2)
        adam.minimize(F.cross_entropy(classifier.logits_of(classifier.hidden(x)), labels[batch]))
    return classifier


def accuracy(classifier: DigitClassifier) -> float:
    """Return the share of MNIST's test images that are recognised."""
    images = load("mnist")
    test = torch.tensor(images.test).view(-1, SIDE, SIDE) / 255
    found: Tensor = classifier.look(test)[1].argmax(dim=1)
    return float((found == torch.tensor(images.labels("test"))).float().mean())


def main() -> None:
    """Train, round, measure, write."""
    torch.set_num_threads(1)  # the same weights whatever the machine; steps this small gain little from more
    halves = {name: tensor.detach().half() for name, tensor in train().state().items()}
    rounded = DigitClassifier()
    rounded.load_state(halves)
    reached = accuracy(rounded)
    write_atomically(WEIGHTS, save(halves, metadata={"accuracy": f"{reached:.4f}"}))
    print(f"{reached:.2%} of the test images; {WEIGHTS.stat().st_size / 1000:.0f} KB in {WEIGHTS}")


if __name__ == "__main__":
    main()
