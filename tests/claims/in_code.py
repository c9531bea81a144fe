"""The sentences that stand in the program's code: captions, and help texts of settings and of figures."""

import ast

from explorer.settings import APP_FOLDER
from tests.claims.sentences import plain, to_decide

PLACES = ("analysis", "models", "ui")


def sentences_in_code():
    """Yield those that have to be decided, where they end as sentences do; what the program computes is "…"."""
    for place in PLACES:
        for path in sorted((APP_FOLDER / "explorer" / place).rglob("*.py")):
            for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                yield from (
                    each for each in to_decide(text) if each.endswith((".", "!", "?")) and len(each.split()) > 3
                )


def _texts(tree):
    """Yield the strings of a program that are no documentation and no errors, each with its parts put together."""
    passed_over = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            passed_over.add(node.body[0])
        if isinstance(node, ast.Raise):
            passed_over.add(node)
        if isinstance(node, ast.JoinedStr):
            passed_over.update(node.values)
    yield from _below(tree, passed_over)


def _below(node, passed_over):
    for child in ast.iter_child_nodes(node):
        if child in passed_over:
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield plain(child.value)
        elif isinstance(child, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in child.values)
            yield plain("".join(map(str, parts)))
        yield from _below(child, passed_over)
