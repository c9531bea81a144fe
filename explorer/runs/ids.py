"""A run's id: what its trajectory depends on, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re

from explorer.errors import InvalidRunId
from explorer.models.config import ModelConfig, parent_fields

_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,40}-[0-9a-f]{12}")


def run_id(config: ModelConfig) -> str:
    """Return `<kind>-<hash>` of the kind's algorithm version and the canonical JSON of the config without `epochs`.

    The models it is built on are part of both: their versions, and their configs with the epochs they are taken at.
    Settings without effect are not: see `ModelConfig.trajectory`.
    """
    config = config.trajectory()
    content = {"algorithm": _versions(config), "config": config.model_dump(mode="json", exclude={"epochs"})}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{config.kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _versions(config: ModelConfig) -> object:
    """Return the version of the config's algorithm, with parents a list that also has theirs."""
    parents = {name: _versions(getattr(config, name)) for name in parent_fields(type(config))}
    return [config.algorithm, parents] if parents else config.algorithm


def kind_in(id_: str) -> str:
    """Return the name of the kind that a run id begins with."""
    return id_.rpartition("-")[0]


def check_run_id(text: str) -> str:
    """Return the text if it has the form of a run id.

    Raises:
        InvalidRunId: it has not, for example because it holds a path.
    """
    if not _PATTERN.fullmatch(text):
        raise InvalidRunId(f"{text!r} is not a run id. An id looks like rbm-0123456789ab; the Runs page lists them.")
    return text
