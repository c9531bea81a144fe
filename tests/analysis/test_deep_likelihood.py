import itertools
import math

import pytest
import torch

from explorer.analysis.ais import bracket_log_partition
from explorer.analysis.bounds import nested_bounds
from explorer.analysis.deep_likelihood import exact_log_likelihood, importance_weights, lower_bound
from explorer.analysis.likelihood import exact_log_partition, log_likelihood
from explorer.data.catalogue import load
from explorer.models.dbn import DBN
from explorer.models.rbm import RBM

SHAPES = [(4, 3, 2), (3, 4, 3), (4, 3, 2, 3), (3, 2, 3, 2, 2)]


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def random_dbn(sizes, seed=0, std=1.0, tied=True):
    source, model = draws(seed), DBN(sizes, tied=tied)
    for tensor in model.state().values():
        tensor.normal_(0, std, generator=source)
    return model


def mirrored(n_visible, n_hidden, seed=0, std=1.0):
    """An RBM, and the DBN that has it below and its mirror image on top: the same distribution of pixels."""
    source, rbm, model = draws(seed), RBM(n_visible, n_hidden), DBN((n_visible, n_hidden, n_visible))
    for tensor in rbm.state().values():
        tensor.normal_(0, std, generator=source)
    level, top = model.levels[0], model.top
    for target, x in ((level.W, rbm.W), (level.b, rbm.b), (level.a, rbm.a)):
        target.copy_(x)
    for target, x in ((top.W, rbm.W.T), (top.a, rbm.b), (top.b, rbm.a)):
        target.copy_(x)
    return rbm, model


def states(units):
    return list(itertools.product((0, 1), repeat=units))


def all_states(units):
    return torch.tensor(states(units), dtype=torch.float)


def many_weights(model, v, samples):
    """log w of many samples of each image, drawn together: faster than one by one."""
    together = importance_weights(model, v.repeat(samples, 1), 1, draws()).view(samples, len(v))
    return together - exact_log_partition(model.top)


# The definitions once more, in loops over single units and states.


def log_sigmoid(x):
    return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))


def log_bits(bits, source, W, bias):
    """log p(bits | source) with W[i][j] from unit i of `source` to unit j of `bits`."""
    total = 0.0
    for j, bit in enumerate(bits):
        drive = bias[j] + sum(source[i] * W[i][j] for i in range(len(source)))
        total += log_sigmoid(drive if bit else -drive)
    return total


def log_sum(terms):
    highest = max(terms)
    return highest + math.log(math.fsum(math.exp(x - highest) for x in terms))


def minus_energy(rbm, v, h):
    W, a, b = rbm.W.tolist(), rbm.a.tolist(), rbm.b.tolist()
    interaction = sum(v[i] * W[i][j] * h[j] for i in range(len(v)) for j in range(len(h)))
    return interaction + sum(x * y for x, y in zip(a, v, strict=True)) + sum(x * y for x, y in zip(b, h, strict=True))


def literal_log_partition(rbm):
    return log_sum([minus_energy(rbm, v, h) for v in states(rbm.n_visible) for h in states(rbm.n_hidden)])


def literal_log_joint(model, v, hidden):
    """log of p(v|h1) p(h1|h2) … exp(−E(h_{L−1}, h_L)), without log Z."""
    layers, total = [v, *hidden], minus_energy(model.top, hidden[-2], hidden[-1])
    for number, level in enumerate(model.levels):
        total += log_bits(layers[number], layers[number + 1], level.G.T.tolist(), level.a.tolist())
    return total


def literal_log_likelihood(model, v):
    sizes = [level.W.shape[1] for level in model.levels] + [model.top.n_hidden]
    hidden = itertools.product(*(states(n) for n in sizes))
    return log_sum([literal_log_joint(model, v, h) for h in hidden]) - literal_log_partition(model.top)


def literal_bound(model, v):
    """E_q[log p(v, h)] + H(q), the entropy of each layer in closed form (Salakhutdinov & Murray 2008)."""
    sizes = [level.W.shape[1] for level in model.levels]
    tops, total = states(model.top.n_hidden), 0.0
    for hidden in itertools.product(*(states(n) for n in sizes)):
        layers, log_q, entropy = [v, *hidden], 0.0, 0.0
        for number, level in enumerate(model.levels):
            W, b = level.W.tolist(), level.b.tolist()
            log_q += log_bits(layers[number + 1], layers[number], W, b)
            for j in range(len(b)):
                p = 1 / (1 + math.exp(-b[j] - sum(x * W[i][j] for i, x in enumerate(layers[number]))))
                entropy -= sum(x * math.log(x) for x in (p, 1 - p) if x > 0)
        log_p = log_sum([literal_log_joint(model, v, (*hidden, h)) for h in tops])
        total += math.exp(log_q) * (log_p + entropy)
    return total - literal_log_partition(model.top)


