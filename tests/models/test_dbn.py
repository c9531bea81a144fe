import itertools
import math

import pytest
import torch

from explorer.models.dbn import DBN, DBNConfig, Level
from explorer.models.rbm import RBMConfig
from explorer.models.sampling import bernoulli
from explorer.training.randomness import Stream, generator
from tests.models.dbn_training import PIXELS, copied, same_bits, train
from tests.models.literal import LiteralLearner, literal_energy, sigmoid
from tests.models.random_models import all_states, random_dbn, random_rbm

TOY = {"dataset": "bars-and-stripes"}

V, H1, H2 = 5, 3, 4


@pytest.fixture
def dbn(draws):
    return random_dbn((V, H1, H2), draws)


def literal_log_p(dbn, v):
    """log Σ p(v | h₁) p_top(h₁, h₂) over all states, one number at a time; for one directed level."""
    (level,) = dbn.levels
    n_hidden, n_top = len(level.b), dbn.top.n_hidden
    joint = {
        h: sum(math.exp(-literal_energy(dbn.top, torch.tensor(h), top)) for top in all_states(n_top))
        for h in itertools.product((0.0, 1.0), repeat=n_hidden)
    }
    total = 0.0
    for h, weight in joint.items():
        p = weight
        for i, pixel in enumerate(v.tolist()):
            on = sigmoid(float(level.a[i]) + sum(float(level.G[i, j]) * h[j] for j in range(n_hidden)))
            p *= on if pixel else 1 - on
        total += p
    return math.log(total / sum(joint.values()))


def literal_rbm_log_p(rbm, v):
    def weight(state):
        return sum(math.exp(-literal_energy(rbm, state, h)) for h in all_states(rbm.n_hidden))

    return math.log(weight(v) / sum(map(weight, all_states(rbm.n_visible))))


# the start


def test_the_spread_of_first_weights_has_no_effect_on_a_tied_start():
    options = {"hidden_units": (4, 6), "tied_start": True}
    first, second = (train(tiny_learner(initial_std=std, **options), 2).state() for std in (0.1, 0.5))
    assert same_bits(first, second)


# the model


def test_tensors_are_named_by_level_from_1():
    dbn = DBNConfig(first=RBMConfig(hidden_units=7), hidden_units=(5, 4)).new_model((3, 4))
    shapes = {name: tuple(x.shape) for name, x in dbn.state().items()}
    assert shapes == {
        "1.W": (12, 7), "1.b": (7,), "1.a": (12,),
        "2.W": (7, 5), "2.b": (5,), "2.a": (7,),
        "top.W": (5, 4), "top.a": (5,), "top.b": (4,),
    }  # fmt: skip
    assert not any(x.any() for x in dbn.state().values())
    assert dbn.n_visible == 12


def test_one_weight_matrix_serves_both_directions_unless_parted():
    tied, parted = DBN((5, 3, 4)), DBN((5, 3, 4), tied=False)
    assert tied.levels[0].G is tied.levels[0].W
    assert parted.state().keys() - tied.state().keys() == {"1.G"}
    assert parted.state()["1.G"] is parted.levels[0].G
    assert parted.levels[0].G is not parted.levels[0].W


def test_a_dbn_has_two_hidden_layers_at_least():
    with pytest.raises(ValueError, match=r"at least three layers .* not \(5, 3\)"):
        DBN((5, 3))


@pytest.mark.parametrize("sizes", [(V, H1, H2), (V, H1, H2, 6, 2)])
def test_shapes(sizes, draws):
    dbn, v = random_dbn(sizes, draws), torch.ones(7, V)
    assert [h.shape for h in dbn.up(v, draws)] == [(7, n) for n in sizes[1:-1]]
    assert dbn.mean_top(v, draws).shape == (7, sizes[-1])
    assert dbn.down(torch.ones(7, sizes[-2]), draws).shape == (7, V)
    assert [x.shape for x in dbn.reconstruct(v, draws, steps=2)] == [(7, V), (7, sizes[-1])]


