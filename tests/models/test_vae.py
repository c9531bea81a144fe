import itertools
import math

import pytest
import torch
from torch import nn

from explorer.analysis.vae_measures import MEASURES
from explorer.api import train
from explorer.data.catalogue import load
from explorer.engine.inline import InlineEngine
from explorer.errors import ConfigError, TrainingFailed
from explorer.models.vae import VAE, VAEConfig
from explorer.runs.library import Library
from explorer.runs.status import State
from explorer.runs.store import Store
from explorer.training.randomness import Stream, generator, reseed

MODULES = {"softplus": nn.Softplus, "relu": nn.ReLU, "tanh": nn.Tanh}
TOY = {"dataset": "bars-and-stripes", "hidden_units": 8, "latent_size": 3}


def learner_of(shape=(4, 4), seed=0, **options):
    config = VAEConfig(**TOY | {"seed": seed} | options)
    return config.new_learner(shape, generator(seed, 0, Stream.TRAINING))


def sizes(model):
    return {name: tuple(tensor.shape) for name, tensor in model.state().items()}


# the networks


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("shape", [(28, 28), (4, 4)])
@pytest.mark.parametrize("latent_size", [1, 2, 50])
def test_shapes(latent_size, shape, decoder, draws):
    model = learner_of(shape, latent_size=latent_size, decoder=decoder).model
    pixels = math.prod(shape)
    x, z = torch.rand(5, pixels, generator=draws), torch.randn(3, 5, latent_size, generator=draws)
    assert [part.shape for part in model.encode(x)] == [(5, latent_size)] * 2
    assert model.decode(z[0]).shape == model.reconstruct(x).shape == model.sample(5, draws).shape == (5, pixels)
    assert model.pixel_parameters(z[0]).shape == (5, pixels * (2 if decoder == "gaussian" else 1))
    assert model.log_prob(x, z).shape == (3, 5)
    assert model.latent_weights().shape == (latent_size, 8)
    assert 0 <= float(model.decode(z[0]).min().detach()) <= float(model.decode(z[0]).max().detach()) <= 1


def test_the_labs_vae_has_the_layers_of_the_lab():
    model = VAEConfig().new_model((28, 28))
    assert sizes(model) == {
        "encoder.0.W": (784, 200),
        "encoder.0.b": (200,),
        "encoder.1.W": (200, 200),
        "encoder.1.b": (200,),
        "encoder.2.W": (200, 40),
        "encoder.2.b": (40,),
        "decoder.0.W": (20, 200),
        "decoder.0.b": (200,),
        "decoder.1.W": (200, 200),
        "decoder.1.b": (200,),
        "decoder.2.W": (200, 784),
        "decoder.2.b": (784,),
    }
    # 157,000 + 40,200 + 8,040 for the encoder; 4,200 + 40,200 + 157,584 for the decoder
    assert sum(tensor.numel() for tensor in model.state().values()) == 205_240 + 201_984
    assert not any(tensor.any() for tensor in model.state().values())


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        # 784-400-20 and back: 314,000 + 16,040 + 8,400 + 314,384
        ({"hidden_units": 400, "encoder_layers": 1, "decoder_layers": 1}, 652_824),
        # three more layers of 200 × 200 weights in the encoder
        ({"encoder_layers": 5}, 407_224 + 3 * 40_200),
        # twice the outputs: another 200 × 784 weights and 784 biases
        ({"decoder": "gaussian"}, 407_224 + 157_584),
        # 19 latents fewer: 2 × 201 each at the encoder's end, 200 each at the decoder's start
        ({"latent_size": 1}, 407_224 - 19 * (402 + 200)),
    ],
)
def test_parameters_are_counted_by_hand(options, parameters):
    model = VAEConfig(**options).new_model((28, 28))
    assert sum(tensor.numel() for tensor in model.state().values()) == parameters


def test_cost_counts_weights_three_times_the_decoders_for_each_sample():
    encoder, decoder = 784 * 200 + 200 * 200 + 200 * 40, 20 * 200 + 200 * 200 + 200 * 784
    assert VAEConfig().cost((28, 28)) == 3 * (encoder + decoder)
    assert VAEConfig(importance_samples=5).cost((28, 28)) == 3 * (encoder + 5 * decoder)


def as_modules(layers, activation):
    """The same network made of torch's modules, from pairs of W (below, above) and b."""
    modules = []
    for W, b in layers:
        linear = nn.Linear(*W.shape)
        linear.weight.data, linear.bias.data = W.detach().T.clone(), b.detach().clone()
        modules += [linear, MODULES[activation]()]
    return nn.Sequential(*modules[:-1])  # the last layer is linear


def layers_of(model, side):
    state = model.state()
    names = [name.removesuffix(".W") for name in state if name.startswith(side) and name.endswith(".W")]
    return [(state[f"{name}.W"], state[f"{name}.b"]) for name in names]


