"""What tests of models share: random numbers that are the same each time, and double precision."""

import pytest
import torch


@pytest.fixture
def draws():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def double():
    torch.set_default_dtype(torch.double)
    yield
    torch.set_default_dtype(torch.float)
