"""What a config class declares, and how it is read from the class."""

import pytest
from pydantic import BaseModel, Field, ValidationError, create_model

from explorer.data.catalogue import CATALOGUE
from explorer.errors import ConfigError
from explorer.models.config import (
    LayerSizes,
    default_values,
    hyperparameter,
    hyperparameters,
    is_added,
    layer_sizes,
    parent,
    parent_fields,
    read_value,
)
from explorer.models.config.declare import DataSetName, dataset_name
from explorer.models.config.values import DataSets, Flag, Layers, Number


class Below(BaseModel):
    """A model to be built on."""

    dataset: DataSetName = dataset_name("Data set", "What it is trained on.")
    rate: float = hyperparameter(0.5, "Rate", "How fast.", unit="steps", stops=(0.1, 0.5), gt=0, le=1)
    quick: bool = hyperparameter(False, "Quick", "Whether to hurry.", advanced=True, added=True)


class Above(BaseModel):
    """A model built on it."""

    dataset: DataSetName = dataset_name("Data set", "What it is trained on.")
    sizes: LayerSizes = layer_sizes((4, 3), "Layers", "Units.", stops=((4,), (4, 3)), ge=2, le=9, most=2)
    below: Below = parent(Below, "Below", "Trained first.", in_sight=True)
    aside: Below = parent(Below, "Aside", "Trained first, too.", added=True)


def test_a_class_tells_all_that_its_fields_declare():
    found = {h.name: h for h in hyperparameters(Above)}
    assert list(found) == ["dataset", "sizes", "below.rate", "below.quick", "aside.rate", "aside.quick"]
    assert found["dataset"].values == DataSets()
    assert found["sizes"].values == Layers(2, 9, 1, 2, example=(4, 3))
    rate, quick = found["below.rate"], found["below.quick"]
    assert (rate.title, rate.help, rate.unit, rate.stops) == ("Rate", "How fast.", "steps", (0.1, 0.5))
    assert (rate.default, rate.full_title, rate.advanced) == (0.5, "Below: Rate", False)
    assert rate.values == Number(float, 0, 1, minimum_excluded=True)
    assert (quick.values, quick.advanced) == (Flag(), True)
    assert [found[name].in_sight for name in ("below.rate", "aside.rate")] == [True, False]
    assert parent_fields(Above) == {"below": Below, "aside": Below}
    assert default_values(Above) == {
        "dataset": Above().dataset,
        "sizes": (4, 3),
        **dict.fromkeys(("below.rate", "aside.rate"), 0.5),
        **dict.fromkeys(("below.quick", "aside.quick"), False),
    }


def test_fields_added_later_are_known():
    added = {name for model in (Above, Below) for name, info in model.model_fields.items() if is_added(info)}
    assert added == {"aside", "quick"}


def test_a_subclass_inherits_declarations_and_may_change_them():
    slower = hyperparameter(0.1, "Rate", "How slowly.", ge=0, le=0.2)
    heir = create_model("Heir", __base__=Below, rate=(float, slower))
    dataset, rate, quick = hyperparameters(heir)
    assert (rate.default, rate.values) == (0.1, Number(float, 0, 0.2))
    assert [dataset, quick] == [hyperparameters(Below)[0], hyperparameters(Below)[2]]


@pytest.mark.parametrize(
    "field", [(int, 3), (int, Field(3, title="Three")), (int, hyperparameter(3, "Three", "No bounds.", ge=1))]
)
def test_a_field_that_is_not_declared_in_full_is_refused(field):
    with pytest.raises(TypeError):
        hyperparameters(create_model("Careless", __base__=Below, three=field))


@pytest.mark.parametrize("value", ["letters", "", None, 5, [], {}, ("mnist",)])
def test_what_names_no_data_set_is_refused(value):
    assert not DataSets().allows(value)
    with pytest.raises(ValidationError):
        Below(dataset=value)
    with pytest.raises(ConfigError, match="one of mnist, "):
        read_value(Below, "dataset", value)


def test_every_data_set_of_the_catalogue_can_be_named():
    assert DataSets().choices == tuple(CATALOGUE)
    for name in CATALOGUE:
        assert DataSets().allows(name)
        assert Below(dataset=name).dataset == read_value(Above, "below.dataset", name) == name


def test_layers_are_read_from_texts_and_checked_by_the_config():
    assert Above(sizes="5-6").sizes == (5, 6)
    for value in ("1-6", "5-10", "5-6-7", ""):
        with pytest.raises(ValidationError):
            Above(sizes=value)
