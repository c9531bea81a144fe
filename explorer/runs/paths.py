"""Every file name of a run, in one place."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_OF_AN_EPOCH = re.compile(r"epoch-(\d{5})\.(\w+)")


@dataclass(frozen=True)
class RunPaths:
    """Where the parts of one run are, below its folder."""

    folder: Path

    @property
    def config(self) -> Path:
        """The kind, its algorithm version and the whole config, as JSON."""
        return self.folder / "config.json"

    @property
    def status(self) -> Path:
        """The outcome or progress of training, as JSON; written by the worker only."""
        return self.folder / "status.json"

    @property
    def request(self) -> Path:
        """The epochs asked for, as JSON; written by whoever asks, and touched while the request waits."""
        return self.folder / "request.json"

    @property
    def automatic(self) -> Path:
        """Exists while nobody but a page that followed its controls has asked for the run: it may be cleaned up."""
        return self.folder / "automatic"

    @property
    def watched(self) -> Path:
        """Exists while the last epochs were asked for by a page that followed its controls, which touches it."""
        return self.folder / "watched"

    @property
    def name(self) -> Path:
        """What somebody calls the run, as JSON; there may be none."""
        return self.folder / "name.json"

    @property
    def stop(self) -> Path:
        """Exists while somebody wants the training to stop."""
        return self.folder / "stop"

    @property
    def lock(self) -> Path:
        """Locked by the worker that trains the run."""
        return self.folder / "lock"

    @property
    def request_lock(self) -> Path:
        """Locked while a request is read and raised."""
        return self.folder / "request.lock"

    @property
    def metrics(self) -> Path:
        """One JSON object per line and epoch."""
        return self.folder / "metrics.jsonl"

    @property
    def figures(self) -> Path:
        """The folder of what was measured of snapshots apart from training."""
        return self.folder / "figures"

    @property
    def figures_lock(self) -> Path:
        """Locked by whoever measures the run's snapshots."""
        return self.folder / "figures.lock"

    @property
    def resume(self) -> Path:
        """The learner's whole state after the last epoch, at full precision."""
        return self.folder / "resume.safetensors"

    @property
    def snapshots(self) -> Path:
        """The folder of snapshots."""
        return self.folder / "snapshots"

    @property
    def previews(self) -> Path:
        """The folder of one small picture for each snapshot."""
        return self.folder / "previews"

    @property
    def tensorboard(self) -> Path:
        """The folder of TensorBoard events."""
        return self.folder / "tensorboard"

    @property
    def figure_events(self) -> Path:
        """The folder of TensorBoard events of what is measured apart from training."""
        return self.tensorboard / "figures"

    def snapshot(self, epoch: int) -> Path:
        """The snapshot of one epoch."""
        return self.snapshots / f"epoch-{epoch:05d}.safetensors"

    def figures_of(self, epoch: int) -> Path:
        """The figures of the snapshot of one epoch, as JSON: {measurement: {metric: number or null}}."""
        return self.figures / f"epoch-{epoch:05d}.json"

    def preview(self, epoch: int) -> Path:
        """The picture of the snapshot of one epoch."""
        return self.previews / f"epoch-{epoch:05d}.png"

    def snapshot_epochs(self) -> list[int]:
        """Return the epochs of which a snapshot file exists, ascending."""
        return _epochs_in(self.snapshots, "safetensors")

    def figure_epochs(self) -> list[int]:
        """Return the epochs of which figures were measured apart from training, ascending."""
        return _epochs_in(self.figures, "json")


def _epochs_in(folder: Path, ending: str) -> list[int]:
    try:
        matches = [_OF_AN_EPOCH.fullmatch(name) for name in os.listdir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(int(match[1]) for match in matches if match and match[2] == ending)
