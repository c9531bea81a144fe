"""ARCHITECTURE.md is of the code as it is; CITATION.cff is of this version and valid."""

import ast
import re
import tomllib

import pytest
import yaml

from explorer import __version__
from tests.docs.papers import PAPERS, ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
PLACES = sorted(
    {
        (paper.name, *place)
        for paper in PAPERS
        for place in re.findall(r"`([\w./]+\.py):([\w.]+)`", paper.read_text("utf-8"))
    }
)


def layers():
    """Return the layers of the rule on imports, from the top; each is a set of packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rule = next(rule for rule in project["tool"]["importlinter"]["contracts"] if rule["type"] == "layers")
    return [{name.strip().removeprefix("explorer.") for name in line.split("|")} for line in rule["layers"]]


def drawn():
    """Return the layers of the picture: the packages that stand alone between wide gaps, line by line."""
    packages = {name for layer in layers() for name in layer}
    picture = TEXT.split("```text\n", 1)[1].split("```", 1)[0]
    lines = [{part.split(" ")[0] for part in re.split(r"\s{2,}", line)} & packages for line in picture.splitlines()]
    return [layer for layer in lines if layer]


def test_the_picture_has_the_layers_that_the_rule_on_imports_has():
    assert drawn() == layers()


def test_the_way_to_a_pixel_has_stations():
    assert len([place for place in PLACES if place[0] == "ARCHITECTURE.md"]) >= 15


@pytest.mark.parametrize(("paper", "file", "name"), PLACES, ids=[f"{file}:{name}" for _, file, name in PLACES])
def test_a_function_that_is_named_exists(paper, file, name):
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    for part in name.split("."):
        found = [node for node in tree.body if getattr(node, "name", None) == part]
        assert found, f"{paper} names {file}:{name}: say what it is now"
        tree = found[0]


def test_every_word_of_the_glossary_is_explained_once():
    words = [
        word.strip() for row in re.findall(r"^\| ([^|]+) \| [^|]+ \|$", TEXT, re.MULTILINE) for word in row.split(",")
    ]
    assert len(words) == len(set(words)) > 20


def test_the_citation_is_of_this_version():
    """The fields that version 1.2.0 of the format requires, and how it writes those that are there."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == __version__
    assert all(set(author) <= {"name", "family-names", "given-names", "orcid"} for author in citation["authors"])
    assert citation["license"] == "MIT"