@pytest.mark.parametrize("direction", ["hidden", "visible"])
def test_a_levels_probabilities_and_samples(draws, direction):
    level = random_dbn((V, H1, H2), draws, tied=False).levels[0]
    weights, bias = (level.W, level.b) if direction == "hidden" else (level.G.T, level.a)
    state = bernoulli(torch.full((weights.shape[0],), 0.5), draws)
    n = 20_000
    mean = getattr(level, f"mean_{direction}")(state[None])[0]
    for unit in range(len(bias)):
        total = float(bias[unit]) + sum(float(weights[i, unit]) for i, on in enumerate(state) if on)
        assert float(mean[unit]) == pytest.approx(sigmoid(total), abs=1e-6)
    samples = getattr(level, f"sample_{direction}")(state.expand(n, -1), draws)
    assert set(samples.unique().tolist()) == {0.0, 1.0}
    assert ((samples.mean(dim=0) - mean).abs() < 5 * (mean * (1 - mean) / n).sqrt()).all()


def test_ways_up_and_down_average_to_the_sum_over_all_states_between(draws):
    dbn, n = random_dbn((V, H1, H2, 2), draws), 20_000
    v, h2 = all_states(V)[11], all_states(H2)[6]

    q = torch.stack([_prob(h, dbn.levels[0].mean_hidden(v[None])[0]) for h in all_states(H1)])
    mean = sum(p * dbn.levels[1].mean_hidden(h[None])[0] for p, h in zip(q, all_states(H1), strict=True))
    found = dbn.up(v.expand(n, -1), draws)
    assert (found[1].mean(dim=0) - mean).abs().max() < 5 * 0.5 / n**0.5
    top = dbn.mean_top(v.expand(n, -1), draws).mean(dim=0)
    assert (top - dbn.top.mean_hidden(found[1]).mean(dim=0)).abs().max() < 5 * 0.5 / n**0.5

    p = torch.stack([_prob(h, dbn.levels[1].mean_visible(h2[None])[0]) for h in all_states(H1)])
    mean = sum(p * dbn.levels[0].mean_visible(h[None])[0] for p, h in zip(p, all_states(H1), strict=True))
    assert (dbn.down(h2.expand(n, -1), draws).mean(dim=0) - mean).abs().max() < 5 * 0.5 / n**0.5


def _prob(state, mean):
    return (state * mean + (1 - state) * (1 - mean)).prod()


@pytest.mark.parametrize("steps", [1, 3])
def test_a_reconstruction_goes_up_stays_in_the_top_rbm_and_comes_down(dbn, steps):
    v = all_states(V)
    image, top = dbn.reconstruct(v, torch.Generator().manual_seed(3), steps)
    same = torch.Generator().manual_seed(3)
    h1 = dbn.levels[0].sample_hidden(v, same)
    h2 = dbn.top.sample_hidden(h1, same)
    for _ in range(steps):
        h1 = dbn.top.sample_visible(h2, same)
        h2 = dbn.top.sample_hidden(h1, same)
    assert torch.equal(image, dbn.levels[0].mean_visible(h1))
    assert torch.equal(top, h2)


# a model stacked on another


def test_an_rbm_becomes_the_lowest_level(draws):
    below, dbn = random_rbm(V, H1, draws), DBN((V, H1, H2))
    dbn.stack_on(below)
    level = dbn.levels[0]
    assert level.G is level.W
    for own, trained in ((level.W, below.W), (level.b, below.b), (level.a, below.a), (dbn.top.a, below.b)):
        assert torch.equal(own, trained)
        assert own.data_ptr() != trained.data_ptr()
    assert dbn.top.a.data_ptr() != level.b.data_ptr()
    assert not dbn.top.W.any()
    again = dbn.first_rbm()
    assert same_bits(again.state(), below.state())
    assert again.W is level.W


