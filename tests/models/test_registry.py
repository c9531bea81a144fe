import pytest

from explorer.analysis.measures import Measures
from explorer.errors import ConfigError
from explorer.models.config import ModelConfig
from explorer.models.registry import KINDS, kind_of


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
