"""Every view of every page draws, whatever kind it shows: at the start, at the end, and with other runs beside."""

import pytest

from tests.contract.tiny import EPOCHS, tiny
from tests.contract.views import VIEWS, shown

OF_ONE_RUN = {"How it learns"}  # views that say they are of the current run alone


@pytest.mark.parametrize(("kind", "view"), VIEWS)
def test_a_view_draws_the_start_the_end_and_up_to_three_runs_beside(kind, view, trained, open_page):
    config = tiny(kind)
    first, second = (trained(config.model_copy(update={"seed": seed})) for seed in (1, 2))
    own = trained(config)
    test = open_page(config, view=view, epoch=0)
    shown(test, kind, view, 0)
    state = test.session_state[f"page state of {kind}"]
    state.epoch = EPOCHS
    alone = shown(test.run(), kind, view, EPOCHS)
    assert "Seed" not in alone
    state.pin = f"{first.id}@{EPOCHS}"
    two = shown(test.run(), kind, view, EPOCHS)
    assert "Seed" in two or "trained yet" in two  # what tells one from the other
    state.pins = (first.id, second.id)
    three = shown(test.run(), kind, view, EPOCHS)
    state.add_pin(f"{own.id}@1")
    four = shown(test.run(), kind, view, EPOCHS)
    if view in OF_ONE_RUN:
        assert "Seed 0: as this one learns" in three
    elif "trained yet" not in three:
        assert [name for name in ("Seed 0", "Seed 1", "Seed 2") if name not in three] == []
        assert [name for name in ("Seed 0, epoch 1", f"Seed 0, epoch {EPOCHS}", "Seed 1") if name not in four] == []
