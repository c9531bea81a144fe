"""Finding runs by words: of their names, kinds, data, findings, and of all settings, also those at the defaults."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_COMPARISON = re.compile(rf"(?<!\S)([a-z][a-z0-9_.-]*)\s*(>=|<=|>|<)\s*({_NUMBER})(?!\S)")
_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


_Words = tuple[re.Pattern[str], ...]  # of which each begins a word, one after the other


class _Comparison(NamedTuple):
    setting: str
    holds: Callable[[float, float], bool]
    number: float


def matches(query: str, items: Iterable[str]) -> bool:
    """Whether each word of a query begins a word of an item, such as "CD-k 10"; a number stands in it as it is.

    A number belongs to the word before it: "hidden 100 mnist" finds what has "Hidden units 100" and "mnist-5k".
    "epochs>50" is no word: it finds what has an item "epochs=…" with such a number.
    """
    text = ", ".join(items).casefold()
    comparisons, groups = _parts(query)
    return all(_are_in(words, text) for words in groups) and all(_holds(each, text) for each in comparisons)


def _are_in(words: _Words, text: str) -> bool:
    """Whether words stand in one item, in this order. Takes time in proportion to the text, whatever the words are."""
    if not all(word.search(text) for word in words):
        return False
    return len(words) == 1 or any(_in_order(words, item) for item in text.split(","))


def _in_order(words: _Words, item: str) -> bool:
    at = 0
    for word in words:
        if not (found := word.search(item, at)):
            return False
        at = found.end()
    return True


def _holds(wanted: _Comparison, text: str) -> bool:
    items = (item.strip().partition("=") for item in text.split(","))
    numbers = (value for name, _, value in items if name == wanted.setting and _is_number(value))
    return any(wanted.holds(float(number), wanted.number) for number in numbers)


@lru_cache(maxsize=64)
def _parts(query: str) -> tuple[list[_Comparison], list[_Words]]:
    """Return the comparisons of a query, and its words: a number is in the group of the word before it."""
    query = query.replace(",", " ").replace("≥", ">=").replace("≤", "<=").casefold()
    found = _COMPARISON.findall(query)
    groups: list[list[str]] = []
    for word in _COMPARISON.sub(" ", query).split():
        if groups and _is_number(word):
            groups[-1].append(word)
        else:
            groups.append([word])
    comparisons = [_Comparison(name.replace("-", "_"), _COMPARE[sign], float(number)) for name, sign, number in found]
    return comparisons, [tuple(map(_pattern, group)) for group in groups]


def _pattern(word: str) -> re.Pattern[str]:
    ends = r"(?!\.?\w)" if _is_number(word.rpartition("=")[2]) else ""
    return re.compile(rf"(?<![\w.]){re.escape(word)}{ends}")


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(_NUMBER, word))
