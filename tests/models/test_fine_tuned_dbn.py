import pytest
import torch

from explorer.errors import ConfigError
from explorer.models.dbn import DBN, DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.training.randomness import Stream, generator
from tests.models.dbn_training import PIXELS, copied, same_bits, train
from tests.models.literal import LiteralLearner, sigmoid, upwards
from tests.models.random_models import all_states, random_dbn, random_rbm

TOY = {"dataset": "bars-and-stripes"}


# the config


def test_defaults_are_the_labs():
    config = FineTunedDBNConfig(dataset="mnist-5k")
    assert config.base == DBNConfig(dataset="mnist-5k")
    assert (config.cd_k, config.learning_rate, config.epochs, config.batch_size) == (2, 0.01, 100, 100)
    assert config.parents() == {"base": config.base}


def test_the_top_rbm_has_the_fine_tunings_settings_and_the_dbns_size():
    base = DBNConfig(hidden_units=(9, 6), cd_k=5, momentum=0.5, weight_decay=0.1, learning_rate=0.3, **TOY)
    config = FineTunedDBNConfig(base=base, cd_k=3, learning_rate=0.02, batch_size=7, seed=4)
    options = {"cd_k": 3, "learning_rate": 0.02, "batch_size": 7, "seed": 4, "initial_std": 0}
    assert config.top_rbm() == RBMConfig(hidden_units=6, **options, **TOY)


@pytest.mark.parametrize("mode", ["sample", "threshold", "none"])
def test_pixels_are_made_binary_as_for_the_first_rbm(mode):
    assert FineTunedDBNConfig(base=DBNConfig(first=RBMConfig(binarize=mode))).binarize == mode


@pytest.mark.parametrize("field", ["base", "base.first"])
def test_a_base_trained_on_other_data_is_refused(field):
    with pytest.raises(ConfigError) as caught:
        FineTunedDBNConfig.from_values({"dataset": "mnist-5k", f"{field}.dataset": "bars-and-stripes"})
    (problem,) = caught.value.problems
    assert problem.field == f"{field}.dataset"
    assert str(problem).endswith("is not valid: 'mnist-5k', as dataset says (or change dataset).")


def test_a_tied_start_that_does_not_fit_is_named_in_full():
    with pytest.raises(ConfigError) as caught:
        FineTunedDBNConfig.from_values({"base.tied_start": True, "base.hidden_units": (100,), "dataset": "mnist-5k"})
    (problem,) = caught.value.problems
    assert problem.field == "base.hidden_units"
    assert problem.expected == "784, as many as pixels, for a tied start; or switch tied_start off"


def test_the_cost_counts_six_passes_for_each_level_and_the_top_rbm():
    base = DBNConfig(first=RBMConfig(hidden_units=10, **TOY), hidden_units=(20, 30))
    assert FineTunedDBNConfig(base=base, cd_k=3).cost((4, 4)) == 6 * (16 * 10 + 10 * 20) + 20 * 30 * 9


# the learning rule


def tiny_config(seed=0, **options):
    first = RBMConfig(dataset="mnist-5k", hidden_units=6, binarize=options.pop("binarize", "sample"))
    base = DBNConfig(first=first, hidden_units=options.pop("hidden_units", (5,)))
    return FineTunedDBNConfig(**{"base": base, "batch_size": 5, "seed": seed, "learning_rate": 0.5} | options)


def tiny_base(config):
    """A random DBN of 9 pixels, always the same for the same layers."""
    return random_dbn((9, 6, *config.base.hidden_units), torch.Generator().manual_seed(6))


def tiny_learner(seed=0, **options):
    config = tiny_config(seed, **options)
    learner = config.new_learner((3, 3), generator(seed, 0, Stream.TRAINING))
    learner.prepare(PIXELS, {"base": tiny_base(config)})
    return learner


