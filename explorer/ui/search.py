"""Finding runs by words: of their names, kinds, data, findings, and of all settings, also those at the defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(query: str, items: Iterable[str]) -> bool:
    """Whether each word of a query begins a word of an item, such as "CD-k 10"; a number stands in it as it is.

    A number belongs to the word before it: "hidden 100 mnist" finds what has "Hidden units 100" and "mnist-5k".
    """
    text = ", ".join(items).casefold()
    return all(pattern.search(text) for pattern in _patterns(query))


@lru_cache(maxsize=64)
def _patterns(query: str) -> tuple[re.Pattern[str], ...]:
    groups: list[list[str]] = []
    for word in query.replace(",", " ").casefold().split():
        if groups and _is_number(word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return tuple(re.compile(r"[^,]*?".join(map(_word, group))) for group in groups)


def _word(word: str) -> str:
    return rf"(?<![\w.]){re.escape(word)}" + (r"(?!\.?\w)" if _is_number(word.rpartition("=")[2]) else "")


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", word))
