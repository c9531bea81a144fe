"""What an export says of its arrays suffices: the forward pass of every kind, rebuilt from them in a few lines."""

import inspect
import io
import zipfile

import numpy as np
import pytest
import torch
from safetensors.numpy import load, load_file

from explorer.data.catalogue import CATALOGUE
from explorer.data.catalogue import load as load_images
from explorer.models.registry import KINDS
from explorer.runs.archive import export_run
from explorer.runs.archive.weights import in_words
from explorer.runs.tensors import read_tensors, write_tensors
from tests.contract import rebuilt
from tests.contract.tiny import CASES, ENDS, tiny

EXACT = {"atol": 1e-5, "rtol": 1e-4}  # single precision in another order
HALVES = {"atol": 2e-2, "rtol": 2e-2}  # weights rounded to 16 bits, by up to 1 part in 2,048 each

PASSES = {
    "rbm": rebuilt.rbm,
    "gaussian-rbm": rebuilt.gaussian_rbm,
    "dbn": rebuilt.dbn,
    "fine-tuned-dbn": rebuilt.dbn,
    "deep-classifier": rebuilt.classifier,
    "vae": rebuilt.vae,
    "conv-vae": rebuilt.conv_vae,
    "dcgan": rebuilt.dcgan,
}
STACKS = ("autoencoder", "denoising", "contractive", "sparse", "pretraining", "deep-autoencoder")
PASSES |= dict.fromkeys(STACKS, rebuilt.autoencoder)


def settings_of(config):
    """What the text says in words of one run, beside its arrays."""
    values = config.values()
    linear = next((value for name, value in values.items() if name.endswith("linear_code")), False)
    output = "linear" if values.get("loss") == "squared error" else "sigmoid"
    return {
        "activation": values.get("activation", "sigmoid"),
        "linear_code": linear,
        "output": output,
        "variance": values.get("variance"),
    }


@torch.no_grad()
def by_model(model, config, x):  # noqa: PLR0911
    """The same from the model itself: what goes up, and what comes down from there."""
    match config.kind:
        case "rbm":
            h = model.mean_hidden(x)
            return [h, model.mean_visible(h)]
        case "gaussian-rbm":
            h = model.mean_hidden(model.observe((x * 255).round().byte(), torch.Generator()))
            return [h, model.picture(model.mean_visible(h))]
        case "dbn" | "fine-tuned-dbn":
            h = x
            for level in model.levels:
                h = level.mean_hidden(h)
            v = h
            for level in reversed(model.levels):
                v = level.mean_visible(v)
            return [model.top.mean_hidden(h), v]
        case "deep-classifier":
            return [model.classify(x)]
        case "vae" | "conv-vae":
            mean, log_variance = model.encode(x)
            return [mean, log_variance, model.decode(mean)]
        case "dcgan":
            return [model.sample(x)]
        case _:
            code = model.encode(x)
            return [code, model.decode(code)]


def by_numpy(config, arrays, x):
    up, down = PASSES[config.kind](arrays, x, settings_of(config))
    found = [*up] if isinstance(up, tuple) else [up]
    found.append(down(up) if callable(down) else down)
    return [each for each in found if each is not None]


def inputs(config):
    if config.kind == "dcgan":
        return torch.randn(3, config.latent_size, generator=torch.Generator().manual_seed(1))
    return torch.tensor(load_images(config.dataset).test[:5]) / 255


def assert_rebuilt(config, model, content, tolerance):
    x = inputs(config)
    arrays = {name: array.astype(np.float32) for name, array in load(content).items()}
    found, expected = by_numpy(config, arrays, x.numpy()), by_model(model, config, x)
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), **tolerance)
    if config.kind == "dcgan":
        images = model.sample(x)
        with torch.no_grad():
            np.testing.assert_allclose(
                rebuilt.discriminator(arrays, images.detach().numpy(), {})[0], model.discriminate(images), **tolerance
            )


def exported(run):
    with zipfile.ZipFile(io.BytesIO(export_run(run))) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("config", ENDS.values(), ids=ENDS)
def test_the_forward_pass_is_rebuilt_from_an_export(config, trained):
    run = trained(config)
    files = exported(run)
    last = run.snapshots[-1]
    content = files[f"snapshots/epoch-{last:05d}.safetensors"]
    text = files["weights.txt"].decode()
    for name, array in load(content).items():
        assert f"  {name} " in text
        assert " x ".join(map(str, array.shape)) in text
    assert "numbers of 32 bits" in text
    assert max(map(len, text.splitlines())) <= 120
    assert_rebuilt(run.config, run.model(last), content, EXACT)


@pytest.mark.parametrize("kind", KINDS)
def test_the_forward_pass_is_rebuilt_from_numbers_of_16_bits(kind, trained, tmp_path):
    run = trained(tiny(kind))
    arrays, epoch = read_tensors(run.paths.snapshot(3))
    path = tmp_path / "half.safetensors"
    write_tensors(path, arrays, epoch, half=True)
    assert {x.dtype for x in load_file(path).values()} == {np.dtype(np.float16)}
    assert "numbers of 16 bits" in in_words(run.config, run.id, 3, load_file(path))
    assert_rebuilt(run.config, run.model(3), path.read_bytes(), HALVES)


@pytest.mark.parametrize("config", CASES.values(), ids=CASES)
def test_the_words_name_what_each_setting_makes_of_a_model(config):
    """Whatever two configs of a kind have other models by, their texts differ in; what else they differ in, not."""
    shape, plain = CATALOGUE[config.dataset].shape, tiny(config.kind)
    model, other = config.new_model(shape), plain.new_model(CATALOGUE[plain.dataset].shape)

    def said(config, model):
        return in_words(config, "", 1, {name: x.detach().numpy() for name, x in model.state().items()})

    assert (said(config, model) == said(plain, other)) is (model.form() == other.form())


def test_each_is_rebuilt_in_ten_lines_at_most():
    """Convolutions are functions of their own, of no more lines."""
    functions = [f for _, f in inspect.getmembers(rebuilt, inspect.isfunction) if f.__module__ == rebuilt.__name__]
    assert {*PASSES.values(), rebuilt.discriminator} < set(functions)
    for function in functions:
        assert len(inspect.getsource(function).strip().splitlines()) - 1 <= 10, function.__name__
