"""What is measured of a run while it trains, for its metrics and its TensorBoard events."""

from __future__ import annotations

import torch

from explorer.analysis.measures import Measures, Pulse, TestBed
from explorer.data.images import ImageSet
from explorer.engine.tensorboard import EventWriter
from explorer.models.config import ModelConfig
from explorer.models.interface import Model
from explorer.models.registry import kind_of
from explorer.training.randomness import Stream, reseed


class Measuring:
    """Measures the model that a learner trains: cheap figures at each epoch, more where a snapshot is kept."""

    def __init__(self, config: ModelConfig, images: ImageSet, model: Model, device: torch.device) -> None:
        self._config = config
        self._images = images
        self._trained = model
        # Apple's GPUs have no double precision, which likelihoods need.
        self._apart = device.type == "mps"
        home = torch.device("cpu") if self._apart else device
        train, test = (torch.tensor(x, device=home) for x in (images.train, images.test))
        self._bed = TestBed(config, train, test, torch.Generator(home))
        self._measures: Measures = kind_of(config.kind).load("measures")

    def after(self, epoch: int, events: EventWriter, pulse: Pulse, *, kept: bool) -> dict[str, float]:
        """Return the figures of an epoch and write them as events; `kept` says that a snapshot is written, too."""
        model = self._model()
        reseed(self._bed.generator, self._config.seed, epoch, Stream.MEASURING)
        metrics = self._measures.each_epoch(model, self._bed)
        if kept and epoch:  # an untrained model's likelihood tells nothing and takes as long
            metrics |= self._measures.each_snapshot(model, self._bed, pulse)
        if kept:
            pictures = self._measures.pictures(model, self._images.shape)
            events.snapshot(epoch, self._measures.histograms(model, self._bed), pictures)
        events.scalars(epoch, metrics)
        return metrics

    def _model(self) -> Model:
        if not self._apart:
            return self._trained
        copy = self._config.new_model(self._images.n_pixels)
        copy.load_state({name: tensor.cpu() for name, tensor in self._trained.state().items()})
        return copy
