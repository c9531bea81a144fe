"""What is measured of a run at each epoch while it trains."""

from __future__ import annotations

import math

import torch

from explorer.analysis.measures import Measures, TestBed
from explorer.data.images import ImageSet
from explorer.errors import TrainingDiverged
from explorer.models.config import ModelConfig
from explorer.models.interface import Learner, Model
from explorer.models.registry import kind_of
from explorer.training.randomness import Stream, reseed


class Measuring:
    """Measures the model that a learner trains: what costs far less than an epoch."""

    def __init__(self, config: ModelConfig, images: ImageSet, learner: Learner, device: torch.device) -> None:
        self._config = config
        self._learner = learner
        # Apple's GPUs have no double precision, which likelihoods need.
        self._apart = device.type == "mps"
        home = torch.device("cpu") if self._apart else device
        train, test = (torch.tensor(x, device=home) for x in (images.train, images.test))
        self._bed = TestBed(config, images.shape, train, test, torch.Generator(home))
        self._measures: Measures = kind_of(config.kind).load("measures")

    def each_epoch(self, epoch: int) -> dict[str, float]:
        """Return the figures of an epoch.

        Raises:
            TrainingDiverged: one of them is not finite.
        """
        reseed(self._bed.generator, self._config.seed, epoch, Stream.MEASURING)
        figures = self._measures.each_epoch(self._model(), self._bed)
        for name, value in figures.items():
            if not math.isfinite(value):
                raise TrainingDiverged.after(epoch, self._learner.current_learning_rate, name)
        return figures

    def _model(self) -> Model:
        trained: Model = self._learner.model
        if not self._apart:
            return trained
        copy = self._config.new_model(self._bed.shape)
        copy.load_state({name: tensor.cpu() for name, tensor in trained.state().items()})
        return copy
