from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from explorer.data.catalogue import load
from explorer.engine.inline import InlineEngine
from explorer.models.convolution import ConvNet, Layer
from explorer.models.dcgan import DCGAN, DCGANConfig
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.runs.tensors import read_tensors
from explorer.training.randomness import Stream, generator, reseed

SHAPE = (28, 28)
TINY = {"dataset": "mnist-5k", "width": 8, "latent_size": 5, "batch_size": 6}


@pytest.fixture(autouse=True)
def bits(request, monkeypatch):
    """The bits of products in training: 32, whatever the CPU has, so that other programs can be held against ours."""
    count = getattr(request, "param", 32)
    monkeypatch.setattr("explorer.models.precision.cpu_multiplies_bfloat16", lambda: count == 16)
    return count


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="trains on a CUDA device")
both_precisions = pytest.mark.parametrize("bits", [32, 16], indirect=True)


def learner_of(seed=0, **options):
    config = DCGANConfig(**TINY | {"seed": seed} | options)
    return config.new_learner(SHAPE, generator(seed, 0, Stream.TRAINING))


def rows(count, side=32):
    return torch.randint(256, (count, side**2), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def count(tensors):
    return sum(tensor.numel() for tensor in tensors.values())


# the networks


def test_the_layers_of_the_edition_of_32_are_those_of_the_lab():
    model = DCGANConfig(width=64).new_model(SHAPE)
    assert {name: tuple(x.shape) for name, x in model.state().items() if name.endswith(".W")} == {
        "generator.0.W": (100, 512, 4, 4),
        "generator.1.W": (512, 256, 4, 4),
        "generator.2.W": (256, 128, 4, 4),
        "generator.3.W": (128, 1, 4, 4),
        "discriminator.0.W": (64, 1, 4, 4),
        "discriminator.1.W": (128, 64, 4, 4),
        "discriminator.2.W": (1, 128, 8, 8),
    }
    kernels = 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 1)
    assert count(model.generator_parameters) == kernels + 2 * (512 + 256 + 128) + 1 == 3_444_481
    assert count(model.discriminator_parameters) == 16 * 64 + 64 + 16 * 64 * 128 + 2 * 128 + 64 * 128 + 1 == 140_609