# exact values


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "fine-tuned"])
@pytest.mark.parametrize(("seed", "std"), [(0, 0.5), (1, 1.0), (2, 4.0), (3, 10.0)])
@pytest.mark.parametrize("sizes", SHAPES)
def test_exact_log_likelihood_is_the_sum_over_all_states_of_all_layers(sizes, seed, std, tied):
    model = random_dbn(sizes, seed, std, tied)
    expected = [literal_log_likelihood(model, v) for v in states(sizes[0])]
    assert exact_log_likelihood(model, all_states(sizes[0])).tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("sizes", [(12, 3, 4), (12, 4, 3, 2), (5, 10, 6), (5, 4, 11, 3)])
def test_probabilities_sum_to_one_where_the_states_are_summed_in_parts(sizes):
    log_p = exact_log_likelihood(random_dbn(sizes, 4, 2.0, tied=False), all_states(sizes[0]))
    assert float(log_p.logsumexp(dim=0)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("std", [0.1, 1.0, 5.0])
def test_a_mirrored_top_leaves_the_likelihood_of_the_rbm_below(std):
    rbm, model = mirrored(6, 10, std=std)
    v = all_states(6)
    expected = log_likelihood(rbm, v, exact_log_partition(rbm))
    torch.testing.assert_close(exact_log_likelihood(model, v).float(), expected, atol=1e-4, rtol=1e-5)


def test_a_model_without_weights_has_independent_pixels():
    model = random_dbn((6, 9, 4))
    model.levels[0].W.zero_()
    v = all_states(6)
    expected = (v * model.levels[0].a - torch.nn.functional.softplus(model.levels[0].a)).sum(dim=1)
    torch.testing.assert_close(exact_log_likelihood(model, v).float(), expected)


def test_too_many_hidden_units_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"12 \+ 9 hidden units .*20.*lower_bound"):
        exact_log_likelihood(DBN((4, 12, 9, 3)), torch.zeros(1, 4))


# bounds


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "fine-tuned"])
@pytest.mark.parametrize(("seed", "std"), [(0, 0.5), (1, 1.0), (2, 3.0)])
@pytest.mark.parametrize("sizes", SHAPES)
def test_the_mean_of_many_samples_is_the_variational_bound(sizes, seed, std, tied):
    model, n = random_dbn(sizes, seed, std, tied), 4_000
    log_z = literal_log_partition(model.top)
    for v in states(sizes[0])[:: max(1, 2 ** sizes[0] // 5)]:
        values = lower_bound(model, torch.tensor([v] * n, dtype=torch.float), log_z, draws(seed))
        expected, exact = literal_bound(model, v), literal_log_likelihood(model, v)
        error = float(values.std()) / math.sqrt(n)
        assert expected <= exact + 1e-9
        assert float(values.mean()) == pytest.approx(expected, abs=5 * error + 1e-5)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "fine-tuned"])
@pytest.mark.parametrize("sizes", SHAPES)
def test_the_mean_weight_is_the_likelihood(sizes, tied):
    model = random_dbn(sizes, 5, 0.7, tied)
    v, n = all_states(sizes[0]), 4_000
    log_w = many_weights(model, v, n)
    relative = (log_w - exact_log_likelihood(model, v)).exp()
    error = relative.std(dim=0) / math.sqrt(n)
    assert error.max() < 0.1
    assert ((relative.mean(dim=0) - 1).abs() < 5 * error + 1e-5).all()


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "fine-tuned"])
@pytest.mark.parametrize(("seed", "std"), [(0, 0.5), (1, 2.0)])
@pytest.mark.parametrize("sizes", SHAPES)
def test_more_samples_raise_the_bound_towards_the_likelihood(sizes, seed, std, tied):
    model = random_dbn(sizes, seed, std, tied)
    v = all_states(sizes[0])
    log_w = many_weights(model, v, 8_000)
    bounds = nested_bounds(log_w, (1, 5, 50, 8_000)).mean(dim=1)
    exact = float(exact_log_likelihood(model, v).mean())
    assert (bounds.diff() > 0.001).all()
    assert exact - float(bounds[2]) < 0.6 * (exact - float(bounds[0]))
    assert bounds[2] < exact
    if std < 1:  # with large random weights the upward pass all but never finds what explains an image
        assert float(bounds[3]) == pytest.approx(exact, abs=0.03)


