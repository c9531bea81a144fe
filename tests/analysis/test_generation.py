"""Each figure against a computation of another kind: closed forms, and loops over single numbers."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from explorer.analysis.generation import (
    chance_kernel_distance,
    class_entropy,
    class_shares,
    directions,
    duplicate_distance,
    duplicate_share,
    frechet_distance,
    kernel_distance,
    mean_confidence,
    precision_and_recall,
)


@pytest.fixture
def draws():
    return torch.Generator().manual_seed(0)


def with_moments(mean, covariance, count, draws):
    """Points that have exactly this mean and covariance."""
    x = torch.randn(count, len(mean), generator=draws, dtype=torch.float64)
    x = (x - x.mean(dim=0)) @ torch.linalg.inv(torch.linalg.cholesky(x.T.cov())).T
    return x @ torch.linalg.cholesky(covariance).T + mean


def test_frechet_distance_of_gaussians_with_equal_axes_is_closed_form(draws):
    """For diagonal covariances it is Σ (μ₁ − μ₂)² + (σ₁ − σ₂)²."""
    means = torch.tensor([[1.0, 2.0, -1.0], [0.0, 2.5, 1.0]], dtype=torch.float64)
    deviations = torch.tensor([[1.0, 0.5, 2.0], [3.0, 0.5, 1.0]], dtype=torch.float64)
    points = [with_moments(m, torch.diag(s**2), 40, draws) for m, s in zip(means, deviations, strict=True)]
    for (x, y), wanted in {(0, 1): 1 + 0.25 + 4 + 4 + 0 + 1, (0, 0): 0.0}.items():
        assert frechet_distance(points[x], points[y]) == pytest.approx(wanted, abs=1e-6)


def test_frechet_distance_is_that_of_the_matrix_formula(draws):
    first = torch.rand(50, 6, generator=draws) @ torch.randn(6, 6, generator=draws)
    second = torch.rand(70, 6, generator=draws) @ torch.randn(6, 6, generator=draws)
    a, b = (np.cov(x.double().numpy().T) for x in (first, second))
    gap = (first.double().mean(dim=0) - second.double().mean(dim=0)).square().sum()
    wanted = float(gap) + np.trace(a + b - 2 * sqrtm(a @ b).real)
    assert frechet_distance(first, second) == pytest.approx(wanted, rel=1e-6)


def test_frechet_distance_of_features_that_are_no_numbers_is_none(draws):
    features = torch.randn(20, 3, generator=draws)
    assert math.isnan(frechet_distance(features, features * math.nan))


def test_kernel_distance_is_the_unbiased_estimator(draws):
    first, second = torch.randn(7, 4, generator=draws), torch.randn(7, 4, generator=draws) + 0.5

    def kernel(x, y):
        return (sum(a * b for a, b in zip(x, y, strict=True)) / 4 + 1) ** 3

    x, y = first.double().tolist(), second.double().tolist()
    within = sum(kernel(u[i], u[j]) for u in (x, y) for i in range(7) for j in range(7) if i != j) / 42
    across = sum(kernel(p, q) for p in x for q in y) / 49
    assert kernel_distance(first, second) == pytest.approx(within - 2 * across, rel=1e-9)


def test_kernel_distance_says_the_same_each_time(draws):
    first, second = torch.randn(30, 4, generator=draws), torch.randn(30, 4, generator=draws)
    assert kernel_distance(first, second) == kernel_distance(first, second)


def test_kernel_distance_by_chance_is_that_within_one_distribution(draws):
    def points(count):
        return torch.randn(count, 4, generator=draws)

    usual = chance_kernel_distance(points(100), points(100))
    sizes = [kernel_distance(points(100), points(100)) / usual for _ in range(40)]
    assert 0.6 < np.sqrt(np.mean(np.square(sizes))) < 1.6
    assert chance_kernel_distance(points(400), points(400)) == pytest.approx(usual / 4, rel=0.5)
    assert kernel_distance(points(100), points(100) + 0.5) / usual > 5


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_are_those_of_loops(k, draws):
    generated, real = torch.randn(12, 2, generator=draws), torch.randn(15, 2, generator=draws) * 0.6 + 0.3

    def share_among(points, crowd):
        radii = [sorted(math.dist(p, q) for j, q in enumerate(crowd) if j != i)[k - 1] for i, p in enumerate(crowd)]
        inside = [any(math.dist(p, q) <= r for q, r in zip(crowd, radii, strict=True)) for p in points]
        return sum(inside) / len(inside)

    found = precision_and_recall(generated, real, k)
    g, r = generated.tolist(), real.tolist()
    assert found.precision == pytest.approx(share_among(g, r))
    assert found.recall == pytest.approx(share_among(r, g))
    assert 0 < found.precision < 1 or k == 3


def test_precision_and_recall_tell_good_from_varied(draws):
    real = torch.cat([torch.randn(40, 2, generator=draws) + offset for offset in (0.0, 50.0)])
    one_mode = torch.randn(80, 2, generator=draws)
    found = precision_and_recall(one_mode, real)
    assert found.precision > 0.8
    assert found.recall <= 0.5
    spread = torch.rand(80, 2, generator=draws) * 60 - 5
    assert precision_and_recall(spread, real).precision < 0.5
    assert precision_and_recall(real, real) == (1.0, 1.0)


def test_directions_keep_faint_images_from_being_among_all(draws):
    real = torch.randn(60, 3, generator=draws) * torch.tensor([0.1, 0.1, 0.1]) + 5 * torch.eye(3).repeat(20, 1)
    real = torch.cat([real, torch.full((4, 3), -6.0) * torch.rand(4, 1, generator=draws)])  # a few that are unusual
    faint = 0.3 * torch.rand(30, 3, generator=draws)
    assert precision_and_recall(faint, real).precision > 0.9
    torch.testing.assert_close(directions(faint).norm(dim=1), torch.ones(30))
    assert precision_and_recall(directions(faint), directions(real)).precision < 0.3


def test_entropy_and_confidence():
    sure = torch.eye(10)
    assert class_entropy(sure) == pytest.approx(math.log(10), rel=1e-6)
    assert mean_confidence(sure) == 1.0
    assert class_entropy(sure[:1].repeat(5, 1)) == 0.0
    mixed = torch.tensor([[0.6, 0.4, 0.0], [0.5, 0.2, 0.3], [0.1, 0.1, 0.8], [0.9, 0.1, 0.0]])
    assert class_shares(mixed).tolist() == [0.75, 0.0, 0.25]
    assert class_entropy(mixed) == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
    assert mean_confidence(mixed) == pytest.approx((0.6 + 0.5 + 0.8 + 0.9) / 4)


def test_duplicates_are_counted_by_the_distances_of_distinct_images(draws):
    train = torch.rand(60, 5, generator=draws)
    nearest = [
        min(math.dist(p, q) for j, q in enumerate(train.tolist()) if j != i) for i, p in enumerate(train.tolist())
    ]
    distance = duplicate_distance(train)
    assert distance == pytest.approx(float(np.quantile(nearest, 0.01)), abs=1e-5)
    assert duplicate_share(train, distance) == pytest.approx(0.0, abs=2 / 60)
    copies = torch.cat([train[:10], train[:10] + 0.2 * distance / 5, train[20:30]])
    assert duplicate_share(copies, distance) == pytest.approx(20 / 30)
    assert duplicate_share(train[:1].repeat(4, 1), distance) == 1.0
