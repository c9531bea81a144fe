"""What must hold of the tests themselves."""

import ast
import tomllib
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
MOST_LINES = 500
LONGEST_NAME = 70
CHECKS = {"raises", "expect", "fail", "gradcheck", "wait_for", "wait_for_selector", "wait_for_function"}
BUILT_IN = {"filterwarnings", "parametrize", "skipif"}


@cache
def parsed():
    return {path: ast.parse(path.read_text()) for path in sorted(TESTS.rglob("*.py"))}


@cache
def functions(path):
    """The tests of a file, and its other functions."""
    found = [node for node in ast.walk(parsed()[path]) if isinstance(node, ast.FunctionDef)]
    written = [each for each in found if path.name.startswith("test_") and each.name.startswith("test_")]
    return written, [each for each in found if each not in written]


def called(function):
    """The last words of what a function calls: `raises` of `pytest.raises(…)`."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {getattr(each, "attr", getattr(each, "id", "")) for each in calls}


def checks(function):
    """Whether a function fails by what it sees: an assert, one of pytest's or numpy's, something waited for."""
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(function))
    return asserts or any(name in CHECKS or name.startswith("assert") for name in called(function))


def test_no_file_is_long():
    lengths = {path.name: len(path.read_text().splitlines()) for path in parsed()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_nothing_is_imported_from_a_file_of_tests():
    modules = {
        (path.name, name)
        for path, tree in parsed().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (getattr(node, "module", None) or "", *(each.name for each in node.names))
    }
    assert {(path, name) for path, name in modules if f".{name}".rpartition(".")[2].startswith("test_")} == set()


def test_names_are_short_and_each_is_there_once():
    names = [(path, each.name) for path in parsed() for each in functions(path)[0]]
    assert [name for _, name in names if len(name) > LONGEST_NAME] == []
    assert sorted(names) == sorted(set(names))  # of two in a file the first would never run


def test_every_test_checks_something_by_itself_or_by_a_helper():
    helpers = {each.name for path in parsed() for each in functions(path)[1] if checks(each)}
    written = [each for path in parsed() for each in functions(path)[0]]
    assert [each.name for each in written if not checks(each) and called(each).isdisjoint(helpers)] == []


def test_every_mark_is_declared_and_every_declared_one_is_used():
    settings = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    declared = {marker.partition(":")[0] for marker in settings["markers"]}
    nodes = [node for tree in parsed().values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    used = {node.attr for node in nodes if ast.unparse(node.value) == "pytest.mark"}
    assert used - BUILT_IN == declared
