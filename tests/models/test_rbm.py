import itertools
import math

import pytest
import torch

from explorer.models.rbm import RBMConfig, mean_log_odds
from explorer.models.sampling import bernoulli
from explorer.training.randomness import Stream, generator
from tests.models.literal import literal_energy
from tests.models.random_models import all_states, random_rbm

V, H = 5, 3


@pytest.fixture
def rbm(draws):
    return random_rbm(V, H, draws)


# the distribution


def test_shapes(rbm, draws):
    v, h = torch.ones(4, V), torch.ones(4, H)
    assert (rbm.n_visible, rbm.n_hidden) == (V, H)
    assert rbm.mean_hidden(v).shape == rbm.sample_hidden(v, draws).shape == (4, H)
    assert rbm.mean_visible(h).shape == rbm.sample_visible(h, draws).shape == (4, V)
    assert rbm.reconstruct(v, draws).shape == (4, V)
    assert rbm.free_energy(v).shape == rbm.energy(v, h).shape == (4,)
    assert [x.shape for x in rbm.gibbs(draws, v=v, steps=2)] == [(4, V), (4, H)]


def test_energy_is_the_double_sum(rbm):
    for v, h in itertools.product(all_states(V), all_states(H)):
        assert float(rbm.energy(v[None], h[None])) == pytest.approx(literal_energy(rbm, v, h), abs=1e-5)


def test_free_energy_sums_the_hidden_states_out(rbm):
    for v in all_states(V):
        summed = -math.log(sum(math.exp(-literal_energy(rbm, v, h)) for h in all_states(H)))
        assert float(rbm.free_energy(v[None])) == pytest.approx(summed, abs=1e-5)


def test_conditional_probabilities_follow_from_the_energy(rbm):
    v, h = all_states(V)[19], all_states(H)[5]
    for j in range(H):
        on, off = h.clone(), h.clone()
        on[j], off[j] = 1, 0
        odds = literal_energy(rbm, v, off) - literal_energy(rbm, v, on)
        assert float(rbm.mean_hidden(v[None])[0, j].logit()) == pytest.approx(odds, abs=1e-5)
    for i in range(V):
        on, off = v.clone(), v.clone()
        on[i], off[i] = 1, 0
        odds = literal_energy(rbm, off, h) - literal_energy(rbm, on, h)
        assert float(rbm.mean_visible(h[None])[0, i].logit()) == pytest.approx(odds, abs=1e-5)


@pytest.mark.parametrize(("side", "units"), [("hidden", V), ("visible", H)])
def test_samples_average_to_the_mean_field(rbm, draws, side, units):
    n = 20_000
    given = bernoulli(torch.full((1, units), 0.5), draws).expand(n, units)
    mean = getattr(rbm, f"mean_{side}")(given)[0]
    samples = getattr(rbm, f"sample_{side}")(given, draws)
    assert set(samples.unique().tolist()) == {0.0, 1.0}
    assert ((samples.mean(dim=0) - mean).abs() < 5 * (mean * (1 - mean) / n).sqrt()).all()


def test_reconstruction_is_the_mean_of_one_hidden_sample(rbm):
    v = all_states(V)
    h = rbm.sample_hidden(v, torch.Generator().manual_seed(3))
    assert torch.equal(rbm.reconstruct(v, torch.Generator().manual_seed(3)), rbm.mean_visible(h))


# Gibbs sampling


def test_gibbs_starts_from_exactly_one_side(rbm, draws):
    v, h = torch.zeros(1, V), torch.zeros(1, H)
    for start in ({}, {"v": v, "h": h}):
        with pytest.raises(ValueError, match="exactly one"):
            rbm.gibbs(draws, **start, steps=1)
    with pytest.raises(ValueError, match="at least one step, not 0"):
        rbm.gibbs(draws, v=v, steps=0)


def test_one_gibbs_step_from_h_draws_v_then_h(rbm):
    h = torch.tensor([[1.0, 0.0, 1.0]] * 50)
    last_v, last_h = rbm.gibbs(torch.Generator().manual_seed(1), h=h, steps=1)
    same = torch.Generator().manual_seed(1)
    v = rbm.sample_visible(h, same)
    assert torch.equal(last_v, v)
    assert torch.equal(last_h, rbm.sample_hidden(v, same))


