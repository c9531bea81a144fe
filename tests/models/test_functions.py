import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli

from explorer.models.functions import bernoulli_log_prob, softplus, squared_norms, tied_layer

EXTREMES = (-1e3, -100.0, -20.0, -1e-4, 0.0, 1e-4, 20.0, 100.0, 1e3)


def spread(*shape, scale=5.0, dtype=torch.float32):
    """Logits of all sizes, the extreme ones among them."""
    x = scale * torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=dtype)
    x.view(-1)[: len(EXTREMES)] = torch.tensor(EXTREMES, dtype=dtype)
    return x


def shares(*shape, dtype=torch.float32):
    """Pixels in [0, 1], black and white ones among them."""
    x = torch.rand(*shape, generator=torch.Generator().manual_seed(1), dtype=dtype)
    x.view(-1)[::5], x.view(-1)[1::5] = 0, 1
    return x


def with_gradient(function, x):
    """The values, and the gradient of their sum weighted by 1, 2, 3, …"""
    x = x.clone().requires_grad_()
    values = function(x)
    weights = torch.arange(1, values.numel() + 1, dtype=x.dtype).view(values.shape)
    (gradient,) = torch.autograd.grad((weights * values).sum(), x)
    return values.detach(), gradient / weights.view(*values.shape, *[1] * (x.ndim - values.ndim))


def test_softplus_is_torchs_with_its_gradient():
    x = spread(40, 7)
    values, gradient = with_gradient(softplus, x)
    expected, slope = with_gradient(F.softplus, x)
    torch.testing.assert_close(values, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(gradient, slope, rtol=1e-6, atol=1e-6)


def test_softplus_of_extremes_is_finite_and_exact():
    values, gradient = with_gradient(softplus, torch.tensor([-1e3, 1e3, -3e38, 3e38]))
    assert values.tolist() == [0, 1e3, 0, pytest.approx(3e38)]
    assert gradient.tolist() == [0, 1, 0, 1]
    assert softplus(torch.tensor([float("nan")])).isnan().all()  # a divergence is not hidden


def test_softplus_leaves_its_argument_alone():
    x = spread(20)
    kept = x.clone()
    with_gradient(softplus, x)
    assert torch.equal(x, kept)


def test_gradients_agree_with_finite_differences():
    draws = torch.Generator().manual_seed(2)
    logits = torch.randn(3, 4, 5, generator=draws, dtype=torch.double).requires_grad_()
    x = shares(4, 5, dtype=torch.double)
    assert torch.autograd.gradcheck(softplus, logits)
    assert torch.autograd.gradcheck(lambda raw: bernoulli_log_prob(raw, x), logits)


def test_log_prob_is_that_of_torchs_distribution_with_its_gradient():
    x, logits = shares(6, 20).round(), spread(6, 20)
    values, gradient = with_gradient(lambda raw: bernoulli_log_prob(raw, x), logits)
    expected, slope = with_gradient(lambda raw: Bernoulli(logits=raw).log_prob(x).sum(dim=-1), logits)
    assert values.shape == (6,)
    torch.testing.assert_close(values, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradient, slope, rtol=1e-5, atol=1e-5)


def test_grey_pixels_weigh_black_and_white():
    x, logits = shares(6, 20), spread(6, 20)
    values, gradient = with_gradient(lambda raw: bernoulli_log_prob(raw, x), logits)

    def crossed(raw):
        return -F.binary_cross_entropy_with_logits(raw, x, reduction="none").sum(dim=-1)

    expected, slope = with_gradient(crossed, logits)
    torch.testing.assert_close(values, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradient, slope, rtol=1e-5, atol=1e-5)
    white, black = (Bernoulli(logits=logits).log_prob(torch.full_like(x, value)) for value in (1.0, 0.0))
    torch.testing.assert_close(values, (x * white + (1 - x) * black).sum(dim=-1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("logit", "pixel", "expected"), [(1e3, 1, 0), (-1e3, 0, 0), (1e3, 0, -1e3), (-1e3, 1, -1e3)])
def test_certain_pixels_cost_nothing_or_their_logit(logit, pixel, expected):
    x = torch.full((1, 3), float(pixel))
    values, gradient = with_gradient(lambda raw: bernoulli_log_prob(raw, x), torch.full((1, 3), logit))
    assert values.tolist() == [3 * expected]
    assert gradient.tolist() == [[pixel - float(logit > 0)] * 3]


def test_samples_share_the_image_and_images_get_no_gradient():
    x = shares(4, 9).requires_grad_()
    logits = spread(3, 4, 9).requires_grad_()
    values = bernoulli_log_prob(logits, x)
    assert values.shape == (3, 4)
    for sample in range(3):
        torch.testing.assert_close(values[sample], bernoulli_log_prob(logits[sample], x), rtol=1e-6, atol=1e-6)
    values.sum().backward()
    assert x.grad is None
    torch.testing.assert_close(logits.grad, x.detach() - logits.detach().sigmoid(), rtol=1e-6, atol=1e-6)


def bits_of(function, *arguments):
    """The values and the gradient for each argument of their sum weighted at random."""
    leaves = [x.clone().requires_grad_() for x in arguments]
    values = function(*leaves)
    weights = torch.randn(values.shape, generator=torch.Generator().manual_seed(3))
    return values, *torch.autograd.grad((weights * values).sum(), leaves)


def test_squared_norms_have_the_bits_of_torchs_operations():
    W = spread(50, 30)
    expected = bits_of(lambda W: W.square().sum(dim=0), W)
    assert all(torch.equal(one, other) for one, other in zip(bits_of(squared_norms, W), expected, strict=True))
    assert torch.autograd.gradcheck(squared_norms, spread(4, 3).clamp(-5, 5).double().requires_grad_())


def test_a_tied_layer_has_the_bits_of_torchs_operations():
    h, W, b = shares(10, 30), spread(50, 30).clamp(-5, 5), spread(50).clamp(-5, 5)
    expected = bits_of(lambda h, W, b: torch.addmm(b, h, W.T), h, W, b)
    assert all(torch.equal(one, other) for one, other in zip(bits_of(tied_layer, h, W, b), expected, strict=True))
    assert torch.autograd.gradcheck(tied_layer, [x.double().requires_grad_() for x in (h[:2, :3], W[:4, :3], b[:4])])


def test_the_gradient_of_tied_weights_can_be_added_to_in_place():
    gradient = bits_of(tied_layer, shares(10, 30), spread(50, 30), spread(50))[2]
    assert gradient.is_contiguous()
    assert not gradient._is_view()
