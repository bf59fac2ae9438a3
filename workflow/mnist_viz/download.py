"""Download the four MNIST files, from the first mirror that has them, checked before they take their names.

Names and MD5 sums are torchvision's own; the SHA-256 that decides is kept here. Files that already lie in the folder
are accepted if their digest is right.
"""

import argparse
import threading
import time
from concurrent.futures import Future, wait
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pooch
import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from mnist_viz.job import log, records
from mnist_viz.job.log import logger
from mnist_viz.store.files import WriteError, atomic

# SHA-256 and size in bytes of the files as LeCun, Cortes and Burges published them.
FILES = {
    "train-images-idx3-ubyte.gz": ("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9912422),
    "train-labels-idx1-ubyte.gz": ("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28881),
    "t10k-images-idx3-ubyte.gz": ("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1648877),
    "t10k-labels-idx1-ubyte.gz": ("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542),
}
WAITS = (0, 2, 8)  # seconds before each round over the mirrors
TIMEOUT = (10, 20)  # seconds to connect; seconds without a byte
SLOWEST = 20_000  # bytes a second that a mirror must give, measured after GRACE seconds
GRACE = 30
REDIRECTS = 5


class DownloadError(OSError):
    """No mirror gave a file; the message says what each of them answered and what to do."""


def download(mirrors: list[str], folder: Path) -> list[Path]:
    """Fetch what is missing of the four files into `folder` and return their paths.

    The mirrors are tried in turn for each file, the one that last succeeded first, in three rounds with growing
    waits. A corrupt or unreachable file at one mirror leads to the next. Raises DownloadError, and OSError if a file
    can't be written.
    """
    from torchvision.datasets import MNIST  # imported here alone: it takes two seconds

    mirrors = list(mirrors)
    paths = []
    for name, md5 in MNIST.resources:
        paths.append(_fetch(name, mirrors, folder))
        if pooch.file_hash(paths[-1], alg="md5") != md5:
            raise DownloadError(f"{paths[-1]}: MD5 is not the {md5} that torchvision publishes")
    return paths


def _fetch(name: str, mirrors: list[str], folder: Path) -> Path:
    digest, size = FILES[name]
    path = folder / name
    if path.is_file() and pooch.file_hash(path) == digest:
        logger.info("%s is there", name)
        return path
    answers: dict[str, str] = {}
    for pause in WAITS:
        time.sleep(pause)
        for mirror in mirrors:
            address = f"{mirror.rstrip('/')}/{name}"
            started = time.monotonic()
            try:
                content = _receive(address, size)
                with atomic(path) as temporary:
                    temporary.write_bytes(content)
                    if pooch.file_hash(temporary) != digest:
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
        f"  - place the four files in {folder} by hand ({', '.join(FILES)}) and run again;\n"
        "  - name another mirror in config.yaml, under dataset: mirrors:, for instance file:///data/mnist/;\n"
        "  - see everything work on the digits that a package ships, without any download: make demo"
    )


def _receive(address: str, size: int) -> bytes:
    """The `size` bytes at `address`. Raises OSError if it stalls, crawls or is of another length."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        source = Path(unquote(parts.path))
        if source.stat().st_size != size:
            raise OSError(f"{source.stat().st_size:,} bytes where {size:,} are needed")
        return source.read_bytes()
    # In a thread, because requests limits the time between two bytes, not that of a name look-up, of a handshake or of
    # a header that comes byte by byte.
    content, end = bytearray(), Future[None]()
    started = time.monotonic()
    threading.Thread(target=_transfer, args=[address, size, content, end], daemon=True).start()
    while wait([end], timeout=GRACE / 10).not_done:
        seconds = time.monotonic() - started
        if seconds > GRACE and len(content) < SLOWEST * seconds:
            raise OSError(f"too slow: {len(content):,} bytes in {seconds:.0f} s")
    end.result()
    if len(content) > size:
        raise OSError(f"more than the {size:,} bytes of the file")
    if len(content) < size:
        raise OSError(f"broken off after {len(content):,} of {size:,} bytes")
    return bytes(content)


def _transfer(address: str, size: int, content: bytearray, end: Future[None]) -> None:
    """Append what is at `address` to `content`, little more than `size` bytes at most; `end` gets the error if any.

    A redirect may lead to any http:// or https:// address, REDIRECTS times, and never to a file: whatever the path, the
    digest decides.
    """
    try:
        with requests.Session() as session:
            session.max_redirects = REDIRECTS
            with session.get(address, stream=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}) as answer:
                answer.raise_for_status()
                while len(content) <= size and (piece := answer.raw.read1(1 << 16)):
                    content.extend(piece)
        end.set_result(None)
    except Exception as error:
        end.set_exception(error)


def _reason(error: OSError | ValueError | HTTPError) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {TIMEOUT[0]} s"
    if isinstance(error, (requests.Timeout, ReadTimeoutError)):
        return f"no byte for {TIMEOUT[1]} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, HTTPError):
        return f"broken off: {error}"
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    return " ".join(str(error).split())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.download", description=__doc__)
    parser.add_argument("--mirrors", type=str.split, required=True, help="addresses of folders, separated by blanks")
    parser.add_argument("--folder", type=Path, required=True, help="where the files go")
    parser.add_argument("--record", type=Path, required=True, help="the record to write (JSON)")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    files = download(arguments.mirrors, arguments.folder)
    records.write(arguments.record, "download", began, {}, files, {"dataset": "mnist"})


if __name__ == "__main__":
    main()