def test_a_dbns_layers_all_become_levels(draws):
    below, dbn = random_dbn((V, H1, H2), draws), DBN((V, H1, H2, 6))
    dbn.stack_on(below)
    lowest, middle = dbn.levels
    assert same_bits(lowest.state(), below.levels[0].state())
    assert same_bits(middle.state(), below.top.state())
    assert torch.equal(dbn.top.a, below.top.b)
    assert middle.a.data_ptr() != below.top.a.data_ptr()


def test_a_model_of_other_layers_is_refused(draws):
    with pytest.raises(ValueError, match=r"W has shape \(4, 3\) instead of \(5, 3\)"):
        DBN((V, H1, H2)).stack_on(random_rbm(4, H1, draws))
    with pytest.raises(ValueError, match="zip"):
        DBN((V, H1, H2)).stack_on(random_dbn((V, H1, H2), draws))
    learner = tiny_learner()
    with pytest.raises(TypeError, match="stacked on an RBM or a DBN, not on a str"):
        learner.prepare(PIXELS, {"below": "RBM"})


def test_no_rbm_is_left_in_a_fine_tuned_level(draws):
    with pytest.raises(ValueError, match="two weight matrices"):
        random_dbn((V, H1, H2), draws, tied=False).first_rbm()


def test_a_level_copies_only_what_it_has(draws):
    parted = random_dbn((V, H1, H2), draws, tied=False).levels[0]
    tied = DBN((V, H1, H2)).levels[0]
    tied.copy_from(parted)
    assert torch.equal(tied.G, parted.W)
    rbm = random_rbm(V, H1, draws)
    parted.copy_from(Level(rbm.W, rbm.b, rbm.W, rbm.a))
    assert torch.equal(parted.G, rbm.W)
    assert parted.G is not parted.W


# the learning rule


def tiny_config(seed=0, **options):
    first = RBMConfig(dataset="mnist-5k", hidden_units=6, binarize=options.pop("binarize", "sample"))
    return DBNConfig(**{"first": first, "hidden_units": (5,), "batch_size": 5, "seed": seed} | options)


def tiny_learner(seed=0, **options):
    """A learner of 9 pixels and a first layer of 6 units on random layers, always the same ones."""
    config = tiny_config(seed, **options)
    learner = config.new_learner((3, 3), generator(seed, 0, Stream.TRAINING))
    sizes, draws = (9, 6, *config.hidden_units[:-1]), torch.Generator().manual_seed(6)
    below = random_rbm(9, 6, draws) if len(sizes) == 2 else random_dbn(sizes, draws)
    learner.prepare(PIXELS, {"below": below})
    return learner


class LiteralTop(LiteralLearner):
    """Contrastive divergence on states that are given as they are."""

    def binarize(self, states):
        return states


class LiteralGreedy(LiteralLearner):
    """The states of the layers below one number at a time, then contrastive divergence in the top RBM."""

    def __init__(self, config, state):
        self.config = config
        self.levels = [
            [state[f"{n}.{name}"].double().tolist() for name in "Wb"] for n in range(1, len(config.hidden_units) + 1)
        ]
        self.V = len(self.levels[0][0])
        self.top = LiteralTop(
            config.top_rbm(),
            {name.removeprefix("top."): x for name, x in state.items() if name.startswith("top.")},
        )

    def begin_epoch(self, epoch, generator):
        self.generator = generator
        self.top.begin_epoch(epoch, generator)

    def train_batch(self, pixels):
        states = self.binarize(pixels)
        for W, b in self.levels:
            states = self.sample(
                [[sigmoid(sum(v[i] * W[i][j] for i in range(len(v))) + b[j]) for j in range(len(b))] for v in states]
            )
        self.top.train_batch(states)

    def tensor(self, name):
        if name == "chains":
            return torch.tensor(self.top.chains)
        velocity, _, last = name.rpartition(".")
        return torch.tensor(self.top.velocity[last] if velocity else getattr(self.top, last))


