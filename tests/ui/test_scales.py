"""The colour scales of pictures: the same in a pair, with room for nearly all values, and said."""

import numpy as np
import pytest

from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from tests.pages import problems
from tests.ui.rbms import SMALL, TOY

OTHER = RBMConfig(**SMALL | {"cd_k": 2})


@pytest.fixture
def weights(offered, open_page):
    """Return a function that opens the view of weights, and returns the page with the panels of the tiles."""

    def opened(config, **changes):
        test = open_page(config, view="Weights", **changes)
        assert problems(test) == []
        return test, offered["weights"][1]

    return opened


def test_tiles_of_a_pair_have_one_scale_that_says_what_is_beyond(weights, library):
    _, (pinned, current) = weights(RBMConfig(**SMALL), pin=run_id(OTHER))
    values = [np.abs(library.find(config).model().state()["W"].numpy()) for config in (OTHER, RBMConfig(**SMALL))]
    limit = max(float(np.quantile(each, 0.99)) for each in values)
    share = np.mean([np.mean(each > limit) for each in values])
    assert 0.005 < share <= 0.01
    assert pinned.ends == current.ends == (f"−{limit:.2g}", f"+{limit:.2g}")
    assert pinned.meaning == current.meaning == f"weight; at the last epoch {100 * share:.2g}\u00a0% are beyond"


@pytest.mark.parametrize(("units", "first"), [(100, "index"), (101, "norm")])
def test_where_not_all_units_are_shown_those_of_large_weights_come_first(inline, library, weights, units, first):
    config = RBMConfig(**TOY | {"hidden_units": units, "epochs": 1, "cd_k": 3})
    inline.submit(config)
    _, (panel,) = weights(config)
    norms = np.linalg.norm(library.find(config).model().state()["W"].numpy(), axis=0)
    order = range(units) if first == "index" else np.argsort(-norms, kind="stable")[:100]
    assert [note.split(" · ")[0] for note in panel.notes] == [f"unit {unit}" for unit in order]
