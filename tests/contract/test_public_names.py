"""The names that `import explorer` offers are fed by the registry, at run time and for type checkers."""

import subprocess
import sys

import pytest

import explorer
from explorer.models.registry import KINDS
from explorer.settings import APP_FOLDER
from scripts.public_names import STUB, stub


@pytest.mark.parametrize("kind", KINDS)
def test_the_config_class_of_every_kind_is_a_public_name(kind):
    config_class = KINDS[kind].config_class()
    assert config_class.__name__ in explorer.__all__
    assert getattr(explorer, config_class.__name__) is config_class


def test_nothing_else_is_public_but_runs_and_what_trains_and_opens_them():
    configs = {kind.config_class().__name__ for kind in KINDS.values()}
    assert len(configs) == len(KINDS)
    assert {*explorer.__all__} - configs == {"Run", "open_run", "train"}
    assert {*explorer.__all__} <= {*dir(explorer)}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = explorer.nothing


def test_type_checkers_read_the_same_names():
    assert STUB.read_text() == stub(), "run scripts/public_names.py"


@pytest.mark.parametrize("module", ["explorer", "explorer.models.registry", "explorer.runs.store"])
def test_import_does_not_load_torch(module):
    script = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=APP_FOLDER, check=False).returncode == 0


def test_names_are_loaded_when_they_are_asked_for():
    script = "import sys, explorer; explorer.RBMConfig; sys.exit('explorer.models.vae' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=APP_FOLDER, check=False).returncode == 0