def test_the_layers_of_the_edition_of_64_are_those_of_the_lab():
    model = DCGANConfig(width=64, image_size="64").new_model(SHAPE)
    assert {name: tuple(x.shape) for name, x in model.state().items() if name.endswith(".W")} == {
        "generator.0.W": (100, 512, 4, 4),
        "generator.1.W": (512, 256, 4, 4),
        "generator.2.W": (256, 128, 4, 4),
        "generator.3.W": (128, 64, 4, 4),
        "generator.4.W": (64, 1, 4, 4),
        "discriminator.0.W": (64, 1, 4, 4),
        "discriminator.1.W": (128, 64, 4, 4),
        "discriminator.2.W": (256, 128, 4, 4),
        "discriminator.3.W": (512, 256, 4, 4),
        "discriminator.4.W": (1, 512, 4, 4),
    }
    kernels = 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64)
    assert count(model.generator_parameters) == kernels + 2 * (512 + 256 + 128 + 64) + 1 == 3_574_657
    kernels = 16 * (64 + 64 * 128 + 128 * 256 + 256 * 512 + 512)
    assert count(model.discriminator_parameters) == kernels + 64 + 2 * (128 + 256 + 512) + 1 == 2_763_585


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("side", [32, 64])
def test_shapes(side, batch_norm, draws):
    model = learner_of(image_size=str(side), batch_norm=batch_norm).model
    z, x = torch.randn(3, 5, generator=draws), torch.rand(3, side, side, generator=draws)
    samples = model.sample(z)
    assert samples.shape == (3, side, side)
    assert samples.min() >= 0
    assert samples.max() <= 1
    assert model.logits(x).shape == model.discriminate(x).shape == (3,)
    up = [(3, channels, 4 * 2**i, 4 * 2**i) for i, channels in enumerate([64, 32, 16, 8][: 3 + (side == 64)])]
    assert [tuple(y.shape) for y in model.generator_layers(z)] == [*up, (3, 1, side, side)]
    down = [(3, 8 * 2**i, side // 2 ** (i + 1), side // 2 ** (i + 1)) for i in range(2 if side == 32 else 4)]
    assert [tuple(y.shape) for y in model.discriminator_layers(x)] == [*down, (3, 1, 1, 1)]
    torch.testing.assert_close(model.generator_layers(z)[-1][:, 0], 2 * samples - 1)
    torch.testing.assert_close(model.discriminator_layers(x)[-1].flatten(), model.logits(x))
    torch.testing.assert_close(model.discriminate(x), model.logits(x).sigmoid())


def test_batch_norm_is_left_out_at_ds_ends_and_at_gs_last_layer():
    names = DCGANConfig(image_size="64").new_model(SHAPE).state()
    assert {name for name in names if name.endswith(".b")} == {
        "generator.4.b",
        "discriminator.0.b",
        "discriminator.4.b",
    }
    assert len([name for name in names if name.endswith(".scale")]) == 4 + 3
    without = DCGANConfig(image_size="64", batch_norm=False).new_model(SHAPE).state()
    assert {name.rpartition(".")[2] for name in without} == {"W", "b"}


def as_modules(model, batch_norm):
    """Both networks of torch's modules with copies of the model's weights, layer by layer as lab.md has them."""
    state = {name: x.detach().clone() for name, x in model.state().items()}
    networks = {}
    for part in ("generator", "discriminator"):
        kernels = [state[f"{part}.{i}.W"] for i in range(5) if f"{part}.{i}.W" in state]
        modules = []
        for i, W in enumerate(kernels):
            name, last = f"{part}.{i}", i == len(kernels) - 1
            stride, padding = (1, 0) if (i == 0 if part == "generator" else last) else (2, 1)
            if part == "generator":
                convolution = nn.ConvTranspose2d(*W.shape[:2], W.shape[2], stride, padding)
            else:
                convolution = nn.Conv2d(W.shape[1], W.shape[0], W.shape[2], stride, padding)
            convolution.weight.data = W
            convolution.bias.data = state.get(f"{name}.b", torch.zeros_like(convolution.bias))
            modules.append(convolution)
            if f"{name}.scale" in state:
                convolution.bias = None
                norm = nn.BatchNorm2d(len(state[f"{name}.scale"]))
                norm.weight.data, norm.bias.data = state[f"{name}.scale"], state[f"{name}.shift"]
                norm.running_mean, norm.running_var = state[f"{name}.mean"], state[f"{name}.variance"]
                modules.append(norm)
            modules.append(nn.Identity() if last else nn.LeakyReLU(0.2))
        networks[part] = nn.Sequential(*modules, *([nn.Tanh()] if part == "generator" else [nn.Flatten(0)]))
    assert batch_norm == any(isinstance(module, nn.BatchNorm2d) for net in networks.values() for module in net)
    return networks["generator"], networks["discriminator"]


def weights_of(network, part):
    """The tensors of a network of modules under the model's names."""
    found, number = {}, -1
    for module in network:
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            number += 1
            found[f"{part}.{number}.W"] = module.weight
            if module.bias is not None:
                found[f"{part}.{number}.b"] = module.bias
        if isinstance(module, nn.BatchNorm2d):
            for name, tensor in (
                ("scale", module.weight),
                ("shift", module.bias),
                ("mean", module.running_mean),
                ("variance", module.running_var),
            ):
                found[f"{part}.{number}.{name}"] = tensor
    return found


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("side", [32, 64])
def test_the_networks_are_torchs_with_the_same_weights(side, batch_norm, training, draws):
    model = learner_of(image_size=str(side), batch_norm=batch_norm).model
    for tensor in model.state().values():  # far from where it starts
        tensor.detach().add_(torch.rand(tensor.shape, generator=draws), alpha=0.1)
    up, down = (network.train(training) for network in as_modules(model, batch_norm))
    z, x = torch.randn(4, 5, generator=draws), torch.rand(4, 1, side, side, generator=draws)
    images, logits = model.generate(z, training=training), model.judge(x, training=training)
    torch.testing.assert_close(images, up(z[:, :, None, None]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(logits, down(x), rtol=1e-4, atol=1e-4)
    wanted = weights_of(up, "generator") | weights_of(down, "discriminator")
    assert wanted.keys() == model.state().keys()
    for name, tensor in model.state().items():  # running statistics have followed, or have not
        torch.testing.assert_close(tensor, wanted[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("needs_grad", [True, False])
def test_convolutions_by_blocks_are_convolutions(needs_grad, draws):
    """Layers with one channel take another way; its results and gradients are those of torch's own."""
    up, down = Layer(6, 1, 4, 2, 1, up=True, normalized=False), Layer(1, 6, 4, 2, 1, up=False, normalized=False)
    x = torch.rand(3, 1, 8, 8, generator=draws).requires_grad_(needs_grad)
    small = torch.rand(3, 6, 4, 4, generator=draws).requires_grad_(needs_grad)
    plain = {"up": nn.functional.conv_transpose2d, "down": nn.functional.conv2d}
    for name, layer, inputs in (("up", up, small), ("down", down, x)):
        network = ConvNet([layer])
        network.initialize(draws)
        W, b = network.parameters["0.W"].requires_grad_(), network.parameters["0.b"].requires_grad_()
        ours, torchs = network(inputs, training=True), plain[name](inputs, W, b, 2, 1)
        torch.testing.assert_close(ours, torchs, rtol=1e-5, atol=1e-6)
        over = [W, b, *([inputs] if needs_grad else [])]
        weight = torch.rand(ours.shape, generator=draws)
        gradients = [torch.autograd.grad((y * weight).sum(), over) for y in (ours, torchs)]
        for mine, theirs in zip(*gradients, strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("side", [1, 2, 4, 8])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (2, 0), (1, 1)])
@pytest.mark.parametrize("up", [True, False])
def test_a_layer_puts_out_the_size_it_says(up, stride, padding, side, draws):
    layer = Layer(3, 2, 4, stride, padding, up=up, normalized=False)
    if layer.size(side) < 1 or (not up and side + 2 * padding < 4):
        return
    network = ConvNet([layer])
    network.initialize(draws)
    x = torch.rand(2, 3, side, side, generator=draws)
    plain = nn.functional.conv_transpose2d if up else nn.functional.conv2d
    found = network(x, training=False)
    assert found.shape == (2, 2, layer.size(side), layer.size(side))
    torch.testing.assert_close(found, plain(x, network.parameters["0.W"], None, stride, padding), rtol=1e-5, atol=1e-6)


# the start


def test_the_learning_rate_shown_is_the_generators():
    assert learner_of().current_learning_rate == 2e-4
    assert learner_of(generator_rate=0.01).current_learning_rate == 0.01


def test_first_weights_are_as_the_paper_says():
    for name, tensor in DCGANConfig(image_size="64", width=32).new_learner(SHAPE, generator(0, 0, 0)).state().items():
        x, n = tensor.detach(), tensor.numel()
        if name.endswith((".W", ".scale")) and not name.startswith("adam"):
            mean = 0.0 if name.endswith(".W") else 1.0
            assert float(x.mean()) == pytest.approx(mean, abs=5 * 0.02 / n**0.5), name
            assert float((x - mean).square().mean() ** 0.5) == pytest.approx(0.02, rel=5 / (2 * n) ** 0.5), name
        else:
            assert bool((x == (1.0 if name.endswith(".variance") else 0.0)).all()), name


def test_images_are_trained_on_in_minus_one_to_one():
    model = DCGANConfig(**TINY).new_model(SHAPE)
    pixels = torch.tensor([[0] * 512 + [255] * 512], dtype=torch.uint8)
    x = model.to_inner(pixels)
    assert x.shape == (1, 1, 32, 32)
    assert bool((x[0, 0, :16] == -1).all())
    torch.testing.assert_close(x[0, 0, 16:], torch.ones(16, 32))


@pytest.mark.parametrize("side", ["32", "64"])
def test_the_training_images_are_enlarged_once(side):
    images = load("mnist-5k")
    few = replace(images, train=images.train[:20].copy(), train_labels=images.train_labels[:20].copy())
    enlarged = DCGANConfig(**TINY | {"image_size": side}).training_rows(few)
    assert enlarged.shape == (20, int(side) ** 2)
    assert enlarged.dtype == np.uint8


@pytest.mark.parametrize("side", ["32", "64"])
def test_dark_on_light_is_enlarged_as_light_on_dark_is(side):
    few = load("mnist-5k").first(20)
    config = DCGANConfig(**TINY | {"image_size": side})
    inverted = config.training_rows(replace(few, train=255 - few.train)).astype(int)
    assert np.abs(inverted - (255 - config.training_rows(few).astype(int))).max() <= (side == "64")  # by rounding


def test_cost_counts_multiply_adds():
    up = 16 * (5 * 64 + 16 * 64 * 32 + 64 * 32 * 16 + 256 * 16)
    down = 16 * (256 * 8 + 64 * 8 * 16) + 64 * 16
    assert DCGANConfig(**TINY).cost(SHAPE) == 3 * up + 8 * down
    twice = DCGANConfig(**TINY, discriminator_updates=2, generator_updates=3)
    assert twice.cost(SHAPE) == (2 + 2 + 6) * up + (12 + 6) * down


@pytest.mark.parametrize("options", [{}, {"discriminator_updates": 2}, {"generator_updates": 2}, {"image_size": "64"}])
def test_cost_is_what_a_step_multiplies(options, monkeypatch):
    monkeypatch.setattr("explorer.models.convolution._is_thin", lambda *_: False)  # the detour multiplies zeros
    learner = learner_of(**options)
    with FlopCounterMode(display=False) as counter:
        learner.train_batch(rows(6, learner.model.side))
    counted = counter.get_total_flops() / 2 / 6  # a multiply-add are two operations, a batch six images
    assert learner.config.cost(SHAPE) == pytest.approx(counted, rel=0.06)


# the update


def literal_step(networks, optimizers, pixels, noise, config):
    """A step with torch's modules, cross-entropies of probabilities and optimizers; returns the metrics."""
    up, down = networks
    x = pixels.view(-1, 1, 32, 32) / 255 * 2 - 1
    noise = iter(noise)

    def loss_of(logits, target):
        return nn.functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

    for _ in range(config.discriminator_updates):
        generated = up(next(noise)[:, :, None, None])
        real, fake = down(x), down(generated.detach())
        if config.loss == "hinge":
            loss = (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean()
        else:
            loss = loss_of(real, 1 - config.label_smoothing) + loss_of(fake, 0.0)
        optimizers[1].zero_grad()
        loss.backward()
        optimizers[1].step()
    for number in range(config.generator_updates):
        images = up(next(noise)[:, :, None, None]) if number else generated
        judged = down(images)
        signs = {"non-saturating": loss_of(judged, 1.0), "minimax": -loss_of(judged, 0.0), "hinge": -judged.mean()}
        optimizers[0].zero_grad()
        signs[config.loss].backward()
        optimizers[0].step()
    return {
        "discriminator_loss_train": loss,
        "generator_loss_train": signs[config.loss],
        "real_probability_train": real.sigmoid().mean(),
        "generated_probability_train": fake.sigmoid().mean(),
        "discriminator_accuracy_train": torch.cat([real > 0, fake <= 0]).float().mean(),
    }


VARIANTS = {
    "default": {},
    "two D updates": {"discriminator_updates": 2},
    "two G updates": {"generator_updates": 2},
    "three and two": {"discriminator_updates": 3, "generator_updates": 2},
    "without batch norm": {"batch_norm": False},
    "smoothed": {"label_smoothing": 0.2},
    "minimax": {"loss": "minimax"},
    "hinge": {"loss": "hinge"},
    "rates": {"discriminator_rate": 1e-3, "generator_rate": 3e-4, "adam_beta1": 0.5},
}


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
def test_updates_are_those_of_torchs_modules_and_optimizers(options):
    learner = learner_of(**options)
    config, model = learner.config, learner.model
    networks = as_modules(model, config.batch_norm)
    rates = (config.generator_rate, config.discriminator_rate)
    optimizers = [
        torch.optim.Adam(network.parameters(), rate, (config.adam_beta1, 0.999))
        for network, rate in zip(networks, rates, strict=True)
    ]
    learner.begin_epoch(1, torch.Generator().manual_seed(9))
    draws = torch.Generator().manual_seed(9)
    for step in range(2):
        pixels = rows(12)[6 * step : 6 * step + 6]
        passes = config.discriminator_updates + config.generator_updates - 1
        noise = [torch.randn(6, 5, generator=draws) for _ in range(passes)]
        wanted = literal_step(networks, optimizers, pixels, noise, config)
        metrics = learner.train_batch(pixels)
        assert metrics.keys() == wanted.keys()
        for name, value in metrics.items():
            assert value.shape == ()
            assert not value.requires_grad
            torch.testing.assert_close(value, wanted[name].detach(), rtol=1e-3, atol=1e-4, msg=f"{name} {step}")
    there = weights_of(networks[0], "generator") | weights_of(networks[1], "discriminator")
    for name, tensor in model.state().items():
        # Adam's first steps are as large as the rate whatever the gradient, and those near 0 are rounding
        far = (tensor - there[name]).abs() > 2e-5 + 1e-3 * there[name].abs()
        assert float(far.float().mean()) < 0.01, name


@pytest.mark.parametrize(("d", "g"), [(1, 1), (2, 1), (1, 2), (5, 3)])
def test_each_network_is_updated_as_often_as_asked_for(d, g):
    learner = learner_of(discriminator_updates=d, generator_updates=g)
    learner.train_batch(rows(6))
    learner.train_batch(rows(4))  # the last batch of an epoch may be smaller
    state = learner.state()
    assert state["adam.step.discriminator.0.W"] == 2 * d
    assert state["adam.step.generator.0.W"] == 2 * g


def test_a_network_that_is_not_updated_stays():
    """D's update leaves G alone and the reverse: with a rate of almost nothing the other's weights are as before."""
    for still, moved in (("discriminator", "generator"), ("generator", "discriminator")):
        learner = learner_of(**{f"{still}_rate": 1e-30})
        before = {name: x.detach().clone() for name, x in learner.model.state().items()}
        learner.train_batch(rows(6))
        for name, tensor in learner.model.state().items():
            if name.endswith((".W", ".scale")):
                assert torch.equal(tensor, before[name]) == name.startswith(still), (name, moved)


@pytest.mark.parametrize("bits", [16], indirect=True)
@pytest.mark.parametrize("options", [{}, {"image_size": "64"}, {"batch_norm": False}], ids=["32", "64", "plain"])
def test_products_of_16_bits_change_a_step_by_their_rounding_only(bits, options, monkeypatch):
    side = int(options.get("image_size", 32))
    short = learner_of(**options)
    found = short.train_batch(rows(6, side))
    monkeypatch.setattr("explorer.models.precision.cpu_multiplies_bfloat16", lambda: False)
    long = learner_of(**options)
    for name, wanted in long.train_batch(rows(6, side)).items():
        torch.testing.assert_close(found[name], wanted, rtol=0.05, atol=0.02, msg=name)
    different = 0
    for name, tensor in short.state().items():
        assert tensor.dtype == torch.float32, name
        wanted = long.state()[name]
        if name.startswith("adam.exp_avg.") and name.endswith(".W"):  # a tenth of the gradient
            direction = F.cosine_similarity(tensor.flatten(), wanted.flatten(), dim=0)
            assert direction > 0.98, (name, float(direction))
            different += not torch.equal(tensor, wanted)
    assert different  # or nothing had 16 bits


# start and continuation


def after_epochs(seed, epochs=2, **options):
    learner, pixels, draws = learner_of(seed=seed, **options), rows(15), torch.Generator()
    for epoch in range(1, epochs + 1):
        learner.begin_epoch(epoch, reseed(draws, seed, epoch, Stream.TRAINING))
        for batch in pixels.split(6):
            learner.train_batch(batch)
    return learner


@both_precisions
def test_the_seed_decides_weights_and_samples(draws):
    first, same, other = (after_epochs(seed) for seed in (0, 0, 1))
    z = torch.randn(3, 5, generator=draws)
    assert all(torch.equal(x, same.state()[name]) for name, x in first.state().items())
    assert torch.equal(first.model.sample(z), same.model.sample(z))
    assert not torch.equal(first.model.sample(z), other.model.sample(z))


def test_a_sample_does_not_depend_on_its_batch(draws):
    model = after_epochs(0).model
    z = torch.randn(4, 5, generator=draws)
    torch.testing.assert_close(model.sample(z)[:1], model.sample(z[:1]))
    kept = {name: x.clone() for name, x in model.state().items()}
    model.discriminate(model.sample(z))
    assert all(torch.equal(x, kept[name]) for name, x in model.state().items())


@pytest.mark.parametrize("side", ["32", "64"])
def test_a_settled_discriminator_judges_images_as_in_training(side, draws):
    model = learner_of(image_size=side).model
    among = torch.rand(6, int(side), int(side), generator=draws)
    settled = model.settled(among)
    with torch.no_grad():
        as_trained = model.judge(2 * among[:, None] - 1, training=True)
    # running variances are unbiased, those of a batch are not: 6 of 6 · 4 · 4 pixels and fewer tell
    torch.testing.assert_close(settled.logits(among), as_trained, rtol=0.05, atol=2e-3)


@pytest.mark.parametrize("side", ["32", "64"])
def test_settling_leaves_the_model_alone_and_shares_its_weights(side, draws):
    model = learner_of(image_size=side).model
    before = {name: x.clone() for name, x in model.state().items()}
    settled = model.settled(torch.rand(6, int(side), int(side), generator=draws))
    assert all(torch.equal(x, before[name]) for name, x in model.state().items())
    for name, x in settled.state().items():
        of_batches = name.startswith("discriminator") and name.endswith((".mean", ".variance"))
        assert (x.data_ptr() == model.state()[name].data_ptr()) != of_batches, name
        assert torch.equal(x, before[name]) != of_batches, name


@pytest.mark.parametrize("bits", [16], indirect=True)
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=needs_cuda)])
def test_four_then_two_epochs_in_16_bits_are_six_in_one_go(bits, device, tmp_path, clean_settings, monkeypatch):
    clean_settings(device=device, threads=1)
    images = load("mnist-5k")
    few = replace(images, train=images.train[:15].copy(), train_labels=images.train_labels[:15].copy())
    monkeypatch.setattr("explorer.engine.job.load", lambda _: few)
    monkeypatch.setattr("explorer.analysis.gan_measures.CHEAP", 5)
    at_once, continued = (Library(Store(tmp_path / name), Store(tmp_path / "no", shipped=True)) for name in "ab")
    config = DCGANConfig(**TINY, epochs=6)
    one = InlineEngine(at_once).submit(config)
    InlineEngine(continued).submit(config.model_copy(update={"epochs": 4}))
    two = InlineEngine(continued).submit(config)
    for epoch in one.snapshots:
        wanted, found = (read_tensors(run.paths.snapshot(epoch))[0] for run in (one, two))
        assert wanted.keys() == found.keys() == DCGANConfig(**TINY).new_model(SHAPE).state().keys()
        assert all(x.tobytes() == found[name].tobytes() for name, x in wanted.items())
    assert isinstance(two.model(), DCGAN)
    assert {"discriminator_loss_train", "generator_loss_train"} <= set(two.metrics().columns)
