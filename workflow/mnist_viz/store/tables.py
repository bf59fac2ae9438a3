"""The Parquet tables: their columns, what each column means, and how they are written and read.

The meaning of every column and the name of the dataset travel in the file's schema metadata.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mnist_viz.store.files import atomic, check_regular

CLASSES = 10
SCORES = tuple(f"score_{digit}" for digit in range(CLASSES))
PAIR = tuple(f"{side}_{score}" for side in "ab" for score in SCORES)
NEVER_REPEAT = {*SCORES, *PAIR, "loss", "distance"}  # columns that a dictionary of their values would make larger
LABEL = pa.dictionary(pa.int32(), pa.string())
IDS = pa.list_(pa.field("element", pa.int32(), nullable=False))
PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, nullable=False, metadata={"description": meaning})


_VARIANT = _column("variant", LABEL, "the model variant's name in the configuration")
_EPOCH = _column("epoch", pa.int16(), "training epochs completed, counted from 1")
_ID = _column("id", pa.int32(), "the image's index in the test set, the same in every table")
_TRUTH = _column("truth", pa.uint8(), "the digit's label in the dataset")

IMAGES = pa.schema(
    [
        _ID,
        _column("image", PICTURE, "the 28x28 grey image as PNG bytes, and a file name for it"),
        _TRUTH,
    ]
)
HISTORY = pa.schema(
    [
        _column("step", pa.int32(), "optimizer steps completed, counted from 1 over all epochs"),
        _EPOCH,
        _column("loss", pa.float32(), "mean training loss of the step's batch, before the step"),
        _column("learning_rate", pa.float32(), "the step's learning rate"),
    ]
)
PREDICTIONS = pa.schema(
    [
        _VARIANT,
        _EPOCH,
        _ID,
        _column("guess", pa.uint8(), "the class with the highest score, the lowest such class in a tie"),
        _TRUTH,
        *(_column(name, pa.float32(), f"softmax probability of class {name[-1]}") for name in SCORES),
    ]
)
METRICS = pa.schema(
    [
        _VARIANT,
        _EPOCH,
        _column("images", pa.int32(), "test images"),
        _column("errors", pa.int32(), "test images with guess != truth"),
        _column("accuracy", pa.float64(), "share of test images with guess == truth, 0 to 1"),
        _column("loss", pa.float64(), "mean negative log likelihood of the truth over the test images, in nats"),
        _column(
            "calibration_error",
            pa.float64(),
            "expected calibration error: mean |accuracy - confidence| over 15 equal bins of the confidence, "
            "weighted by images (Guo et al., 2017, https://arxiv.org/abs/1706.04599, eq. 3)",
        ),
    ]
)
DISAGREEMENTS = pa.schema(
    [
        _column("pair", LABEL, "a and b, each a variant and an epoch, as `compare` takes them: baseline:1 baseline:5"),
        _ID,
        _TRUTH,
        _column("a_guess", pa.uint8(), "the guess of the first of the pair"),
        _column("b_guess", pa.uint8(), "the guess of the second, another"),
        _column("distance", pa.float32(), "how far their scores are apart: total variation, 0 to 1"),
        *(_column(name, pa.float32(), f"softmax probability of class {name[-1]} by {name[0]}") for name in PAIR),
    ]
)
ERRORS_OVER_TIME = pa.schema(
    [
        _VARIANT,
        _EPOCH,
        _column("errors", pa.int32(), "test images with guess != truth after this epoch"),
        _column("learned", IDS, "ids of the images wrong after the first epoch and right after this one"),
        _column("forgotten", IDS, "ids of the images right after one epoch and wrong after a later one so far"),
        _column("never_learned", IDS, "ids of the images wrong after every epoch so far"),
    ]
)
ERRORS_BY_GUESS = pa.schema(
    [
        _VARIANT,
        _column("guess", pa.uint8(), "a wrong guess after the variant's last epoch"),
        _TRUTH,
        _column("count", pa.int32(), "test images of this truth with this guess"),
        _column("ids", IDS, "their ids"),
    ]
)
ROW_GROUP = 8_000_000  # bytes of rows that `writing` keeps before it writes them


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """A column of numbers; `to_numpy` would first import pandas, where it is installed."""
    return np.asarray(np.from_dlpack(table[name].combine_chunks()))


def repeat(text: str, count: int) -> pa.DictionaryArray:
    """A column that holds the same text `count` times."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([text]))


