"""Whole files or none, equal when their content is equal."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_viz.store import files, tables, tensors
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


def test_tensors_are_equal_to_the_byte_in_any_process(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np; from mnist_viz.store import tensors;"
        "tensors.write(sys.argv[1], {'b': np.ones(3), 'a': np.zeros((2, 2), np.uint8), 's': np.float32(4)},"
        " {key: key * 2 for key in 'zyxwvutsr'})"
    )
    for number in range(3):
        command = [sys.executable, "-c", code, str(tmp_path / str(number))]
        subprocess.run(command, check=True, env={"PYTHONPATH": str(PROJECT / "workflow")})
    contents = {(tmp_path / str(number)).read_bytes() for number in range(3)}
    assert len(contents) == 1
    arrays, metadata = tensors.read(tmp_path / "0")
    assert arrays["s"].shape == () and arrays["s"] == 4
    assert np.array_equal(arrays["b"], np.ones(3))
    assert metadata["z"] == "zz"


@pytest.mark.parametrize("place", [3, 40, 150, -1])
def test_one_flipped_bit_is_found(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.safetensors"
    tensors.write(path, {"b": np.ones(3)}, {"epoch": "3", "variant": "baseline"})
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.safetensors is damaged"):
        tensors.read(path)


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
