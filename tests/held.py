"""A disk as Windows has it: what this process has open can be neither replaced nor removed, nor can its folders."""

import errno
import functools
import os
from pathlib import Path

import psutil


def refuse_what_is_open(patch):
    """Let renaming, replacing and removing fail on open files and folders with some; return what was refused."""
    refused = []
    for name in ("rename", "replace", "unlink", "rmdir"):
        patch.setattr(os, name, functools.partial(_careful, getattr(os, name), refused))
    return refused


def _careful(act, refused, *places, **options):
    beside = Path(f"/proc/self/fd/{options['dir_fd']}").readlink() if options.get("dir_fd") is not None else "."
    for place in places:
        path = Path(beside, os.fsdecode(place)).absolute()
        if any(path == held or path in held.parents for held in _open_files()):
            refused.append(path)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return act(*places, **options)


def _open_files():
    return [Path(file.path) for file in psutil.Process().open_files()]
