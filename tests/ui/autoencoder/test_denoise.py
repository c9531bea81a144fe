"""What only the page of the denoising autoencoder has: denoising, the correction field, the sampling chain."""

import numpy as np
import pytest
import torch

from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from explorer.ui.views.autoencoder import chain
from tests.pages import button, charts, figures, numbers, problems, texts, traces
from tests.stores import model_of
from tests.ui.autoencoder.autoencoders import RUNS, SAYS, VIEWS, assert_draws, grey

# denoise


@pytest.mark.parametrize("noise", ["masking", "salt and pepper", "gaussian"])
@pytest.mark.parametrize("name", ["1", "spiral"])
def test_without_strength_the_noisy_images_are_the_clean_ones(open_page, offered, noise, name):
    test = open_page(RUNS["denoising", name], view="Denoise")
    test.segmented_control(key="denoising noise shown").set_value(noise).run()
    test.select_slider(key="denoising strength shown").set_value(0.0).run()
    assert_draws(test, "Denoise")
    arrays = offered["denoise"][0]
    np.testing.assert_array_equal(arrays["noisy"], arrays["clean"])
    assert "noisy **0.0** →" in texts(test)


def test_denoised_images_are_what_the_model_makes_of_the_noisy_ones(open_page, offered, library):
    own = RUNS["denoising", "3 gauss"]
    test = open_page(own, view="Denoise")
    assert test.segmented_control(key="denoising noise shown").value == "gaussian"
    assert test.select_slider(key="denoising strength shown").value == 0.3
    for noise, strength in (("gaussian", 0.3), ("masking", 0.5), ("salt and pepper", 0.9)):
        test.segmented_control(key="denoising noise shown").set_value(noise).run()
        test.select_slider(key="denoising strength shown").set_value(strength).run()
        arrays = offered["denoise"][0]
        x, noisy = grey(own)[:20], arrays["noisy"]
        changed = noisy != x
        if noise == "gaussian":
            assert (noisy - x).std() == pytest.approx(strength, rel=0.15)
        else:
            assert set(np.unique(noisy[changed])) <= ({0.0} if noise == "masking" else {0.0, 1.0})
            share = 0.5 * strength  # half of the pixels have that value already
            assert changed.mean() == pytest.approx(share, abs=0.1)
        denoised = model_of(library, own).reconstruct(torch.tensor(noisy)).numpy()
        np.testing.assert_allclose(arrays["denoised"], denoised, atol=1e-5)
        before, after = (np.square(y - x).sum(1).mean() for y in (noisy, denoised))
        (caption,) = [c.value for c in test.caption if SAYS["Denoise"] in c.value]
        assert figures(caption) == [pytest.approx(before, abs=0.06), pytest.approx(after, abs=0.06)]


def test_other_noise_is_drawn_on_request(open_page, offered):
    test = open_page(RUNS["denoising", "1"], view="Denoise")
    before = offered["denoise"][0]["noisy"]
    test.run()
    np.testing.assert_array_equal(offered["denoise"][0]["noisy"], before)
    button(test, "Other noise").click().run()
    assert not np.array_equal(offered["denoise"][0]["noisy"], before)


def test_pinned_and_shown_see_the_same_noise(open_page, offered, library):
    own, pinned = RUNS["denoising", "3 gauss"], RUNS["denoising", "1"]
    open_page(own, view="Denoise", pin=run_id(pinned))
    _, panels, _ = offered["denoise"]
    arrays = offered["denoise"][0]
    assert len(panels) == 4
    expected = model_of(library, pinned).reconstruct(torch.tensor(arrays["noisy"])).numpy()[0]
    np.testing.assert_allclose(panels[2].frames[-1][:4, :4].astype(int), quantize(expected.reshape(4, 4), 0, 1), atol=1)


@pytest.mark.parametrize(("name", "strength"), [("spiral", 0.05), ("2 salt", 0.2), ("5 linear", 0.0)])
def test_denoise_starts_at_the_strength_of_training_and_rings_it(open_page, name, strength):
    test = open_page(RUNS["denoising", name], view="Denoise")
    assert test.select_slider(key="denoising strength shown").value == strength
    rings = [t for t in traces(test, "error by strength") if "marker" in t.get("mode", "")]
    assert [numbers(t["x"]).tolist() for t in rings] == [[strength]]


def test_the_curve_is_the_mean_error_of_the_test_images(open_page, library):
    own = RUNS["denoising", "1"]
    curves = charts(open_page(own, view="Denoise"))["error by strength"]
    x = grey(own)
    strengths, noisy = curves["noisy"]
    np.testing.assert_allclose(noisy, strengths * x.sum(1).mean(), rtol=0.3, atol=1e-6)
    clean = model_of(library, own).reconstruct(torch.tensor(x)).numpy()
    assert curves["Denoised"][1][0] == pytest.approx(np.square(clean - x).sum(1).mean(), rel=1e-4)


# the correction field


