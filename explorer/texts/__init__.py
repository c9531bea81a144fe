"""The explanations shown on pages, one Markdown file for each page and language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

LANGUAGE = "en"
LIKE = "like: "


@lru_cache(maxsize=64)
def sections(page: str, language: str = LANGUAGE) -> dict[str, str]:
    """Return a page's texts by their "## heading"; what stands before the first heading is under "".

    A file that begins with "like: <page>" has the texts of that page wherever it has none of its own.

    Raises:
        FileNotFoundError: the page has no texts in this language.
    """
    found: dict[str, list[str]] = {"": []}
    heading = ""
    lines = (Path(__file__).parent / language / f"{page}.md").read_text(encoding="utf-8").splitlines()
    like = lines.pop(0).removeprefix(LIKE) if lines and lines[0].startswith(LIKE) else None
    for line in lines:
        if line.startswith("## "):
            heading = line.removeprefix("## ").strip()
            found[heading] = []
        else:
            found[heading].append(line)
    own = {name: "\n".join(text).strip() for name, text in found.items()}
    return sections(like, language) | own if like else own
