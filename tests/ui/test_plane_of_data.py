"""What a VAE makes of points in a plane is drawn in that plane, over the data."""

import numpy as np
import pytest
import torch

from explorer.data.catalogue import load
from explorer.engine.inline import InlineEngine
from explorer.models.vae import VAEConfig
from explorer.plots.field import points_picture
from explorer.runs.library import Library
from explorer.runs.store import Store
from tests.pages import problems, texts
from tests.stores import model_of

SPIRAL = {
    "dataset": "spiral",
    "binarize": "none",
    "decoder": "gaussian",
    "hidden_units": 8,
    "latent_size": 2,
    "epochs": 1,
}

NONE = np.empty((0, 2))


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained-spiral")
    InlineEngine(Library(Store(folder), Store(folder / "none", shipped=True))).submit(VAEConfig(**SPIRAL))
    return folder


@pytest.fixture
def opened(page, library, offered):
    """Return a function that opens a view, and gives its texts and what it offers for download."""

    def open_view(view, name, **choices):
        test = page("pages/vae.py", **SPIRAL, view=view)
        for key, value in choices.items():
            test.segmented_control(key=f"vae {key.replace('_', ' ')}").set_value(value).run()
        assert problems(test) == []
        return texts(test), *offered[name]

    return open_view


@pytest.fixture
def behind():
    return load("spiral").test.astype(np.float32) / np.float32(255)


def test_a_walk_is_the_grid_bent_over_the_data(opened, behind):
    said, arrays, (panel,), _ = opened("Walk", "walk")
    lattice = arrays["images"]
    assert lattice.shape == (15, 15, 2)
    curves = [*lattice, *lattice[::-1].swapaxes(0, 1)]
    np.testing.assert_array_equal(panel.frames[-1], points_picture(NONE, behind, curves))
    assert "Along a curve latent 0 or 1 rises, up to its dot, from −2.00 to 2.00." in said


def test_what_a_chosen_latent_draws_is_a_point_that_moves(opened, library, behind):
    _, arrays, (chosen,), labels = opened("Latent usage", "latent usage")
    assert len(chosen.frames) == len(labels) == 25
    which = int(arrays["kl"].argmax())
    z = np.tile(arrays["mean"][0], (2, 1))
    z[:, which] = -3, 3
    made = model_of(library, VAEConfig(**SPIRAL)).decode(torch.tensor(z)).numpy()
    for frame, point in zip((chosen.frames[0], chosen.frames[-1]), made, strict=True):
        assert np.mean(frame != points_picture(point[None], behind)) < 0.001  # a pixel, by rounding


def test_the_way_between_two_points_is_a_curve(opened, behind):
    _, arrays, (ends, on_the_way, all_steps), _ = opened(
        "Generate", "between two digits", generate_source="between two digits"
    )
    made = arrays["images"]
    np.testing.assert_array_equal(ends.frames[0], points_picture(behind[[0, 3]], behind))
    for frame, point in zip(on_the_way.frames, made, strict=True):
        np.testing.assert_array_equal(frame, points_picture(point[None], behind))
    np.testing.assert_array_equal(all_steps.frames[0], points_picture(NONE, behind, [made]))
