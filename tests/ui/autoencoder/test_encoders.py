"""What only the pages of the contractive and the sparse autoencoder have."""

import numpy as np
import pytest
import torch

from explorer.analysis.jacobian import jacobian, jacobian_norm
from explorer.analysis.sparsity import sparsity
from tests.pages import charts, figures
from tests.stores import model_of
from tests.ui.autoencoder.autoencoders import RUNS, SAYS, SETTINGS, grey

# the Jacobian


@pytest.mark.parametrize("name", ["1", "3 untied", "5 deep", "5 deep linear", "digits"])
def test_the_norm_is_that_of_the_analysis(open_page, offered, library, name):
    own = RUNS["contractive", name]
    test = open_page(own, view="Jacobian")
    model, x = model_of(library, own), torch.tensor(grey(own)[:20])
    norm = float(jacobian_norm(model, x).mean())
    up, down = model.encoder_weights()[0].norm(), model.decoder_weights()[-1].norm()
    (line,) = [m.value for m in test.markdown if SAYS["Jacobian"] in m.value]
    assert figures(line) == pytest.approx([norm, float(up), float(down)], rel=5e-3)
    assert ("(tied)" in line) == own.tied
    drawn = charts(test)
    measured = library.find(own).metrics()["jacobian_norm"].to_numpy()  # of more images
    np.testing.assert_allclose(drawn["norms"]["Mean ‖J‖"][1], measured[-own.epochs :])
    assert measured[-1] == pytest.approx(norm, rel=0.2)
    values = np.linalg.svd(jacobian(model, x).numpy(), compute_uv=False)
    np.testing.assert_allclose(offered["jacobian"][0]["singular_values"], values, atol=1e-4)
    np.testing.assert_allclose(drawn["spectrum"]["Mean over images"][1], values.mean(0), atol=1e-4)


def test_a_denoising_autoencoder_begun_again_and_left_still_stands_beside(open_page, offered, library):
    own = RUNS["contractive", "5 deep"]
    before = list(charts(open_page(own, view="Jacobian"))["spectrum"])
    assert any(name.startswith("denoising, ") for name in before)
    for name in SETTINGS["denoising"]:
        library.own.request(RUNS["denoising", name])
    assert list(charts(open_page(own, view="Jacobian"))["spectrum"]) == before


def test_a_direction_moves_the_code_by_its_singular_value(open_page, offered, library):
    own = RUNS["contractive", "3 untied"]
    open_page(own, view="Jacobian")
    arrays = offered["jacobian"][0]
    J = jacobian(model_of(library, own), torch.tensor(grey(own)[:20])).numpy()
    moved = np.linalg.norm(np.einsum("ncv,ntv->ntc", J, arrays["tangents"]), axis=2)
    np.testing.assert_allclose(moved, arrays["singular_values"][:, : moved.shape[1]], atol=1e-5)


# sparsity


@pytest.mark.parametrize("name", SETTINGS["sparse"])
def test_the_figures_are_those_of_the_analysis(open_page, offered, library, name):
    own = RUNS["sparse", name]
    test = open_page(own, view="Sparsity")
    with torch.no_grad():
        found = sparsity(model_of(library, own).encode(torch.tensor(grey(own))).numpy())
    (line,) = [m.value for m in test.markdown if SAYS["Sparsity"] in m.value]
    mean, on, dead = figures(line)
    assert mean == pytest.approx(found.mean.mean(), abs=6e-4)
    assert on == pytest.approx(found.units_on.mean(), abs=SHOWN_TO)
    assert dead == len(found.dead)
    assert f"(target {own.target:g})" in line
    assert f"of {own.code_size} " in line
    arrays = offered["sparsity"][0]
    np.testing.assert_allclose(arrays["mean"], found.mean, atol=1e-5)
    np.testing.assert_array_equal(arrays["units_on"], found.units_on)
    drawn = charts(test)
    np.testing.assert_allclose(drawn["means"]["Mean activation"][1], np.sort(found.mean)[::-1], atol=1e-5)
    assert set(drawn["means"][f"Target ρ = {own.target:g}"][1]) == {own.target}
    (share,) = [y for curve, (_, y) in drawn["units on"].items() if "nits above" in curve]
    np.testing.assert_allclose(share, np.bincount(found.units_on) / len(found.units_on))


SHOWN_TO = 0.51  # units