def test_the_field_over_the_spiral_is_the_models_correction(open_page, offered, library):
    own = RUNS["denoising", "spiral"]
    test = open_page(own, view="Correction field")
    assert not test.number_input
    arrays, (panel,), labels = offered["correction field"]
    assert len(panel.frames) == len(labels) == 3
    place = np.array([[arrays["x"][20], arrays["y"][3]]], np.float32)
    expected = model_of(library, own).reconstruct(torch.tensor(place)).numpy() - place
    np.testing.assert_allclose(arrays["along"][3, 20], expected[0], atol=1e-5)
    np.testing.assert_allclose(arrays["across"], 0, atol=1e-5)


def test_two_equal_images_span_no_plane_and_nothing_else_is_lost(open_page, offered):
    test = open_page(RUNS["denoising", "digits"], view="Correction field")
    test.number_input(key="denoising corner A").set_value(1).run()
    (warning,) = problems(test)
    assert warning == "The three images are on one line, which has no plane of its own; take others."
    assert test.number_input(key="denoising corner B").value == 1
    assert [tab.label for tab in test.tabs] == list(VIEWS["denoising"])
    test.number_input(key="denoising corner B").set_value(7).run()
    assert_draws(test, "Correction field")
    corners = offered["correction field"][1][0]
    shown = [note.partition(",")[0].rpartition(":")[0] for note in corners.notes]  # less the classes
    assert shown == ["A: test image 1", "B: test image 7", "C: test image 2"]


# the sampling chain


@pytest.fixture
def chains(monkeypatch):
    """The chains that the view runs, as (steps, following, deviation, chain)."""
    found, run = [], chain.denoising_chain

    def noting(model, x, steps, way, draws, following, deviation):
        found.append((steps, following, deviation, run(model, x, steps, way, draws, following, deviation)))
        return found[-1][3]

    monkeypatch.setattr(chain, "denoising_chain", noting)
    return found


@pytest.mark.parametrize("name", ["1", "3 gauss"])
@pytest.mark.parametrize("following", ["sample", "mean"])
@pytest.mark.parametrize("start", ["test images", "random pixels"])
def test_a_chain_goes_on_as_asked_for(open_page, offered, chains, library, name, following, start):
    own = RUNS["denoising", name]
    test = open_page(own, view="Sampling chain")
    test.segmented_control(key="denoising chain start").set_value(start).run()
    test.segmented_control(key="denoising chain next").set_value(following).run()
    test.select_slider(key="denoising chain steps").set_value(5).run()
    assert_draws(test, "Sampling chain")
    assert chains[-1][:2] == (5, following)
    arrays, panels, labels = offered["denoising chain"]
    assert list(labels) == [f"step {step}" for step in range(6)]
    assert all(len(panel.frames) == 6 for panel in panels)
    states, corrupted, means = (arrays[part] for part in ("states", "corrupted", "means"))
    assert np.array_equal(states[0], grey(own)[:20]) == (start == "test images")
    expected = model_of(library, own).reconstruct(torch.tensor(corrupted[3])).numpy()
    np.testing.assert_allclose(means[3], expected, atol=1e-5)
    if following == "mean":
        np.testing.assert_array_equal(states[2:], means[1:-1])
    elif own.loss == "cross-entropy":
        assert set(np.unique(states[2:])) <= {0.0, 1.0}
    else:
        assert (states[2:] - means[1:-1]).std() == pytest.approx(chains[-1][2], rel=0.3)


@pytest.mark.parametrize("steps", [1, 1000])
def test_a_chain_honours_its_steps(open_page, offered, chains, steps):
    test = open_page(RUNS["denoising", "2 salt"], view="Sampling chain")
    test.select_slider(key="denoising chain steps").set_value(steps).run()
    assert_draws(test, "Sampling chain")
    assert chains[-1][0] == steps
    assert offered["denoising chain"][2][-1] == f"step {steps}"


def test_how_far_samples_scatter_does_not_depend_on_where_a_chain_starts(open_page, chains, library):
    """Random pixels are no data: how badly they are copied says nothing of p(x | x̃)."""
    own = RUNS["denoising", "3 gauss"]
    test = open_page(own, view="Sampling chain")
    test.segmented_control(key="denoising chain start").set_value("random pixels").run()
    x = torch.tensor(grey(own))
    noisy = x + 0.3 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    error = float((model_of(library, own).reconstruct(noisy) - x).square().mean().sqrt())
    assert [each[2] for each in chains] == [pytest.approx(error, rel=0.1)] * 2


def test_a_chain_beside_a_pinned_one_has_the_noise_of_each(open_page, offered, monkeypatch):
    kinds, corrupt = [], chain.corrupt

    def noting(x, noise, strength, generator):
        kinds.append((noise, strength))
        return corrupt(x, noise, strength, generator)

    monkeypatch.setattr(chain, "corrupt", noting)
    test = open_page(RUNS["denoising", "2 salt"], view="Sampling chain", pin=run_id(RUNS["denoising", "3 gauss"]))
    assert_draws(test, "Sampling chain")
    assert set(kinds) == {("gaussian", 0.2), ("salt and pepper", 0.2)}
    assert len(offered["denoising chain"][1]) == 4
