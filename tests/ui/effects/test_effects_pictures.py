"""Pictures along the slider: which runs, which epochs, and one scale for all."""

import numpy as np
import pytest

from explorer.models.rbm import RBM, RBMConfig
from explorer.models.registry import KINDS
from explorer.plots.tiles import quantize, reach, tile_picture
from explorer.runs.study import find
from explorer.ui.effects import pictures
from explorer.ui.effects.figures import Evidence
from explorer.ui.effects.sources import SOURCES
from explorer.ui.shelf import services
from explorer.ui.state.effects import EffectsState
from tests.pages import problems, texts
from tests.ui.effects.studies import STUDY
from tests.ui.rbms import SMALL


def shown(name, **changes):
    state = EffectsState("rbm", {}, ())
    state._take_over(STUDY | changes)
    study = state.study
    return pictures._shown(Evidence(study, find(study, services.library())), name, None)


def weights(library, cd_k, epoch):
    model: RBM = library.find(RBMConfig(**SMALL | {"cd_k": cd_k})).model(epoch)
    return model.W.numpy().T.reshape(-1, 28, 28)


def test_a_strip_has_a_frame_for_each_value_at_each_epoch_on_one_scale(library, monkeypatch):
    sent = []
    monkeypatch.setattr(pictures, "encode_panel", sent.append)
    found = shown("weights")
    assert (found.values, found.epochs) == (("1", "2"), (0, 1, 2, 3))
    pictures._strip(found, "Weights")
    limit = max(reach(weights(library, k, 3), pictures.FITTING) for k in (1, 2))
    literal = [
        tile_picture(quantize(weights(library, k, epoch), -limit, limit)) for epoch in (0, 1, 2, 3) for k in (1, 2)
    ]
    assert len(sent[0].frames) == 8
    assert all(np.array_equal(frame, other) for frame, other in zip(sent[0].frames, literal, strict=True))


def test_a_row_has_a_panel_for_each_value_on_the_same_scale(library, monkeypatch):
    sent = []
    monkeypatch.setattr(pictures, "encode_panel", sent.append)
    found = shown("weights")
    pictures._row(found, ("CD-k 1", "CD-k 2"))
    assert [panel.title for panel in sent] == ["CD-k 1", "CD-k 2"]
    assert sent[0].ends == sent[1].ends
    assert [len(panel.frames) for panel in sent] == [4, 4]
    assert np.array_equal(sent[0].frames[0], sent[1].frames[0])  # the same start
    assert not np.array_equal(sent[0].frames[3], sent[1].frames[3])


def test_samples_and_reconstructions_are_of_the_same_noise_and_images(library):
    for name in ("samples", "reconstructions"):
        tiles = pictures._tiles(shown(name))
        assert {each.shape for over_epochs in tiles for each in over_epochs} == {(20, 28, 28)}
        assert np.array_equal(tiles[0][0], tiles[1][0])  # of the same weights at epoch 0
        assert not np.array_equal(tiles[0][3], tiles[1][3])


def test_the_page_says_that_runs_begin_alike(page, library):
    test = page("pages/effects.py", **STUDY | {"view": "Pictures"})
    assert problems(test) == []
    assert "All runs begin with the same weights (epoch 0)." in texts(test)


def test_where_shapes_differ_the_start_does_and_common_units_are_shown(page, library, inline):
    inline.submit(RBMConfig(**SMALL | {"hidden_units": 4}))
    changes = {"vary": "hidden_units", "values": "4,9"}
    assert {len(tiles) for over_epochs in pictures._tiles(shown("weights", **changes)) for tiles in over_epochs} == {4}
    said = texts(page("pages/effects.py", **STUDY | changes | {"view": "Pictures"}))
    assert "The models differ in shape, so they begin with other weights." in said


def test_a_value_that_has_no_model_yet_is_named(page, library):
    test = page("pages/effects.py", **STUDY | {"values": "1,2,7", "view": "Pictures"})
    assert "Not there yet: CD-k (steps) 7." in texts(test)


def test_every_kind_says_which_pictures_it_has():
    assert SOURCES.keys() == KINDS.keys()


@pytest.mark.parametrize("arrangement", ["one after the other", "in a row"])
@pytest.mark.parametrize("picture", ["weights", "reconstructions", "samples"])
def test_the_choice_is_in_the_link(page, library, picture, arrangement):
    chosen = {"show.picture": picture, "show.arrangement": arrangement}
    test = page("pages/effects.py", **STUDY | {"view": "Pictures"} | chosen)
    assert problems(test) == []
    assert test.session_state["effects rbm picture"] == picture
