"""The papers as tests see them: their texts, code blocks and links, and a folder in which their commands are run."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@dataclass(frozen=True)
class Block:
    """A code block of a paper."""

    paper: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.paper.name}:{self.line}"

    def commands(self) -> list[str]:
        """Return the commands of a bash block, those that are joined by && apart, comments left out."""
        lines = [line.partition(" #")[0].strip() for line in self.text.splitlines()]
        return [part.strip() for line in lines if line and line[0] != "#" for part in line.split("&&")]


def blocks(language: str) -> list[Block]:
    """Return the code blocks of all papers in a language, indented ones and those within lists, too."""
    return [
        Block(paper, token.map[0] + 1, language, token.content)
        for paper in PAPERS
        for token in MarkdownIt().parse(paper.read_text("utf-8"))
        if token.type == "fence" and token.info.split(" ")[0] == language
    ]


def words_of(command: str) -> list[str]:
    """Return a command's words without the variables that are set before it."""
    words = shlex.split(command.removesuffix("&"))
    while words and "=" in words[0] and words[0].split("=")[0].isupper():
        words.pop(0)
    return words


def starts_server(command: str) -> bool:
    """Whether a command opens the app and goes on until it is stopped."""
    words = words_of(command)
    return words[:2] == ["streamlit", "run"] or words in (["generative-explorer"], ["python", "-m", "explorer"])


def installs(command: str) -> bool:
    """Whether a command brings packages from elsewhere; what it brings has tests of its own."""
    return words_of(command)[:2] in (["pip", "install"], ["apt-get", "install"])


def checks(command: str) -> bool:
    """Whether a command runs the tests, of which this is one."""
    return words_of(command)[0] in ("pytest", "scripts/check", ".ci/run")


def measures(command: str) -> bool:
    """Whether a command takes minutes or hours by purpose, and writes into the project."""
    words = words_of(command)
    benchmark = words[:2] == ["python", "-m"] and words[2].partition(".")[0] == "benchmarks"
    return benchmark or "scripts/build_trained.py" in words


def clone(folder: Path) -> Path:
    """Make a folder that looks like a clone of the project, in which commands may leave files."""
    folder.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in (".git", "tests"):
            (folder / entry.name).symlink_to(entry)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a user who has the package installed, an empty store, and no data sets."""
    programs = folder / "bin"
    programs.mkdir()
    for name, module in (("generative-explorer", "explorer"), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {"-m " + module if module else ""} "$@"\n')
        program.chmod(0o755)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("EXPLORER_", "PYTHONPATH"))}
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), own["PATH"]])
    quiet = {"OMP_NUM_THREADS": "1", "EXPLORER_DEVICE": "cpu", "EXPLORER_THREADS": "1", "EXPLORER_WORKERS": "1"}
    folders = {"EXPLORER_STORE": str(folder / "store"), "EXPLORER_DATA": str(folder / "data")}
    return own | {"PATH": path} | quiet | folders
