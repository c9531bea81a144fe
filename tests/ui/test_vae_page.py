"""The pages of the variational autoencoders as a user meets them, without a browser."""

import itertools
import json
import re
from functools import partial

import numpy as np
import pytest
import streamlit as st
import torch

from explorer.analysis.bounds import quadrature
from explorer.analysis.latent import distances_from_images, posterior
from explorer.analysis.vae_measures import CONV_MEASURES, MEASURES
from explorer.data.catalogue import load
from explorer.engine.inline import InlineEngine
from explorer.models.conv_vae import ConvVAEConfig
from explorer.models.vae import VAEConfig
from explorer.plots.tiles import quantize
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors, write_tensors
from explorer.ui.components.shared_value import SharedValue
from explorer.ui.wording import signed
from tests.few_images import few_images
from tests.pages import problems, texts
from tests.stores import model_of

VAE = {"dataset": "mnist-5k", "hidden_units": 16, "epochs": 2}
CONV = {"dataset": "mnist-5k", "epochs": 1}
TOY = {"dataset": "bars-and-stripes", "latent_size": 2, "epochs": 2}
SIZES = (1, 2, 3, 5)
SAYS = {  # what only this view says
    "Reconstructions": "quared error of these images",
    "Latent usage": "latents are active",
    "Walk": "from left to right",
    "Generate": "The same latents z ~ N(0, I) at each epoch",
    "Likelihood": "pixels as in training",
    "Training": "All other figures",
}
VIEWS = (*SAYS, "Latent map")


def vae(latent_size, **changes):
    return VAEConfig(**VAE | {"latent_size": latent_size} | changes)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a folder with VAEs of four latent sizes, a convolutional one, and one on bars and stripes."""
    folder = tmp_path_factory.mktemp("trained-vae")
    engine = InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.engine.job.load", partial(few_images, count=200))
        patch.setattr("explorer.engine.heavy.load", partial(few_images, count=200))
        patch.setattr("explorer.analysis.vae_measures.quadrature", partial(quadrature, step=0.5))
        patch.setattr(MEASURES, "_images", 4)
        patch.setattr(CONV_MEASURES, "_images", 4)
        for size in SIZES:
            engine.measure(engine.submit(vae(size)))
        engine.measure(engine.submit(ConvVAEConfig(**CONV)))
        engine.submit(ConvVAEConfig(**TOY))
    return folder


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Fewer samples and a coarser grid for the bounds and the map, and fewer images for a run that a test trains."""
    monkeypatch.setattr("explorer.ui.views.code_map.plane.GRID_SIDE", 7)
    monkeypatch.setattr("explorer.engine.job.load", partial(few_images, count=200))
    monkeypatch.setattr("explorer.engine.heavy.load", partial(few_images, count=200))
    monkeypatch.setattr(MEASURES, "_images", 4)
    monkeypatch.setattr(CONV_MEASURES, "_images", 4)
    monkeypatch.setattr("explorer.ui.views.vae.likelihood.SAMPLES", (1, 5, 20))
    for module in ("explorer.ui.views.vae.likelihood", "explorer.analysis.vae_measures"):
        monkeypatch.setattr(f"{module}.quadrature", partial(quadrature, step=0.5))


def assert_draws(test, view, what=""):
    """The page and the view stand without a word of complaint."""
    assert problems(test) == [], (view, what)
    if view == "Latent map":
        drawn = [*test.get("bidi_component"), *test.get("plotly_chart")]
        assert any(re.search("(map|scatter) current", element.key) for element in drawn), what
    else:
        assert SAYS[view] in texts(test), (view, what)


def decoded(model, z):
    return model.decode(torch.tensor(np.atleast_2d(z), dtype=torch.float32)).numpy()


def go_to(test, view):
    """Open another tab of the page."""
    test.session_state["vae view"] = test.session_state["page state of vae"].view = view
    return test.run()


# all views


@pytest.mark.parametrize("size", SIZES)
def test_every_view_draws(page, size):
    for view in VIEWS:
        test = page("pages/vae.py", **VAE, latent_size=size, view=view)
        assert_draws(test, view)
        assert "Trained, **2 epochs**" in texts(test)


@pytest.mark.parametrize(("size", "pinned"), [(1, 5), (3, 1), (5, 2)])
def test_every_view_draws_beside_a_pinned_run_of_another_latent_size(page, size, pinned):
    for view in VIEWS:
        test = page("pages/vae.py", **VAE, latent_size=size, view=view, pin=f"{run_id(vae(pinned))}@1")
        assert_draws(test, view)
        assert any(button.label == "Unpin" for button in test.button)


