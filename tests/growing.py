"""Config classes as a later version would have them: with a field that was added after runs were kept."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from pydantic import create_model

from explorer.models.config import ModelConfig, hyperparameter, parent, parent_fields
from explorer.models.registry import Kind

NOVEL = "novel"


@cache
def grown(config_class: type[ModelConfig]) -> type[ModelConfig]:
    """Return the class with one more field, `novel`, as have those of all models that it is built on."""
    novel = hyperparameter(False, "Novel", "Something that only later versions can do.", added=True)
    fields: dict[str, Any] = {NOVEL: (bool, novel)}
    for name, inner in parent_fields(config_class).items():
        info = config_class.model_fields[name]
        later = grown(inner)
        fields[name] = (later, parent(later, str(info.title), str(info.description)))
    return create_model(config_class.__name__, __base__=config_class, **fields)


def make_later(patch: pytest.MonkeyPatch) -> None:
    """Make the program a later version, in which every kind has one more field."""
    patch.setattr(Kind, "config_class", lambda kind: grown(kind.load("config")))
