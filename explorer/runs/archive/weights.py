"""The text of an archive that says what its arrays are: enough to rebuild the model without the explorer."""

from __future__ import annotations

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import ModelConfig
from explorer.models.registry import kind_of
from explorer.runs.archive.format import snapshot_name
from explorer.runs.tensors import Arrays

HALF = """These are numbers of 16 bits: what was trained in 32 bits was rounded, by up to 1 part in 2,048.
Turn them into 32 bits before computing."""
SINGLE = "These are the numbers of 32 bits that were trained."


def in_words(config: ModelConfig, id_: str, epoch: int, arrays: Arrays) -> str:
    """Return the names, shapes and precision of a snapshot's arrays, and how the model computes from them."""
    images, shape = CATALOGUE[config.dataset], CATALOGUE[config.dataset].shape
    rows, columns = shape
    model = config.new_model(shape)
    arrays = {name: arrays[name] for name in model.state()}  # in the order of use; a file has them in any
    width = max(map(len, arrays))
    listed = "\n".join(
        f"  {name:{width}}  {' x '.join(map(str, x.shape)) or 'one number'}" for name, x in arrays.items()
    )
    halves = any(x.dtype.itemsize == 2 for x in arrays.values())
    return f"""{kind_of(config.kind).title}, {id_}, at epoch {epoch}

{snapshot_name(epoch)} holds these arrays, as do the snapshots of other epochs:

{listed}

{HALF if halves else SINGLE}
resume.safetensors, where there is one, has the same in 32 bits after the last epoch, and what learning keeps beside it.

Data: {images.title}. An image is {rows} x {columns} bytes, line by line from the top left, 0 for black to 255 for
white. x = bytes / 255, an image a row: (B, {rows * columns}). @ is the product of matrices, W.T is W transposed,
sigmoid(u) = 1 / (1 + exp(-u)).

{model.in_words()}
"""
