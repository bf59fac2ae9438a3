"""Tables of predictions as they are found: files of several kinds, folders, tables in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from mnist_viz.explore import wandb_tables
from mnist_viz.explore.roles import PREFIXES, TEXTS, is_number
from mnist_viz.explore.wandb_tables import ENDING

BLOCK = 16_000_000  # bytes of a CSV file that become a chunk: of a thousand columns, a megabyte has a hundred rows


@dataclass(frozen=True)
class Source:
    """A table, and where it is from."""

    name: str
    """What its variant is called where no column says it."""
    place: str
    """For messages: its path, or what it was given as."""
    table: pa.Table
    folder: Path | None = None
    """In which it lies."""
    found: bool = False
    """Whether it was found in a folder, in which other tables may lie, too."""


def from_memory(table: Any, name: str) -> Source:
    """A pandas, Polars or Arrow table. ValueError if it is none, or has a column of several types."""
    if isinstance(table, pa.Table):
        found = table
    elif hasattr(table, "__arrow_c_stream__"):
        try:
            found = pa.table(table)
        except (pa.ArrowException, TypeError) as error:
            raise ValueError(f"the table {name} can't be read as an Arrow table: {error}") from error
    else:
        raise ValueError(f"{name} is a {type(table).__name__}; a pandas, Polars or Arrow table is needed, or a path")
    index = [column for column in found.column_names if column.startswith("__index_level_")]
    return Source(name, f"the table {name}", _plain(found.drop_columns(index)))


def from_path(path: Path) -> Iterator[Source]:
    """The table of a file, or those of all files in a folder and beneath it, by name, each read when it is asked for.
    ValueError names what is none."""
    if path.is_file():
        yield read(path, _stem(path))
        return
    if not path.is_dir():
        raise ValueError(f"{path} does not exist; name a CSV, Parquet or {ENDING} file, or a folder of them")
    files = sorted(
        file
        for file in path.rglob("*")
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
        and _reader(file) is not None
        and file.is_file()
        and not (file.name == wandb_tables.OWN and wandb_tables.pair(file))
    )
    if not files:
        raise ValueError(f"{path} holds no table: no .csv, .tsv, .parquet or {ENDING} file")
    stems = [_stem(file) for file in files]
    alone = len(set(stems)) == len(stems)
    names = stems if alone else [_stem(Path(file.relative_to(path).as_posix().replace("/", "_"))) for file in files]
    for file, name in zip(files, names, strict=True):
        yield replace(read(file, name), found=len(files) > 1)


def _stem(path: Path) -> str:
    for ending in (ENDING, ".csv.gz", ".tsv.gz"):
        if path.name.endswith(ending):
            return path.name.removesuffix(ending)
    return path.stem


def _reader(path: Path) -> Any:
    name = path.name.lower()
    if name.endswith(ENDING):
        return wandb_tables.read
    if name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
        return _csv
    return _parquet if name.endswith((".parquet", ".pq")) else None


def read(path: Path, name: str) -> Source:
    """The table of a file, of a variant of that name. ValueError names the file if it can't be read."""
    reader = _reader(path)
    if reader is None:
        raise ValueError(f"{path} is no table that is known here; .csv, .tsv, .parquet and {ENDING} are")
    try:
        pair = wandb_tables.pair(path)
        table = reader(path) if pair is None else wandb_tables.joined(wandb_tables.read(pair[0]), _parquet(pair[1]))
    except (pa.ArrowException, OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} can't be read: {error}") from error
    return Source(name, str(path), _plain(table), path.parent)


def _plain(table: pa.Table) -> pa.Table:
    """The table without dictionaries and views, for which Arrow lacks some functions."""
    columns = [_decoded(column) if pa.types.is_dictionary(column.type) else column for column in table.columns]
    fields = [field.with_type(_type(field.type)) for field in table.schema]
    return pa.table(columns, names=table.column_names).cast(pa.schema(fields, table.schema.metadata))


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values of dictionaries; those of views become texts before, as Arrow can't look them up."""
    kind = _type(column.type)
    return pa.chunked_array([chunk.dictionary.cast(kind).take(chunk.indices) for chunk in column.chunks], kind)


def _type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_type(field.type)) for field in kind])
    if pa.types.is_string_view(kind):
        return pa.large_string()
    return pa.large_binary() if pa.types.is_binary_view(kind) else kind


def _parquet(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:
        groups = range(file.num_row_groups)
        # One after the other: at once, they would be in memory twice.
        return pa.concat_tables([file.read_row_group(each) for each in groups]) if groups else file.read()


def _csv(path: Path) -> pa.Table:
    """Columns that may hold names are texts, as they are written: a class 007 is not 7, and one called NA is not
    missing. Scores are read as float32."""
    tabs = path.name.lower().endswith((".tsv", ".tsv.gz"))
    read = pyarrow.csv.ReadOptions(block_size=BLOCK)
    parse = pyarrow.csv.ParseOptions(delimiter="\t" if tabs else ",", newlines_in_values=True)
    with pyarrow.csv.open_csv(path, read, parse) as file:
        fields = list(file.schema)
    types = {field.name: pa.string() for field in fields if field.name.strip().lower() in TEXTS}
    numbers = [field.name for field in fields if is_number(field.type) and field.name.startswith(PREFIXES)]
    convert = pyarrow.csv.ConvertOptions(
        column_types=types | dict.fromkeys(numbers, pa.float32()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    return pyarrow.csv.read_csv(path, read, parse, convert)
