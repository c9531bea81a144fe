"""Fetching a data set that torchvision knows, with progress and checksums."""

import gzip
import hashlib
import shutil
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError

from explorer.data.catalogue import CATALOGUE, DataSet, load
from explorer.data.idx_files import IdxSet
from explorer.disk import REASONS, replace
from explorer.errors import DataDamaged, DataMissing, DataNotWritable
from explorer.settings import settings

CHUNK = 1 << 16
TIMEOUT = 20  # seconds without an answer

Progress = Callable[[str, float], object]  # file name, share of all files done (0..1)


def download(name: str, progress: Progress) -> Path:
    """Fetch a data set into the download folder from torchvision's mirrors and return the folder.

    Each file is checked against torchvision's MD5 sum before it appears under its name. What is there already is
    checked and left as it is.

    Raises:
        DataMissing: the set has no files to fetch, or no mirror sends them.
        DataDamaged: what the mirrors sent has another checksum; or a file that is there already is altered.
        OtherData: a file that is there already is of another data set.
        DataNotWritable: the download folder is read-only, full, or a file.
    """
    source = CATALOGUE[name].source
    if not isinstance(source, IdxSet):
        raise DataMissing(f"{name} is built in; there is nothing to download.")
    import torchvision.datasets  # a second to import

    known = getattr(torchvision.datasets, source.torchvision_class)
    folder = settings().download_folder
    raw = source.raw_folder(folder)
    with _in_words(folder, CATALOGUE[name]):
        raw.mkdir(parents=True, exist_ok=True)
    for done, (file_name, md5) in enumerate(known.resources):
        if there := source.file(raw, file_name.removesuffix(".gz")):
            source.read(there)
            continue
        with _in_words(folder, CATALOGUE[name]), tempfile.TemporaryDirectory(dir=raw) as scratch:
            archive = Path(scratch) / file_name
            unpacked = archive.with_suffix("")
            report = partial(_report, progress, file_name, done, len(known.resources))
            _fetch([mirror + file_name for mirror in known.mirrors], archive, md5, report)
            with gzip.open(archive) as packed, unpacked.open("wb") as file:
                shutil.copyfileobj(packed, file)
            replace(unpacked, raw / unpacked.name)
    load.cache_clear()
    return folder


@contextmanager
def _in_words(folder: Path, entry: DataSet) -> Iterator[None]:
    """Turn what the disk says of a folder into an error that says what to do."""
    try:
        yield
    except OSError as error:
        reason = REASONS.get(error.errno or 0, error.strerror or str(error))
        raise DataNotWritable(
            f"{entry.title} cannot be downloaded to {folder}: {reason}. Mend that, or let EXPLORER_DATA name another "
            f"folder, with room for {5 * entry.megabytes} MB; without it, the user's cache is taken."
        ) from error


def _report(progress: Progress, file_name: str, done: int, files: int, share: float) -> None:
    progress(file_name, (done + share) / files)


class _NotSent(Exception):
    """A mirror did not send a file, though it may have answered; the message says why."""

    def __init__(self, reason: str, *, answered: bool) -> None:
        self.answered = answered
        super().__init__(reason)


def _fetch(addresses: list[str], target: Path, md5: str, progress: Callable[[float], None]) -> None:
    """Write what the first mirror sends that has the checksum to a file, whose own errors are not caught."""
    reasons: list[str] = []
    answered = altered = False
    for address in addresses:
        try:
            with target.open("wb") as file:
                for chunk, share in _chunks(address):
                    file.write(chunk)
                    progress(share)
        except _NotSent as error:
            reasons.append(f"{address}: {error}")
            answered |= error.answered
            continue
        if hashlib.md5(target.read_bytes(), usedforsecurity=False).hexdigest() == md5:
            return
        reasons.append(f"{address} sent a file with another checksum than torchvision lists.")
        altered = True
    told = "\n".join(reasons)
    if altered:
        raise DataDamaged(f"{target.name} cannot be had; try again later, or use the built-in set mnist-5k.\n{told}")
    if answered:
        raise DataMissing(f"No mirror sent {target.name}; try later, or use the built-in set mnist-5k.\n{told}")
    raise DataMissing(f"No mirror answered. Check the network, or use the built-in set mnist-5k.\n{told}")


def _chunks(address: str) -> Iterator[tuple[bytes, float]]:
    """Yield what a mirror sends, with the share of it that has come, 0 where the mirror does not say how much it is."""
    total = got = 0
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as response:  # noqa: S310  (fixed https/http mirrors)
            total = int(response.headers.get("Content-Length") or 0)
            while chunk := response.read(CHUNK):
                got += len(chunk)
                yield chunk, min(1.0, got / total) if total else 0.0
    except (OSError, HTTPException) as error:  # URLError is an OSError
        raise _NotSent(str(error), answered=got > 0 or isinstance(error, HTTPError | HTTPException)) from error
    if got < total:
        raise _NotSent(f"the connection ended after {got:,} of {total:,} bytes", answered=True)
