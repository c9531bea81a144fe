"""What differs in what it measures never shares an axis; what is saved says what it is of."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from explorer.engine.inline import InlineEngine
from explorer.models.rbm import RBMConfig
from explorer.models.vae import VAEConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.ui.components.gif import animate
from explorer.ui.components.latent_map import Beside
from explorer.ui.components.panel import Panel
from tests.pages import address, charts, texts

BARS = {"dataset": "bars-and-stripes", "epochs": 2}
BERNOULLI = VAEConfig(**BARS, latent_size=2)
GAUSSIAN = VAEConfig(**BARS, latent_size=2, decoder="gaussian", binarize="none")
SMALL = VAEConfig(**BARS, latent_size=1)
ALL = (BERNOULLI, GAUSSIAN, SMALL, RBMConfig(**BARS), RBMConfig(**BARS | {"dataset": "spiral"}))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparable")
    library = Library(Store(folder), Store(folder / "none", shipped=True))
    for config in ALL:
        InlineEngine(library).submit(config)
    return library


@pytest.fixture
def open_pair(page, shelf, monkeypatch):
    """Open a view with a run, or some, pinned beside another."""
    for place in ("shelf.services._library", "shelf.pictured.library"):
        monkeypatch.setattr(f"explorer.ui.{place}", lambda: shelf)

    def draw(shown, *pinned, view="Training"):
        return page(f"pages/{shown.kind}.py", **address(shown), view=view, pin=",".join(map(run_id, pinned)))

    return draw


def test_a_density_and_a_probability_have_axes_of_their_own(open_pair):
    test = open_pair(GAUSSIAN, BERNOULLI)
    drawn = charts(test)
    assert "metric elbo" not in drawn
    assert {"metric elbo pinned", "metric elbo current"} <= drawn.keys()
    assert len(drawn["metric kl"]) >= 2  # nats of the same prior
    assert "measures of different things: Pixels sample and none, Decoder bernoulli and gaussian" in texts(test)


def test_of_three_runs_those_that_measure_the_same_share_an_axis(open_pair):
    test = open_pair(GAUSSIAN, BERNOULLI, SMALL)
    drawn = charts(test)
    assert {name for name in drawn if name.startswith("metric elbo")} == {"metric elbo pinned", "metric elbo current"}
    assert len([name for name in drawn["metric elbo pinned"] if name.startswith("Latents 2")]) >= 1
    assert len([name for name in drawn["metric elbo pinned"] if name.startswith("Latents 1")]) >= 1
    assert not any(name.startswith("Latents 1") for name in drawn["metric elbo current"])
    assert "Decoder bernoulli and gaussian" in texts(test)


def test_what_measures_the_same_shares_an_axis(open_pair):
    test = open_pair(SMALL, BERNOULLI)
    assert len(charts(test)["metric elbo"]) >= 2
    assert "Not on one axis" not in texts(test)


def test_bounds_of_a_density_stand_apart_too(open_pair, monkeypatch):
    monkeypatch.setattr("explorer.ui.views.vae.likelihood.SAMPLES", (1, 5, 20))
    drawn = charts(open_pair(GAUSSIAN, BERNOULLI, view="Likelihood"))
    assert {"bounds pinned", "bounds current"} <= drawn.keys()
    assert "bounds" in charts(open_pair(SMALL, BERNOULLI, view="Likelihood"))


def test_the_table_of_figures_holds_both_runs(open_pair, monkeypatch):
    taken = {}
    monkeypatch.setattr("streamlit.download_button", lambda label, data, **_: taken.update({label: data}))
    open_pair(SMALL, BERNOULLI)
    rows = list(csv.DictReader(io.StringIO(taken["Data (.csv)"]())))
    assert [(row["run"], row["epoch"]) for row in rows] == [
        (run_id(config), str(epoch)) for config in (BERNOULLI, SMALL) for epoch in (0, 1, 2)
    ]
    assert {row["settings"] for row in rows} == {"Latents 1", "Latents 2"}


def test_an_archive_holds_the_numbers_of_both_runs_and_what_they_are(open_pair, monkeypatch):
    taken = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda _label, data, file_name, *_, **__: taken.update({file_name: data})
    )
    open_pair(SMALL, BERNOULLI, view="Reconstructions")
    (name,) = [name for name in taken if name.endswith("-reconstructions.npz")]
    archive = np.load(io.BytesIO(taken[name]()), allow_pickle=False)
    assert archive["run"].tolist() == [run_id(SMALL), run_id(BERNOULLI)]
    assert archive["epoch"].tolist() == [2, 2]
    assert [json.loads(text)["latent_size"] for text in archive["settings"]] == [1, 2]
    assert archive["code"].shape[1:] == (1,)
    assert archive["pinned_code"].shape[1:] == (2,)
    assert "pinned_input" not in archive  # the same images
    assert zipfile.ZipFile(io.BytesIO(taken[name]())).testzip() is None


def test_an_archive_of_three_runs_holds_the_numbers_of_each(open_pair, monkeypatch):
    taken = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda _label, data, file_name, *_, **__: taken.update({file_name: data})
    )
    open_pair(SMALL, BERNOULLI, GAUSSIAN, view="Reconstructions")
    (name,) = [name for name in taken if name.endswith("-reconstructions.npz")]
    archive = np.load(io.BytesIO(taken[name]()), allow_pickle=False)
    assert archive["run"].tolist() == [run_id(config) for config in (SMALL, BERNOULLI, GAUSSIAN)]
    assert [archive[f"{place}code"].shape[1] for place in ("", "pinned_", "second_pin_")] == [1, 2, 2]
    assert (archive["pinned_code"] != archive["second_pin_code"]).any()


def test_a_chosen_latent_is_decoded_by_models_of_fewer_and_of_more(open_pair, monkeypatch):
    taken = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda _label, data, file_name, *_, **__: taken.update({file_name: data})
    )
    test = open_pair(SMALL, BERNOULLI, view="Generate")
    next(each for each in test.segmented_control if each.label == "Latents from").set_value("chosen latent").run()
    (name,) = [name for name in taken if name.endswith("-chosen-latent.npz")]
    archive = np.load(io.BytesIO(taken[name]()), allow_pickle=False)
    assert archive["image"].shape == archive["pinned_image"].shape == (1, 16)


def test_a_gif_has_a_scale_and_says_what_it_is_of():
    panel = Panel("left", [np.full((8, 8), 255, np.uint8)], "signed", "alt")

    def drawn(note, ends=("−", "+")):
        file = animate([Panel(panel.title, panel.frames, panel.scale, panel.alt, ends=ends)], ["epoch 1"], note=note)
        return np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)

    plain, said = drawn(""), drawn("RBM, rbm-1, epoch 1: CD-k 10\nRBM, rbm-2, epoch 1: all defaults")
    assert len(said) > len(plain)
    assert np.abs(said[: len(plain)] - plain).mean() < 2  # a GIF's colours are chosen for each
    assert (said[len(plain) :].min(axis=(1, 2)) < 100).sum() > 10  # rows with dark letters
    blues = (plain[..., 2] - plain[..., 0] > 60).sum()
    assert blues > 200  # the cold half of the scale, which the picture, all red, does not have
    assert (drawn("", ends=("−2.3", "+2.3")) != plain).any()


def test_maps_of_a_pair_have_the_same_axes(open_pair, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        "explorer.ui.views.code_map.view.latent_map",
        lambda key, cloud, beside, **_: drawn.update({key: (cloud["bounds"], beside)}),
    )
    monkeypatch.setattr("explorer.ui.views.code_map.view.picked", lambda *_: None)
    open_pair(BERNOULLI, GAUSSIAN, view="Latent map")
    first, second = drawn.values()
    assert first == second
    assert first[1] == Beside("vae maps", same_axes=True)
    drawn.clear()
    open_pair(BERNOULLI, GAUSSIAN, SMALL, view="Latent map")
    assert len(drawn) == 3
    assert len(set(map(str, drawn.values()))) == 1
