import itertools
import math

import numpy as np
import pytest
import torch

from explorer.analysis.gibbs import Clamp, gibbs_chains, random_states, recorded_steps
from explorer.models.dbn import DBN
from explorer.models.rbm import RBM

V, H = 3, 2


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def random_rbm(n_visible=V, n_hidden=H, seed=0):
    rbm, source = RBM(n_visible, n_hidden), draws(seed)
    for tensor in rbm.state().values():
        tensor.normal_(generator=source)
    return rbm


def states(units):
    return list(itertools.product((0.0, 1.0), repeat=units))


def literal_energy(rbm, v, h):
    W, a, b = (tensor.tolist() for tensor in (rbm.W, rbm.a, rbm.b))
    energy = 0.0
    for i in range(rbm.n_visible):
        energy -= a[i] * v[i]
        for j in range(rbm.n_hidden):
            energy -= v[i] * W[i][j] * h[j]
    for j in range(rbm.n_hidden):
        energy -= b[j] * h[j]
    return energy


def visible_distribution(rbm, hidden):
    """p(v) for all v in the order of `states`, with h restricted to some states."""
    weight = [sum(math.exp(-literal_energy(rbm, v, h)) for h in hidden) for v in states(rbm.n_visible)]
    return np.array(weight) / sum(weight)


def seen_distribution(probabilities):
    """For each chain the probability of every v, independent pixels given its h: (B, V) → (B, 2^V)."""
    p = probabilities.astype(float)
    return np.stack([np.prod(np.where(v, p, 1 - p), axis=1) for v in np.array(states(p.shape[1]), bool)], axis=1)


def assert_mean_is(expected, per_chain):
    standard_error = per_chain.std(axis=0) / math.sqrt(len(per_chain))
    assert (standard_error < 0.01).all()
    assert (np.abs(per_chain.mean(axis=0) - expected) < 5 * standard_error).all()


# which steps are recorded


def test_short_chains_are_recorded_in_full():
    for last in range(1, 11):
        assert recorded_steps(last) == list(range(last + 1))


@pytest.mark.parametrize("last", [11, 12, 50, 99, 100, 101, 500, 1000])
def test_long_chains_are_recorded_ever_more_rarely_and_at_their_end(last):
    kept = recorded_steps(last)
    assert kept[:11] == list(range(11))
    assert kept[-1] == last
    gaps = np.diff(kept)[:-1]  # the last step is wherever the chain ends
    assert (np.diff(gaps) >= 0).all()
    assert (gaps >= 1).all()


def test_about_ten_steps_are_recorded_for_each_factor_of_ten():
    kept = recorded_steps(1000)
    for first in (10, 100):
        assert 9 <= sum(first < step <= 10 * first for step in kept) <= 12


@pytest.mark.parametrize("steps", [0, -1, 1001])
def test_a_number_of_steps_out_of_range_is_named(steps):
    with pytest.raises(ValueError, match=f"1 to 1000 steps, not {steps}"):
        gibbs_chains(random_rbm(), torch.zeros(1, H), steps, draws())


# what is recorded


def replayed(rbm, h, steps, seed):
    """Return v and h of every step of a chain, drawn one after the other."""
    source, trace = draws(seed), []
    for _ in range(steps + 1):
        v = rbm.sample_visible(h, source)
        trace.append((v, h))
        h = rbm.sample_hidden(v, source)
    return trace


def test_shapes():
    chains = gibbs_chains(random_rbm(5, 4), torch.ones(7, 4), 3, draws())
    assert chains.steps == [0, 1, 2, 3]
    assert chains.means.shape == (4, 7, 5)
    assert chains.states.shape == (4, 7, 4)
    assert chains.energy.shape == (4, 7)


def test_each_recorded_step_is_that_of_the_chain_drawn_one_step_at_a_time():
    rbm, h = random_rbm(), torch.tensor(states(H))
    chains = gibbs_chains(rbm, h, 60, draws(1))
    trace = replayed(rbm, h, 60, seed=1)
    assert len(chains.steps) < 61
    for place, step in enumerate(chains.steps):
        assert (chains.states[place] == trace[step][1].numpy()).all()
        assert (chains.means[place] == rbm.mean_visible(trace[step][1]).numpy()).all()
    assert (chains.states[0] == h.numpy()).all()


def test_the_energy_is_of_the_visible_state_drawn_and_hidden_state_shown():
    rbm, h = random_rbm(), torch.tensor(states(H))
    chains = gibbs_chains(rbm, h, 40, draws(2))
    trace = replayed(rbm, h, 40, seed=2)
    for place, step in enumerate(chains.steps):
        v, hidden = trace[step]
        expected = [literal_energy(rbm, v[c].tolist(), hidden[c].tolist()) for c in range(len(h))]
        np.testing.assert_allclose(chains.energy[place], expected, atol=1e-5)


