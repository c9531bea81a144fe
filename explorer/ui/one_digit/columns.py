"""The figures of the table: what each is a figure of, so that no two measures share a column, and which end is best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KIND = "kind"
CLEAN, GIVEN = "error", "error to what is given"
SAMPLED, THRESHOLDED, GREY, DENSITY = "log p", "log p, thresholded", "log p, grey", "log-density"
LIKELIHOODS = (SAMPLED, THRESHOLDED, GREY, DENSITY)
CODE, EPOCHS, SECONDS = "code size", "epochs", "seconds"


@dataclass(frozen=True)
class Column:
    """A column of figures: its title, what it is in words, and whether the highest comes first when sorted by it."""

    title: str
    help: str
    highest_first: bool = False
    title_if_altered: str = ""  # where the digit and what is given are two images


@dataclass(frozen=True)
class Figure:
    """One figure: by what it is sorted, how it is written, and a remark on it."""

    value: float
    text: str
    note: str = ""


COLUMNS: Mapping[str, Column] = {
    CLEAN: Column(
        "Squared error",
        "Σ over 28×28 pixels of (grey value of the digit − reconstruction)²",
        title_if_altered="Error to the clean digit",
    ),
    GIVEN: Column(
        "Error to what is given",
        "Σ over 28×28 pixels of (grey value of the image as it is given − reconstruction)²",
    ),
    SAMPLED: Column(
        "log p, sampled pixels",
        "Log-probability of the image as it is given, its pixels sampled black or white by their grey values, in nats",
        highest_first=True,
    ),
    THRESHOLDED: Column(
        "log p, thresholded pixels",
        "Log-probability of the image as it is given, its pixels black or white by a threshold, in nats",
        highest_first=True,
    ),
    GREY: Column(
        "log p, grey as shares",
        "The bound with grey values in place of black and white pixels, in nats: of no probability of its own",
        highest_first=True,
    ),
    DENSITY: Column(
        "Log-density, grey values",
        "Log of a density of grey values in nats, which may be above 0: no probability",
        highest_first=True,
    ),
    CODE: Column("Code size", "Units or numbers between the image and its reconstruction"),
    EPOCHS: Column("Epochs", "Epochs that the run was trained"),
    SECONDS: Column(
        "Seconds of training", "Of all epochs, with those of what the model is built on, where it was trained"
    ),
}


def shown_columns(figures: list[Mapping[str, Figure]], *, altered: bool) -> list[str]:
    """Return the columns that have a figure in any row; without noise and cover both errors are one."""
    there = [name for name in COLUMNS if any(name in each for each in figures)]
    return there if altered else [name for name in there if name != GIVEN]


def title_of(name: str, *, altered: bool) -> str:
    """Return a column's title."""
    column = COLUMNS[name]
    return column.title_if_altered if altered and column.title_if_altered else column.title
