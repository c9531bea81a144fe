"""What the texts of pages and experiments claim, so that a test can say whether it is true.

It stands beside the texts, in `texts/en/<kind>.claims.toml`.

Each sentence with a number, a comparison, or a word like most, first, always stands in one of two lists: `[[claim]]`
with an expression over shipped runs and the bounds of its value, or `[[open]]` with the reason why no number of ours
can decide it (a definition, mathematics, advice, what another paper found). `texts/en/in-code.claims.toml` has the same
for captions and help texts that stand in the code.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.texts import LANGUAGE

IN_CODE = "in-code"
_FOLDER = Path(__file__).parent
Content = TypeVar("Content", bound=BaseModel)


class Claim(BaseModel):
    """A sentence, or a part of it, that a number decides.

    at: the section of the page's texts, or the name of the experiment. says: words of it, without marks of Markdown.
    run: settings, besides the kind's defaults on the full MNIST, of the run that the expression calls `run`; an
    experiment's claim has the experiment's own `run` and `pinned`. others: more runs, by name; "kind" may be among
    their settings. value: the expression, of what tests/claims/vocabulary.py offers; within: the bounds of its value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    says: str = Field(min_length=3)
    value: str
    within: tuple[float, float]
    run: dict[str, Any] | None = None
    others: dict[str, dict[str, Any]] = {}


class Open(BaseModel):
    """A sentence, or a part of it, that no number of ours decides, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    says: str = Field(min_length=3)
    why: str = Field(min_length=3)


class Claims(BaseModel):
    """All that the texts of a kind claim."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: tuple[Claim, ...] = ()
    open: tuple[Open, ...] = ()


class ClaimsInCode(BaseModel):
    """What captions and help texts in the program's code claim.

    claim: as above, `at` being the kind whose words and runs the expression has. open: the sentences that no number of
    ours decides, by the reason.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: tuple[Claim, ...]
    open: dict[str, tuple[str, ...]]


def claims_in_code(language: str = LANGUAGE) -> ClaimsInCode:
    """Return what sentences in the program's code claim.

    Raises:
        ValueError: the file is not as described here; the message names it.
    """
    return _read(f"{IN_CODE}.claims.toml", language, ClaimsInCode)


def claims_of(kind: str, language: str = LANGUAGE) -> Claims:
    """Return what the texts of a kind claim.

    Raises:
        ValueError: the file is not as described here; the message names it.
    """
    name = f"{kind}.claims.toml"
    return _read(name, language, Claims) if (_FOLDER / language / name).exists() else Claims()


def _read(name: str, language: str, model: type[Content]) -> Content:
    try:
        return model.model_validate(tomllib.loads((_FOLDER / language / name).read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"{name}: {error}") from error
