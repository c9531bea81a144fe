import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from explorer.data.catalogue import load
from explorer.data.download import download
from explorer.errors import DataDamaged, DataMissing


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
                self.wfile.write(content)

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
    with pytest.raises(DataDamaged, match=f"{path} sent a file with another checksum"):
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
    mirror.mirrors = ["http://127.0.0.1:9/", f"{mirror.address}not-here/"]
    with pytest.raises(DataMissing, match=r"No mirror answered.*mnist-5k") as caught:
        download("toy", ignore)
    assert all(address in str(caught.value) for address in mirror.mirrors)
    assert files_below(tmp_path) == set()


def test_a_built_in_set_needs_no_download():
    with pytest.raises(DataMissing, match="mnist-5k is built in"):
        download("mnist-5k", ignore)
