"""What the expressions of claims come to."""

from importlib import import_module
from pathlib import Path

import pytest

from explorer.errors import DataMissing
from tests.claims import vocabulary
from tests.claims.vocabulary import runs_of

FAMILIES = [import_module(f"tests.claims.{path.stem}") for path in Path(__file__).parent.glob("words_*.py")]


def words_of(kind):
    """What the expressions of a kind's claims may use: the common words, and those of its family."""
    return vocabulary.WORDS | {
        name: w for family in FAMILIES if kind in family.KINDS for name, w in family.WORDS.items()
    }


def value_of(kind, claim):
    """The value of a claim's expression; where its data are missing, the test is skipped."""
    try:
        return float(eval(claim.value, words_of(kind) | runs_of(kind, claim)))  # noqa: S307  (our own files)
    except DataMissing as missing:
        pytest.skip(str(missing))
