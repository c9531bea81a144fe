import subprocess
import sys

import pytest

from explorer.analysis.measures import Measures
from explorer.errors import ConfigError
from explorer.models.config import ModelConfig
from explorer.models.registry import KINDS, kind_of
from explorer.settings import APP_FOLDER


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_finds_its_config_and_its_measures(name):
    kind = kind_of(name)
    assert kind.name == name
    assert issubclass(kind.config_class(), ModelConfig)
    assert kind.config_class().kind == name
    assert isinstance(kind.load("measures"), Measures)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="kind = 'perceptron' is not valid: one of rbm") as caught:
        kind_of("perceptron")
    assert [problem.field for problem in caught.value.problems] == ["kind"]


@pytest.mark.parametrize(
    "module", ["explorer", "explorer.models.registry", "explorer.models.config", "explorer.runs.store"]
)
def test_import_does_not_load_torch(module):
    script = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=APP_FOLDER, check=False).returncode == 0


def test_the_package_offers_its_public_names_lazily():
    import explorer

    assert {name: getattr(explorer, name).__name__ for name in explorer.__all__} == {
        name: name for name in explorer.__all__
    }
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = explorer.nothing