UPDATES = {
    "CD-1": {"cd_k": 1},
    "CD-2": {},
    "PCD-1": {"cd_k": 1, "persistent": True},
    "momentum and weight decay": {"momentum": 0.7, "weight_decay": 0.3},
    "threshold": {"binarize": "threshold"},
    "real-valued": {"binarize": "none", "cd_k": 3},
    "three layers": {"hidden_units": (5, 4)},
    "four layers": {"hidden_units": (4, 9, 4), "persistent": True, "momentum": 0.5},
    "more units than pixels": {"hidden_units": (12,)},
}


@pytest.mark.parametrize("options", UPDATES.values(), ids=UPDATES)
def test_updates_equal_the_literal_ones(options):
    """Three epochs of batches of 5, 5 and 3 images of 9 pixels; only the top RBM changes."""
    options = {"learning_rate": 0.5, "initial_std": 0.5} | options
    learner = tiny_learner(**options)
    before = copied(learner.state())
    literal = LiteralGreedy(tiny_config(**options), before)
    for epoch in (1, 2, 3):
        learner.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        literal.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        for batch in PIXELS.split(5):
            assert learner.train_batch(batch) == {}
            literal.train_batch(batch)
            for name, tensor in learner.state().items():
                if name.startswith("top."):
                    expected = literal.tensor(name.removeprefix("top."))
                    torch.testing.assert_close(tensor, expected, rtol=0, atol=2e-5, msg=f"{name}, {epoch=}")
                else:
                    assert torch.equal(tensor, before[name])
        assert learner.current_learning_rate == 0.5
    assert not torch.allclose(learner.model.top.W, before["top.W"], atol=0.05)


def test_a_long_chain_follows_the_likelihood_gradient_of_the_top_rbm(draws):
    """⟨h₁ p(h₂ | h₁)⟩ over q(h₁ | v) of the data minus that of the top RBM, both by enumeration."""
    first = RBMConfig(hidden_units=4, **TOY)
    config = DBNConfig(first=first, hidden_units=(5,), cd_k=50, learning_rate=1, batch_size=2000)
    learner = config.new_learner((2, 3), draws)
    learner.prepare(PIXELS, {"below": random_rbm(6, 4, draws)})
    top, states = learner.model.top, all_states(4)
    for tensor in top.state().values():
        tensor.normal_(generator=draws)
    start = copied(learner.state())
    data = bernoulli(torch.full((2000, 6), 0.3), draws)

    p_on = learner.model.levels[0].mean_hidden(data)
    q = (states * p_on[:, None] + (1 - states) * (1 - p_on[:, None])).prod(dim=2).mean(dim=0)  # q(h₁) over the data
    difference = q - (-top.free_energy(states)).softmax(dim=0)
    expected = {
        "top.W": states.T @ (difference[:, None] * top.mean_hidden(states)),
        "top.a": difference @ states,
        "top.b": difference @ top.mean_hidden(states),
    }
    repeats = 10
    mean = {name: torch.zeros_like(tensor) for name, tensor in start.items()}
    for _ in range(repeats):
        learner.load_state(start)
        learner.train_batch((255 * data).byte())
        for name, tensor in learner.state().items():
            mean[name] += (tensor - start[name]) / repeats
    noise = 5 * 0.5 / (2000 * repeats) ** 0.5  # a statistic in [0, 1] has a standard deviation of 0.5 at most
    for name, value in expected.items():
        assert value.abs().max() > 3 * noise
        torch.testing.assert_close(mean[name], value, rtol=0, atol=noise)


# start and continuation


def test_the_top_starts_at_random_and_its_visible_bias_as_the_bias_below():
    learner = tiny_learner(hidden_units=(500,), initial_std=0.3)
    dbn = learner.model
    assert float(dbn.top.W.std()) == pytest.approx(0.3, rel=0.05)
    assert torch.equal(dbn.top.a, dbn.levels[0].b)
    assert dbn.top.a.data_ptr() != dbn.levels[0].b.data_ptr()
    assert not dbn.top.b.any()


