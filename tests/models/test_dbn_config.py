import pytest

from explorer.errors import ConfigError
from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig

TOY = {"dataset": "bars-and-stripes"}  # 16 pixels


def problems(**values):
    with pytest.raises(ConfigError) as caught:
        DBNConfig.from_values(values)
    return [str(problem) for problem in caught.value.problems]


def test_defaults_are_the_labs():
    config = DBNConfig(dataset="mnist-5k")
    assert (config.first, config.hidden_units) == (RBMConfig(dataset="mnist-5k"), (100,))
    assert (config.cd_k, config.learning_rate, config.epochs, config.batch_size) == (2, 0.1, 100, 100)
    assert not config.tied_start
    assert config.parents() == {"below": config.first}


@pytest.mark.parametrize("mode", ["sample", "threshold", "none"])
def test_pixels_are_made_binary_as_for_the_first_rbm(mode):
    assert DBNConfig(first=RBMConfig(binarize=mode)).binarize == mode


def test_the_top_rbm_has_the_dbns_own_settings_and_binary_input():
    options = {"cd_k": 3, "persistent": True, "learning_rate": 0.2, "momentum": 0.5, "weight_decay": 0.01}
    options |= {"initial_std": 0.3, "batch_size": 7, "seed": 4}
    config = DBNConfig(first=RBMConfig(binarize="none", seed=1, **TOY), hidden_units=(9, 6), **options)
    assert config.top_rbm() == RBMConfig(hidden_units=6, binarize="sample", **options, **TOY)


def test_each_stack_of_fewer_layers_is_a_run_of_its_own():
    first = RBMConfig(hidden_units=20, **TOY)
    config = DBNConfig(first=first, hidden_units=(9, 8, 7), lower_epochs=30, cd_k=3, seed=2, epochs=5)
    middle = config.parents()["below"]
    assert middle == DBNConfig(first=first, hidden_units=(9, 8), lower_epochs=30, epochs=30, cd_k=3, seed=2)
    lowest = middle.parents()["below"]
    # without layers between, lower_epochs says nothing: as everybody's who stacks one layer on this RBM
    assert lowest.trajectory() == DBNConfig(first=first, hidden_units=(9,), epochs=30, cd_k=3, seed=2)
    assert lowest.parents() == {"below": first}


def test_the_epochs_of_layers_between_say_nothing_where_there_are_none():
    one, other = ({"lower_epochs": epochs, **TOY} for epochs in (3, 4))
    assert DBNConfig(**one).trajectory() == DBNConfig(**other).trajectory() == DBNConfig(**TOY)
    two_layers = [DBNConfig(hidden_units=(9, 8), **options) for options in (one, other)]
    assert [config.trajectory() for config in two_layers] == two_layers


def test_the_spread_of_first_weights_says_nothing_on_a_tied_start():
    tied = {"hidden_units": (16,), "tied_start": True, **TOY}
    assert DBNConfig(initial_std=0.5, **tied).trajectory() == DBNConfig(**tied)
    assert DBNConfig(initial_std=0.5, **TOY).trajectory().initial_std == 0.5


@pytest.mark.parametrize(("hidden_units", "below_is_tied"), [((16, 8), True), ((5, 8), False)])
def test_the_stack_below_starts_tied_if_it_can(hidden_units, below_is_tied):
    config = DBNConfig(first=RBMConfig(hidden_units=8, **TOY), hidden_units=hidden_units, tied_start=True)
    below = config.parents()["below"]
    assert below.tied_start == below_is_tied
    assert DBNConfig.from_values(below.values()) == below


def test_a_tied_start_needs_a_top_layer_of_the_right_size():
    assert DBNConfig(hidden_units=(16,), tied_start=True, **TOY)
    (problem,) = problems(hidden_units="100", tied_start="true", **TOY)
    assert problem.startswith("hidden_units = ")
    assert problem.endswith("is not valid: 16, as many as pixels, for a tied start; or switch tied_start off.")
    (problem,) = problems(**{"first.hidden_units": 25}, hidden_units="50-30", tied_start=True, dataset="mnist-5k")
    assert problem.endswith(
        "is not valid: 50-25, the last as many as the layer two below has, for a tied start; or switch tied_start off."
    )


def test_an_rbm_trained_on_other_data_is_refused():
    assert problems(dataset="mnist-5k", first={"dataset": "bars-and-stripes"}) == [
        "first.dataset = 'bars-and-stripes' is not valid: 'mnist-5k', as dataset says (or change dataset)."
    ]


@pytest.mark.parametrize("sizes", ["3", "100-1001", "9-9-9-9", ""])
def test_layers_out_of_range_are_refused(sizes):
    (problem,) = problems(hidden_units=sizes)
    assert "1 to 3 layers of 4 to 1000 units each, the lowest first" in problem


def test_the_cost_counts_the_way_up_and_the_top_rbm():
    config = DBNConfig(first=RBMConfig(hidden_units=10, **TOY), hidden_units=(20, 30), cd_k=2)
    assert config.cost((4, 4)) == 16 * 10 + 10 * 20 + 20 * 30 * 7
