"""Hyperparameters that several kinds have, each declared once; defaults differ from kind to kind."""

from __future__ import annotations

from typing import Annotated, Any

from explorer.models.config.declare import hyperparameter
from explorer.models.config.values import ANEW, MOST_EPOCHS, Starts


def training_epochs(default: int) -> Any:
    """Describe the number of epochs, whose default differs from kind to kind."""
    return hyperparameter(
        default,
        "Epochs",
        "How often the whole training set is seen. More epochs continue the same run. One that starts with another run "
        "counts on from there: of 50 epochs it trains those after the epoch it starts at.",
        stops=(1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500),
        ge=1,
        le=MOST_EPOCHS,
    )


STARTS_ANEW = "Momentum, Adam's moments, running means and persistent chains start anew."
START_WITH_A_RUN = f"run@epoch: with the weights of that run at that epoch, from which epochs count on. {STARTS_ANEW}"
Start = Annotated[str, Starts()]


def start() -> Any:
    """Describe what a training starts with, where its kind has one way only."""
    return hyperparameter(
        ANEW, "Start", f"anew: at epoch 0, as this kind does by itself; {START_WITH_A_RUN}", advanced=True, added=True
    )


def adam_rate(default: float) -> Any:
    """Describe Adam's learning rate, whose default differs from kind to kind."""
    return hyperparameter(
        default,
        "Learning rate η",
        "Step size of Adam.",
        stops=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
        advanced=True,
        gt=0,
        le=1,
    )


def decay_over() -> Any:
    """Describe over how many epochs the learning rate falls: a horizon of its own, whatever the epochs asked for."""
    return hyperparameter(
        0,
        "Decay over",
        "The learning rate falls on a straight line to 0 over so many epochs; 0 keeps it constant.",
        unit="epochs",
        stops=(0, 10, 20, 30, 50, 100, 200),
        advanced=True,
        ge=0,
        le=10_000,
    )


def cd_steps(default: int, help: str) -> Any:
    """Describe the Gibbs steps of contrastive divergence."""
    return hyperparameter(default, "CD-k", help, unit="steps", stops=(1, 2, 3, 5, 7, 10, 15, 20, 25, 50), ge=1, le=50)


def momentum(default: float = 0.0) -> Any:
    """Describe the momentum of contrastive divergence."""
    return hyperparameter(
        default,
        "Momentum",
        "Share of the last update that is added to the next one.",
        stops=(0.0, 0.5, 0.8, 0.9, 0.95),
        advanced=True,
        ge=0,
        le=0.99,
    )


def low_momentum(default: int = 0) -> Any:
    """Describe for how long the momentum of contrastive divergence is low."""
    return hyperparameter(
        default,
        "Low momentum for",
        "During so many epochs at the start the momentum is 0.5 at the most, while progress is fast (Hinton 2010, "
        "section 9).",
        unit="epochs",
        stops=(0, 1, 2, 5, 10),
        advanced=True,
        ge=0,
        le=10_000,
    )


def centred(what: str) -> Any:
    """Describe whether contrastive divergence takes the centred gradient."""
    return hyperparameter(
        False,
        "Centred",
        f"The gradient of {what} is taken with the means of visible and hidden units subtracted, as moving averages "
        "over the batches (Montavon & Müller 2012; Melchior, Fischer & Wiskott 2016): what all units have in common is "
        "left to the biases, and the weights are free for what tells images apart.",
        advanced=True,
        added=True,
    )


def weight_decay(default: float = 0.0) -> Any:
    """Describe the weight decay of contrastive divergence."""
    return hyperparameter(
        default,
        "Weight decay",
        "Each update shrinks every weight by learning rate × weight decay of itself.",
        stops=(0.0, 0.0001, 0.0002, 0.001, 0.01),
        advanced=True,
        ge=0,
        le=1,
    )


def initial_std(help: str) -> Any:
    """Describe the spread of the first weights of an RBM."""
    return hyperparameter(
        0.1,
        "Initial standard deviation",
        help,
        stops=(0.0, 0.001, 0.01, 0.05, 0.1, 0.5, 1.0),
        advanced=True,
        ge=0,
        le=2,
    )
