"""Tables of predictions as they are found: files of several kinds, folders, tables in memory."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from mnist_viz.explore.roles import TEXTS

MOST_BYTES = 4_000_000_000  # of a .table.json, which is read whole
WANDB = ".table.json"


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


def from_path(path: Path) -> list[Source]:
    """The table of a file, or those of all files in a folder and beneath it, by name. ValueError names what is none."""
    if path.is_file():
        return [_read(path, _stem(path))]
    if not path.is_dir():
        raise ValueError(f"{path} does not exist; name a CSV, Parquet or {WANDB} file, or a folder of them")
    files = sorted(
        file
        for file in path.rglob("*")
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
        and _reader(file) is not None
        and file.is_file()
    )
    if not files:
        raise ValueError(f"{path} holds no table: no .csv, .tsv, .parquet or {WANDB} file")
    stems = [_stem(file) for file in files]
    alone = len(set(stems)) == len(stems)
    names = stems if alone else [_stem(Path(file.relative_to(path).as_posix().replace("/", "_"))) for file in files]
    return [_read(file, name) for file, name in zip(files, names, strict=True)]


def _stem(path: Path) -> str:
    for ending in (WANDB, ".csv.gz", ".tsv.gz"):
        if path.name.endswith(ending):
            return path.name.removesuffix(ending)
    return path.stem


def _reader(path: Path) -> Any:
    name = path.name.lower()
    if name.endswith(WANDB):
        return _wandb
    if name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
        return _csv
    return _parquet if name.endswith((".parquet", ".pq")) else None


def _read(path: Path, name: str) -> Source:
    reader = _reader(path)
    if reader is None:
        raise ValueError(f"{path} is no table that is known here; .csv, .tsv, .parquet and {WANDB} are")
    try:
        table = reader(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} can't be read: {error}") from error
    return Source(name, str(path), _plain(table), path.parent)


def _plain(table: pa.Table) -> pa.Table:
    """The table without dictionaries and views, for which Arrow lacks some functions."""
    return table.cast(pa.schema([field.with_type(_type(field.type)) for field in table.schema], table.schema.metadata))


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
        return file.read()


def _csv(path: Path) -> pa.Table:
    """Columns that may hold names are texts, as they are written: a class 007 is not 7, and one called NA is not
    missing."""
    tabs = path.name.lower().endswith((".tsv", ".tsv.gz"))
    parse = pyarrow.csv.ParseOptions(delimiter="\t" if tabs else ",", newlines_in_values=True)
    with pyarrow.csv.open_csv(path, parse_options=parse) as file:
        names = file.schema.names
    texts = {name: pa.string() for name in names if name.strip().lower() in TEXTS}
    convert = pyarrow.csv.ConvertOptions(
        column_types=texts, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True
    )
    return pyarrow.csv.read_csv(path, parse_options=parse, convert_options=convert)


def _wandb(path: Path) -> pa.Table:
    """A table of W&B as an artifact holds it; media become their paths."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} is larger than {MOST_BYTES / 1e9:.0f} GB; download it as Parquet, or in parts")
    content = json.loads(path.read_text(encoding="utf-8"))
    columns = content.get("columns") if isinstance(content, dict) else None
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise ValueError(f"{path} is no table of W&B: it has no columns and data")
    if any(not isinstance(row, list) or len(row) != len(columns) for row in rows):
        raise ValueError(f"{path} is damaged: a row has not {len(columns)} cells; download it again")
    arrays = {}
    for place, name in enumerate(columns):
        cells = [row[place] for row in rows]
        if any(isinstance(cell, dict) for cell in cells):
            cells = [cell.get("path") if isinstance(cell, dict) else None for cell in cells]
        try:
            arrays[str(name)] = pa.array(cells)
        except pa.ArrowException as error:
            raise ValueError(f"{path}: the column {name} holds values of several types: {error}") from error
    return pa.table(arrays)
