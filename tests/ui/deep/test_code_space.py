"""The code space of deep autoencoders, beside that of PCA."""

import base64

import numpy as np
import pytest

from explorer.analysis.projection import principal_axes
from explorer.runs.ids import run_id
from explorer.ui.views.code_map import view
from tests.pages import problems, texts
from tests.ui.deep.stacks import DEEP, LAYERS, fitted_pca, grey, passed


@pytest.fixture
def maps(monkeypatch):
    """The maps that the view draws, as {the key's last parts: (positions by frame, axes)}."""
    found, draw = {}, view.latent_map

    def noting(key, cloud, **options):
        packed = np.frombuffer(base64.b64decode(cloud["positions"]), "<u2").reshape(cloud["frames"], -1, 2)
        low, high = np.array(cloud["range"]).T
        found[key.partition(" ")[2]] = (low + packed / 65_534 * (high - low), options["texts"].axes)
        return draw(key, cloud, **options)

    monkeypatch.setattr(view, "latent_map", noting)
    return found


@pytest.mark.parametrize("name", ["autoencoders", "three layers", "digits"])
def test_the_map_beside_the_code_is_that_of_two_principal_components(open_page, offered, maps, name):
    own = DEEP[name]
    test = open_page(own, view="Code space")
    (places,), axes = maps["rival map"]
    assert axes == ("component 1", "component 2")
    assert "**The first two principal components**" in texts(test)
    pca = fitted_pca(own, 5)
    expected = pca.transform(grey(own))[:, :2]
    reach = np.ptp(expected, axis=0).max()
    apart = pca.explained_variance_[:3] / pca.explained_variance_[1]
    assert apart[0] > 1.001, "components of the same variance have no direction of their own"
    for component in (0, 1):
        along = places[:, component]
        sign = np.sign(along @ expected[:, component])
        if apart[component] > 1.001 * apart[component + 1]:
            np.testing.assert_allclose(along * sign, expected[:, component], atol=2e-3 * reach)


def test_the_map_of_two_codes_has_the_codes_of_each_epoch(open_page, offered, maps, library):
    own = DEEP["autoencoders"]
    open_page(own, view="Code space")
    positions, axes = maps["map current two codes (0, 1)"]
    assert axes == ("code 0", "code 1")
    for epoch in range(3):
        code = passed(library, own, grey(own), epoch)[0]
        np.testing.assert_allclose(positions[epoch], code, atol=1e-3 * max(1, np.ptp(positions)))


def test_pcas_map_stays_beside_every_way_to_show_codes_but_that_in_space(
    open_page, offered, maps, library, monkeypatch
):
    monkeypatch.setattr("explorer.ui.views.code_map.plane.umap", lambda z: z[:, :2])
    test = open_page(DEEP["three layers"], view="Code space")
    for way, beside in (("PCA", True), ("UMAP", True), ("3-D", False), ("two codes", True)):
        maps.clear()
        test.segmented_control(key="deep-autoencoder map kind").set_value(way).run()
        assert problems(test) == []
        assert ("rival map" in maps) == beside, way
    code = passed(library, DEEP["three layers"], grey(DEEP["three layers"]))[0]
    test.segmented_control(key="deep-autoencoder map kind").set_value("PCA").run()
    (key,) = [key for key in maps if " PCA " in key]
    np.testing.assert_allclose(maps[key][0][-1], principal_axes(code).project(code), atol=1e-3)


def test_beside_a_pinned_run_and_for_layers_there_is_no_other_map(open_page, offered, maps):
    open_page(DEEP["three layers"], view="Code space", pin=run_id(DEEP["random"]))
    open_page(LAYERS["three layers"], view="Code space")
    assert len(maps) >= 2
    assert "rival map" not in maps
