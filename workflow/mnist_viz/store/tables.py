"""The Parquet tables: their columns, what each column means, and how they are written and read.

The meaning of every column, the name of the dataset and those of its classes travel in the file's schema metadata.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mnist_viz.store.corrections import Corrections, as_written, said
from mnist_viz.store.files import atomic, check_regular
from mnist_viz.store.formats import DIGITS

MOST_SCORES = 100  # columns: of more classes, a table holds the highest scores
TOP = 10  # of these
LISTS = ("top_class", "top_score")  # what the columns of these end in
MISSING = -1  # stands for a truth that is not known, where classes are numbers in memory
# Columns, as Parquet calls them, that a dictionary of their values would make larger.
NEVER_REPEAT = re.compile(r"loss|distance|true_score|entropy|([ab]_)?(score_\d+|top_score\.list\.element)")
ROW_GROUP = 8_000_000  # bytes of rows that `writing` keeps before it writes them
LABEL = pa.dictionary(pa.int32(), pa.string())
IDS = pa.list_(pa.field("element", pa.int32(), nullable=False))
PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def _column(name: str, kind: pa.DataType, meaning: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"description": meaning})


def class_type(classes: int) -> np.dtype[np.unsignedinteger]:
    """The type of a class's number, of so many: uint8, above 255 classes uint16."""
    return np.dtype(np.uint8 if classes <= np.iinfo(np.uint8).max else np.uint16)


def _class(name: str, classes: int, meaning: str, nullable: bool = False) -> pa.Field:
    return _column(name, pa.from_numpy_dtype(class_type(classes)), meaning, nullable)


def _truth(classes: int) -> pa.Field:
    return _class("truth", classes, "the image's class in the dataset; null where it is not known", nullable=True)


def scores(classes: int) -> tuple[str, ...]:
    """The names of the columns of scores, one a class; none above MOST_SCORES classes."""
    return tuple(f"score_{number}" for number in range(classes)) if classes <= MOST_SCORES else ()