@pytest.mark.parametrize("values", [CONV, TOY], ids=["digits", "bars and stripes"])
def test_every_view_draws_the_convolutional_one(page, values):
    for view in VIEWS:
        test = page("pages/conv-vae.py", **values, view=view)
        assert_draws(test, view)
        assert f"Trained, **{values['epochs']} epoch" in texts(test)


def test_every_view_draws_the_untrained_model(page):
    for view in ("Latent usage", "Latent map", "Walk", "Likelihood"):
        assert_draws(page("pages/vae.py", **VAE, latent_size=3, view=view, epoch=0), view)


# faults


@pytest.mark.parametrize("bad", ["0", "51", "two"])
def test_a_latent_size_that_is_not_valid_is_named(page, bad):
    test = page("pages/vae.py", **VAE, latent_size=bad)
    warnings = "\n".join(element.value for element in test.warning)
    assert f"latent_size = '{bad}' is not valid: a whole number from 1 to 50" in warnings
    assert not test.exception
    assert test.select_slider(key="vae.latent_size").value == 20


def test_a_map_of_fewer_latents_shows_its_own_most_important(page, library):
    """Also where a late browser reports one that is not among them."""

    def shown(test):
        return [test.selectbox(key=f"vae map {axis}").value for axis in ("across", "up")]

    def most_important(size):
        q = posterior(model_of(library, vae(size)), load("mnist-5k").test, torch.Generator().manual_seed(0))
        return q.kl.argsort()[::-1][:2].tolist()

    test = page("pages/vae.py", **VAE, latent_size=5, view="Latent map")
    assert shown(test) == most_important(5)
    test.select_slider(key="vae.latent_size").set_value(3).run()
    assert_draws(test, "Latent map")
    assert shown(test) == most_important(3)
    assert not [name for name in test.query_params if name.startswith("show.")]
    up = test.selectbox(key="vae map up")
    up.options.append("4")
    up.set_value("4").run()
    assert_draws(test, "Latent map")
    assert shown(test) == most_important(3)


def test_a_latent_size_that_is_not_trained_shows_the_nearest_run(page):
    test = page("pages/vae.py", **VAE, latent_size=4, view="Latent usage")
    assert any(re.search(r"Latents \*\*[35]\*\* instead of 4", element.value) for element in test.info)
    assert not test.exception
    assert not test.error


def test_a_broken_snapshot_is_named_and_the_page_stands(page, inline):
    path = inline.submit(vae(3, seed=5)).paths.snapshot(2)
    path.write_bytes(path.read_bytes()[:-50])
    for view in ("Latent map", "Walk", "Generate"):  # which show all epochs
        test = page("pages/vae.py", **VAE, latent_size=3, seed=5, view=view)
        assert any("epoch-00002.safetensors" in element.value for element in test.warning), view
        assert not test.exception, view
        assert not test.error, view
        assert test.select_slider(key="vae epoch").value == 1, view  # the last that can be read


def test_a_snapshot_of_another_latent_size_is_named_and_the_page_stands(page, inline, library):
    run = inline.submit(vae(2, seed=6))
    arrays, epoch = read_tensors(library.find(vae(5)).paths.snapshot(2))
    write_tensors(run.paths.snapshot(2), arrays, epoch)
    for view in ("Latent map", "Latent usage", "Training"):
        test = page("pages/vae.py", **VAE, latent_size=2, seed=6, view=view)
        assert not test.exception, view
        assert test.select_slider(key="vae.latent_size").value == 2
        if view != "Training":  # which needs no snapshot
            assert any("epoch-00002.safetensors" in element.value for element in test.error), view


def test_divergence_is_told_on_the_page_and_the_last_snapshot_shown(page, inline):
    from explorer.errors import TrainingFailed

    values = VAE | {"latent_size": 2, "learning_rate": 1.0, "epochs": 50}
    with pytest.raises(TrainingFailed):
        inline.submit(VAEConfig(**values))
    test = page("pages/vae.py", **values, view="Walk")
    assert any("at learning rate 1, " in element.value for element in test.error)
    assert not test.exception
    assert SAYS["Walk"] in texts(test)


# the latent map


def test_three_latents_are_shown_in_every_way(page, monkeypatch):
    monkeypatch.setattr("explorer.ui.views.code_map.plane.umap", lambda z: z[:, :2])  # its own test takes long enough
    test = page("pages/vae.py", **VAE, latent_size=3, view="Latent map")
    for kind in ("PCA", "UMAP", "3-D", "two latents"):
        test.segmented_control(key="vae map kind").set_value(kind).run()
        assert_draws(test, "Latent map", kind)
    test.segmented_control(key="vae map kind").set_value("3-D").run()
    for size in (5, 2, 1, 3):  # which have no 3-D
        test.select_slider(key="vae.latent_size").set_value(size).run()
        assert_draws(test, "Latent map", size)


