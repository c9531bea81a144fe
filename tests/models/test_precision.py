import pytest
import torch

from explorer.models import precision
from explorer.models.precision import cpu_multiplies_bfloat16, mixed_precision

CPU = torch.device("cpu")


@pytest.fixture
def has(monkeypatch):
    """Call it with what the CPU is to have."""

    def change(**capabilities):
        cpu_multiplies_bfloat16.cache_clear()
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)

    yield change
    cpu_multiplies_bfloat16.cache_clear()


@pytest.mark.parametrize(
    ("capabilities", "fast"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, True),
        ({"avx512_bf16": False, "amx_bf16": True}, True),
        ({"avx512_bf16": False, "amx_bf16": False, "avx512_f": True}, False),
        ({"neon": True, "bf16": True}, False),  # another architecture, where torch's convolutions gain nothing
    ],
)
def test_a_cpu_multiplies_16_bits_if_it_has_instructions_for_it(has, capabilities, fast):
    has(**capabilities)
    assert cpu_multiplies_bfloat16() == fast


@pytest.mark.parametrize(
    ("fast", "training", "dtype"),
    [(True, True, torch.bfloat16), (True, False, torch.float32), (False, True, torch.float32)],
)
def test_only_the_products_of_training_have_16_bits(monkeypatch, fast, training, dtype):
    monkeypatch.setattr(precision, "cpu_multiplies_bfloat16", lambda: fast)
    x = torch.ones(2, 2)
    with mixed_precision(CPU, training=training):
        assert (x @ x).dtype == dtype
        assert (x + x).dtype == torch.float32
    assert (x @ x).dtype == torch.float32


def test_weights_that_changed_in_place_are_used_as_they_are(monkeypatch):
    monkeypatch.setattr(precision, "cpu_multiplies_bfloat16", lambda: True)
    x, W = torch.ones(1, 2), torch.ones(2, 2, requires_grad=True)
    with mixed_precision(CPU, training=True):
        before = x @ W
        with torch.no_grad():
            W.mul_(3)
        assert torch.equal(x @ W, 3 * before)
