"""Every view of every page draws, whatever kind it shows: at the start, at the end, and with another run beside."""

import pytest

from tests.contract.tiny import EPOCHS, tiny
from tests.contract.views import VIEWS, shown


@pytest.mark.parametrize(("kind", "view"), VIEWS)
def test_a_view_draws_the_start_the_end_and_a_run_beside(kind, view, trained, open_page):
    config = tiny(kind)
    other = trained(config.model_copy(update={"seed": 1}))
    trained(config)
    test = open_page(config, view=view, epoch=0)
    shown(test, kind, view, 0)
    state = test.session_state[f"page state of {kind}"]
    state.epoch = EPOCHS
    alone = shown(test.run(), kind, view, EPOCHS)
    assert "Seed" not in alone
    state.pin = f"{other.id}@{EPOCHS}"
    beside = shown(test.run(), kind, view, EPOCHS)
    assert "Seed" in beside or "trained yet" in beside  # what tells one from the other