def test_a_circle_holds_95_percent_of_the_prior_of_two_latents_only(page):
    def circle(test):
        (element,) = [each for each in test.get("bidi_component") if "map current" in each.key]
        return json.loads(element.proto.json)["circle"]

    test = page("pages/vae.py", **VAE, latent_size=3, view="Latent map")
    drawn = circle(test)
    lengths = np.linalg.norm(np.random.default_rng(0).standard_normal((100_000, 2)), axis=1)
    assert (lengths < drawn["radius"]).mean() == pytest.approx(0.95, abs=0.003)
    assert drawn["name"] == "95 % of the prior"
    assert circle(test.segmented_control(key="vae map kind").set_value("PCA").run()) is None


@pytest.mark.parametrize(
    ("size", "place", "shown"), [(2, (0, 1), "two latents (0, 1)"), (1, (0,), "one latent (0, 0)")]
)
def test_a_click_shows_the_image_and_moves_the_sliders_of_another_view(page, library, size, place, shown, offered):
    test = page("pages/vae.py", **VAE, latent_size=size, view="Latent map")
    test.session_state[f"vae map current {shown}.z"] = SharedValue((1.24, -0.5), None, None, None)
    test.run()
    assert_draws(test, "Latent map")
    expected = np.array([1.2, -0.5][:size], np.float32)
    assert [test.session_state[f"vae z {latent}"] for latent in place] == pytest.approx(expected.tolist())
    test.session_state["vae generate source"] = "chosen latent"
    go_to(test, "Generate")
    assert not test.exception
    found = offered["chosen latent"][0]
    np.testing.assert_allclose(found["z"], expected)
    np.testing.assert_allclose(found["image"], decoded(model_of(library, vae(size)), expected), atol=1e-5)


def test_a_click_is_taken_over_once(page):
    test = page("pages/vae.py", **VAE, latent_size=2, view="Latent map")
    test.session_state["vae map current two latents (0, 1).z"] = SharedValue((1.0, -0.5), None, None, None)
    test.session_state["vae generate source"] = "chosen latent"
    test.run()
    go_to(test, "Generate").slider(key="vae z 0").set_value(2.0).run()
    go_to(test, "Latent map")
    assert go_to(test, "Generate").slider(key="vae z 0").value == 2


def test_a_path_is_decoded_and_a_selection_is_counted(page, library, offered):
    test = page("pages/vae.py", **VAE, latent_size=2, view="Latent map")
    path = ((0.0, 0.0), (1.0, -1.0), (2.0, -2.0))
    test.session_state["vae map current two latents (0, 1).path"] = SharedValue(path, (), (), ())
    test.session_state["vae map current two latents (0, 1).selection"] = SharedValue((3, 4, 5), (), (), ())
    test.run()
    assert_draws(test, "Latent map")
    assert "**3** test images selected: " in texts(test)
    found, (panel,), labels = offered["path current"]
    np.testing.assert_allclose(found["z"], path)
    np.testing.assert_allclose(found["images"], decoded(model_of(library, vae(2)), path), atol=1e-5)
    assert len(panel.frames) == len(labels) == 3


# the walk