_VARIANT = _column("variant", LABEL, "the model variant's name in the configuration")
_EPOCH = _column("epoch", pa.int16(), "training epochs completed, counted from 1")
_ID = _column("id", pa.int32(), "the image's index in the test set, the same in every table")
HISTORY = pa.schema(
    [
        _column("step", pa.int32(), "optimizer steps completed, counted from 1 over all epochs"),
        _EPOCH,
        _column("loss", pa.float32(), "mean training loss of the step's batch, before the step"),
        _column("learning_rate", pa.float32(), "the step's learning rate"),
    ]
)
METRICS = pa.schema(
    [
        _VARIANT,
        _EPOCH,
        _column("images", pa.int32(), "test images with a truth"),
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
CLASS_NAMES = pa.schema(
    [
        _column("class", pa.uint16(), "the class's number, as guess and truth have it"),
        _column("name", pa.string(), "its name in the dataset"),
    ]
)

Kind: TypeAlias = "pa.Schema | Callable[[int], pa.Schema]"
"""The columns of a table, or what gives them for a number of classes."""


@cache
def images(classes: int) -> pa.Schema:
    """The columns of the table of test images, for so many classes."""
    picture = _column("image", PICTURE, "the image as the bytes of a PNG or JPEG file, and a file name for it")
    return pa.schema([_ID, picture, _truth(classes)])


@cache
def predictions(classes: int) -> pa.Schema:
    """The columns of a table of predictions, for so many classes."""
    guess = _class("guess", classes, "the class with the highest score, the lowest such class in a tie")
    return pa.schema([_VARIANT, _EPOCH, _ID, guess, _truth(classes), *_score_columns(classes)])


def _score_columns(classes: int) -> list[pa.Field]:
    if classes <= MOST_SCORES:
        names = enumerate(scores(classes))
        return [_column(name, pa.float32(), f"softmax probability of class {number}") for number, name in names]
    number = pa.list_(pa.field("element", pa.from_numpy_dtype(class_type(classes)), nullable=False))
    share = pa.list_(pa.field("element", pa.float32(), nullable=False))
    return [
        _column("top_class", number, f"the {TOP} classes with the highest scores, the highest first"),
        _column("top_score", share, "their softmax probabilities"),
        _column("true_score", pa.float32(), "softmax probability of the truth; null where it is not known", True),
        _column("entropy", pa.float32(), "entropy of all softmax probabilities, in nats"),
    ]


CLASSES = len(DIGITS)
SCORES = scores(CLASSES)
IMAGES = images(CLASSES)
PREDICTIONS = predictions(CLASSES)


def labels(numbers: np.ndarray, classes: int) -> pa.Array:
    """A column of classes; MISSING becomes null."""
    missing = np.asarray(numbers) == MISSING
    kind = class_type(classes)
    return pa.array(np.where(missing, 0, numbers).astype(kind), mask=missing if missing.any() else None)


def truth(table: pa.Table, name: str = "truth") -> np.ndarray:
    """The column `truth`, or `given`, as int32 [N]; null is MISSING."""
    column = table[name].combine_chunks()
    if column.null_count:
        column = pc.fill_null(column.cast(pa.int32()), MISSING)
    return np.from_dlpack(column).astype(np.int32)


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """A column of numbers; `to_numpy` would first import pandas, where it is installed."""
    return np.asarray(np.from_dlpack(table[name].combine_chunks()))


def repeat(text: str, count: int) -> pa.DictionaryArray:
    """A column that holds the same text `count` times."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([text]))


def dense_scores(table: pa.Table, classes: int) -> np.ndarray:
    """The scores of a table of predictions, float32 [N, K]. Of more than MOST_SCORES classes it has the highest alone;
    the others are 0."""
    if classes <= MOST_SCORES:  # `to_numpy` of a column would first import pandas, where it is installed
        return np.column_stack([np.from_dlpack(table[name].combine_chunks()) for name in scores(classes)])
    number, share = (np.from_dlpack(table[name].combine_chunks().flatten()) for name in LISTS)
    dense = np.zeros((len(table), classes), np.float32)
    np.put_along_axis(dense, number.reshape(-1, TOP).astype(np.int64), share.reshape(-1, TOP), axis=1)
    return dense


def write(
    path: Path | str, columns: Mapping[str, object], kind: Kind, dataset: str, classes: Sequence[str] = DIGITS
) -> None:
    """Write `columns` (one array a column of `kind`, in any order) as a zstd Parquet file, whole or not at all.

    `dataset` is the dataset's name, `classes` are those of its classes; the schema metadata keeps them as `dataset`
    and, as JSON, `classes`.
    """
    schema, options = _written(kind, dataset, classes)
    table = _table(columns, schema)
    with atomic(path) as temporary:
        pq.write_table(table, temporary, **options)


@contextmanager
def writing(
    path: Path | str, kind: Kind, dataset: str, classes: Sequence[str] = DIGITS
) -> Iterator[Callable[[Mapping[str, object]], None]]:
    """Write a table as `write` does, part by part: give a function that adds rows, which takes what `write` takes.

    No more than one part and ROW_GROUP bytes are in memory. A table without any part has no rows.
    """
    schema, options = _written(kind, dataset, classes)
    waiting: list[pa.Table] = []
    with atomic(path) as temporary, pq.ParquetWriter(temporary, schema, **options) as file:

        def add(columns: Mapping[str, object]) -> None:
            waiting.append(_table(columns, schema))
            if sum(part.nbytes for part in waiting) >= ROW_GROUP:
                flush()

        def flush() -> None:
            file.write_table(pa.concat_tables(waiting).unify_dictionaries().combine_chunks())
            waiting.clear()

        yield add
        if waiting:
            flush()


def _written(kind: Kind, dataset: str, classes: Sequence[str]) -> tuple[pa.Schema, dict[str, Any]]:
    """The schema of a file, with its metadata, and how its columns are written."""
    schema = schema_of(kind, len(classes))
    about = {**(schema.metadata or {}), "dataset": dataset, "classes": json.dumps(classes, ensure_ascii=False)}
    names = [f"{name}.list.element" if name.endswith(LISTS) else name for name in schema.names]
    repeating = [name for name in names if not NEVER_REPEAT.fullmatch(name)]
    return schema.with_metadata(about), {
        "compression": "zstd",
        "compression_level": 3,
        "use_dictionary": repeating,
    }


def schema_of(kind: Kind, classes: int) -> pa.Schema:
    """The columns of a table, for so many classes."""
    return kind if isinstance(kind, pa.Schema) else kind(classes)


def _table(columns: Mapping[str, object], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)


def _array(values: object, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values, type=kind)


def read(path: Path | str, kind: Kind, columns: list[str] | None = None) -> pa.Table:
    """Read a table written by `write`, or only some of its columns.

    Raises ValueError naming the file if it is no Parquet file or its columns are not those of `kind`.
    """
    with _opened(path) as file:  # pq.read_table would first import pyarrow.dataset
        return _checked(path, file.read(columns), _schema_in(file, kind), columns)


def parts(path: Path | str, kind: Kind, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Read a table as `read` does, part by part, as `writing` has written it. One of no rows has no parts."""
    with _opened(path) as file:
        schema = _schema_in(file, kind)
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


def _schema_in(file: pq.ParquetFile, kind: Kind) -> pa.Schema:
    return as_written(schema_of(kind, len(_class_names(file.schema_arrow.metadata))), file.schema_arrow)


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
    name = str(_metadata(path).get(b"dataset", b""), "utf-8")
    if not name:
        raise ValueError(f"{path} does not say which dataset it comes from")
    return name


def classes(path: Path | str) -> tuple[str, ...]:
    """The names of the dataset's classes, by their numbers; the digits where a table says none."""
    return _class_names(_metadata(path))


def corrections(path: Path | str) -> Corrections | None:
    """What became of the test set's labels; None if they are the given ones."""
    return said(_metadata(path))


def _class_names(metadata: Mapping[bytes, bytes] | None) -> tuple[str, ...]:
    text = (metadata or {}).get(b"classes")
    return DIGITS if text is None else tuple(json.loads(text))


def _metadata(path: Path | str) -> dict[bytes, bytes]:
    try:
        check_regular(path)
        return pq.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a readable Parquet file: {error}") from error
