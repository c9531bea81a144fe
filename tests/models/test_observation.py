"""What a model sees of an image is the model's business: others ask it, and don't look into its settings."""

import ast
from pathlib import Path

import explorer

PACKAGE = Path(explorer.__file__).parent
WORDS_ONLY = {"ui/views/dbn/steps.py", "ui/one_digit/ways.py"}  # say what goes into a DBN, what a bound is a bound of


def asked(source):
    """Whether a module's text reads how pixels are made binary out of a config."""
    return any(isinstance(node, ast.Attribute) and node.attr == "binarize" for node in ast.walk(ast.parse(source)))


def test_a_look_into_the_settings_is_found():
    assert asked("x = bed.config.binarize")
    assert not asked("x = model.observe(pixels, draws)\nbinarize(x, mode, draws)")


def test_nobody_outside_the_models_asks_how_pixels_are_made_binary():
    others = [path for path in PACKAGE.rglob("*.py") if "models" not in path.relative_to(PACKAGE).parts]
    assert len(others) > 100
    assert {path.relative_to(PACKAGE).as_posix() for path in others if asked(path.read_text())} == WORDS_ONLY