def test_k_samples_are_one_draw_of_the_bound_of_k():
    model, v = random_dbn((4, 3, 2)), all_states(4)
    log_w = importance_weights(model, v, 5, draws(1)) - 2.0
    same, other = (lower_bound(model, v, 2.0, draws(seed), samples=5) for seed in (1, 2))
    torch.testing.assert_close(same, nested_bounds(log_w, (5,))[0])
    assert (same - other).abs().max() > 0.01


@pytest.mark.parametrize("std", [0.1, 1.0, 5.0])
def test_every_sample_is_exact_where_the_upward_pass_is_the_posterior(std):
    rbm, model = mirrored(6, 5, std=std)
    v, log_z = all_states(6), exact_log_partition(rbm)
    for seed in range(3):
        torch.testing.assert_close(
            lower_bound(model, v, log_z, draws(seed)).float(), log_likelihood(rbm, v, log_z), atol=1e-4, rtol=1e-5
        )


@pytest.mark.parametrize("sizes", [(4, 3, 2), (4, 3, 2, 3)])
def test_the_bound_is_exact_where_no_layer_depends_on_another(sizes):
    model = random_dbn(sizes)
    for level, above in zip(model.levels, [*(level.a for level in model.levels[1:]), model.top.a], strict=True):
        level.W.zero_()
        level.b.copy_(above)
    model.top.W.zero_()
    v = all_states(4)
    bound = lower_bound(model, v, exact_log_partition(model.top), draws())
    torch.testing.assert_close(bound, exact_log_likelihood(model, v), atol=1e-5, rtol=0)


def test_without_weights_down_the_bound_misses_a_divergence():
    """log p(v) − L₁ = KL(q(h|v) ‖ p(h|v)), and nothing is learnt of h from v: p(h|v) = p(h)."""
    model = random_dbn((4, 3, 2))
    model.levels[0].W.zero_()
    top, b = model.top, model.levels[0].b.tolist()
    log_z, kl = literal_log_partition(top), 0.0
    for h in states(3):
        log_q = log_bits(h, (), [], b)
        log_p = log_sum([minus_energy(top, h, x) for x in states(2)]) - log_z
        kl += math.exp(log_q) * (log_q - log_p)
    assert kl > 0.1
    v = torch.ones(100_000, 4)
    gap = exact_log_likelihood(model, v[:1]) - lower_bound(model, v, log_z, draws())
    assert float(gap.mean()) == pytest.approx(kl, abs=5 * float(gap.std()) / math.sqrt(len(v)))


@pytest.mark.parametrize("std", [0.3, 1.0])
def test_the_bound_by_annealed_importance_sampling_agrees_within_its_error(std):
    model = random_dbn((10, 12, 9), std=std)
    exact = exact_log_partition(model.top)
    bracket = bracket_log_partition(model.top, all_states(12)[::7], draws())
    v = all_states(10)
    values = [float(lower_bound(model, v, z, draws(1)).mean()) for z in (exact, bracket.forward, bracket.reverse)]
    assert values[1] == pytest.approx(values[0], abs=0.05)
    assert values[2] == pytest.approx(values[0], abs=0.05)
    assert 0 < bracket.interval < 0.35


def test_bars_and_stripes_can_be_counted():
    """All 2¹⁶ images of 4×4 pixels; the top RBM is on its way away from the mirror of the one below."""
    _, model = mirrored(16, 8, std=0.5)
    model.top.W.add_(torch.randn(8, 16, generator=draws(1)), alpha=0.3)
    every = all_states(16)
    assert float(exact_log_likelihood(model, every).logsumexp(dim=0)) == pytest.approx(0, abs=1e-6)
    v = (torch.tensor(load("bars-and-stripes").test) > 127).float()
    exact = exact_log_likelihood(model, v)
    log_w = many_weights(model, v, 2_000)
    bound, tighter = nested_bounds(log_w, (1, 50)).mean(dim=1)
    assert bound < tighter < exact.mean()
    assert float(log_w.std(dim=0).mean()) > 0.1  # the upward pass is no longer the posterior
    assert (log_w.exp().mean(dim=0).log() - exact).abs().max() < 0.2


# running


def test_there_may_be_any_number_of_images():
    model = random_dbn((6, 5, 4))
    assert importance_weights(model, torch.zeros(0, 6), 3, draws()).shape == (3, 0)
    assert importance_weights(model, torch.zeros(4_100, 6), 2, draws()).shape == (2, 4_100)
    assert exact_log_likelihood(model, torch.zeros(0, 6)).shape == (0,)


def test_a_pulse_can_end_it():
    def stop():
        raise InterruptedError

    model = random_dbn((6, 5, 4))
    with pytest.raises(InterruptedError):
        importance_weights(model, torch.zeros(2, 6), 1, draws(), stop)
    with pytest.raises(InterruptedError):
        exact_log_likelihood(model, torch.zeros(2, 6), stop)
