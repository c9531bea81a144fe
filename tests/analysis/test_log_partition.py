"""log Z by paths from several bases, beside counting: of trained models, and where most of Z is far from the data."""

import itertools
import math

import pytest
import torch

from explorer.analysis import ais
from explorer.analysis.ais import bracket_log_partition, effective_size, sure_log_sum, surest
from explorer.analysis.likelihood import exact_log_partition
from explorer.analysis.peaks import log_sum_around, peaks
from explorer.data.catalogue import load
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.sampling import binarize
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.training.loop import train_epochs
from explorer.training.randomness import Stream, generator


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def digits():
    """An RBM of 16 units after 30 epochs of CD-1, which leaves modes far from digits, and sampled images."""
    images = load("mnist-5k")
    data = torch.tensor(images.train)
    learner = RBMConfig(dataset="mnist-5k", hidden_units=16).new_learner(images.shape, generator(0, 0, Stream.TRAINING))
    places = {"seed": 0, "batch_size": 100, "reached": 0, "generator": draws()}
    records = train_epochs(learner, data, **places, watch=lambda _: False)
    for _ in range(30):
        next(records)
    return learner.model, binarize(data[:500], "sample", draws())


def two_modes(share, n_visible=40):
    """An RBM with a unit that turns a picture into its opposite, which has a share of Z; and states of the picture."""
    rbm = RBM(n_visible, 16)
    for tensor in rbm.state().values():
        tensor.normal_(0, 0.2, generator=draws(1))
    picture = torch.bernoulli(torch.full((n_visible,), 0.3), generator=draws(2))
    rbm.a += 6 * picture - 3
    rbm.W[:, 0] = -2 * (6 * picture - 3)
    of_each = []
    for on in (0.0, 1.0):
        half = RBM(n_visible, 15)
        half.load_state({"W": rbm.W[:, 1:], "a": rbm.a + on * rbm.W[:, 0], "b": rbm.b[1:]})
        of_each.append(exact_log_partition(half))
    rbm.b[0] = of_each[0] - of_each[1] + math.log(share / (1 - share))
    return rbm, picture.expand(100, -1)


@pytest.mark.parametrize("seed", range(3))
def test_an_estimate_is_as_near_to_counting_as_it_says(digits, seed, monkeypatch):
    """With a third of the chains and of the temperatures that figures are made of."""
    monkeypatch.setattr(ais, "CHAINS", (60, 60))
    monkeypatch.setattr(ais, "BETAS", 100)
    monkeypatch.setattr(ais, "SETTLING", 50)
    rbm, states = digits
    bracket = bracket_log_partition(rbm, states, draws(seed))
    assert abs(bracket.forward - exact_log_partition(rbm)) < min(0.3, bracket.interval)
    assert bracket.reverse == pytest.approx(bracket.forward, abs=0.3)
    assert 20 < bracket.effective <= ais.PATHS * ais.REPETITIONS * 60


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_modes_far_from_the_data_are_found(share, monkeypatch):
    """Chains begun at data, or annealed from their means, see none of them."""
    monkeypatch.setattr(ais, "CHAINS", (100, 100))
    rbm, states = two_modes(share)
    bracket = bracket_log_partition(rbm, states, draws())
    assert abs(bracket.forward - exact_log_partition(rbm)) < 0.1
    assert abs(bracket.reverse - exact_log_partition(rbm)) < 0.1


def a_state_alone(n_visible=40):
    """An RBM in which eight units hold nearly all of Z when all are on, and little as long as one is off; and data."""
    rbm = RBM(n_visible, 16)
    for tensor in rbm.state().values():
        tensor.normal_(0, 0.2, generator=draws(1))
    rbm.W[:20, :8] += 3
    rbm.a[:20] -= 4
    rbm.a[20:] -= 1
    rbm.b[:8] -= 47
    data = torch.zeros(100, n_visible)
    data[:, 20:] = torch.bernoulli(torch.full((100, 20), 0.3), generator=draws(3))
    return rbm, data


def test_a_hidden_state_that_no_chain_comes_to_is_climbed_to(monkeypatch):
    monkeypatch.setattr(ais, "CHAINS", (50, 50))
    rbm, data = a_state_alone()
    exact = exact_log_partition(rbm)
    found = bracket_log_partition(rbm, data, draws())
    assert abs(found.forward - exact) < 0.1
    assert abs(found.reverse - exact) < 0.1
    monkeypatch.setattr(ais, "PEAKS", 0)
    bounded = bracket_log_partition(rbm, data, draws())
    assert bounded.forward == bounded.reverse == log_sum_around(rbm, peaks(rbm, draws())) < exact
    monkeypatch.setattr(ais, "log_sum_around", lambda *_: -math.inf)
    missed = bracket_log_partition(rbm, data, draws())
    assert missed.forward < exact - 20
    assert abs(missed.reverse - missed.forward) < 0.1  # nothing else tells


