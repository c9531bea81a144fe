"""Archives taken apart, changed and packed again."""

import io
import json
import random
import struct
import zipfile

import numpy as np
from safetensors.numpy import save

from explorer.models.rbm import RBMConfig
from explorer.runs.archive.format import sha256
from explorer.runs.run import Run
from explorer.runs.store import Store

CONFIG = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=3, momentum=0.5, persistent=True)


def leftovers(store: Store) -> list[str]:
    return [path.name for path in store.folder.glob("[!.]*")]


def contents(run: Run) -> dict[str, bytes]:
    paths = run.paths
    kept = [paths.config, paths.metrics, paths.resume, *map(paths.snapshot, run.snapshots)]
    return {path.relative_to(paths.folder).as_posix(): path.read_bytes() for path in kept}


def files_of(archive: bytes) -> dict[str, bytes]:
    """The files of an archive by name, without folder and manifest."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        files = {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}
    del files["manifest.json"]
    return files


def pack(folder: str, files: dict[str, bytes], /, **manifest: object) -> bytes:
    """An archive whose manifest fits its files, whatever they are."""
    described = {"format": "explorer-run", "version": 1, "run": folder}
    described["files"] = {name: sha256(content) for name, content in files.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in {**files, "manifest.json": json.dumps(described | manifest).encode()}.items():
            opened.writestr(f"{folder}/{name}", content)
    return buffer.getvalue()


def changed_json(content: bytes, **changes: object) -> bytes:
    return json.dumps(json.loads(content) | changes).encode()


def safetensors(dtype: str, shape: list[int], size: int, metadata: object) -> bytes:
    """A file whose header says what no library would write."""
    header = {"W": {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}, "__metadata__": metadata}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


ID = "rbm-0123456789ab"


def tensors(epoch: str = "1", fill: float = 0.0, **shapes: tuple[int, ...] | None) -> bytes:
    wanted = {"W": (16, 4), "a": (16,), "b": (4,)} | shapes
    return save(
        {name: np.full(shape, fill, np.float32) for name, shape in wanted.items() if shape is not None},
        metadata={"epoch": epoch},
    )


def damaged(archive: bytes, chance: random.Random) -> bytes:
    """Flip, cut, double or drop some bytes, half of the time in the directory at the end."""
    content = bytearray(archive)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        first = len(content) - 1_500 if chance.random() < 0.5 else 0
        at = chance.randrange(max(0, first), len(content))
        length = chance.randrange(1, 40)
        match chance.randrange(5):
            case 0 | 1:
                content[at] ^= 1 << chance.randrange(8)
            case 2:
                content[at] = chance.randrange(256)
            case 3:
                del content[at : at + length]
            case _:
                content[at:at] = content[at : at + length]
    return bytes(content[: chance.randrange(len(content))] if chance.random() < 0.1 else content)
