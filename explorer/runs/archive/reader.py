"""Reading an archive of unknown origin: names, sizes and hashes are checked before anything else sees a file."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from explorer.errors import ImportRejected
from explorer.runs.archive.format import (
    FOR_READERS,
    MANIFEST,
    MAX_FILES,
    MAX_FILES_TOGETHER,
    MAX_TENSOR_BYTES,
    Manifest,
    is_known,
    sha256,
)
from explorer.runs.ids import is_run_id
from explorer.runs.limits import check_import
from explorer.runs.reading import MOST_BYTES

_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # Python cannot bound what the others unpack to


def rejected(reason: str) -> ImportRejected:
    """Return the error that refuses an archive for this reason."""
    return ImportRejected(f"The archive is not imported: {reason}.")


def archives_in(content: bytes, *, bounded: bool = False) -> list[Archive]:
    """Return the runs in an archive, one for each folder, in their order; of each the files are still to be checked.

    bounded: the size is checked, too, as of one that comes from elsewhere.

    Raises:
        ImportRejected: it is not an export of the explorer.
        LimitReached: it is larger than the settings allow, packed or unpacked.
    """
    if bounded:
        check_import(len(content))
    if content.count(_ENTRY) > MAX_FILES_TOGETHER:  # opening would read the directory whole
        raise rejected(f"it has more than {MAX_FILES_TOGETHER} files")
    try:
        opened = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # zipfile raises a dozen types on altered bytes
        raise rejected(f"it is not a zip file ({error})") from error
    if bounded:  # Python reads no more of a file than its size says
        check_import(sum(info.file_size for info in opened.infolist()), unpacked=True)
    return [Archive(opened, folder, infos) for folder, infos in _folders(opened.infolist()).items()]


class Archive:
    """The files of one run in an archive by name, each within its bounds and with the hash that the manifest states."""

    def __init__(self, opened: zipfile.ZipFile, folder: str, infos: Sequence[zipfile.ZipInfo]) -> None:
        self.id = folder
        self._zip, self._infos = opened, infos
        self._members: dict[str, zipfile.ZipInfo] = {}

    def check(self) -> None:
        """Look at all names and hashes, before anything is read.

        Raises:
            ImportRejected: these are not the files of an exported run, or were altered.
        """
        if len(self._infos) > MAX_FILES:
            raise rejected(f"it has more than {MAX_FILES} files of {self.id}")
        for info in self._infos:
            name = _checked_name(info)
            if name in self._members:
                raise rejected(f"{name} is in it twice")
            self._members[name] = info
        self._check_hashes(self._manifest())

    @property
    def unpacked(self) -> int:
        """The bytes of all files together."""
        return sum(info.file_size for info in self._infos)

    def __iter__(self) -> Iterator[str]:
        """The names of the run's own files, without the manifest and those for readers."""
        return (name for name in self._members if name not in (MANIFEST, *FOR_READERS))

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            ImportRejected: the file is missing, damaged or too large.
        """
        if name not in self._members:
            raise rejected(f"{name} is missing")
        limit = MAX_TENSOR_BYTES if name.endswith(".safetensors") else MOST_BYTES
        try:
            with self._zip.open(self._members[name]) as file:
                content = file.read(limit + 1)
        except Exception as error:  # zipfile raises a dozen types on altered bytes
            raise rejected(f"{name} is damaged ({error})") from error
        if len(content) > limit:
            raise rejected(f"{name} is larger than {limit:,} bytes")
        return content

    def _manifest(self) -> Manifest:
        try:
            manifest = Manifest.model_validate_json(self.read(MANIFEST))
        except ValidationError as error:
            raise rejected(f"{MANIFEST} is not what this version writes ({in_short(error)})") from error
        if manifest.run != self.id:
            raise rejected(f"{MANIFEST} is of {manifest.run!r}, but the folder is called {self.id}")
        different = manifest.files.keys() ^ (self._members.keys() - {MANIFEST})
        if different:
            raise rejected(f"{min(different)!r} is either missing or not listed in {MANIFEST}")
        return manifest

    def _check_hashes(self, manifest: Manifest) -> None:
        for name, expected in manifest.files.items():
            if sha256(self.read(name)) != expected:
                raise rejected(f"{name} was altered: its SHA-256 is not the one in {MANIFEST}")


def in_short(error: ValidationError) -> str:
    """Return the first problem of a validation, with the field it is about."""
    problem = error.errors()[0]
    return ": ".join([*map(str, problem["loc"]), problem["msg"]])


def _folders(infos: Sequence[zipfile.ZipInfo]) -> dict[str, list[zipfile.ZipInfo]]:
    """Return the files by the folder that they unpack to, which is named by a run's id."""
    first = infos[0].filename.partition("/")[0] if infos else ""
    if not is_run_id(first):
        raise rejected(f"it does not begin with a folder named by a run's id, but with {first!r}")
    folders: dict[str, list[zipfile.ZipInfo]] = {}
    for info in infos:
        folder = info.filename.partition("/")[0]
        if not is_run_id(folder):
            raise _does_not_belong(info)
        folders.setdefault(folder, []).append(info)
    return folders


def _checked_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a file below its folder, one of those that an export may hold."""
    name = info.filename.partition("/")[2]
    if info.orig_filename != info.filename or not is_known(name):
        raise _does_not_belong(info)
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise rejected(f"{name} is not a plain file")
    if info.compress_type not in _METHODS or info.flag_bits & 1:
        raise rejected(f"{name} is compressed in an unusual way, or encrypted")
    return name


def _does_not_belong(info: zipfile.ZipInfo) -> ImportRejected:
    return rejected(f"{info.orig_filename!r} does not belong into it")
