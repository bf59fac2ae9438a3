"""Downloading from a real HTTP server on loopback that drops, stalls, truncates and corrupts."""

import contextlib
import gzip
import hashlib
import http.server
import os
import re
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
import pytest

from mnist_viz import datasets, download
from mnist_viz.datasets import File
from mnist_viz.download import DownloadError
from tests.conftest import PROJECT, Outcome, run

BODIES = {
    name: gzip.compress(np.random.default_rng(number).bytes(300_000), compresslevel=1)
    for number, name in enumerate(datasets.find("mnist").files)
}
FILES = {name: File(hashlib.sha256(body).hexdigest(), len(body)) for name, body in BODIES.items()}
WAITS = (0, 0.05, 0.1)


BOMB = gzip.compress(bytes(200_000_000))  # 195 kB
REDIRECTS = {
    "elsewhere": "/corrupt/{name}",
    "onwards": "/good/{name}",
    "looping": "/looping/{name}",
    "to a file": "file:///etc/hostname",
    "to nobody": "http://127.0.0.1:9/{name}",
    "nowhere": "",
}
PAGES = {
    "login": b"\xef\xbb\xbf\r\n<!DOCTYPE html>\n<title>Sign in</title>".ljust(731),
    "long page": b"<html lang='en'>".ljust(400_000, b"x"),
}