@pytest.mark.parametrize("start", ["v", "h"])
def test_gibbs_samples_the_joint_distribution(rbm, draws, start):
    chains = 20_000
    units = V if start == "v" else H
    v, h = rbm.gibbs(draws, **{start: torch.zeros(chains, units)}, steps=40)
    code = torch.cat([v, h], dim=1).long() @ (2 ** torch.arange(V + H))
    seen = code.bincount(minlength=2 ** (V + H)).double()

    states = all_states(V + H)
    weight = (-rbm.energy(states[:, :V], states[:, V:])).double().exp()
    p = torch.zeros_like(seen)
    p[states.long() @ (2 ** torch.arange(V + H))] = weight / weight.sum()
    often = chains * p >= 5  # the rule of thumb for the chi-square approximation
    expected = torch.cat([chains * p[often], chains * p[~often].sum()[None]])
    observed = torch.cat([seen[often], seen[~often].sum()[None]])
    freedom = len(expected) - 1
    chi_square = float(((observed - expected) ** 2 / expected).sum())
    assert chi_square < freedom + 4 * (2 * freedom) ** 0.5


# the learning rule


def test_a_long_chain_follows_the_likelihood_gradient(draws):
    """⟨v p(h|v)⟩ of the data minus that of the model, by enumeration, is what CD-k tends to (Hinton 2002)."""
    config = RBMConfig(dataset="bars-and-stripes", hidden_units=4, cd_k=50, learning_rate=1, batch_size=2000)
    learner = config.new_learner((2, 3), draws)
    for tensor in learner.model.state().values():
        tensor.normal_(generator=draws)
    start = {name: tensor.clone() for name, tensor in learner.state().items()}
    data = bernoulli(torch.full((2000, 6), 0.3), draws)

    rbm, states = learner.model, all_states(6)
    p = (-rbm.free_energy(states)).softmax(dim=0)
    gradient = {
        "W": data.T @ rbm.mean_hidden(data) / 2000 - states.T @ (p[:, None] * rbm.mean_hidden(states)),
        "a": data.mean(dim=0) - p @ states,
        "b": rbm.mean_hidden(data).mean(dim=0) - p @ rbm.mean_hidden(states),
    }
    repeats = 10
    mean = {name: torch.zeros_like(tensor) for name, tensor in start.items()}
    for _ in range(repeats):
        learner.load_state(start)
        learner.train_batch((255 * data).byte())
        for name, tensor in learner.state().items():
            mean[name] += (tensor - start[name]) / repeats
    noise = 5 * 0.5 / (2000 * repeats) ** 0.5  # a statistic in [0, 1] has a standard deviation of 0.5 at most
    for name, expected in gradient.items():
        assert expected.abs().max() > 3 * noise
        torch.testing.assert_close(mean[name], expected, rtol=0, atol=noise)


# start and continuation


def tiny_learner(seed=0, **options):
    config = RBMConfig(**{"dataset": "mnist-5k", "hidden_units": 6, "batch_size": 10, "seed": seed} | options)
    learner = config.new_learner((3, 3), generator(seed, 0, Stream.TRAINING))
    pixels = torch.randint(256, (10, 9), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
    return learner, pixels


def test_first_weights_have_the_asked_spread_and_biases_are_zero():
    for std in (0.0, 0.1, 2.0):
        config = RBMConfig(initial_std=std)
        rbm = config.new_learner((28, 28), torch.Generator().manual_seed(0)).model
        assert float(rbm.W.std()) == pytest.approx(std, rel=0.02)
        assert float(rbm.W.mean()) == pytest.approx(0, abs=5 * std / (784 * 100) ** 0.5)
        assert not rbm.a.any()
        assert not rbm.b.any()


def test_a_new_model_is_all_zero():
    model = RBMConfig(hidden_units=7).new_model((3, 4))
    assert {name: tuple(x.shape) for name, x in model.state().items()} == {"W": (12, 7), "a": (12,), "b": (7,)}
    assert not any(x.any() for x in model.state().values())


def test_mean_log_odds_are_kept_finite():
    data = torch.tensor([[0, 255, 255, 51], [0, 255, 0, 51]], dtype=torch.uint8)
    expected = [math.log(0.01 / 0.99), math.log(0.99 / 0.01), 0, math.log(0.2 / 0.8)]
    torch.testing.assert_close(mean_log_odds(data), torch.tensor(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("start", ["zero", "data"])
def test_visible_biases_start_as_asked(start):
    learner, pixels = tiny_learner(initial_visible_bias=start)
    learner.prepare(pixels, {})
    expected = mean_log_odds(pixels) if start == "data" else torch.zeros(9)
    assert torch.equal(learner.model.a, expected)


def test_chains_that_persist_and_momentum_are_part_of_the_state():
    assert set(tiny_learner()[0].state()) == {"W", "a", "b"}
    state = tiny_learner(persistent=True, momentum=0.5)[0].state()
    assert set(state) == {"W", "a", "b", "velocity.W", "velocity.a", "velocity.b", "chains"}
    assert set(state["chains"].unique().tolist()) == {0.0, 1.0}
