"""Uploads that are killed or meet faults of the server: complete in the end, or failed with the cause, no receipt."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wandb_server import Fault, Server
from tests.wandb_server.uploads import Picture, begin, check_complete, end, upload


def kill(process: "subprocess.Popen[str]") -> Callable[[], None]:
    return lambda: os.kill(process.pid, signal.SIGKILL)


MOMENTS = {
    "before the dataset's commit": Fault("CommitArtifact", cut=True, times=1),
    "before a model's commit": Fault("CommitArtifact", cut=True, skip=1, times=1),
    "between the epochs": Fault("CreateArtifact", cut=True, skip=4, times=1),
    "before the history's end": Fault("file_stream", cut=True, times=1, skip=1),
    "after the last byte": Fault("RunOutputArtifacts", cut=True, times=1),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_killed_and_uploaded_again_ends_as_one_clean_upload(
    moment: Fault, root: Path, server: Server, clean: Picture
) -> None:
    server.faults = [moment]
    moment.met = 0
    process = begin(root, "baseline", server)
    moment.call = kill(process)
    killed = end(process)
    assert killed.status == -signal.SIGKILL, killed.text
    assert not (root / "results" / "baseline" / "wandb.json").exists()
    server.faults = []
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    check_complete(server, root, clean)


RECOVERS = {
    "429 with Retry-After": [Fault("graphql", 429, {"Retry-After": "1"}, times=2), Fault("file_stream", 429, times=1)],
    "500 for a while": [Fault("graphql", 500, skip=6, times=2), Fault("upload", 500, skip=3, times=2)],
    "a stalled answer": [Fault("CreateArtifact", stall=3, times=1), Fault("upload", stall=3, times=1)],
    "409 for a while": [Fault("UpsertBucket", 409, times=2)],
    "cut uploads": [Fault("upload", cut=True, skip=2, times=2), Fault("file_stream", cut=True, times=1)],
    "bytes that change on the way": [Fault("upload", spoil=True, skip=5, times=1)],
}


@pytest.mark.parametrize("faults", RECOVERS.values(), ids=RECOVERS.keys())
def test_recovers(faults: list[Fault], root: Path, server: Server, clean: Picture) -> None:
    server.faults = faults
    done = upload(root, "baseline", server)
    assert all(fault.met > fault.skip for fault in faults), "the fault has not happened"
    if done.status:
        assert not (root / "results" / "baseline" / "wandb.json").exists()
        assert upload(root, "baseline", server).status == 0
        pytest.fail(f"it did not recover by itself: {done.text}")
    check_complete(server, root, clean)


FAILS = {
    "401": ([Fault("any", 401)], "401", "Set WANDB_API_KEY"),
    "403": ([Fault("any", 403)], "403", "Set WANDB_API_KEY"),
    "500 for ever": ([Fault("any", 500)], "500", "Upload again"),
    "500 for ever for files": ([Fault("upload", 500)], "500", "Upload again"),
    "500 for ever for the history": ([Fault("file_stream", 500)], "500", "Upload again"),
    "429 for ever": ([Fault("any", 429, {"Retry-After": "1"})], "429", "Upload again"),
    "no answers": ([Fault("any", stall=60)], "no answer", "Upload again"),
    "a lost history": ([Fault("file_stream", 404)], "training steps", "Upload again"),
    "wrong digests for ever": ([Fault("upload", spoil=True)], "400", "Upload again"),
}


@pytest.mark.parametrize(("faults", "cause", "advice"), FAILS.values(), ids=FAILS.keys())
def test_fails_with_the_cause_and_without_a_receipt(
    faults: list[Fault], cause: str, advice: str, root: Path, server: Server
) -> None:
    server.faults = faults
    done = upload(root, "baseline", server, patience=6)
    assert done.status == 1
    assert f"error: upload baseline: W&B at {server.url}: " in done.text or "but W&B lacks" in done.text, done.text
    assert cause in done.text and advice in done.text, done.text
    assert "Traceback" not in done.text, done.text
    assert not (root / "results" / "baseline" / "wandb.json").exists()


def test_refused_connections_name_the_address(root: Path) -> None:
    with Server() as gone:
        pass
    done = upload(root, "baseline", gone, patience=6)
    assert done.status == 1 and gone.url in done.text and "Connection refused" in done.text, done.text
    assert not (root / "results" / "baseline" / "wandb.json").exists()


def test_a_port_is_not_taken_for_a_status(root: Path) -> None:
    server = listening_on(range(24010, 24020))
    server.faults = [Fault("any", 500)]
    done = upload(root, "baseline", server, patience=2)
    server.stop()
    assert "401" in server.url and done.status == 1
    assert "(HTTP status 500" in done.text and "Upload again" in done.text, done.text


def listening_on(ports: range) -> Server:
    """A server on the first of the ports that is free."""
    for port in ports:
        server = Server(port)
        with contextlib.suppress(OSError):
            server.start()
            return server
    raise OSError(f"none of the ports {ports.start} to {ports.stop - 1} is free")
