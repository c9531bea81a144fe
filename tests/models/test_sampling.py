import pytest
import torch

from explorer.models.sampling import Binarizer, Coins, bernoulli, binarize

LEVELS = torch.arange(256, dtype=torch.uint8)
ROWS = 20_000


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_bernoulli_is_certain_at_0_and_1_and_fair_between(generator):
    p = torch.tensor([0.0, 0.3, 1.0]).expand(ROWS, 3)
    low, mean, high = bernoulli(p, generator).mean(dim=0).tolist()
    assert (low, high) == (0, 1)
    assert mean == pytest.approx(0.3, abs=5 * (0.3 * 0.7 / ROWS) ** 0.5)


def test_sampled_pixels_are_on_as_often_as_their_grey_level_says(generator):
    # a 257th pixel, so that each level meets every one of the eight bytes of a random word
    pixels = torch.cat([LEVELS, LEVELS[128:129]]).expand(ROWS, 257)
    v = binarize(pixels, "sample", generator)
    assert set(v.unique().tolist()) == {0.0, 1.0}
    frequency = v.mean(dim=0).double()[:256]
    grey = LEVELS.double() / 255
    assert frequency[0] == 0
    assert frequency[255] == 1
    noise = (grey * (1 - grey) / ROWS).sqrt()
    assert ((frequency - grey).abs() <= 0.0039 + 5 * noise)[1:255].all()
    law = (LEVELS.double() + 1).div(2, rounding_mode="floor") / 128  # of 128 odd thresholds
    assert ((frequency - law).abs() <= 5 * (law * (1 - law) / ROWS).sqrt())[1:255].all()


def test_coins_are_certain_at_0_and_1_and_leave_probabilities_alone(generator):
    p = torch.tensor([0.0, 0.3, 1.0]).repeat(ROWS, 1)
    coins, states = Coins(p.numel(), "cpu"), torch.empty_like(p)
    assert coins(p, generator, states) is states
    low, mean, high = states.mean(dim=0).tolist()
    assert (low, high) == (0, 1)
    assert mean == pytest.approx(0.3, abs=5 * (0.3 * 0.7 / ROWS) ** 0.5)
    assert p[0].tolist() == pytest.approx([0, 0.3, 1])


def test_neighbouring_coins_are_independent(generator):
    """Two coins come from one random number, and a smaller batch uses the front of the buffer."""
    p = torch.full((ROWS, 15), 0.5)
    states = Coins(2 * p.numel(), "cpu")(p, generator, torch.empty_like(p))
    correlation = torch.corrcoef(states.T) - torch.eye(15)
    assert correlation.abs().max() < 5 / ROWS**0.5


def test_coins_meet_small_probabilities(generator):
    p = torch.full((2000, 1000), 1e-4)
    on = Coins(p.numel(), "cpu")(p, generator, torch.empty_like(p)).sum()
    assert float(on) == pytest.approx(200, abs=5 * 200**0.5)


def test_devices_without_wide_random_numbers_sample_the_same_way(generator, monkeypatch):
    monkeypatch.setattr("explorer.models.sampling.WIDE", ())
    p = torch.tensor([0.0, 0.3, 1.0]).repeat(ROWS, 1)
    low, mean, high = bernoulli(p, generator).mean(dim=0).tolist()
    assert (low, high) == (0, 1)
    assert mean == pytest.approx(0.3, abs=5 * (0.3 * 0.7 / ROWS) ** 0.5)
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8).expand(ROWS, 3)
    low, mean, high = binarize(pixels, "sample", generator).mean(dim=0).tolist()
    assert (low, high) == (0, 1)
    assert mean == pytest.approx(0.2, abs=5 * (0.2 * 0.8 / ROWS) ** 0.5)


def test_sampled_pixels_are_uncorrelated(generator):
    v = binarize(torch.full((ROWS, 16), 128, dtype=torch.uint8), "sample", generator)
    correlation = torch.corrcoef(v.T) - torch.eye(16)
    assert correlation.abs().max() < 5 / ROWS**0.5


def test_sampled_pixels_are_drawn_afresh_each_time(generator):
    pixels = torch.full((10, 100), 128, dtype=torch.uint8)
    sample = Binarizer("sample", (10, 100), "cpu")
    first = sample(pixels, generator, torch.empty(10, 100)).clone()
    again = sample(pixels, generator, torch.empty(10, 100))
    assert 0.4 < (first != again).float().mean() < 0.6


def test_threshold_turns_on_what_exceeds_127(generator):
    v = binarize(LEVELS[None], "threshold", generator)
    assert v.tolist() == [[0.0] * 128 + [1.0] * 128]


def test_none_keeps_the_grey_values(generator):
    v = binarize(LEVELS[None], "none", generator)
    torch.testing.assert_close(v[0].double(), LEVELS.double() / 255, rtol=1e-6, atol=0)


@pytest.mark.parametrize("mode", ["sample", "threshold", "none"])
def test_a_batch_may_be_smaller_than_the_shape(mode, generator):
    pixels = torch.tensor([[0, 255, 255]] * 2, dtype=torch.uint8)
    out = torch.full((2, 3), -1.0)
    assert Binarizer(mode, (5, 3), "cpu")(pixels, generator, out) is out
    assert out.tolist() == [[0, 1, 1]] * 2
