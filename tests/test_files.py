"""Whole files or none, equal when their content is equal."""

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_viz.store import files, tables, tensors
from mnist_viz.training.resume import STATE, Resume
from tests.conftest import PROJECT


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_temporary_file_is_in_the_same_folder(tmp_path: Path) -> None:
    with files.atomic(tmp_path / "new" / "a.txt") as temporary:
        assert temporary.parent == tmp_path / "new"
        temporary.write_text("whole")
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"


def leave_a_partial_file(path: Path) -> Path:
    """What a process that was killed in the middle of writing leaves."""
    code = (
        "import sys, os, signal; from mnist_viz.store import files\n"
        "with files.atomic(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], env={"PYTHONPATH": str(PROJECT / "workflow")})
    (left,) = path.parent.glob(".*.part")
    return left


def test_what_a_killed_writer_left_is_removed_and_what_others_write_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    left = leave_a_partial_file(path)
    other = tmp_path / f".a.txt.elsewhere.{os.getpid()}.x.part"
    other.touch()
    with files.atomic(path) as mine, files.atomic(path) as theirs:
        assert mine != theirs and not left.exists() and other.exists()
        mine.write_text("mine")
        theirs.write_text("theirs")
    assert path.read_text() == "mine"
    assert sorted(tmp_path.iterdir()) == [other, path]


def test_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match=r"cannot write .*a\.txt: a folder lies where the file should be\. Remove it"):
        files.write_json(tmp_path / "a.txt", {})
    (tmp_path / "b").touch()
    with pytest.raises(OSError, match=r"cannot write .*a\.txt: a file lies where one of its folders should be"):
        files.write_json(tmp_path / "b" / "a.txt", {})


def test_dangling_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to("nowhere")
    files.write_json(tmp_path / "a.json", {})
    assert files.read_json(tmp_path / "a.json") == {} and not (tmp_path / "a.json").is_symlink()


def test_json_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match=r"a\.json is not a JSON file"):
        files.read_json(tmp_path / "a.json")


def test_a_link_is_a_second_name_in_place_of_what_was_there(tmp_path: Path) -> None:
    source, target = tmp_path / "a.txt", tmp_path / "new" / "b.txt"
    source.write_text("new")
    for _ in range(2):
        files.link(source, target)
        assert target.samefile(source)
    target.unlink()
    target.write_text("old")
    files.link(source, target)
    assert target.samefile(source) and source.read_text() == "new"
    assert sorted(tmp_path.rglob("*.txt")) == [source, target]
    assert not list(tmp_path.rglob("*.part"))


def test_where_links_are_refused_a_copy_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    source, target = tmp_path / "a.txt", tmp_path / "b.txt"
    source.write_text("new")
    files.link(source, target)
    assert target.read_text() == "new" and not target.samefile(source)
    assert sorted(tmp_path.iterdir()) == [source, target]


def history(rows: int = 3) -> dict[str, object]:
    return {
        "step": np.arange(1, rows + 1),
        "epoch": np.ones(rows),
        "loss": np.full(rows, 0.5, np.float32),
        "learning_rate": np.full(rows, 0.001, np.float32),
    }


def test_table_carries_meanings_and_dataset(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    tables.write(path, history(), tables.HISTORY, "sample")
    written = pq.read_schema(path)
    assert all(field.metadata[b"description"] for field in written)
    assert tables.dataset(path) == "sample"
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    assert tables.read(path, tables.HISTORY)["loss"].to_pylist() == [0.5] * 3


def test_other_table_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"step": [1]}), path)
    with pytest.raises(ValueError, match=r"other\.parquet has the columns"):
        tables.read(path, tables.HISTORY)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"other\.parquet is not a readable Parquet file"):
        tables.read(path, tables.HISTORY)


@pytest.mark.parametrize("schema", [tables.IMAGES, tables.HISTORY, tables.PREDICTIONS, tables.METRICS])
def test_every_column_has_a_meaning(schema: pa.Schema) -> None:
    assert all(field.metadata and field.metadata[b"description"] for field in schema)


def test_scores_are_no_dictionary_which_would_make_them_larger(tmp_path: Path) -> None:
    path, other = tmp_path / "predictions.parquet", tmp_path / "other.parquet"
    images, epochs = 2000, 3
    random = np.random.default_rng(0)
    logits = np.exp(random.normal(scale=4, size=(images * epochs, 10)).astype(np.float32))
    scores = logits / logits.sum(axis=1, keepdims=True)
    columns = {
        "variant": tables.repeat("small", images * epochs),
        "epoch": np.repeat(np.arange(1, epochs + 1), images),
        "id": np.tile(np.arange(images), epochs),
        "guess": scores.argmax(axis=1).astype(np.uint8),
        "truth": np.tile(random.integers(0, 10, images).astype(np.uint8), epochs),
        **{name: scores[:, digit] for digit, name in enumerate(tables.SCORES)},
    }
    tables.write(path, columns, tables.PREDICTIONS, "sample")
    group = pq.ParquetFile(path).metadata.row_group(0)
    written = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert [name for name in written if not written[name].has_dictionary_page] == list(tables.SCORES)
    table = tables.read(path, tables.PREDICTIONS)
    pq.write_table(table, other, compression="zstd", compression_level=3, use_dictionary=True)
    assert path.stat().st_size < 0.95 * other.stat().st_size


@pytest.mark.parametrize(
    "read",
    [
        files.sha256,
        files.read_json,
        tensors.read,
        lambda path: tables.read(path, tables.METRICS),
        tables.dataset,
        lambda path: Resume(path.parent, "key", "baseline", {}).load(10, 10),
    ],
    ids=["digest", "json", "tensors", "table", "dataset", "resume"],
)
def test_nothing_waits_for_a_pipe_in_the_place_of_a_file(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / STATE
    os.mkfifo(path)
    writer = threading.Timer(20, path.write_bytes, [b""])  # ends a reader that waits
    writer.daemon = True
    writer.start()
    try:
        told = read(path)
    except (OSError, ValueError) as error:
        told = error
    finally:
        writer.cancel()
    assert f"{path} is no regular file but a pipe" in str(told)