@pytest.mark.parametrize(("size", "across", "up"), [(2, 0, 1), (5, 3, 1)])
@pytest.mark.parametrize("spacing", ["equal steps", "prior quantiles"])
def test_the_walk_is_the_decoded_grid(page, library, offered, size, across, up, spacing):
    test = page("pages/vae.py", **VAE, latent_size=size, view="Walk")
    if size > 2:
        test.selectbox(key="vae walk across").set_value(across).run()
        test.selectbox(key="vae walk up").set_value(up).run()
    test.segmented_control(key="vae walk spacing").set_value(spacing).run()
    assert_draws(test, "Walk")
    arrays, (panel,), labels = offered["walk"]
    images, x, y = arrays["images"], arrays["x"], arrays["y"]
    assert (len(x), len(y), x[0], x[-1]) == (15, 15, pytest.approx(-2, abs=1e-5), pytest.approx(2, abs=1e-5))
    assert (np.diff(x) > 0).all()
    np.testing.assert_array_equal(y, x[::-1])  # the top row is the largest, as on the map
    steps = np.diff(x)
    if spacing == "equal steps":
        np.testing.assert_allclose(steps, 4 / 14, rtol=1e-4)
    else:  # equal shares of N(0, 1)
        shares = torch.distributions.Normal(0.0, 1.0).cdf(torch.tensor(x)).diff().numpy()
        np.testing.assert_allclose(shares, shares[0], rtol=1e-3)
    model = model_of(library, vae(size))
    for row, column in itertools.product((0, 4, 14), (0, 9, 14)):
        z = np.zeros(size)
        z[across], z[up] = x[column], y[row]
        image = decoded(model, z)[0]
        np.testing.assert_allclose(images[row, column], image, atol=1e-5)
        tile = panel.frames[-1][29 * row : 29 * row + 28, 29 * column : 29 * column + 28]
        np.testing.assert_allclose(tile.astype(int), quantize(image, 0, 1).reshape(28, 28), atol=1)
        assert panel.notes[15 * row + column] == f"z = ({signed(x[column], plus=True)}, {signed(y[row], plus=True)})"
    assert ("all other latents are 0" in texts(test)) is (size > 2)
    assert list(labels) == ["epoch 0", "epoch 1", "epoch 2"]
    assert len(panel.frames) == 3


@pytest.mark.parametrize("pinned", [None, 1])
def test_the_walk_along_one_of_several_latents_goes_from_left_to_right(page, library, offered, pinned):
    pin = {"pin": run_id(vae(pinned))} if pinned else {}
    test = page("pages/vae.py", **VAE, latent_size=3, view="Walk", **pin)
    if not pinned:
        test.selectbox(key="vae walk across").set_value(0).run()
        test.selectbox(key="vae walk up").set_value(0).run()
    assert "Latent 0 from left to right, from" in texts(test)
    arrays = offered["walk"][0]
    model = model_of(library, vae(3))
    for column in (0, 14):
        z = np.array([arrays["x"][column], 0, 0])
        np.testing.assert_allclose(arrays["images"][0, column], decoded(model, z)[0], atol=1e-5)


# latent usage


def test_the_figures_are_those_of_the_posterior_and_latents_off_are_named(page, library, offered):
    test = page("pages/vae.py", **VAE, latent_size=5, view="Latent usage")
    draws = torch.Generator().manual_seed(0)
    q = posterior(model_of(library, vae(5)), load("mnist-5k").test, draws)
    found = offered["latent usage"][0]
    for name in ("kl", "mean", "variance"):
        np.testing.assert_allclose(found[name], getattr(q, name), rtol=1e-4, atol=1e-5)
    assert found["traversals"].shape == (5, 11, 784)
    off = np.flatnonzero(q.mean.var(axis=0) <= 0.01)
    assert f"**{5 - len(off)} of 5** latents are active, {len(off)} off" in texts(test)
    for shape in ("3-D bars", "box plots"):
        test.segmented_control(key="vae usage shape").set_value(shape).run()
        assert_draws(test, "Latent usage", shape)


@pytest.fixture
def click(monkeypatch):
    """Click on a bar: the browser reports it once, and its selection from then on."""
    draw, news = st.plotly_chart, []

    def chart(figure, *, on_select="ignore", **options):
        if news and callable(on_select):
            news.pop()
            on_select()
        return draw(figure, on_select=on_select, **options)

    def on(test, latent):
        selection = {"points": [{"x": latent, "y": 0.5}], "point_indices": [latent], "box": [], "lasso": []}
        test.session_state["vae usage current box plots"] = {"selection": selection}
        news.append(latent)
        return test.run()

    monkeypatch.setattr(st, "plotly_chart", chart)
    return on


def test_a_clicked_bar_chooses_the_latent_until_another_is_chosen(page, offered, click):
    test = page("pages/vae.py", **VAE, latent_size=5, view="Latent usage")
    click(test, 3)
    assert test.number_input(key="vae latent").value == 3
    assert offered["latent usage"][1][0].title == "latent 3"
    test.number_input(key="vae latent").set_value(1).run()  # the chart still reports its selection
    assert test.number_input(key="vae latent").value == 1
    assert offered["latent usage"][1][0].title == "latent 1"
    click(test, 4)
    test.select_slider(key="vae.latent_size").set_value(2).run()  # which has no latent 4
    assert_draws(test, "Latent usage")
    assert test.number_input(key="vae latent").value < 2


# generate