def write(path: Path | str, columns: Mapping[str, object], schema: pa.Schema, dataset: str) -> None:
    """Write `columns` (one array a column of `schema`, in any order) as a zstd Parquet file, whole or not at all.

    `dataset` is the dataset's name; it is kept in the schema metadata as `dataset`.
    """
    arrays = [_array(columns[field.name], field.type) for field in schema]
    table = pa.Table.from_arrays(arrays, schema=schema.with_metadata({"dataset": dataset}))
    repeating = [name for name in schema.names if name not in NEVER_REPEAT]
    with atomic(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", compression_level=3, use_dictionary=repeating)


@contextmanager
def writing(path: Path | str, schema: pa.Schema, dataset: str) -> Iterator[Callable[[Mapping[str, object]], None]]:
    """Write a table as `write` does, part by part: give a function that adds rows, which takes what `write` takes.

    No more than one part and ROW_GROUP bytes are in memory. A table without any part has no rows.
    """
    schema = schema.with_metadata({"dataset": dataset})
    repeating = [name for name in schema.names if name not in NEVER_REPEAT]
    waiting: list[pa.Table] = []
    options = {"compression": "zstd", "compression_level": 3, "use_dictionary": repeating}
    with atomic(path) as temporary, pq.ParquetWriter(temporary, schema, **options) as file:

        def add(columns: Mapping[str, object]) -> None:
            arrays = [_array(columns[field.name], field.type) for field in schema]
            waiting.append(pa.Table.from_arrays(arrays, schema=schema))
            if sum(part.nbytes for part in waiting) >= ROW_GROUP:
                flush()

        def flush() -> None:
            file.write_table(pa.concat_tables(waiting).unify_dictionaries().combine_chunks())
            waiting.clear()

        yield add
        if waiting:
            flush()


def _array(values: object, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, type=kind)


def read(path: Path | str, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """Read a table written by `write`, or only some of its columns.

    Raises ValueError naming the file if it is no Parquet file or its columns are not those of `schema`.
    """
    with _opened(path) as file:  # pq.read_table would first import pyarrow.dataset
        table = file.read(columns)
    return _checked(path, table, schema, columns)


def parts(path: Path | str, schema: pa.Schema, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Read a table as `read` does, part by part, as `writing` has written it. One of no rows has no parts."""
    with _opened(path) as file:
        for number in range(file.num_row_groups):
            yield _checked(path, file.read_row_group(number, columns), schema, columns)


@contextmanager
def _opened(path: Path | str) -> Iterator[pq.ParquetFile]:
    """The file, open. Raises ValueError naming it if it can't be read."""
    try:
        check_regular(path)
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a readable Parquet file: {error}") from error


def _checked(path: Path | str, table: pa.Table, schema: pa.Schema, columns: list[str] | None) -> pa.Table:
    """The table, if its columns are those of `schema`."""
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    if not table.schema.equals(wanted):
        found = ", ".join(f"{field.name}: {field.type}" for field in table.schema)
        needed = ", ".join(f"{field.name}: {field.type}" for field in wanted)
        raise ValueError(f"{path} has the columns ({found}) where ({needed}) are needed")
    return table


def dataset(path: Path | str) -> str:
    """The name of the dataset that a table comes from. Raises ValueError naming the file if it says none."""
    try:
        check_regular(path)
        name = str((pq.read_schema(path).metadata or {}).get(b"dataset", b""), "utf-8")
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a readable Parquet file: {error}") from error
    if not name:
        raise ValueError(f"{path} does not say which dataset it comes from")
    return name