@pytest.mark.parametrize(("run", "log_p"), [("rbm-bb55c2ab6456", 339.46), ("rbm-073c03ce5ac2", 463.48)])
def test_the_likeliest_hidden_state_of_a_trained_model_is_found(run, log_p):
    """As of 4,000 climbs from random states; a hundred find one that is up to 13 nats less likely."""
    shipped = Store(settings().trained, shipped=True).run(run)
    rbm = shipped.model(30)
    first, again = (peaks(rbm, draws(seed))[0] for seed in range(2))
    assert torch.equal(first, again)
    inputs = rbm.a + rbm.W @ first
    assert float(first @ rbm.b + torch.nn.functional.softplus(inputs).sum()) == pytest.approx(log_p, abs=0.05)


def test_the_sum_around_states_is_of_each_and_of_its_neighbours_once():
    rbm = RBM(6, 5)
    for tensor in rbm.state().values():
        tensor.normal_(0, 1, generator=draws(6))
    states = torch.tensor([[0, 0, 1, 0, 1], [0, 1, 1, 0, 1], [1, 1, 1, 1, 0]], dtype=torch.float)
    every = torch.tensor(list(itertools.product((0.0, 1.0), repeat=5)))
    near = [h for h in every if (states - h).abs().sum(dim=1).min() <= 1]
    log_p = [h @ rbm.b + torch.log1p(torch.exp(rbm.a + rbm.W @ h)).sum() for h in near]
    assert len(near) < 3 * 6
    assert log_sum_around(rbm, states) == pytest.approx(float(torch.stack(log_p).double().logsumexp(dim=0)))
    assert log_sum_around(rbm, every) == pytest.approx(exact_log_partition(rbm))


def test_peaks_are_the_states_that_no_change_of_one_unit_makes_likelier():
    rbm = RBM(12, 8)
    for tensor in rbm.state().values():
        tensor.normal_(0, 3, generator=draws(6))
    states = torch.tensor(list(itertools.product((0.0, 1.0), repeat=8)))
    log_p = {tuple(h.tolist()): float(h @ rbm.b + torch.log1p(torch.exp(rbm.a + rbm.W @ h)).sum()) for h in states}
    highest = {h for h in log_p if all(log_p[(*h[:j], 1 - h[j], *h[j + 1 :])] < log_p[h] for j in range(8))}
    found = [tuple(h) for h in peaks(rbm, draws()).tolist()]
    assert 2 <= len(found) <= len(highest)
    assert set(found) <= highest
    assert found == sorted(found, key=lambda h: -log_p[h])
    assert found[0] == max(log_p, key=log_p.get)


def test_estimates_that_disagree_have_no_interval(monkeypatch):
    monkeypatch.setattr(ais, "CHAINS", (20, 20))
    rbm, states = two_modes(0.5)
    assert bracket_log_partition(rbm, states, draws()).interval > ais.UNSEEN
    monkeypatch.setattr(ais, "TRUSTED", 0.0)
    assert bracket_log_partition(rbm, states, draws()).interval is None


def test_the_same_numbers_give_the_same_estimate_whose_pulse_can_end_it(monkeypatch):
    monkeypatch.setattr(ais, "CHAINS", (20, 20))
    rbm, states = two_modes(0.5)
    assert bracket_log_partition(rbm, states, draws()) == bracket_log_partition(rbm, states, draws())

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bracket_log_partition(rbm, states, draws(), stop)


def test_weights_that_are_not_finite_end_in_an_estimate_that_is_not(monkeypatch):
    monkeypatch.setattr(ais, "CHAINS", (20, 20))
    rbm, states = two_modes(0.5)
    rbm.W[0] = torch.nan
    bracket = bracket_log_partition(rbm, states, draws())
    assert not math.isfinite(bracket.forward)
    assert bracket.interval is None


def test_there_must_be_data():
    rbm, states = two_modes(0.5)
    with pytest.raises(ValueError, match="begin at data"):
        bracket_log_partition(rbm, states[:0], draws())


def test_a_single_heavy_chain_does_not_count_beside_a_path_of_many():
    """As found of an RBM of 25 units: 138 effective chains, and one that was 6.2 nats heavier than all of them."""
    many = torch.zeros(138, dtype=torch.double)
    heavy = torch.tensor([math.log(138) + 6.2, *[0.0] * 50], dtype=torch.double)
    nowhere = torch.full((50,), -torch.inf, dtype=torch.double)
    assert surest([heavy, many, nowhere]) == 1
    assert surest([heavy, many[:10], nowhere]) == 0
    assert surest([nowhere, many - 1, many]) == 2
    assert surest([nowhere, heavy]) == 1


def test_effective_size_counts_equal_weights_and_only_those_that_matter():
    assert effective_size(torch.zeros(7)) == pytest.approx(7)
    assert effective_size(torch.tensor([500.0, 500.0, 0.0, -torch.inf], dtype=torch.double)) == pytest.approx(2)
    assert effective_size(torch.log(torch.tensor([1.0, 2.0]))) == pytest.approx(9 / 5)


def test_many_chains_alike_are_surer_than_a_few_heavy_ones():
    many, one = torch.zeros(100), torch.full((100,), -torch.inf)
    one[0] = math.log(100) + 2
    assert sure_log_sum(many) == pytest.approx(math.log(100) - 0.3)
    assert sure_log_sum(one) == pytest.approx(math.log(100) + 2 - 3)
    assert sure_log_sum(one[1:]) == -math.inf
    assert sure_log_sum(torch.tensor([math.nan, 0.0])) == -math.inf
