"""How long a new setting takes on the digits that come with the app, until all its figures and pictures are there.

    python -m benchmarks.answers              # about a minute

Ten epochs of 4,000 images, one thread, as a worker trains them.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch

from benchmarks.report import section
from explorer import AutoencoderConfig, RBMConfig, VAEConfig
from explorer.engine.inline import InlineEngine
from explorer.runs.library import Library
from explorer.runs.store import Store

EPOCHS, THREADS = 10, 1
CONFIGS = {
    "RBM": RBMConfig(dataset="mnist-5k", epochs=EPOCHS),
    "autoencoder": AutoencoderConfig(dataset="mnist-5k", epochs=EPOCHS),
    "VAE, 2 latents": VAEConfig(dataset="mnist-5k", latent_size=2, epochs=EPOCHS),
}

if __name__ == "__main__":
    rows = [["", "until it is all there", "of which training", "goal"]]
    torch.set_num_threads(THREADS)
    for name, config in CONFIGS.items():
        with tempfile.TemporaryDirectory() as folder:
            library = Library(Store(Path(folder)), Store(Path(folder, "none"), shipped=True))
            started = time.perf_counter()
            run = InlineEngine(library).submit(config)
            seconds = time.perf_counter() - started
            training = sum(row["seconds"] for row in run.metric_rows())
        rows.append([name, f"{seconds:.1f} s", f"{training:.1f} s", ""])
    text = f"{EPOCHS} epochs of 4,000 images with the defaults, {THREADS} thread."
    notes = "Measuring decides, not training: likelihoods and pictures of each snapshot take longer than the epochs do."
    print(section("answers", "A new setting on the built-in digits", text, rows, notes))
