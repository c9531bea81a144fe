"""The explanations shown on pages, one Markdown file for each page and language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

LANGUAGE = "en"


@lru_cache(maxsize=64)
def sections(page: str, language: str = LANGUAGE) -> dict[str, str]:
    """Return a page's texts by their "## heading"; what stands before the first heading is under "".

    Raises:
        FileNotFoundError: the page has no texts in this language.
    """
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for line in (Path(__file__).parent / language / f"{page}.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ").strip()
            found[heading] = []
        else:
            found[heading].append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}
