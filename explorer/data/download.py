"""Fetching a data set that torchvision knows, with progress and checksums."""

import hashlib
import tempfile
import urllib.request
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from pathlib import Path

from explorer.data.catalogue import CATALOGUE, load
from explorer.data.idx_files import IdxSet
from explorer.errors import DataDamaged, DataMissing
from explorer.settings import settings

CHUNK = 1 << 16
TIMEOUT = 20  # seconds without an answer

Progress = Callable[[str, float], object]  # file name, share of all files done (0..1)


def download(name: str, progress: Progress) -> Path:
    """Fetch a data set into the download folder from torchvision's mirrors and return the folder.

    Each file is checked against torchvision's MD5 sum before it appears under its name.

    Raises:
        DataMissing: the set has no files to fetch, or no mirror answers.
        DataDamaged: what a mirror sent has another checksum.
    """
    source = CATALOGUE[name].source
    if not isinstance(source, IdxSet):
        raise DataMissing(f"{name} is built in; there is nothing to download.")
    import torchvision.datasets  # a second to import
    from torchvision.datasets.utils import extract_archive

    known = getattr(torchvision.datasets, source.torchvision_class)
    folder = settings().download_folder
    raw = source.raw_folder(folder)
    raw.mkdir(parents=True, exist_ok=True)
    for done, (file_name, md5) in enumerate(known.resources):
        with tempfile.TemporaryDirectory(dir=raw) as scratch:
            archive = Path(scratch) / file_name
            _fetch(
                [mirror + file_name for mirror in known.mirrors],
                archive,
                md5,
                partial(_report, progress, file_name, done, len(known.resources)),
            )
            extract_archive(str(archive), scratch, remove_finished=True)
            (Path(scratch) / archive.stem).replace(raw / archive.stem)
    load.cache_clear()
    return folder


def _report(progress: Progress, file_name: str, done: int, files: int, share: float) -> None:
    progress(file_name, (done + share) / files)


def _fetch(addresses: list[str], target: Path, md5: str, progress: Callable[[float], None]) -> None:
    reasons = []
    for address in addresses:
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT) as response, target.open("wb") as file:  # noqa: S310  (fixed https/http mirrors)
                total = int(response.headers.get("Content-Length") or 0)
                while chunk := response.read(CHUNK):
                    file.write(chunk)
                    progress(min(1.0, file.tell() / total) if total else 0.0)
        except (OSError, HTTPException) as error:  # URLError is an OSError
            reasons.append(f"{address}: {error}")
            continue
        if hashlib.md5(target.read_bytes(), usedforsecurity=False).hexdigest() != md5:
            raise DataDamaged(f"{address} sent a file with another checksum than torchvision lists; try again later.")
        return
    raise DataMissing("No mirror answered. Check the network, or use the built-in set mnist-5k.\n" + "\n".join(reasons))
