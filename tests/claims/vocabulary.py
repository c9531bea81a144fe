"""What the expressions of claims may use: shipped runs, their figures, models, test images, and measures of these."""

from functools import cached_property, lru_cache

import numpy as np
import torch

from explorer.analysis.digit_classifier import digit_classifier
from explorer.analysis.gibbs import gibbs_chains, random_states
from explorer.analysis.reconstruction import reconstruct
from explorer.data.catalogue import load
from explorer.models.registry import kind_of
from explorer.runs.ids import run_id
from explorer.runs.store import Store
from explorer.settings import APP_FOLDER

STILL = 0.8  # correlation of weights that have hardly changed
SHARE_ON = 0.1  # of hidden units, where chains begin at random
TRAINED = Store(APP_FOLDER / "trained", shipped=True)


class Seen:
    """A shipped run as claims speak of it; models and images are those of an epoch, by default the last."""

    def __init__(self, kind, settings):
        self.config = kind_of(kind).config_class().from_values({"dataset": "mnist"} | settings)
        self.run = TRAINED.run(run_id(self.config))

    @cached_property
    def rows(self):
        return {row["epoch"]: row for row in self.run.metric_rows()}

    def figure(self, name, epoch=None):
        """A metric at an epoch, by default the one that the settings ask for."""
        return self.rows[self.config.epochs if epoch is None else epoch][name]

    def curve(self, name):
        """A metric at all epochs from 1 on at which it was measured, in order."""
        return np.array([row[name] for epoch, row in sorted(self.rows.items()) if epoch and row.get(name) is not None])

    def model(self, epoch=None):
        return _model(self.run.id, self.config.epochs if epoch is None else epoch)

    @property
    def images(self):
        """The test images as numbers in [0, 1], (N, V)."""
        return _images(self.config.dataset)

    @property
    def labels(self):
        return load(self.config.dataset).test_labels

    def frequency(self, epoch=None):
        """How often each hidden unit is on over the test images, (H,)."""
        return self.model(epoch).mean_hidden(self.observed(epoch=epoch)).mean(dim=0).numpy()

    def free_energy(self, visible):
        """The mean free energy of states (N, V)."""
        return float(self.model().free_energy(visible).mean())

    def observed(self, count=None, epoch=None):
        """The first test images as the model sees them."""
        pixels = torch.tensor(load(self.config.dataset).test[:count])
        return self.model(epoch).observe(pixels, torch.Generator().manual_seed(0))


@lru_cache(maxsize=32)
def _model(id_, epoch):
    return TRAINED.run(id_).model(epoch)


@lru_cache(maxsize=4)
def _images(dataset):
    return np.divide(load(dataset).test, 255, dtype=np.float32)


@lru_cache(maxsize=256)
def _seen(kind, settings):
    return Seen(kind, dict(settings))


def seen(kind, settings):
    plain = {name: tuple(x) if isinstance(x, list) else x for name, x in settings.items()}
    return _seen(plain.pop("kind", kind), tuple(plain.items()))


def runs_of(kind, claim):
    """The runs of a claim by the names that its expression has for them."""
    preset = next((each for each in kind_of(kind).load("presets") if each.name == claim.at), None)
    found = {}
    if claim.run is not None or preset is None:
        found["run"] = seen(kind, claim.run or {})
    elif preset:
        found["run"] = seen(kind, preset.settings)
        if preset.pinned is not None:
            found["pinned"] = seen(kind, preset.pinned)
    return found | {name: seen(kind, settings) for name, settings in claim.others.items()}


@lru_cache(maxsize=16)
def chains(run, steps, start, count=100):
    """What Gibbs chains show after some steps from the test images ("data") or from random states: (count, V)."""
    generator, model = torch.Generator().manual_seed(0), run.model()
    if start == "data":
        _, h = model.gibbs(generator, v=run.observed(count), steps=steps)
    else:
        h = random_states(model, count, SHARE_ON, generator)
        _, h = model.gibbs(generator, h=h, steps=steps)
    return model.mean_visible(h)


def drawn_again(run, count=500, seed=0):
    """The reconstructions of the first test images by one hidden sample, as a page shows them: (count, V)."""
    return reconstruct(run.model(), load(run.config.dataset).test[:count], torch.Generator().manual_seed(seed)).means


def highest_row(run, count):
    """The first row of pixels in which each of the first test images has ink, (count,)."""
    return (run.images[:count].reshape(-1, 28, 28) > 0.5).any(axis=2).argmax(axis=1)


def energies(run, steps, count=100):
    """The energies after some steps of chains from random states, as a page shows them: (count,)."""
    generator, model = torch.Generator().manual_seed(0), run.model()
    return gibbs_chains(model, random_states(model, count, SHARE_ON, generator), steps, generator).energy[-1]


def energy_of_images(run, count=2_000):
    """The mean energy of the first test images with a hidden state each."""
    model, v = run.model(), run.observed(count)
    return float(model.energy(v, model.sample_hidden(v, torch.Generator().manual_seed(0))).mean())


def sure(run):
    """The share of hidden probabilities of test images that are below 1 % or above 99 %."""
    p = run.model().mean_hidden(run.observed(2_000)).numpy()
    return share((p < 0.01) | (p > 0.99))


def still_noise(run):
    """The hidden units whose weights correlate well with those of epoch 0."""
    now, start = (run.model(epoch).W.numpy().T for epoch in (None, 0))
    return [unit for unit, (w, w0) in enumerate(zip(now, start, strict=True)) if correlation(w, w0) > STILL]


def units_on(run):
    """How many hidden units are on for each test image, (N,)."""
    return (run.model().mean_hidden(run.observed()) > 0.5).sum(dim=1).numpy()


def classes(images):
    """What the classifier of digits makes of images (N, V): probabilities (N, 10)."""
    return digit_classifier("mnist").look(torch.as_tensor(images).float().view(-1, 28, 28))[1].numpy()


def confidence(images):
    """The mean probability of the classifier's first choice."""
    return float(classes(images).max(axis=1).mean())


def from_nearest(images, others):
    """How far images (N, V) are from the nearest of others, by pixels: the mean."""
    return float(torch.cdist(torch.as_tensor(images).float(), torch.as_tensor(others)).min(dim=1).values.mean())


def class_means(run):
    """The mean test image of each class, (10, V)."""
    return np.stack([run.images[run.labels == each].mean(axis=0) for each in range(10)])


@lru_cache(maxsize=8)
def built_up(run, share_of_units, count=500):
    """The class whose mean is nearest to what a share of an image's active units makes, the largest first: (count,)."""
    model, means = run.model(), class_means(run)
    h = run.model().hidden.sample(model.mean_hidden(run.observed(count)), torch.Generator().manual_seed(0))
    order = model.W.norm(dim=0).argsort(descending=True)
    found = []
    for states in h[:, order].bool():
        on = order[states]
        taken = on[: max(1, round(share_of_units * len(on)))]
        picture = torch.sigmoid(model.a + model.W[:, taken].sum(dim=1)).numpy()
        found.append(int(np.square(picture - means).sum(axis=1).argmin()))
    return np.array(found)


def correlation(x, y):
    return float(np.corrcoef(np.ravel(x), np.ravel(y))[0, 1])


def share(booleans):
    return float(np.mean(booleans))


WORDS = {
    each.__name__: each
    for each in (
        chains,
        classes,
        confidence,
        from_nearest,
        class_means,
        built_up,
        drawn_again,
        highest_row,
        energies,
        energy_of_images,
        still_noise,
        sure,
        units_on,
        correlation,
        share,
    )
} | {"np": np, "torch": torch}
