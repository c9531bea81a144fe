"""The models that a DBN came from, beside it."""

import numpy as np
import pytest
import torch

from explorer.analysis.reconstruction import reconstruct
from explorer.data.catalogue import load
from explorer.plots.tiles import quantize, tile_picture
from explorer.runs.ids import run_id
from explorer.ui.components.filmstrip import filmstrip
from explorer.ui.views import generate
from tests.pages import texts, titles
from tests.ui.dbn.dbns import FINE_TUNED, PLAIN, SAYS, dbn, fine_tuned


@pytest.fixture
def rows(monkeypatch):
    """How many panels the filmstrip of the reconstructions has in a row, as of the last run."""
    asked_for = []

    def noting(*arguments, per_row=None, **options):
        asked_for.append(per_row)
        return filmstrip(*arguments, per_row=per_row, **options)

    monkeypatch.setattr("explorer.ui.views.reconstructions.filmstrip", noting)
    return asked_for


def test_reconstructions_of_the_models_it_came_from_stand_in_two_rows(open_page, offered, rows):
    open_page(PLAIN, view="Reconstructions")
    assert titles(offered, "reconstructions") == [
        "Input", "RBM: reconstruction", "DBN: reconstruction",
        "As the models see it", "RBM: hidden state", "DBN: top state",
    ]  # fmt: skip
    open_page(FINE_TUNED["8"], view="Reconstructions")
    assert titles(offered, "reconstructions") == [
        "Input", "RBM: reconstruction", "DBN: reconstruction", "Fine-tuned: reconstruction",
        "As the models see it", "RBM: hidden state", "DBN: top state", "Fine-tuned: top state",
    ]  # fmt: skip
    open_page(FINE_TUNED["8"], view="Reconstructions", pin=run_id(FINE_TUNED["8-6"]))
    assert rows == [3, 4, 3]


def test_the_caption_names_the_error_of_each_model(open_page, offered):
    test = open_page(FINE_TUNED["8"], view="Reconstructions")
    (caption,) = [c.value for c in test.caption if SAYS["Reconstructions"] in c.value]
    error = offered["reconstructions"][0]["error"].mean()
    assert "RBM **" in caption
    assert " · DBN **" in caption
    assert f" · Fine-tuned **{error:.1f}**" in caption


@pytest.mark.parametrize("name", ["8", "8-6", "none"])
def test_before_fine_tuning_the_reconstructions_are_those_of_the_base(open_page, offered, name):
    def frames(epoch):
        open_page(FINE_TUNED[name], view="Reconstructions", epoch=epoch)
        return {panel.title: panel.frames for panel in offered["reconstructions"][1]}

    first, last = frames(0), frames(3)
    for what in ("reconstruction", "top state"):
        (base,) = last[f"DBN: {what}"]  # it stands still
        np.testing.assert_array_equal(base, first[f"DBN: {what}"][0])
        np.testing.assert_array_equal(base, last[f"Fine-tuned: {what}"][0])
    open_page(FINE_TUNED[name], view="Reconstructions", epoch=0)
    fine = offered["reconstructions"][0]
    open_page(FINE_TUNED[name].base, view="Reconstructions")
    for part, values in offered["reconstructions"][0].items():
        np.testing.assert_allclose(values, fine[part], atol=2e-3, err_msg=part)  # snapshots have half precision


@pytest.mark.parametrize("config", [PLAIN, FINE_TUNED["8"]], ids=["dbn", "fine-tuned"])
def test_the_rbm_beside_a_dbn_is_the_run_that_it_is_built_on(open_page, offered, library, config):
    open_page(config, view="Reconstructions")
    panel = {panel.title: panel for panel in offered["reconstructions"][1]}["RBM: reconstruction"]
    (shown,), columns = panel.frames, panel.grid.columns
    rbm = library.find(PLAIN.first).model(PLAIN.first.epochs)
    images = load("bars-and-stripes").test[:20]
    alone = reconstruct(rbm, images, torch.Generator().manual_seed(0))
    expected = tile_picture(quantize(alone.means.reshape(-1, 4, 4), 0, 1), columns)
    np.testing.assert_allclose(shown.astype(int), expected, atol=1)
    assert columns == (5 if config is PLAIN else 4)  # of four pictures in a row


@pytest.fixture
def chains(monkeypatch):
    """The chains of all models that the view draws, in order."""
    found, run = [], generate._chains

    def noting(*arguments):
        found.append(run(*arguments))
        return found[-1]

    monkeypatch.setattr(generate, "_chains", noting)
    return found


def test_all_models_start_from_the_same_random_states(open_page, chains, inline):
    config = fine_tuned(dbn(hidden_units=(9,)))  # as many top units as the RBM has
    inline.submit(config)
    open_page(config, view="Generate")
    rbm, base, tuned = (each.states[0] for each in chains)
    np.testing.assert_array_equal(rbm, base)
    np.testing.assert_array_equal(rbm, tuned)
    assert not np.array_equal(chains[0].states[-1], chains[1].states[-1])
    open_page(config.base, view="Generate")
    assert len(chains) == 5
    np.testing.assert_array_equal(chains[3].means, chains[0].means)  # whatever page it is on
    np.testing.assert_allclose(chains[4].means[0], chains[1].means[0], atol=2e-3)


def test_all_models_start_from_the_same_images(open_page, chains):
    test = open_page(FINE_TUNED["8"], view="Generate", epoch=0)
    test.segmented_control(key="fine-tuned-dbn start").set_value("test images").run()
    rbm, base, tuned = chains[-3:]
    assert len(rbm.states[0]) == len(base.states[0]) == 20
    np.testing.assert_array_equal(base.states[0], tuned.states[0])  # not yet fine-tuned


def test_samples_of_the_models_it_came_from_stand_beside_it(open_page, offered):
    open_page(FINE_TUNED["8"], view="Generate")
    assert titles(offered, "gibbs chains") == [
        "RBM: p(v | h)", "DBN: p(v | h)", "Fine-tuned: p(v | h)", "Fine-tuned: top state",
        "Fine-tuned: start of the chains",
    ]  # fmt: skip
    open_page(FINE_TUNED["8"], view="Generate", pin=run_id(FINE_TUNED["8-6"]))
    assert len(titles(offered, "gibbs chains")) == 6  # start, state and picture of each
    assert not any("RBM" in title for title in titles(offered, "gibbs chains"))


def test_a_chain_stands_beside_its_start_and_the_units_held_on_are_named(open_page, offered):
    test = open_page(PLAIN.first, view="Generate")
    test.segmented_control(key="rbm start").set_value("clamped unit").run()
    start, states, pictures = offered["gibbs chains"][1]
    assert [start.title, states.title, pictures.title] == [
        "Start of the chains",
        "Hidden state",
        "Probabilities p(v | h)",
    ]
    np.testing.assert_array_equal(start.frames[0], states.frames[0])
    assert (len(start.frames), len(states.frames)) == (1, len(offered["gibbs chains"][2]))
    units = PLAIN.first.hidden_units
    rows = [", ".join(str(chain % units) for chain in range(first, first + 5)) for first in range(0, 20, 5)]
    assert f"Unit held on in each chain, row by row: {'; '.join(rows)}." in texts(test)