class Mirror(http.server.ThreadingHTTPServer):
    """A mirror that answers each path in its own way and counts what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []
        self.patience = threading.Event()

    def address(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{quote(behaviour)}"


class Answer(http.server.BaseHTTPRequestHandler):
    """`/behaviour/file`: the file's bytes, spoilt as `behaviour` says."""

    server: Mirror

    def do_GET(self) -> None:
        behaviour, name = unquote(self.path).strip("/").split("/")
        self.server.asked.append(f"{behaviour}/{name}")
        body = BODIES[name]
        if behaviour == "missing":
            self.send_error(404)
        elif behaviour == "broken" or (behaviour == "late" and self.server.asked.count(self.path.strip("/")) < 2):
            self.send_error(503)
        elif behaviour == "rude":
            self.send_response(503, "\x1b]0;owned\x07\x1b[2J\x9b31mno")
            self.end_headers()
        elif behaviour in PAGES:
            self.give(PAGES[behaviour], len(PAGES[behaviour]), {"Content-Type": "text/html"})
        elif behaviour == "corrupt":
            self.give(body[:1000] + b"\0" + body[1001:], len(body))
        elif behaviour == "short":
            self.give(body[:1000], 1000)
        elif behaviour == "dropping":
            self.give(body[:1000], len(body))
        elif behaviour == "long":
            self.give(body + b"more", len(body) + 4)
        elif behaviour == "endless":
            self.give(body, None)
            while not self.server.patience.is_set():
                self.wfile.write(b"\0" * 65536)
        elif behaviour == "stalling":
            self.give(body[:1000], len(body))
            self.server.patience.wait(30)
        elif behaviour == "crawling":
            self.give(b"", len(body))
            for byte in body:
                if self.server.patience.wait(0.02):
                    break
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
        elif behaviour == "trickling":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.server.patience.wait(0.02):
                self.wfile.write(b"x")
        elif behaviour == "bomb":
            self.give(BOMB.ljust(len(body), b"\0"), len(body), {"Content-Encoding": "gzip"})
        elif behaviour in REDIRECTS:
            self.send_response(302)
            self.send_header("Location", REDIRECTS[behaviour].format(name=name))
            self.end_headers()
        elif behaviour == "encoded":
            self.give(body, len(body), {"Content-Encoding": "gzip"})
        else:
            self.give(body, len(body))

    def give(self, body: bytes, length: int | None, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None: ...

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """The mirror, with files of random bytes in the place of MNIST's."""
    server = Mirror()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.patience.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short times, within which a busy machine may miss the answer of a good mirror too."""
    monkeypatch.setattr(download, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(download, "SILENT_SECONDS", 2)
    monkeypatch.setattr(download, "MEASURED_SECONDS", 2)


def fetch(mirrors: list[str], folder: Path) -> None:
    assert download.download(FILES, mirrors, folder, WAITS) == [folder / name for name in FILES]


def assert_complete(folder: Path) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == BODIES


def test_digests_are_of_the_files_that_torchvision_names() -> None:
    from torchvision.datasets import MNIST  # two seconds, which each process would spend that collects the tests

    assert {name for name, _ in MNIST.resources} == datasets.find("mnist").files.keys()


def test_first_mirror_that_works_gives_all(mirror: Mirror, tmp_path: Path) -> None:
    fetch([mirror.address("good")], tmp_path)
    assert_complete(tmp_path)
    assert mirror.asked == [f"good/{name}" for name in BODIES]


BAD = ["missing", "broken", "corrupt", "short", "dropping", "long", "endless"]
BAD += ["bomb", "elsewhere", "looping", "to a file", "to nobody", "nowhere"]


@pytest.mark.parametrize("behaviour", BAD)
def test_next_mirror_after_a_bad_one(mirror: Mirror, tmp_path: Path, behaviour: str) -> None:
    fetch([mirror.address(behaviour), mirror.address("good")], tmp_path)
    assert_complete(tmp_path)
    asked = [name for name in mirror.asked if name.startswith(f"{behaviour}/")]
    times = 1 + download.MOST_REDIRECTS if behaviour == "looping" else 1
    assert asked == [f"{behaviour}/{next(iter(BODIES))}"] * times


@pytest.mark.parametrize("behaviour", ["stalling", "crawling", "trickling"])
@pytest.mark.usefixtures("brief")
def test_next_mirror_after_a_slow_one(mirror: Mirror, tmp_path: Path, behaviour: str) -> None:
    download.download(FILES, [mirror.address(behaviour), mirror.address("good")], tmp_path, [0] * 20)
    assert_complete(tmp_path)
    assert mirror.asked[0] == f"{behaviour}/{next(iter(BODIES))}"


def test_redirect_to_another_address_is_followed(mirror: Mirror, tmp_path: Path) -> None:
    fetch([mirror.address("onwards")], tmp_path)
    assert_complete(tmp_path)
    assert {name.split("/")[0] for name in mirror.asked} == {"onwards", "good"}


def test_folder_or_link_in_the_place_of_a_file(mirror: Mirror, tmp_path: Path) -> None:
    first, second, *_ = BODIES
    (tmp_path / first).symlink_to("nowhere")
    (tmp_path / second).mkdir()
    with pytest.raises(OSError, match=f"cannot write {tmp_path / second}: a folder lies where the file should be"):
        fetch([mirror.address("good")], tmp_path)
    (tmp_path / second).rmdir()
    fetch([mirror.address("good")], tmp_path)
    assert_complete(tmp_path)


def test_bytes_stay_gzip_whatever_the_server_says_of_them(mirror: Mirror, tmp_path: Path) -> None:
    fetch([mirror.address("encoded")], tmp_path)
    assert_complete(tmp_path)


def test_unreachable_host_and_later_success(mirror: Mirror, tmp_path: Path) -> None:
    fetch(["http://127.0.0.1:9/mnist/", mirror.address("late")], tmp_path)
    assert_complete(tmp_path)


def test_file_mirror_and_blanks_in_its_path(mirror: Mirror, tmp_path: Path) -> None:
    source = tmp_path / "my data"
    source.mkdir()
    for name, body in BODIES.items():
        (source / name).write_bytes(body)
    fetch([source.as_uri()], tmp_path / "raw")
    assert_complete(tmp_path / "raw")
    assert mirror.asked == []


def test_files_placed_by_hand_are_kept(mirror: Mirror, tmp_path: Path) -> None:
    for name, body in BODIES.items():
        (tmp_path / name).write_bytes(body)
    fetch([mirror.address("missing")], tmp_path)
    assert mirror.asked == []


def test_wrong_file_placed_by_hand_is_replaced(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / next(iter(BODIES))).write_bytes(b"something else")
    fetch([mirror.address("good")], tmp_path)
    assert_complete(tmp_path)


@pytest.mark.usefixtures("brief")
def test_no_mirror_answers(mirror: Mirror, tmp_path: Path) -> None:
    mirrors = [mirror.address(behaviour) for behaviour in ("missing", "corrupt", "stalling", "short")]
    mirrors += ["http://127.0.0.1:9", "file:///nowhere"]
    began = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        fetch(mirrors, tmp_path)
    message = str(caught.value)
    first = next(iter(BODIES))
    answers = ["404", "SHA-256 differs", "no byte for|too slow", "broken off after 1,000", "no connection", "No such"]
    for address, answer in zip(mirrors, answers, strict=True):
        assert f"{address}/{first}\n    " in message
        assert re.search(answer, message.split(f"{address}/{first}\n")[1].splitlines()[0])
    by_hand = f"place the files in {tmp_path} by hand ({', '.join(FILES)})"
    for way_out in (by_hand, "another mirror in config.yaml", "make demo"):
        assert way_out in message
    assert mirror.asked.count(f"missing/{first}") == len(WAITS)
    assert time.monotonic() - began >= sum(WAITS)
    assert list(tmp_path.iterdir()) == []


def test_waits_are_seconds_before_each_round(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DownloadError):
        download.download(FILES, [mirror.address("missing")], tmp_path, [0, 0.01, 0.01, 0.01])
    assert len(mirror.asked) == 4


@pytest.mark.parametrize("behaviour", PAGES)
def test_a_page_in_the_place_of_a_file_is_called_one(mirror: Mirror, tmp_path: Path, behaviour: str) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / next(iter(BODIES))).write_bytes(PAGES[behaviour])
    mirrors = [mirror.address(behaviour), (tmp_path / "saved").as_uri()]
    with pytest.raises(DownloadError) as caught:
        download.download(FILES, mirrors, tmp_path / "raw", [0])
    assert str(caught.value).count("an HTML page instead of the file") == 2


def test_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / next(iter(BODIES)))
    with pytest.raises(DownloadError, match="is no regular file but a pipe"):
        download.download(FILES, [tmp_path.as_uri()], tmp_path / "raw", [0])


def test_what_a_mirror_says_commands_no_terminal(mirror: Mirror, tmp_path: Path) -> None:
    outcome = command(tmp_path, "0", mirror.address("rude"))
    assert outcome.status == 1
    assert r"HTTP 503 \x1b]0;owned\x07\x1b[2J\x9b31mno" in outcome.text
    assert all(char.isprintable() or char == "\n" for char in outcome.text + (tmp_path / "log").read_text())


def test_password_in_an_address_is_not_shown(mirror: Mirror, tmp_path: Path) -> None:
    outcome = command(tmp_path, "0", mirror.address("missing").replace("://", "://person:s3cr@t@"))
    assert outcome.status == 1 and "http://***@127.0.0.1" in outcome.text
    assert not re.search("person|s3cr|@t@", outcome.text + (tmp_path / "log").read_text())


def test_the_innermost_cause_is_named(tmp_path: Path) -> None:
    """TLS fails beneath a connection beneath a request; so does what a proxy refuses."""
    with stranger() as port:
        answers = {
            f"https://127.0.0.1:{port}": "no connection: .*(version|record layer|protocol)",
            "http://127.0.0.1:9": "no connection: Connection refused$",
            "https://nobody.invalid": "no connection: .*(not known|No address|resolution)",
        }
        with pytest.raises(DownloadError) as caught:
            download.download(FILES, list(answers), tmp_path, [0])
    lines = str(caught.value).splitlines()
    for address, answer in answers.items():
        (place,) = (number for number, line in enumerate(lines) if line.strip().startswith(address))
        assert re.search(answer, lines[place + 1]), lines
        assert "object at 0x" not in lines[place + 1] and "HTTPSConnectionPool" not in lines[place + 1]


@contextlib.contextmanager
def stranger() -> Iterator[int]:
    """The port of a server that speaks no TLS."""
    with socketserver.TCPServer(("127.0.0.1", 0), Greeting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class Greeting(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(100)
        self.request.sendall(b"220 welcome to another service\r\n")


def command(folder: Path, waits: str, mirror: str = "file:///nowhere/") -> Outcome:
    arguments = ["--dataset", "mnist", "--mirrors", mirror, "--folder", str(folder), "--log", str(folder / "log")]
    program = [sys.executable, "-m", "mnist_viz.download", *arguments, "--record", str(folder / "download.json")]
    return run(program, folder, PYTHONPATH=str(PROJECT / "workflow"), MNIST_VIZ_DOWNLOAD_WAITS=waits)


def test_waits_of_the_environment(tmp_path: Path) -> None:
    outcome = command(tmp_path, "0 0.1")
    assert outcome.status == 1
    assert outcome.text.count("file:///nowhere/train-images-idx3-ubyte.gz: ") == 2


def test_empty_waits_are_the_usual_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MNIST_VIZ_DOWNLOAD_WAITS", "")
    monkeypatch.setattr(download, "WAIT_SECONDS", (0.0, 0.01))
    monkeypatch.setattr(sys, "argv", ["download", "--dataset", "mnist", "--mirrors", "file:///nowhere/"])
    sys.argv += ["--folder", str(tmp_path), "--record", str(tmp_path / "record")]
    with pytest.raises(DownloadError):
        download.main()


@pytest.mark.parametrize("waits", [" ", "soon", "0 -1", "nan", "0 inf", "1e9", "0,2,8"])
def test_wrong_waits_are_refused_by_name(tmp_path: Path, waits: str) -> None:
    outcome = command(tmp_path, waits)
    assert outcome.status == 1
    assert outcome.text.startswith(f"error: MNIST_VIZ_DOWNLOAD_WAITS is {waits!r}; it can be the seconds")
    assert len(outcome.text.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
