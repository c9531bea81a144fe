"""What a model is built on: its ancestors, and which of them are still to be trained."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.models.config import ModelConfig
from explorer.runs.library import Library
from explorer.runs.run import Run


@dataclass(frozen=True)
class Link:
    """One model of a chain, and its run if there is one."""

    config: ModelConfig
    run: Run | None
    ready: bool  # trained as far as it is asked for; what others are built on also has a snapshot of that epoch

    @property
    def reached(self) -> int:
        """The epoch from which training would go on."""
        return self.run.epochs if self.run and self.run.can_go_on else self.config.first_epoch


def parents(config: ModelConfig) -> list[ModelConfig]:
    """Return the configs of the models that a model is built on directly, settings without effect at their defaults.

    One that starts with a run has all that it needs from there.
    """
    return [] if config.origin else [parent.trajectory() for parent in config.parents().values()]


def ancestors(config: ModelConfig) -> list[ModelConfig]:
    """Return the configs of all models that a model is built on, each once, in the order in which they are trained.

    Settings without effect have their defaults in them: see `ModelConfig.trajectory`.
    """
    found: dict[ModelConfig, None] = {}
    for parent in parents(config):
        found |= dict.fromkeys([*ancestors(parent), parent])
    return list(found)


def chain(config: ModelConfig, library: Library) -> list[Link]:
    """Return a model's ancestors and at last itself, each with its run."""
    links = [Link(each, _run(each, library), ready=library.kept(each) is not None) for each in ancestors(config)]
    return [*links, Link(config, _run(config, library), ready=library.trained(config) is not None)]


def _run(config: ModelConfig, library: Library) -> Run | None:
    """Return the run that has the config's model at its epochs, else the one that is to go on."""
    return library.kept(config) or (library.find(config) if config in library else None)
