"""A run's id: what its trajectory depends on, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from explorer.errors import InvalidRunId
from explorer.models.config import ModelConfig, parent_fields
from explorer.models.config.values import RUN_ID

_PATTERN = re.compile(RUN_ID)


def run_id(config: ModelConfig) -> str:
    """Return `<kind>-<hash>` of the kind's algorithm version and the canonical JSON of the config's identity.

    The models it is built on are part of both: their versions, and their configs with the epochs they are taken at.
    Settings without effect are not: see `ModelConfig.trajectory`.
    """
    config = config.trajectory()
    content = {"algorithm": _versions(config), "config": identity(config)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{config.kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def identity(config: ModelConfig) -> dict[str, Any]:
    """Return the settings by which a run is told from others, as JSON has them: all but `epochs`.

    Fields added after runs were kept are left out while they have their default, in parents too: those runs keep
    their ids, and their files are what would be written today.
    """
    return config.model_dump(mode="json", exclude={"epochs": True} | _unsaid(config))


def _unsaid(config: ModelConfig) -> dict[str, Any]:
    """Return what pydantic is to leave out of a config: fields at their added defaults, in parents as in itself."""
    inner = {name: _unsaid(getattr(config, name)) for name in parent_fields(type(config))}
    return {name: fields for name, fields in inner.items() if fields} | dict.fromkeys(config.at_added_defaults(), True)


def _versions(config: ModelConfig) -> object:
    """Return the version of the config's algorithm, with parents a list that also has theirs."""
    said = parent_fields(type(config)).keys() - config.at_added_defaults()
    parents = {name: _versions(getattr(config, name)) for name in said}
    return [config.algorithm, parents] if parents else config.algorithm


def kind_in(id_: str) -> str:
    """Return the name of the kind that a run id begins with."""
    return id_.rpartition("-")[0]


def is_run_id(text: str) -> bool:
    """Whether a text has the form of a run id."""
    return bool(_PATTERN.fullmatch(text))


def check_run_id(text: str) -> str:
    """Return the text if it has the form of a run id.

    Raises:
        InvalidRunId: it has not, for example because it holds a path.
    """
    if not is_run_id(text):
        raise InvalidRunId(f"{text!r} is not a run id. An id looks like rbm-0123456789ab; the Runs page lists them.")
    return text
