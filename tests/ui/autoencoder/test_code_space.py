"""The code space of the autoencoder family."""

import re

import numpy as np
import pytest
import torch

from explorer.ui.components.shared_value import SharedValue
from tests.pages import problems, texts, traces
from tests.stores import model_of
from tests.ui.autoencoder.autoencoders import RUNS, grey


@pytest.mark.parametrize("name", ["5", "3 tanh"])
def test_codes_are_shown_in_every_way(open_page, offered, monkeypatch, name):
    monkeypatch.setattr("explorer.ui.views.code_map.plane.umap", lambda z: z[:, :2])  # its own test takes long enough
    test = open_page(RUNS["autoencoder", name], view="Code space")
    ways = ["two codes", "PCA", "UMAP", *(["3-D"] if name == "3 tanh" else [])]
    control = test.segmented_control(key="autoencoder map kind")
    assert list(control.options) == ways
    for way in ways:
        test.segmented_control(key="autoencoder map kind").set_value(way).run()
        assert problems(test) == []
        shown = [*test.get("bidi_component"), *test.get("plotly_chart")]
        assert any(re.search("(map|scatter) current", element.key) for element in shown), way


def test_where_not_all_images_are_drawn_it_says_how_many(open_page, monkeypatch):
    monkeypatch.setattr("explorer.ui.views.code_map.plane.umap", lambda z: z[:, :2])
    monkeypatch.setattr("explorer.ui.views.code_map.plane.UMAP_POINTS", 7)
    monkeypatch.setattr("explorer.ui.views.code_map.view.POINTS_3D", 9)
    test = open_page(RUNS["autoencoder", "3 tanh"], view="Code space")
    count = len(grey(RUNS["autoencoder", "3 tanh"]))
    assert "Drawn are" not in texts(test)
    for way, drawn in (("UMAP", 7), ("3-D", 9), ("PCA", count)):
        test.segmented_control(key="autoencoder map kind").set_value(way).run()
        said = f"Drawn are {drawn} of the {count} test images, by their numbers."
        assert (said in texts(test)) == (drawn < count), way
    test.segmented_control(key="autoencoder map kind").set_value("3-D").run()
    assert sum(len(trace["x"]["bdata"]) > 0 for trace in traces(test, "scatter current")) >= 1


def test_a_path_through_two_codes_is_decoded(open_page, offered, library):
    own = RUNS["autoencoder", "2 deep, linear code"]
    test = open_page(own, view="Code space")
    path = ((0.0, 0.0), (1.0, -1.0))
    key = "autoencoder map current two codes (0, 1)"
    test.session_state[f"{key}.path"] = SharedValue(path, (), (), ())
    test.session_state[f"{key}.selection"] = SharedValue((3, 4, 5), (), (), ())
    test.session_state[f"{key}.z"] = SharedValue((1.24, -0.5), None, None, None)
    test.run()
    assert problems(test) == []
    found = offered["path current"][0]
    expected = model_of(library, own).decode(torch.tensor(path)).clamp(0, 1).numpy()
    np.testing.assert_allclose(found["images"], expected, atol=1e-5)
    assert "**3** test images selected: " in texts(test)


@pytest.mark.parametrize("name", ["5", "3 tanh"])
def test_units_that_the_map_does_not_show_stay_at_their_mean(open_page, offered, library, name):
    own = RUNS["autoencoder", name]
    test = open_page(own, view="Code space")
    model = model_of(library, own)
    with torch.no_grad():
        codes = model.encode(torch.tensor(grey(own))).numpy()
    across, up = np.argsort(-codes.var(0), kind="stable")[:2]
    place = codes[3, [across, up]]
    key = f"autoencoder map current two codes ({across}, {up})"
    test.session_state[f"{key}.path"] = SharedValue(((float(place[0]), float(place[1])),), (), (), ())
    test.run()
    assert problems(test) == []
    z = codes.mean(0)
    z[[across, up]] = place
    np.testing.assert_allclose(offered["path current"][0]["z"], z[None], atol=1e-5)
