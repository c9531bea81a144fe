"""How long trainings are said to take, how long they do, and how much of that is training.

    python -m benchmarks.estimates            # some ten quiet minutes on two cores

Settings of all kinds, of several sizes, on the built-in digits: what a page promises before the press of Train, found
by trying a few steps, against the seconds of the whole training in a process with as many threads as a worker; and
against those of its epochs alone, without figures and files. What a model is built on is trained before, and its time
not counted.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.report import section
from explorer.engine.inline import InlineEngine
from explorer.engine.trial import seconds_of_an_epoch
from explorer.models.registry import KINDS
from explorer.runs.library import Library
from explorer.runs.store import Store
from explorer.settings import settings
from explorer.training.device import threads

FACTOR, SHARE = 1.5, 0.9
LONGER, LATER = 1.3, 0.3  # a training is done within so many times its epochs' seconds, and so many seconds more
EPOCHS = 10
CASES: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("rbm", {}),
    ("rbm", {"hidden_units": 25}),
    ("rbm", {"hidden_units": 1000}),
    ("rbm", {"cd_k": 10}),
    ("rbm", {"batch_size": 10}),
    ("rbm", {"persistent": True, "hidden_units": 400}),
    ("gaussian-rbm", {}),
    ("dbn", {"first.epochs": 1}),
    ("fine-tuned-dbn", {"base.first.epochs": 1, "base.epochs": 1}),
    ("autoencoder", {}),
    ("autoencoder", {"code_size": 200}),
    ("autoencoder", {"batch_size": 20}),
    ("denoising", {}),
    ("contractive", {}),
    ("sparse", {}),
    ("pretraining", {"hidden_layers": (100,), "code_size": 20}),
    ("deep-autoencoder", {"start": "random"}),
    ("deep-autoencoder", {"start": "random", "layers.hidden_layers": (100,), "layers.code_size": 2}),
    ("deep-classifier", {"start": "random", "labels": 1000}),
    ("vae", {}),
    ("vae", {"latent_size": 2}),
    ("vae", {"importance_samples": 5}),
    ("conv-vae", {"epochs": 3}),
    ("dcgan", {"width": 8, "epochs": 3}),
)


def measure(kind: str, changes: Mapping[str, object], library: Library) -> tuple[int, float, float, float]:
    """Return the epochs of a setting, the seconds that a page promises, of its training, and of its epochs alone."""
    config = KINDS[kind].config_class().from_values({"dataset": "mnist-5k", "epochs": EPOCHS} | changes)
    engine = InlineEngine(library)
    for parent in config.parents().values():
        engine.submit(parent)
    promised = seconds_of_an_epoch(config) * config.epochs
    with threads(settings().threads_per_worker):
        started = time.perf_counter()
        run = engine.submit(config)
        taken = time.perf_counter() - started
    return config.epochs, promised, taken, sum(row["seconds"] for row in run.light_rows())


def main() -> None:
    """Measure all cases, the first one twice to load what it takes, and print the table."""
    rows = [["", "epochs", "promised", "taken", "promised : taken", "epochs alone", "taken : alone", "goal"]]
    within = soon = 0
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Store(Path(folder) / "own"), Store(Path(folder) / "shipped", shipped=True))
        measure("rbm", {"seed": 1}, library)
        for kind, changes in CASES:
            epochs, promised, taken, alone = measure(kind, changes, library)
            ratio = promised / taken
            within += 1 / FACTOR <= ratio <= FACTOR
            soon += taken <= LONGER * alone + LATER
            said = ", ".join(f"{name} {value}" for name, value in changes.items() if name != "epochs")
            seconds = [
                f"{promised:.1f} s",
                f"{taken:.1f} s",
                f"{ratio:.2f}",
                f"{alone:.1f} s",
                f"{taken / alone:.2f}",
                "",
            ]
            rows.append([f"{kind} {said}".strip(), f"{epochs}", *seconds])
    count, goal = len(CASES), f"≥ {SHARE * len(CASES):.0f}"
    rows.append([f"**promised within a factor of {FACTOR}**", "", "", f"**{within} of {count}**", "", "", "", goal])
    done = f"**done within {LONGER} × the epochs + {LATER} s**"
    rows.append([done, "", "", f"**{soon} of {count}**", "", "", "", f"{count}"])
    text = "Settings on the built-in digits: the seconds that a page promises, that the training takes, and its epochs."
    print(section("estimates", "What a page promises", text, rows))


if __name__ == "__main__":
    main()