@pytest.mark.parametrize(("encoder_layers", "decoder_layers"), [(2, 2), (1, 3)])
@pytest.mark.parametrize("activation", MODULES)
def test_the_networks_are_torchs_with_the_same_weights(activation, encoder_layers, decoder_layers, draws):
    model = learner_of(activation=activation, encoder_layers=encoder_layers, decoder_layers=decoder_layers).model
    encoder, decoder = (as_modules(layers_of(model, side), activation) for side in ("encoder", "decoder"))
    assert len(encoder) == 2 * encoder_layers + 1
    assert len(decoder) == 2 * decoder_layers + 1
    x, z = torch.rand(6, 16, generator=draws), torch.randn(6, 3, generator=draws)
    torch.testing.assert_close(torch.cat(model.encode(x), dim=1), encoder(x), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(model.pixel_parameters(z), decoder(z), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(model.decode(z), torch.sigmoid(decoder(z)), rtol=1e-5, atol=1e-6)
    assert torch.equal(model.latent_weights(), layers_of(model, "decoder")[0][0])


def test_activations_differ(draws):
    x = torch.rand(6, 16, generator=draws)
    codes = [learner_of(activation=name).model.encode(x)[0] for name in MODULES]
    assert not any(torch.allclose(a, b, atol=1e-3) for a, b in itertools.combinations(codes, 2))


def test_the_two_networks_are_given_by_their_layers():
    model = VAE((6, 5, 4), (2, 3, 6), "relu")
    assert [W.shape for W in model.weights()[0]] == [(6, 5), (5, 4)]
    assert [W.shape for W in model.weights()[1]] == [(2, 3), (3, 6)]
    assert model.latent_size == 2


# the start


def test_first_weights_are_uniform_in_the_range_of_their_layer():
    model = VAEConfig().new_learner((28, 28), torch.Generator().manual_seed(0)).model
    state = {name: x.detach() for name, x in model.state().items()}
    for name, tensor in state.items():
        below = len(state[name[:-1] + "W"])
        bound, n = 1 / math.sqrt(below), tensor.numel()
        assert tensor.abs().max() <= bound
        assert tensor.abs().max() > bound * (1 - 10 / n)
        # a uniform number in ±1 has the variances 1/3 of itself and 4/45 of its square
        assert float(tensor.mean() / bound) == pytest.approx(0, abs=5 * (1 / 3 / n) ** 0.5), name
        assert float(tensor.square().mean() / bound**2) == pytest.approx(1 / 3, abs=5 * (4 / 45 / n) ** 0.5), name


@pytest.mark.parametrize(
    ("field", "bad"), [("latent_size", 0), ("latent_size", 51), ("beta", -0.1), ("learning_rate", 0)]
)
def test_values_out_of_range_are_refused(field, bad):
    with pytest.raises(ConfigError, match=f"{field} = {bad} is not valid"):
        VAEConfig.from_values({field: bad})


# start and continuation


def after_epochs(seed, epochs=3, **options):
    learner = learner_of(seed=seed, **options)
    pixels = torch.tensor(load("bars-and-stripes").train[:50])
    draws = torch.Generator()
    for epoch in range(1, epochs + 1):
        learner.begin_epoch(epoch, reseed(draws, seed, epoch, Stream.TRAINING))
        for batch in pixels.split(20):
            learner.train_batch(batch)
    return learner


# whole runs


@pytest.fixture
def library(tmp_path, clean_settings):
    clean_settings(device="cpu", threads=1)
    return Library(Store(tmp_path / "runs"), Store(tmp_path / "shipped", shipped=True))


def test_a_small_run_has_all_its_metrics(clean_settings):
    clean_settings(device="cpu", threads=1)
    run = train(VAEConfig(**TOY | {"latent_size": 2}, epochs=6, learning_rate=0.01), figures="all")
    table = run.metrics()
    assert run.status.state is State.DONE
    assert run.snapshots == [0, 1, 2, 3, 5, 6]
    assert list(table.index) == list(range(7))
    assert set(table.columns) - {"seconds"} == {metric.name for metric in MEASURES.metrics} - {"bound_train"}
    each_epoch = table[["elbo", "reconstruction", "kl", "active_latents"]]
    assert each_epoch.notna().all(axis=None)
    assert table["elbo_train"][1:].notna().all()
    for name in ("bound_1", "bound_50", "bound_50_error", "log_likelihood"):
        assert list(table.index[table[name].notna()]) == run.snapshots[1:]
    assert table["elbo"][6] > table["elbo"][0] + 1
    last = table.loc[6]
    slack = 5 * last["bound_50_error"]
    assert last["bound_1"] - slack < last["bound_50"] < last["log_likelihood"] + slack
    assert last["log_likelihood"] < 0
    z = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(run.model().decode(z), run.model(6).decode(z))
    assert not torch.equal(run.model(1).decode(z), run.model(6).decode(z))


def test_divergence_names_epoch_and_rate_and_keeps_the_last_snapshot(library):
    config = VAEConfig(
        **TOY | {"hidden_units": 64, "activation": "tanh", "learning_rate": 1.0, "batch_size": 2000}, epochs=50
    )
    with pytest.raises(TrainingFailed, match=r"In epoch \d+ at learning rate 1, .* smaller learning rate"):
        InlineEngine(library).submit(config)
    run = library.find(config)
    status = run.status
    assert status.state is State.FAILED
    assert f"In epoch {status.epoch + 1} at" in status.error
    assert f"up to epoch {status.epoch} is kept" in status.error
    assert status.traceback is None
    assert run.snapshots[-1] == status.epoch
    assert all(x.isfinite().all() for x in run.model().state().values())
    assert list(run.metrics().index) == list(range(status.epoch + 1))
