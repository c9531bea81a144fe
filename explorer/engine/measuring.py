"""What is measured of a run while it trains, for its metrics, its TensorBoard events and its previews."""

from __future__ import annotations

import torch

from explorer.analysis.measures import Measures, TestBed
from explorer.data.images import ImageSet
from explorer.engine.tensorboard import EventWriter
from explorer.models.config import ModelConfig
from explorer.models.interface import Model
from explorer.models.registry import kind_of
from explorer.plots.tiles import png
from explorer.runs.files import write_atomically
from explorer.runs.paths import RunPaths
from explorer.training.randomness import Stream, reseed


class Measuring:
    """Measures the model that a learner trains: light figures at each epoch, pictures where a snapshot is kept."""

    def __init__(self, config: ModelConfig, images: ImageSet, model: Model, device: torch.device) -> None:
        self._config = config
        self._trained = model
        # Apple's GPUs have no double precision, which likelihoods need.
        self._apart = device.type == "mps"
        home = torch.device("cpu") if self._apart else device
        train, test = (torch.tensor(x, device=home) for x in (images.train, images.test))
        self._bed = TestBed(config, images.shape, train, test, torch.Generator(home))
        self._measures: Measures = kind_of(config.kind).load("measures")

    def each_epoch(self, epoch: int) -> dict[str, float]:
        """Return the figures of an epoch."""
        reseed(self._bed.generator, self._config.seed, epoch, Stream.MEASURING)
        return self._measures.each_epoch(self._model(), self._bed)

    def draw(self, epoch: int, events: EventWriter, paths: RunPaths) -> None:
        """Write the distributions and pictures of an epoch that is kept.

        Raises:
            StoreNotWritable: the disk is full or read-only.
        """
        model = self._model()
        pictures = self._measures.pictures(model, self._bed)
        events.snapshot(epoch, self._measures.histograms(model, self._bed), pictures)
        for picture in list(pictures.values())[:1]:
            write_atomically(paths.preview(epoch), png(*picture))

    def _model(self) -> Model:
        if not self._apart:
            return self._trained
        copy = self._config.new_model(self._bed.shape)
        copy.load_state({name: tensor.cpu() for name, tensor in self._trained.state().items()})
        return copy
