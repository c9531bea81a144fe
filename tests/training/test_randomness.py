import itertools

import torch

from explorer.training.randomness import Stream, generator, reseed


def draws(seed, epoch, stream, n=1):
    return torch.randn(n, generator=generator(seed, epoch, stream))


def test_a_stream_is_a_function_of_seed_epoch_and_purpose():
    for place in itertools.product((0, 1, 2**31 - 1), (0, 7), Stream):
        assert torch.equal(draws(*place, n=100), draws(*place, n=100))


def test_no_two_streams_start_alike():
    places = list(itertools.product(range(10), range(20), Stream))
    assert len({float(draws(*place)) for place in places}) == len(places)


def test_streams_are_uncorrelated():
    n = 10_000
    streams = torch.stack([draws(*place, n=n) for place in itertools.product((0, 1), (0, 1), Stream)])
    correlation = torch.corrcoef(streams) - torch.eye(len(streams))
    assert correlation.abs().max() < 5 / n**0.5


def test_reseeding_returns_to_the_start_of_the_same_generator():
    target = generator(3, 4, Stream.TRAINING)
    first = torch.rand(5, generator=target)
    assert reseed(target, 3, 4, Stream.TRAINING) is target
    assert torch.equal(torch.rand(5, generator=target), first)


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    draws(0, 0, Stream.MEASURING, n=100)
    assert torch.equal(torch.get_rng_state(), before)
