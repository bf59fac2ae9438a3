"""The formats of files: a changed one has another version."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from mnist_viz.mapping.table import columns
from mnist_viz.store import tables, tensors
from mnist_viz.store.formats import FORMATS
from mnist_viz.store.maps import MAP
from tests.conftest import Project

# By format and version, what files of it are like. A change of a format raises its version in store/formats.py, and
# gets a line here.
KNOWN = {
    ("split", 1): "fbed0b1cda397fca",
    ("split", 2): "bddf9ac1b55debcc",
    ("checkpoint", 1): "7729a490b3ff716a",
    ("checkpoint", 2): "180be9ba280ba672",
    ("state", 1): "76b3c633c3d355d8",
    ("state", 2): "b344f6297723641f",
    ("images", 1): "036394a82f2be1ca",
    ("images", 2): "d1e16d84f44ce0f6",
    ("history", 1): "f4cc126e9928e521",
    ("history", 2): "e87d151a40d09d06",
    ("predictions", 1): "d3ac7670a76ff096",
    ("predictions", 2): "5892ed5c1e66c95f",
    ("metrics", 1): "03573a94cad6c961",
    ("metrics", 2): "9b614b4c3e3fbac6",
    ("classes", 1): "238659c464d6cd03",
    ("disagreements", 1): "5f250ab9a9a55f7e",
    ("disagreements", 2): "b1c56e48f8cf269a",
    ("errors_over_time", 1): "acbaf2d6268982cd",
    ("errors_over_time", 2): "f36748451b9f2ac9",
    ("errors_by_guess", 1): "df061a3a090dd7e1",
    ("errors_by_guess", 2): "002e6c81c7e6ebb4",
    ("map", 1): "4cee3e2a7e97831b",
    ("record", 1): "2dee088c4d830712",
}


def parquet(path: Path) -> Any:
    """Columns with their types, nullability, encodings and compression, and the keys of the metadata."""
    file = pq.ParquetFile(path)
    group = file.metadata.row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    fields = [[field.name, str(field.type), field.nullable] for field in file.schema_arrow]
    how = [[column.path_in_schema, sorted(column.encodings), column.compression] for column in columns]
    return [fields, how, sorted(key.decode() for key in file.schema_arrow.metadata)]


def safetensors(path: Path) -> Any:
    """Tensors with their types and dimensions, in their order, and the keys of the metadata."""
    arrays, metadata = tensors.read(path)
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    kinds = [[name, arrays[name].dtype.name, arrays[name].ndim] for name in header if name in arrays]
    return [kinds, list(header), sorted(metadata)]


def record(path: Path) -> Any:
    """The keys that every record has, with the types of their values."""
    content = json.loads(path.read_text())
    common = ("began", "ended", "inputs", "outputs", "key", "stage", "commit", "dirty", "software", "sha256")
    return [sorted(set(common) & set(content)), sorted(content["key"])]


# `map` is of no result that a run has without being asked for: it is made here.
EXAMPLES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "split": ("resources/mnist/test.safetensors", safetensors),
    "checkpoint": ("results/baseline/checkpoints/epoch_001.safetensors", safetensors),
    "state": ("results/baseline/resume/state.safetensors", safetensors),
    "images": ("results/images.parquet", parquet),
    "history": ("results/baseline/history.parquet", parquet),
    "predictions": ("results/baseline/predictions.parquet", parquet),
    "metrics": ("results/baseline/metrics.parquet", parquet),
    "disagreements": ("results/comparison/disagreements.parquet", parquet),
    "errors_over_time": ("results/comparison/errors_over_time.parquet", parquet),
    "errors_by_guess": ("results/comparison/errors_by_guess.parquet", parquet),
    "classes": ("results/classes.parquet", parquet),
    "map": ("map.parquet", parquet),
    "record": ("results/baseline/train.json", record),
}


def test_every_format_has_an_example() -> None:
    assert EXAMPLES.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_a_changed_format_has_another_version(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    place, describe = EXAMPLES[name]
    if name == "map":
        tables.write(tmp_path / place, columns(np.eye(20, 3, dtype=np.float32)), MAP, "sample")
        folder = tmp_path
    else:
        project: Project = request.getfixturevalue("finished_project")
        folder = project.folder / "demo"
    description = json.dumps(describe(folder / place))
    found = hashlib.sha256(description.encode()).hexdigest()[:16]
    version = (name, FORMATS[name])
    assert version in KNOWN, f"{version} is new: its fingerprint is {found}"
    assert found == KNOWN[version], f"{name} has changed, its version has not: {description}"
