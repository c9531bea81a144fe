import itertools
import math

import pytest
import torch

from explorer.analysis.likelihood import exact_log_partition, log_likelihood, pseudo_likelihood
from explorer.models.rbm import RBM


def random_rbm(n_visible, n_hidden, seed=0, std=1.0):
    draws = torch.Generator().manual_seed(seed)
    rbm = RBM(n_visible, n_hidden)
    for tensor in rbm.state().values():
        tensor.normal_(0, std, generator=draws)
    return rbm


def all_states(units):
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=units)))


def literal_log_partition(rbm):
    W, a, b = rbm.W.tolist(), rbm.a.tolist(), rbm.b.tolist()
    total = 0.0
    for v in itertools.product((0, 1), repeat=rbm.n_visible):
        for h in itertools.product((0, 1), repeat=rbm.n_hidden):
            minus_energy = sum(a[i] * v[i] for i in range(rbm.n_visible)) + sum(
                h[j] * (b[j] + sum(v[i] * W[i][j] for i in range(rbm.n_visible))) for j in range(rbm.n_hidden)
            )
            total += math.exp(minus_energy)
    return math.log(total)


@pytest.mark.parametrize(("n_visible", "n_hidden"), [(5, 4), (4, 5), (6, 1), (1, 6)])
def test_log_partition_is_the_sum_over_all_states(n_visible, n_hidden):
    rbm = random_rbm(n_visible, n_hidden)
    assert exact_log_partition(rbm) == pytest.approx(literal_log_partition(rbm), abs=1e-6)


def test_log_partition_does_not_depend_on_which_side_is_called_visible():
    rbm = random_rbm(7, 9)
    swapped = RBM(9, 7)
    swapped.load_state({"W": rbm.W.T, "a": rbm.b, "b": rbm.a})
    assert exact_log_partition(swapped) == pytest.approx(exact_log_partition(rbm), abs=1e-9)


@pytest.mark.parametrize(("n_visible", "n_hidden", "std"), [(16, 15, 1.0), (2100, 3, 0.1)])
def test_many_states_and_many_units_are_summed_in_parts(n_visible, n_hidden, std):
    """2¹⁵ states, or a product of 2,100 factors, are more than go at once; without weights units are independent."""
    rbm = random_rbm(n_visible, n_hidden, std=std)
    rbm.W.zero_()
    independent = sum(math.log1p(math.exp(x)) for x in rbm.a.tolist() + rbm.b.tolist())
    assert exact_log_partition(rbm) == pytest.approx(independent, abs=1e-6)


def test_large_energies_do_not_overflow():
    rbm = random_rbm(5, 4)
    rbm.a.fill_(1000.0)
    assert exact_log_partition(rbm) == pytest.approx(5000 + math.log(sum(torch.exp(_hidden_terms(rbm)))), abs=1e-2)


def _hidden_terms(rbm):  # −F − aᵀv of the full picture, which alone counts there
    return torch.stack([h @ (rbm.W.sum(dim=0) + rbm.b) for h in all_states(4)]).double()


def test_too_many_units_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"23×24 .*22 units.*ais_log_partition"):
        exact_log_partition(RBM(23, 24))


def test_probabilities_sum_to_one():
    rbm = random_rbm(8, 4)
    log_p = log_likelihood(rbm, all_states(8), exact_log_partition(rbm))
    assert float(log_p.double().exp().sum()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", ["W", "a", "b"])
def test_gradient_by_enumeration_equals_finite_differences(name):
    """d⟨log p⟩/dW = ⟨v p(h|v)⟩ of the data − ⟨v p(h|v)⟩ of the model (Hinton 2002, eq. 3)."""
    rbm = random_rbm(5, 3)
    rbm.W, rbm.a, rbm.b = (tensor.double() for tensor in rbm.state().values())
    data = torch.randint(2, (12, 5), generator=torch.Generator().manual_seed(4)).double()

    states = all_states(5).double()
    p = (-rbm.free_energy(states)).softmax(dim=0)
    gradient = {
        "W": data.T @ rbm.mean_hidden(data) / 12 - states.T @ (p[:, None] * rbm.mean_hidden(states)),
        "a": data.mean(dim=0) - p @ states,
        "b": rbm.mean_hidden(data).mean(dim=0) - p @ rbm.mean_hidden(states),
    }[name].flatten()

    step, flat = 1e-5, rbm.state()[name].view(-1)
    for at in range(len(flat)):
        value, ends = float(flat[at]), []
        for x in (value + step, value - step):
            flat[at] = x
            ends.append(float(log_likelihood(rbm, data, exact_log_partition(rbm)).mean()))
        flat[at] = value
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(float(gradient[at]), abs=1e-8)


def test_pseudo_likelihood_estimates_the_sum_over_pixels():
    rbm = random_rbm(5, 3)
    p = {tuple(v.tolist()): float(torch.exp(-rbm.free_energy(v[None]))) for v in all_states(5)}
    v = (1.0, 0.0, 0.0, 1.0, 1.0)
    terms = []
    for i in range(5):
        other = (*v[:i], 1 - v[i], *v[i + 1 :])
        terms.append(math.log(p[v] / (p[v] + p[other])))

    n = 20_000
    draws = pseudo_likelihood(rbm, torch.tensor([v] * n), torch.Generator().manual_seed(2))
    values = torch.tensor([5 * term for term in terms])
    assert (draws[:, None] - values).abs().amin(dim=1).max() < 1e-4
    assert float(draws.mean()) == pytest.approx(sum(terms), abs=5 * float(values.std()) / n**0.5)


def test_pseudo_likelihood_of_independent_pixels_is_their_likelihood():
    rbm = RBM(6, 2)
    rbm.a.copy_(torch.linspace(-2, 2, 6))
    v = (torch.rand(50_000, 6, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    exact = log_likelihood(rbm, v, exact_log_partition(rbm)).mean()
    estimates = pseudo_likelihood(rbm, v, torch.Generator().manual_seed(1))
    assert float(estimates.mean()) == pytest.approx(float(exact), abs=5 * float(estimates.std()) / 50_000**0.5)