def test_samples_are_decoded_from_the_prior_and_can_be_drawn_anew(page, library, offered):
    test = page("pages/vae.py", **VAE, latent_size=3, view="Generate")
    found, (panel,), labels = offered["samples"]
    assert found["z"].shape == (50, 3)
    np.testing.assert_allclose(found["images"], decoded(model_of(library, vae(3)), found["z"]), atol=1e-5)
    assert len(panel.frames) == len(labels) == 3
    tile = panel.frames[1][29:57, 58:86]  # the third of the second row, at epoch 1
    expected = quantize(decoded(model_of(library, vae(3), 1), found["z"][12])[0], 0, 1)
    np.testing.assert_allclose(tile.astype(int), expected.reshape(28, 28), atol=1)
    next(button for button in test.button if button.label == "New samples").click().run()
    assert not np.allclose(offered["samples"][0]["z"], found["z"])
    assert_draws(test, "Generate")


def test_each_sample_tells_how_far_it_is_from_images_if_a_latent_is_on(page, library, offered, monkeypatch):
    page("pages/vae.py", **VAE, latent_size=3, view="Generate")
    assert offered["samples"][1][0].notes is None
    monkeypatch.setattr("explorer.analysis.latent.ACTIVE_ABOVE", 0.0)
    test = page("pages/vae.py", **VAE, latent_size=3, view="Generate")
    found, (panel,), _ = offered["samples"]
    q = posterior(model_of(library, vae(3)), load("mnist-5k").test, torch.Generator().manual_seed(0))
    far = distances_from_images(q, found["z"])
    assert panel.notes == [f"{each:.2f} from the nearest image's μ" for each in far]
    assert f"is typically **{np.median(far):.2f}** from a sample's z" in texts(test)


@pytest.mark.parametrize("way", ["straight", "spherical"])
def test_the_way_between_two_digits_starts_and_ends_at_their_latents(page, library, offered, way):
    test = page("pages/vae.py", **VAE, latent_size=5, view="Generate", binarize="sample")
    test.segmented_control(key="vae generate source").set_value("between two digits").run()
    test.segmented_control(key="vae way").set_value(way).run()
    test.number_input(key="vae To test image").set_value(7).run()
    assert not test.exception
    assert not test.error
    found, panels, labels = offered["between two digits"]
    model = model_of(library, vae(5))
    assert found["z"].shape == (21, 5)
    np.testing.assert_allclose(found["images"], decoded(model, found["z"]), atol=1e-5)
    assert len(labels) == 21
    assert [len(panel.frames) for panel in panels] == [1, 21, 1]
    lengths = np.linalg.norm(found["z"], axis=1)
    if way == "spherical":
        np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], 21), rtol=1e-3)
    else:
        np.testing.assert_allclose(np.diff(found["z"], n=2, axis=0), 0, atol=1e-5)


def test_sliders_choose_a_latent_and_go_back_to_zero(page, library, offered):
    test = page("pages/vae.py", **VAE, latent_size=5, view="Generate")
    test.segmented_control(key="vae generate source").set_value("chosen latent").run()
    assert sorted(slider.key for slider in test.slider) == [f"vae z {latent}" for latent in range(5)]
    test.slider(key="vae z 2").set_value(-1.5).run()
    found = offered["chosen latent"][0]
    np.testing.assert_allclose(found["z"], [0, 0, -1.5, 0, 0])
    np.testing.assert_allclose(found["image"], decoded(model_of(library, vae(5)), found["z"]), atol=1e-5)
    next(button for button in test.button if button.label == "All to 0").click().run()
    assert not offered["chosen latent"][0]["z"].any()
    test.select_slider(key="vae.latent_size").set_value(1).run()
    assert [slider.key for slider in test.slider] == ["vae z 0"]
    assert not test.exception


# from page to page


def test_settings_of_another_data_set_with_fewer_images_are_drawn(page):
    """Test image 500 is chosen, of which bars and stripes have only 30."""
    for view, key in (("Latent usage", "traversed"), ("Generate", "To test image")):
        test = page("pages/conv-vae.py", **CONV, view=view)
        if view == "Generate":
            test.segmented_control(key="conv-vae generate source").set_value("between two digits").run()
        test.number_input(key=f"conv-vae {key}").set_value(500).run()
        test.selectbox(key="conv-vae.dataset").set_value("bars-and-stripes").run()
        test.select_slider(key="conv-vae.latent_size").set_value(2).run()
        assert not test.exception, view
        assert not test.error, view
        assert test.number_input(key=f"conv-vae {key}").value < 30


def test_a_preset_opens_its_pair_pinned(page):
    test = page("pages/vae.py", preset="β = 4: compressing counts")
    assert test.select_slider(key="vae.beta").value == 4
    assert test.select_slider(key="vae.latent_size").value == 2
    assert not test.exception