@pytest.mark.parametrize("clamp", [None, Clamp((0, 1, -1, 0), 2.0)], ids=["free", "clamped"])
def test_the_seed_decides_the_chain(clamp):
    rbm, h = random_rbm(), torch.tensor(states(H))
    first, same, other = (gibbs_chains(rbm, h, 30, draws(seed), clamp) for seed in (3, 3, 4))
    for name in ("means", "states", "energy"):
        assert (getattr(first, name) == getattr(same, name)).all()
    assert (first.states != other.states).any()


# pictures of a deeper model


def painted(seen):
    """A way down to 5 pixels that draws no random numbers, and a list of the states it was given."""
    weights = torch.randn(V, 5, generator=draws(9))

    def down(v):
        seen.append(v.clone())
        return torch.sigmoid(v @ weights)

    return down


@pytest.mark.parametrize("steps", [1, 7, 60])
@pytest.mark.parametrize("clamp", [None, Clamp((0, 1, -1, 0), 2.0)], ids=["free", "clamped"])
def test_pictures_from_below_leave_the_chain_as_it_is(steps, clamp):
    rbm, h = random_rbm(), torch.tensor(states(H))
    alone, deep = (gibbs_chains(rbm, h, steps, draws(7), clamp, down) for down in (None, painted([])))
    assert alone.steps == deep.steps == recorded_steps(steps)
    assert deep.means.shape == (len(deep.steps), 4, 5)
    assert (alone.states == deep.states).all()
    assert (alone.energy == deep.energy).all()


def test_the_picture_of_a_step_is_what_its_visible_state_becomes_below():
    rbm, h, seen = random_rbm(), torch.tensor(states(H)), []
    chains = gibbs_chains(rbm, h, 40, draws(8), down=painted(seen))
    trace = replayed(rbm, h, 40, seed=8)
    assert len(seen) == len(chains.steps) < 41
    for place, step in enumerate(chains.steps):
        v, hidden = trace[step]
        assert torch.equal(seen[place], v)
        assert (chains.states[place] == hidden.numpy()).all()
        assert (chains.means[place] == painted([])(v).numpy()).all()


def random_dbn(*sizes, seed=0):
    model, source = DBN(sizes), draws(seed)
    for tensor in model.state().values():
        tensor.normal_(generator=source)
    return model


def deep_chains(model, h, steps, seed):
    below = draws(seed + 1)
    return gibbs_chains(model.top, h, steps, draws(seed), down=lambda v: model.down(v, below))


@pytest.mark.parametrize("sizes", [(6, 4, 3), (6, 5, 4, 3)])
def test_a_deep_belief_network_makes_as_many_steps_as_asked_for(sizes):
    """A longer chain from the same start goes on where the shorter one ended."""
    model, h = random_dbn(*sizes), torch.tensor(states(3))
    short, long, whole = (deep_chains(model, h, steps, seed=3) for steps in (1, 10, 100))
    for chains, last in ((short, 1), (long, 10), (whole, 100)):
        assert chains.steps[-1] == last
        assert chains.means.shape == (len(chains.steps), 8, 6)
        assert chains.states.shape == (len(chains.steps), 8, 3)
    assert (short.means == long.means[:2]).all()
    assert (long.means == whole.means[:11]).all()
    assert (long.states[-1] != short.states[-1]).any()
    assert (whole.states[-1] != long.states[-1]).any()


def test_the_same_start_and_seed_give_a_deep_belief_network_the_same_chain():
    model, h = random_dbn(6, 5, 4, 3), torch.tensor(states(3))
    first, same, other = (deep_chains(model, h, 30, seed) for seed in (3, 3, 4))
    for name in ("means", "states", "energy"):
        assert (getattr(first, name) == getattr(same, name)).all()
    assert (first.states != other.states).any()


def test_long_chains_of_a_deep_belief_network_sample_its_pixels():
    """p(pixel on) = Σ over states v of the top RBM's visible layer of p(v) p(pixel on | v), counted state by state."""
    model = random_dbn(6, 4, 3)
    p = visible_distribution(model.top, states(3)) @ model.down(torch.tensor(states(4)), draws()).numpy()
    chains = deep_chains(model, torch.ones(20_000, 3), 60, seed=0)
    assert_mean_is(p, chains.means[-1])
    assert np.abs(chains.means[0].mean(axis=0) - p).max() > 0.05  # the start is not there yet


# what a long chain samples