def test_the_top_weights_are_not_those_the_rbm_started_with():
    config = DBNConfig(dataset="mnist-5k")
    below, top = (c.new_learner((28, 28), generator(0, 0, Stream.TRAINING)).model for c in (config.first, config))
    one, other = below.W.flatten()[:10_000], top.top.W.flatten()
    assert float(torch.corrcoef(torch.stack([one, other]))[0, 1].abs()) < 5 / 10_000**0.5


def test_a_tied_start_turns_the_level_below_upside_down():
    config = DBNConfig(first=RBMConfig(hidden_units=4, **TOY), hidden_units=(16,), tied_start=True)
    learner = config.new_learner((4, 4), torch.Generator().manual_seed(0))
    below = random_rbm(16, 4, torch.Generator().manual_seed(1))
    learner.prepare(torch.zeros(1, 16, dtype=torch.uint8), {"below": below})
    top, level = learner.model.top, learner.model.levels[0]
    assert torch.equal(top.W, below.W.T)
    assert torch.equal(top.a, below.b)
    assert torch.equal(top.b, below.a)
    assert top.W.is_contiguous()
    starts = [x.data_ptr() for x in (top.W, top.a, top.b, level.W, level.a, level.b, below.W, below.a, below.b)]
    assert len(set(starts)) == len(starts)


def test_a_tied_dbn_gives_every_image_the_likelihood_of_the_rbm_below(draws):
    rbm, dbn = random_rbm(V, H1, draws), DBN((V, H1, V))
    dbn.stack_on(rbm)
    dbn.mirror_below()
    for v in all_states(V)[::5]:
        assert literal_log_p(dbn, v) == pytest.approx(literal_rbm_log_p(rbm, v), abs=1e-4)
    dbn.top.W[0, 0] += 1
    assert literal_log_p(dbn, v) != pytest.approx(literal_rbm_log_p(rbm, v), abs=1e-4)


def test_a_tied_dbn_gives_every_image_the_likelihood_of_the_dbn_below(draws):
    below, dbn = random_dbn((V, H1, H2), draws), DBN((V, H1, H2, H1))
    dbn.stack_on(below)
    dbn.mirror_below()
    log_p = enumerated_log_p(dbn)
    assert float(log_p.logsumexp(0)) == pytest.approx(0, abs=1e-5)
    for number, v in enumerate(all_states(V)):
        assert float(log_p[number]) == pytest.approx(literal_log_p(below, v), abs=1e-4)


def enumerated_log_p(dbn):
    """log p of all states of the visible layer, from the top RBM downwards."""
    states = all_states(dbn.top.n_visible)
    log_p = (-dbn.top.free_energy(states)).double().log_softmax(dim=0)
    for level in reversed(dbn.levels):
        below = all_states(len(level.a))
        mean = level.mean_visible(states).double()
        log_p = (log_p + below.double() @ mean.log().T + (1 - below).double() @ (1 - mean).log().T).logsumexp(dim=1)
        states = below
    return log_p


def test_no_layer_below_the_top_is_changed_by_training():
    learner = train(tiny_learner(hidden_units=(5, 4)), 0)
    before = copied(learner.state())
    after = train(learner, 3).state()
    lower = {name for name in before if not name.startswith("top.")}
    assert lower == {"1.W", "1.b", "1.a", "2.W", "2.b", "2.a"}
    assert all(torch.equal(before[name], after[name]) for name in lower)
    assert not any(torch.equal(before[name], after[name]) for name in before.keys() - lower)


def test_continuing_a_tied_start_gives_what_one_go_gives():
    """The second learner has only the state: it is not prepared, and knows no parents."""
    options = {"hidden_units": (4, 6), "tied_start": True}
    in_one_go = train(tiny_learner(**options), 3)
    saved = copied(train(tiny_learner(**options), 2).state())
    continued = tiny_config(**options).new_learner((3, 3), generator(0, 0, Stream.TRAINING))
    continued.load_state(saved)
    assert same_bits(train(continued, 1, reached=2).state(), in_one_go.state())
    assert not same_bits(saved, in_one_go.state())
