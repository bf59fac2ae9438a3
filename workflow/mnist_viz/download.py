"""Download a dataset's files, from the first mirror that has them, checked before they take their names.

Their SHA-256 decide. Files that already lie in the folder are accepted if theirs is right. The environment variable
MNIST_VIZ_DOWNLOAD_WAITS gives the seconds to wait before each round over the mirrors; by default it is "0 2 8".
"""

import argparse
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from mnist_viz import datasets
from mnist_viz.datasets import File
from mnist_viz.job import environment, frame
from mnist_viz.job.causes import innermost
from mnist_viz.job.log import logger
from mnist_viz.store.files import WriteError, atomic, check_regular, sha256

WAITS_VARIABLE = "MNIST_VIZ_DOWNLOAD_WAITS"
WAIT_SECONDS = (0.0, 2.0, 8.0)  # before each round over the mirrors
LONGEST_WAIT_SECONDS = 3600
CONNECT_SECONDS = 10
SILENT_SECONDS = 20  # without a byte, at most
LEAST_SPEED = 20_000  # bytes a second that a mirror must give, after MEASURED_SECONDS
MEASURED_SECONDS = 30
MOST_REDIRECTS = 5


class DownloadError(OSError):
    """No mirror gave a file; the message says what each of them answered and what to do."""


def download(
    files: dict[str, File], mirrors: list[str], folder: Path, waits: Sequence[float] = WAIT_SECONDS
) -> list[Path]:
    """Fetch what is missing of `files` (by name) into `folder` and return their paths.

    The mirrors are tried in turn for each file, the one that last succeeded first, in as many rounds as there are
    `waits`, the seconds before each round. A corrupt or unreachable file at one mirror leads to the next. Raises
    DownloadError, and OSError if a file can't be written.
    """
    mirrors = list(mirrors)
    return [_fetch(name, files, mirrors, folder, waits) for name in files]


def parse_waits(text: str) -> list[float]:
    """The seconds before each round, of a text such as "0 2 8". Raises ValueError naming MNIST_VIZ_DOWNLOAD_WAITS."""
    try:
        seconds = [float(word) for word in text.split()]
    except ValueError:
        seconds = []
    if not seconds or not all(0 <= wait <= LONGEST_WAIT_SECONDS for wait in seconds):
        raise ValueError(
            f"{WAITS_VARIABLE} is {text!r}; it can be the seconds before each round over the mirrors, each from 0 to "
            f'{LONGEST_WAIT_SECONDS:,}, separated by blanks, such as "0 2 8"'
        )
    return seconds


def _fetch(name: str, files: dict[str, File], mirrors: list[str], folder: Path, waits: Sequence[float]) -> Path:
    digest, size = files[name]
    path = folder / name
    if path.is_file() and sha256(path) == digest:
        logger.info("%s is there", name)
        return path
    answers: dict[str, str] = {}
    for seconds in waits:
        time.sleep(seconds)
        for mirror in mirrors:
            address = f"{mirror.rstrip('/')}/{name}"
            started = time.monotonic()
            try:
                content = _receive(address, size)
                with atomic(path) as temporary:
                    temporary.write_bytes(content)
                    if sha256(temporary) != digest:
                        raise OSError("wrong content: the SHA-256 differs")
            except WriteError:
                raise
            except (OSError, ValueError, HTTPError) as error:
                answers[address] = _reason(error)
                logger.info("%s: %s", address, answers[address])
                continue
            logger.info("%s: %.1f MB in %.1f s", address, size / 1e6, time.monotonic() - started)
            mirrors.remove(mirror)
            mirrors.insert(0, mirror)
            return path
    said = "\n".join(f"  {address}\n    {answer}" for address, answer in answers.items())
    raise DownloadError(
        f"no mirror gave {name}:\n{said}\nThree ways out:\n"
        f"  - place the files in {folder} by hand ({', '.join(files)}) and run again;\n"
        "  - name another mirror in config.yaml, under dataset: mirrors:, for instance file:///data/mnist/;\n"
        "  - see everything work on the digits that a package ships, without any download: make demo"
    )


def _receive(address: str, size: int) -> bytes:
    """The `size` bytes at `address`. Raises OSError if it stalls, crawls or is of another length."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        source = Path(unquote(parts.path))
        check_regular(source)
        if source.stat().st_size != size:
            with open(source, "rb") as file:
                _refuse_page(file.read(1000))
            raise OSError(f"{source.stat().st_size:,} bytes where {size:,} are needed")
        return source.read_bytes()
    # In a thread, because requests limits the time between two bytes, not that of a name look-up, of a handshake or of
    # a header that comes byte by byte.
    content, end = bytearray(), Future[None]()
    started = time.monotonic()
    threading.Thread(target=_transfer, args=[address, size, content, end], daemon=True).start()
    while wait([end], timeout=MEASURED_SECONDS / 10).not_done:
        seconds = time.monotonic() - started
        if seconds > MEASURED_SECONDS and len(content) < LEAST_SPEED * seconds:
            raise OSError(f"too slow: {len(content):,} bytes in {seconds:.0f} s")
    end.result()
    _refuse_page(content)
    if len(content) > size:
        raise OSError(f"more than the {size:,} bytes of the file")
    if len(content) < size:
        raise OSError(f"broken off after {len(content):,} of {size:,} bytes")
    return bytes(content)


def _refuse_page(content: bytes | bytearray) -> None:
    """Raise OSError if this is an HTML page: a login, say, which answers 200 for whatever is asked."""
    if bytes(content[:1000]).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise OSError("an HTML page instead of the file, a login or a proxy's perhaps; look at it in a browser")


def _transfer(address: str, size: int, content: bytearray, end: Future[None]) -> None:
    """Append what is at `address` to `content`, little more than `size` bytes at most; `end` gets the error if any.

    A redirect may lead to any http:// or https:// address, MOST_REDIRECTS times, and never to a file: whatever the
    path, the digest decides.
    """
    try:
        with requests.Session() as session:
            session.max_redirects = MOST_REDIRECTS
            with session.get(
                address, stream=True, timeout=(CONNECT_SECONDS, SILENT_SECONDS), headers={"Accept-Encoding": "identity"}
            ) as answer:
                answer.raise_for_status()
                while len(content) <= size and (piece := answer.raw.read1(1 << 16)):
                    content.extend(piece)
        end.set_result(None)
    except Exception as error:
        end.set_exception(error)


def _reason(error: OSError | ValueError | HTTPError) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    if isinstance(error, (requests.Timeout, ReadTimeoutError)):
        return f"no byte for {SILENT_SECONDS} s"
    if isinstance(error, requests.ConnectionError):
        return f"no connection: {innermost(error)}"
    if isinstance(error, HTTPError):
        return f"broken off: {innermost(error)}"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    return " ".join(str(error).split())


def work(arguments: argparse.Namespace) -> frame.Made:
    """Download what is missing."""
    text = environment.get(WAITS_VARIABLE)
    seconds = parse_waits(text) if text else WAIT_SECONDS
    made = download(datasets.find(arguments.dataset).files, arguments.mirrors, arguments.folder, seconds)
    return frame.Made({}, made, datasets.identity(arguments.dataset), {"dataset": arguments.dataset})


def main() -> None:
    parser = frame.parser("download", __doc__)
    parser.add_argument("--dataset", choices=datasets.NAMES, required=True)
    parser.add_argument("--mirrors", type=str.split, required=True, help="addresses of folders, separated by blanks")
    parser.add_argument("--folder", type=Path, required=True, help="where the files go")
    frame.run("download", parser, work)


if __name__ == "__main__":
    main()
