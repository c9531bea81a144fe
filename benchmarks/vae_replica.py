"""The VAE of pytorch/examples, whose logs are known: its test loss after 10 epochs is 105.6 ± 0.6 nats.

    python -m benchmarks.vae_replica          # about half a minute

784-400-20, ReLU, Adam at 0.001, batches of 128, grey values as pixels; the loss is cross-entropy plus KL by one sample,
a mean over the 10,000 test images.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.report import section
from explorer import VAEConfig
from explorer.engine.inline import InlineEngine
from explorer.runs.library import Library
from explorer.runs.store import Store

KNOWN, TOLERANCE = 105.6, 0.6

if __name__ == "__main__":
    config = VAEConfig(
        dataset="mnist",
        latent_size=20,
        hidden_units=400,
        encoder_layers=1,
        decoder_layers=1,
        activation="relu",
        binarize="none",
        batch_size=128,
        learning_rate=1e-3,
        epochs=10,
    )
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Store(Path(folder)), Store(Path(folder, "none"), shipped=True))
        engine = InlineEngine(
            library, lambda r: print(f"epoch {r.epoch}: test loss {-r.metrics['elbo']:.2f}", file=sys.stderr)
        )
        run = engine.submit(config)
        loss = -run.metrics()["elbo"].iloc[-1]
    verdict = "met" if abs(loss - KNOWN) <= TOLERANCE else "missed"
    rows = [["", "test loss", "goal"], ["after 10 epochs", f"{loss:.2f} nats", f"{KNOWN} ± {TOLERANCE}: {verdict}"]]
    text = "The VAE of pytorch/examples, trained here: 784-400-20, ReLU, Adam, batches of 128, grey values as pixels."
    print(section("vae_replica", "A VAE whose logs are known", text, rows))