def test_long_chains_sample_the_distribution_counted_state_by_state():
    rbm = random_rbm()
    chains = gibbs_chains(rbm, torch.zeros(20_000, H), 60, draws())
    assert_mean_is(visible_distribution(rbm, states(H)), seen_distribution(chains.means[-1]))


def test_the_start_is_not_yet_the_visible_distribution():
    """Without this, the test above could pass by a model whose visible units hardly depend on h."""
    rbm = random_rbm()
    start = seen_distribution(rbm.mean_visible(torch.zeros(1, H)).numpy())[0]
    assert np.abs(start - visible_distribution(rbm, states(H))).max() > 0.05


def test_one_chain_over_time_samples_the_visible_distribution():
    """4000 steps in blocks of 100, each begun where the last one ended; blocks this long are nearly independent."""
    rbm, source = random_rbm(), draws(5)
    h, blocks = torch.zeros(1, H), []
    for _ in range(40):
        chain = gibbs_chains(rbm, h, 100, source)
        blocks.append(seen_distribution(chain.means[:, 0]).mean(axis=0))
        h = torch.from_numpy(chain.states[-1])
    expected, blocks = visible_distribution(rbm, states(H)), np.array(blocks[1:])
    assert (np.abs(blocks.mean(axis=0) - expected) < 5 * blocks.std(axis=0) / math.sqrt(len(blocks))).all()


@pytest.mark.parametrize("strength", [1.0, 3.0])
def test_clamped_chains_sample_the_distribution_given_the_clamped_unit(strength):
    rbm = random_rbm()
    given = [(strength, other) for other in (0.0, 1.0)]
    chains = gibbs_chains(rbm, torch.zeros(20_000, H), 60, draws(), Clamp((0,) * 20_000, strength))
    expected = visible_distribution(rbm, given)
    assert np.abs(expected - visible_distribution(rbm, states(H))).max() > 0.05
    assert_mean_is(expected, seen_distribution(chains.means[-1]))


# clamped units


@pytest.mark.parametrize("strength", [1.0, 5.0])
def test_a_clamped_unit_holds_its_value_at_every_recorded_step(strength):
    rbm, units = random_rbm(6, 4), (0, 3, 2, -1, 3)
    rbm.b.fill_(-20)  # a unit that is free is off
    chains = gibbs_chains(rbm, torch.zeros(5, 4), 200, draws(), Clamp(units, strength))
    assert len(chains.steps) > 20
    for chain, unit in enumerate(units):
        for other in range(4):
            assert (chains.states[:, chain, other] == (strength if other == unit else 0)).all()


def test_free_units_of_a_clamped_chain_move():
    chains = gibbs_chains(random_rbm(), torch.zeros(1, H), 200, draws(), Clamp((1,), 1.0))
    assert set(chains.states[:, 0, 0]) == {0.0, 1.0}
    assert set(chains.states[:, 0, 1]) == {1.0}


def test_clamping_no_unit_is_the_free_chain():
    rbm, h = random_rbm(), torch.tensor(states(H))
    free, clamped = (gibbs_chains(rbm, h, 50, draws(6), clamp) for clamp in (None, Clamp((-1,) * 4, 9.0)))
    assert (free.states == clamped.states).all()
    assert (free.energy == clamped.energy).all()


@pytest.mark.parametrize("clamp", [None, Clamp((0, 1), 5.0)], ids=["free", "clamped"])
def test_the_start_that_was_given_stays_as_it_was(clamp):
    h = torch.zeros(2, H)
    gibbs_chains(random_rbm(), h, 3, draws(), clamp)
    assert not h.any()


# random starts


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_a_random_start_has_the_wanted_share_of_units_on(share):
    n = 400 * 100
    h = random_states(RBM(V, 100), 400, share, draws())
    assert h.shape == (400, 100)
    assert set(h.unique().tolist()) == {0.0, 1.0}
    assert float(h.mean()) == pytest.approx(share, abs=5 * math.sqrt(share * (1 - share) / n))
    for dim, size in ((0, 400), (1, 100)):  # units and chains are on independently of each other
        spread = math.sqrt(share * (1 - share) / size)
        assert float(h.mean(dim=dim).std()) == pytest.approx(spread, rel=0.4)  # 5 / √(2 · 100), and kurtosis


def test_a_start_can_be_all_off_or_all_on():
    assert not random_states(RBM(V, 50), 20, 0.0, draws()).any()
    assert random_states(RBM(V, 50), 20, 1.0, draws()).all()


def test_the_seed_decides_the_start():
    first, same, other = (random_states(RBM(V, 50), 20, 0.5, draws(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
