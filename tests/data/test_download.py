import errno
import gzip
import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.data.catalogue import load
from explorer.data.download import download
from explorer.errors import DataDamaged, DataMissing, DataNotWritable, OtherData
from tests.data.idx import idx


@pytest.fixture
def mirror(monkeypatch, toy, toy_files):
    """A server of the toy set's files on this machine; `served` can be changed, and so can the list of mirrors."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    served = {f"/{name}.gz": gzip.compress(content) for name, content in toy_files.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            content = served.get(self.path)
            if content is None:
                self.send_error(404)
            elif self.path.startswith("/garbled"):
                self.wfile.write(b"this is not HTTP\r\n\r\n")
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if self.path.startswith("/half") else content)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        resources = [(path[1:], hashlib.md5(x, usedforsecurity=False).hexdigest()) for path, x in served.items()]
        known = SimpleNamespace(mirrors=[address], resources=resources, address=address, served=served)
        monkeypatch.setattr("torchvision.datasets.Toy", known, raising=False)
        yield known
        server.shutdown()


def files_below(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


def ignore(name, share):
    pass


def test_a_set_is_fetched_checked_unpacked_and_readable(mirror, tmp_path, toy, toy_files):
    with pytest.raises(DataMissing):
        load("toy")
    seen = []
    folder = download("toy", lambda name, share: seen.append((name, share)))
    assert folder == tmp_path / "data"
    assert files_below(tmp_path) == set(toy_files)
    assert toy.available
    assert len(load("toy").train) == 6
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [name for name, _ in sorted(set(seen), key=lambda x: x[1])] == [name for name, _ in mirror.resources]


def test_a_wrong_checksum_leaves_no_file_behind(mirror, tmp_path, toy):
    path = "/" + mirror.resources[0][0]
    mirror.served[path] = gzip.compress(b"something else")
    with pytest.raises(DataDamaged, match=f"(?s)cannot be had; try again later.*{path} sent a file with another"):
        download("toy", ignore)
    assert files_below(tmp_path) == set()
    assert not toy.available


def test_a_download_that_breaks_off_leaves_no_half_set(mirror, tmp_path, toy):
    del mirror.served["/" + mirror.resources[2][0]]
    with pytest.raises(DataMissing):
        download("toy", ignore)
    assert not toy.available


def test_an_interrupted_download_can_be_repeated(mirror, tmp_path, toy, toy_files):
    name = "/" + mirror.resources[2][0]
    content = mirror.served.pop(name)
    with pytest.raises(DataMissing):
        download("toy", ignore)
    mirror.served[name] = content
    download("toy", ignore)
    assert files_below(tmp_path) == set(toy_files)
    assert len(load("toy").test) == 4


def test_the_next_mirror_is_asked_when_one_fails(mirror, tmp_path, toy_files):
    mirror.mirrors = ["http://127.0.0.1:9/", f"{mirror.address}not-here/", mirror.address]
    download("toy", ignore)
    assert files_below(tmp_path) == set(toy_files)


def test_the_next_mirror_is_asked_when_one_does_not_speak_http(mirror, tmp_path, toy_files):
    mirror.served |= {f"/garbled/{name}": b"" for name, _ in mirror.resources}
    mirror.mirrors = [f"{mirror.address}garbled/", mirror.address]
    download("toy", ignore)
    assert files_below(tmp_path) == set(toy_files)


def test_without_a_mirror_the_way_out_is_named(mirror, tmp_path):
    mirror.mirrors = ["http://127.0.0.1:9/", "http://127.0.0.1:11/"]
    with pytest.raises(DataMissing, match=r"No mirror answered.*mnist-5k") as caught:
        download("toy", ignore)
    assert all(address in str(caught.value) for address in mirror.mirrors)
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize("answer", ["not-here/", "garbled/", "half/"])
def test_a_mirror_that_answers_is_not_said_to_be_silent(mirror, tmp_path, answer):
    mirror.served |= {
        f"/{kind}/{name}": mirror.served[f"/{name}"] for kind in ("garbled", "half") for name in names(mirror)
    }
    mirror.mirrors = ["http://127.0.0.1:9/", f"{mirror.address}{answer}"]
    with pytest.raises(DataMissing, match=f"No mirror sent {names(mirror)[0]}; try later") as caught:
        download("toy", ignore)
    assert all(address in str(caught.value) for address in mirror.mirrors)
    assert "answered" not in str(caught.value)
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize("first", ["half/", "changed/"])
def test_the_next_mirror_is_asked_after_half_a_file_or_another(mirror, tmp_path, toy_files, first):
    mirror.served |= {f"/half/{name}": mirror.served[f"/{name}"] for name in names(mirror)}
    mirror.served |= {f"/changed/{name}": b"something else" for name in names(mirror)}
    mirror.mirrors = [f"{mirror.address}{first}", mirror.address]
    download("toy", ignore)
    assert files_below(tmp_path) == set(toy_files)


def names(mirror):
    return [name for name, _ in mirror.resources]


# what is there already


def test_what_is_there_is_left_and_only_the_rest_is_fetched(mirror, tmp_path, toy_files, write):
    kept, packed = "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"
    raw = write({kept: toy_files[kept], packed: mirror.served[f"/{packed}"]})
    before = (raw / kept).stat().st_mtime_ns
    fetched = []
    download("toy", lambda name, share: fetched.append(name))  # noqa: ARG005
    assert set(fetched) == {"train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"}
    assert (raw / kept).stat().st_mtime_ns == before
    assert files_below(tmp_path) == {*toy_files, packed} - {packed.removesuffix(".gz")}
    assert load("toy").labelled


def test_files_of_another_set_are_not_written_over(mirror, toy, toy_files, write):
    name = "train-images-idx3-ubyte"
    theirs = idx(np.zeros((3, 28, 28)))
    raw = write({name: theirs})
    with pytest.raises(OtherData, match=r"holds 3 images of 28×28 pixels.*move it elsewhere"):
        download("toy", ignore)
    assert (raw / name).read_bytes() == theirs


# a folder that cannot be written


def refused(folder, said):
    with pytest.raises(DataNotWritable, match=r"(?s)^Toy cannot be downloaded to .*EXPLORER_DATA") as caught:
        download("toy", ignore)
    assert f"downloaded to {folder}: {said}" in str(caught.value)
    assert "mirror" not in str(caught.value)


@pytest.mark.parametrize("where", ["data", "data/Toy", "data/Toy/raw"])
def test_a_file_in_the_place_of_a_folder_is_said(mirror, tmp_path, toy, where):
    path = tmp_path / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    refused(tmp_path / "data", "a file stands where a folder of it should")
    assert path.read_text() == "mine"
    assert not toy.available


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EROFS, "it is on a disk that can only be read"),
        (errno.EACCES, "you may not write there"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("step", ["mkdir", "write", "rename"])
def test_a_folder_that_cannot_be_written_is_said(mirror, tmp_path, monkeypatch, number, said, step):
    def fails(*_args, **_options):
        raise OSError(number, os.strerror(number))

    name = {"mkdir": "pathlib.Path.mkdir", "rename": "pathlib.Path.replace", "write": "shutil.copyfileobj"}[step]
    monkeypatch.setattr(name, fails)
    refused(tmp_path / "data", said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_is_full_midway_is_no_silent_mirror(mirror, tmp_path, monkeypatch):
    opened = Path.open

    def full(path, mode="r", *rest, **options):
        return opened(Path("/dev/full") if path.suffix == ".gz" and "w" in mode else path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", full)
    refused(tmp_path / "data", "the disk is full")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(mirror, tmp_path):
    (tmp_path / "data").mkdir(mode=0o555)
    refused(tmp_path / "data", "you may not write there")


def test_a_built_in_set_needs_no_download():
    with pytest.raises(DataMissing, match="mnist-5k is built in"):
        download("mnist-5k", ignore)