class LiteralUpDown(LiteralLearner):
    """The up-down algorithm in the order of appendix B (Hinton, Osindero & Teh 2006), one number at a time.

    Statistics of both phases first, with the weights as they are, then all updates. As in the lab, the dreamt pixels
    are sampled, and the end of the top RBM's chain enters as probabilities.
    """

    def __init__(self, config, state):
        self.config = config
        names = range(1, len(config.base.hidden_units) + 1)
        self.levels = [{x: state[f"{n}.{x}"].double().tolist() for x in ("W", "b", "G", "a")} for n in names]
        self.top = {x: state[f"top.{x}"].double().tolist() for x in ("W", "a", "b")}
        self.V = len(self.levels[0]["W"])

    def begin_epoch(self, epoch, generator):  # noqa: ARG002
        self.generator = generator

    def train_batch(self, pixels):
        top = self.top
        # the wake phase: up with the recognition weights
        wake = [self.binarize(pixels)]
        for level in self.levels:
            wake.append(self.sample(upwards(wake[-1], level["W"], level["b"])))
        # k Gibbs steps in the top RBM
        wake_top = self.sample(upwards(wake[-1], top["W"], top["b"]))
        h = wake_top
        for step in range(self.config.cd_k):
            chain = self.sample(downwards(h, top["W"], top["a"]))
            chain_top = upwards(chain, top["W"], top["b"])
            if step + 1 < self.config.cd_k:
                h = self.sample(chain_top)
        # the sleep phase: down with the generative weights
        sleep = [chain]
        for level in reversed(self.levels):
            p = downwards(sleep[0], level["G"], level["a"])
            real = level is self.levels[0] and self.config.binarize == "none"
            sleep.insert(0, p if real else self.sample(p))
        # what each direction predicts of the other's states
        given = [downwards(wake[n + 1], level["G"], level["a"]) for n, level in enumerate(self.levels)]
        recognised = [upwards(sleep[n], level["W"], level["b"]) for n, level in enumerate(self.levels)]
        for n, level in enumerate(self.levels):
            self.add(level["G"], level["a"], minus(wake[n], given[n]), wake[n + 1])
            self.add(transposed := turned(level["W"]), level["b"], minus(sleep[n + 1], recognised[n]), sleep[n])
            level["W"] = turned(transposed)
        positive, negative = (
            [[sum(v[n][i] * h[n][j] for n in range(len(v))) for j in range(len(h[0]))] for i in range(len(v[0]))]
            for v, h in ((wake[-1], wake_top), (chain, chain_top))
        )
        rate = self.config.learning_rate / len(pixels)
        top["W"] = [
            [w + rate * (p - n) for w, p, n in zip(*rows, strict=True)]
            for rows in zip(top["W"], positive, negative, strict=True)
        ]
        for name, data, model in (("a", wake[-1], chain), ("b", wake_top, chain_top)):
            sums = [sum(column) for column in zip(*minus(data, model), strict=True)]
            top[name] = [x + rate * s for x, s in zip(top[name], sums, strict=True)]

    def add(self, weights, bias, errors, states):
        """weights (errors' units, states' units) += η⟨error · state⟩, bias += η⟨error⟩, in place."""
        rate = self.config.learning_rate / len(errors)
        for i in range(len(bias)):
            bias[i] += rate * sum(error[i] for error in errors)
            for j in range(len(states[0])):
                weights[i][j] += rate * sum(e[i] * s[j] for e, s in zip(errors, states, strict=True))

    def tensor(self, name):
        place, _, x = name.partition(".")
        return torch.tensor((self.top if place == "top" else self.levels[int(place) - 1])[x])


def downwards(states, W, a):
    return [[sigmoid(sum(h[j] * W[i][j] for j in range(len(h))) + a[i]) for i in range(len(a))] for h in states]


def minus(one, other):
    return [[x - y for x, y in zip(*rows, strict=True)] for rows in zip(one, other, strict=True)]


def turned(rows):
    return [list(column) for column in zip(*rows, strict=True)]


UPDATES = {
    "CD-2": {},
    "CD-1": {"cd_k": 1},
    "CD-3": {"cd_k": 3},
    "threshold": {"binarize": "threshold"},
    "real-valued": {"binarize": "none"},
    "three layers": {"hidden_units": (5, 4)},
    "three layers, real-valued": {"hidden_units": (5, 4), "binarize": "none"},
    "four layers": {"hidden_units": (4, 12, 4), "cd_k": 1},
}


@pytest.mark.parametrize("options", UPDATES.values(), ids=UPDATES)
def test_updates_equal_the_literal_ones(options):
    """Three epochs of batches of 5, 5 and 3 images of 9 pixels."""
    learner = tiny_learner(**options)
    before = copied(learner.state())
    literal = LiteralUpDown(tiny_config(**options), before)
    for epoch in (1, 2, 3):
        learner.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        literal.begin_epoch(epoch, generator(1, epoch, Stream.TRAINING))
        for batch in PIXELS.split(5):
            assert learner.train_batch(batch) == {}
            literal.train_batch(batch)
            for name, tensor in learner.state().items():
                torch.testing.assert_close(tensor, literal.tensor(name), rtol=0, atol=2e-5, msg=f"{name}, {epoch=}")
        assert learner.current_learning_rate == 0.5
    assert not any(torch.allclose(tensor, before[name], atol=0.02) for name, tensor in learner.state().items())


