"""The key to Weights & Biases stays in the environment: it is in no process's arguments, and in no byte written."""

import base64
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import Project
from tests.faults import pipeline
from tests.wandb_server import Server

KEY = "5ec2e7b1d0f94c8aa6317e40d95bf28c137aa4e9"


def spellings(key: str) -> dict[str, bytes]:
    """The key as it is, backwards, in hexadecimal, and in base64 wherever it begins in the encoded text."""
    plain = key.encode()
    shifted = {
        f"base64 {shift}": base64.b64encode(b"x" * shift + plain)[-(-4 * shift // 3) + 1 : -4] for shift in range(3)
    }
    return {"plain": plain, "backwards": plain[::-1], "hexadecimal": plain.hex().encode(), **shifted}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(key=KEY) as running:
        yield running


def test_a_planted_key_is_found_in_each_spelling() -> None:
    encoded = [base64.b64encode(f"{before}{KEY}x".encode()).decode() for before in ("", "a", "ap", "api:")]
    for text in [f"a{KEY}b", *encoded]:
        assert any(found in text.encode() for found in spellings(KEY).values()), text


def watch(process: psutil.Process, arguments: set[str], done: threading.Event) -> None:
    """Collect the command lines of a process and all that it starts."""
    while not done.wait(0.02):
        try:
            for one in [process, *process.children(recursive=True)]:
                arguments.add("\0".join(one.cmdline()))
        except psutil.Error:
            continue


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "refused"])
def test_key_is_in_no_arguments_and_no_file(project: Project, server: Server, tmp_path: Path, accepted: bool) -> None:
    """The whole pipeline online, with the key that the server takes, and the upload with one that it refuses."""
    if accepted:
        for name in ("demo", ".snakemake"):
            (project.folder / name).rename(tmp_path / name)
    else:
        server.key = KEY[::-1]
    home = tmp_path / "home"
    home.mkdir()
    environment = {**server.environment(), "WANDB_API_KEY": KEY, "WANDB_MODE": "online", "HOME": str(home)}
    environment |= {"TMPDIR": str(home), "NETRC": str(home / "netrc"), "XDG_CACHE_HOME": str(home / "cache")}
    target = [] if accepted else ["demo/results/baseline/wandb.json"]
    process = pipeline.start(project, *target, **environment)
    arguments: set[str] = set()
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=[psutil.Process(process.pid), arguments, done])
    watcher.start()
    status = process.wait()
    done.set()
    watcher.join()
    said = (project.folder / "output.txt").read_text()
    assert (status == 0) == accepted, said
    assert server.requests, "nothing was sent"
    assert accepted or "Set WANDB_API_KEY to a key" in said, said
    assert any("mnist_viz.upload" in line for line in arguments) and any("wandb-core" in line for line in arguments)
    keys = spellings(KEY)
    assert [line for line in arguments if any(key.decode() in line for key in keys.values())] == []
    written = [path for folder in (project.folder, home) for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".wandb" for path in written) or accepted
    assert len(written) > 50
    found = [(path, name) for path in written for name, key in keys.items() if key in path.read_bytes()]
    assert found == []
