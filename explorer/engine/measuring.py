"""What is measured of a run at each epoch while it trains."""

from __future__ import annotations

import torch

from explorer.analysis.measures import Measures, TestBed
from explorer.data.images import ImageSet
from explorer.models.config import ModelConfig
from explorer.models.interface import Model
from explorer.models.registry import kind_of
from explorer.training.randomness import Stream, reseed


class Measuring:
    """Measures the model that a learner trains: what costs far less than an epoch."""

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

    def _model(self) -> Model:
        if not self._apart:
            return self._trained
        copy = self._config.new_model(self._bed.shape)
        copy.load_state({name: tensor.cpu() for name, tensor in self._trained.state().items()})
        return copy