def test_updates_average_to_the_gradients_by_enumeration():
    """Wake climbs E_q[log p(v, h)] in G and a, sleep E_p[log q(h | v)] in W and b, the top CD-k; all states summed."""
    first = RBMConfig(hidden_units=4, **TOY)
    config = FineTunedDBNConfig(
        base=DBNConfig(first=first, hidden_units=(5,)), cd_k=2, learning_rate=1, batch_size=2000, **TOY
    )
    draws = torch.Generator().manual_seed(0)
    learner = config.new_learner((2, 2), draws)
    learner.prepare(PIXELS, {"base": random_dbn((4, 4, 5), draws)})
    for tensor in learner.state().values():
        tensor.add_(torch.empty_like(tensor).normal_(generator=draws), alpha=0.5)  # the directions no longer agree
    start = copied(learner.state())
    data = torch.tensor([[1.0, 0, 1, 1], [0, 0, 1, 0]]).repeat(1000, 1)
    expected = expected_updates(start, data[:2], cd_k=2)

    repeats = 10
    mean = {name: torch.zeros_like(tensor) for name, tensor in start.items()}
    for _ in range(repeats):
        learner.load_state(start)
        learner.train_batch((255 * data).byte())
        for name, tensor in learner.state().items():
            mean[name] += (tensor - start[name]) / repeats
    noise = 5 * 0.5 / (2000 * repeats) ** 0.5
    for name, value in expected.items():
        assert value.abs().max() > 3 * noise
        torch.testing.assert_close(mean[name], value.float(), rtol=0, atol=noise, msg=name)


def expected_updates(state, data, cd_k):
    """The gradients that one level's wake and sleep follow, by autograd, and CD-k's mean, all in double precision."""
    x = {name: tensor.double().requires_grad_() for name, tensor in state.items()}
    v, h, top = (all_states(n).double() for n in (4, 4, 5))
    data = data.double()

    def log_prob(states, logits):  # (S, N) and (T, N) → (T, S)
        return (states * logits[:, None] - torch.nn.functional.softplus(logits[:, None])).sum(dim=2)

    def up(states):
        return log_prob(h, states @ x["1.W"] + x["1.b"])

    def down(states, below):
        return log_prob(below, states @ x["1.G"].T + x["1.a"])

    q = up(data).exp().detach()  # (data, h)
    wake = (q * down(h, data).T).sum() / len(data)
    top_given_h = log_prob(top, h @ x["top.W"] + x["top.b"]).exp().detach()  # (h, top)
    h_given_top = log_prob(h, top @ x["top.W"].T + x["top.a"]).exp().detach()  # (top, h)
    p_start = q.mean(dim=0)
    p_end = p_start @ torch.linalg.matrix_power(top_given_h @ h_given_top, cd_k)
    sleep = (p_end[:, None] * down(h, v).exp().detach() * up(v).T).sum()
    gradients = torch.autograd.grad(wake + sleep, [x[f"1.{name}"] for name in "WbGa"])
    mean_top = top_given_h @ top
    return dict(zip(("1.W", "1.b", "1.G", "1.a"), gradients, strict=True)) | {
        "top.W": h.T @ ((p_start - p_end)[:, None] * mean_top),
        "top.a": (p_start - p_end) @ h,
        "top.b": (p_start - p_end) @ mean_top,
    }


# start and continuation


@pytest.mark.parametrize("hidden_units", [(5,), (5, 4)])
def test_it_starts_as_its_base(hidden_units):
    learner = tiny_learner(hidden_units=hidden_units)
    base, v = tiny_base(learner.config), all_states(9)
    for steps in (1, 3):
        one, other = (x.reconstruct(v, torch.Generator().manual_seed(3), steps) for x in (learner.model, base))
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])
    for own, trained in zip(learner.model.levels, base.levels, strict=True):
        assert torch.equal(own.W, trained.W)
        assert torch.equal(own.G, trained.W)
        assert len({own.W.data_ptr(), own.G.data_ptr(), trained.W.data_ptr()}) == 3
    assert same_bits(learner.model.top.state(), base.top.state())


def test_only_a_dbn_of_the_same_layers_is_fine_tuned():
    learner = tiny_learner()
    draws = torch.Generator().manual_seed(0)
    with pytest.raises(TypeError, match="only a DBN can be fine-tuned, not a RBM"):
        learner.prepare(PIXELS, {"base": random_rbm(9, 6, draws)})
    with pytest.raises(ValueError, match="zip"):
        learner.prepare(PIXELS, {"base": DBN((9, 6, 5, 4))})
    with pytest.raises(ValueError, match=r"W has shape \(6, 7\) instead of \(6, 5\)"):
        learner.prepare(PIXELS, {"base": DBN((9, 6, 7))})


def test_both_directions_and_the_top_are_trained_and_part():
    learner = tiny_learner(hidden_units=(5, 4))
    before = copied(learner.state())
    after = train(learner, 1).state()
    assert not any(torch.equal(before[name], after[name]) for name in before)
    assert all(float((level.W - level.G).abs().max()) > 0.01 for level in learner.model.levels)


RULES = {"one level": {}, "two levels": {"hidden_units": (5, 4)}, "real-valued": {"binarize": "none"}}
