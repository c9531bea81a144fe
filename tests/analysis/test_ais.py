import itertools
import math

import pytest
import torch

from explorer.analysis.ais import Base, ais_log_partition, reverse_ais_log_partition
from explorer.analysis.likelihood import exact_log_partition
from explorer.models.rbm import RBM


@pytest.fixture
def draws():
    return torch.Generator().manual_seed(0)


def random_rbm(seed, n_visible=10, n_hidden=8, std=0.8):
    draws = torch.Generator().manual_seed(seed)
    rbm = RBM(n_visible, n_hidden)
    for tensor in rbm.state().values():
        tensor.normal_(0, std, generator=draws)
    return rbm


def exact_samples(rbm, n, draws):
    states = torch.tensor(list(itertools.product((0.0, 1.0), repeat=rbm.n_visible)))
    p = (-rbm.free_energy(states)).softmax(dim=0)
    return states[torch.multinomial(p, n, replacement=True, generator=draws)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("base", ["the model's own", "other"])
def test_both_directions_agree_with_the_exact_value(seed, base, draws):
    rbm = random_rbm(seed)
    exact = exact_log_partition(rbm)
    base = None if base == "the model's own" else Base(torch.linspace(-1, 1, 10), torch.linspace(-2, 1, 8))
    forward = ais_log_partition(rbm, 500, 300, draws, base=base)
    samples = exact_samples(rbm, 500, draws)
    reverse = reverse_ais_log_partition(rbm, samples, 300, draws, base=base)
    for estimate in (forward, reverse):
        assert 0 < estimate.standard_error < 0.1
        assert abs(estimate.value - exact) < min(0.3, 3 * estimate.standard_error)


def test_without_weights_the_estimate_is_exact(draws):
    rbm = random_rbm(0)
    rbm.W.zero_()
    rbm.b.zero_()
    estimate = ais_log_partition(rbm, 10, 5, draws)
    assert estimate.value == pytest.approx(exact_log_partition(rbm), abs=1e-4)
    assert estimate.standard_error < 1e-4


def test_weights_are_unbiased_even_with_three_temperatures(draws):
    """E[exp(estimate)] = Z, and E[exp(−estimate)] = 1/Z in reverse, whatever the schedule (Neal 2001)."""
    rbm = random_rbm(1, std=0.6)
    exact, chains = exact_log_partition(rbm), 50_000
    betas = torch.tensor([0.0, 0.4, 1.0])
    forward = ais_log_partition(rbm, chains, betas, draws)
    reverse = reverse_ais_log_partition(rbm, exact_samples(rbm, chains, draws), betas, draws)
    for estimate in (forward, reverse):
        assert estimate.standard_error < 0.03
        assert abs(estimate.value - exact) < 4 * estimate.standard_error


def test_single_chains_are_too_low_forwards_and_too_high_in_reverse(draws):
    rbm = random_rbm(2, std=1.5)
    exact, repeats = exact_log_partition(rbm), 60
    samples = exact_samples(rbm, repeats, draws)
    forward = torch.tensor([ais_log_partition(rbm, 1, 5, draws).value for _ in range(repeats)])
    reverse = torch.tensor([reverse_ais_log_partition(rbm, v[None], 5, draws).value for v in samples])
    for gap in (exact - forward, reverse - exact):
        assert gap.mean() > 3 * gap.std() / math.sqrt(repeats)


def test_standard_error_shrinks_with_the_square_root_of_the_chains(draws):
    rbm = random_rbm(3)
    few, many = (ais_log_partition(rbm, chains, 50, draws).standard_error for chains in (400, 6400))
    assert 2.5 < few / many < 6.5
    assert ais_log_partition(rbm, 1, 50, draws).standard_error == math.inf


def test_standard_error_is_the_spread_of_repeated_estimates(draws):
    rbm = random_rbm(3)
    estimates = [ais_log_partition(rbm, 100, 20, draws) for _ in range(100)]
    spread = float(torch.tensor([x.value for x in estimates]).std())
    typical = float(torch.tensor([x.standard_error for x in estimates]).mean())
    assert spread == pytest.approx(typical, rel=0.3)


def test_same_generator_state_gives_the_same_estimate():
    first, same = (ais_log_partition(random_rbm(0), 20, 20, torch.Generator().manual_seed(9)) for _ in range(2))
    assert first.value == same.value
    assert torch.equal(first.states, same.states)


@pytest.mark.parametrize("betas", [1, 0, torch.tensor([0.1, 1.0]), torch.tensor([0.0, 0.9]), [0, 0.5, 0.5, 1], [1, 0]])
def test_schedules_must_rise_from_0_to_1(betas, draws):
    betas = torch.tensor(betas) if isinstance(betas, list) else betas
    rbm = random_rbm(0)
    with pytest.raises(ValueError, match="rise from exactly 0 to exactly 1"):
        ais_log_partition(rbm, 10, betas, draws)
    with pytest.raises(ValueError, match="rise from exactly 0 to exactly 1"):
        reverse_ais_log_partition(rbm, torch.zeros(10, 10), betas, draws)


def test_there_must_be_a_chain(draws):
    with pytest.raises(ValueError, match="at least one chain, not 0"):
        ais_log_partition(random_rbm(0), 0, 10, draws)
    with pytest.raises(ValueError, match="at least one chain, not 0"):
        reverse_ais_log_partition(random_rbm(0), torch.zeros(0, 10), 10, draws)


def test_pulse_is_called_at_each_temperature_and_may_end_the_estimate(draws):
    rbm, beats = random_rbm(0), []
    ais_log_partition(rbm, 2, 30, draws, pulse=lambda: beats.append(1))
    reverse_ais_log_partition(rbm, torch.zeros(2, 10), 30, draws, pulse=lambda: beats.append(1))
    assert len(beats) == 2 * 29

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ais_log_partition(rbm, 2, 30, draws, pulse=stop)
    with pytest.raises(KeyboardInterrupt):
        reverse_ais_log_partition(rbm, torch.zeros(2, 10), 30, draws, pulse=stop)
