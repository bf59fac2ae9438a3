"""Parquet: a row a picture, as Hugging Face has them: `image`, bytes or a struct of bytes and path, and `label`."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from mnist_viz.datasets.own.decoding import CHUNK, Job
from mnist_viz.datasets.own.listing import Listing, shown
from mnist_viz.datasets.own.samples import SPELLINGS, TRAIN, Found, Sample

IMAGES = ("image", "img", "picture", "pixels")
LABELS = ("label", "labels", "class", "truth", "fine_label")


def files(listing: Listing) -> dict[str | None, str]:
    """The places of the files, by their splits; that of a single file without one is None. Raises ValueError where it
    can't be told which is which."""
    places = [entry.place for entry in listing.files if entry.place.lower().endswith(".parquet")]
    if len(places) == 1:
        return {None: places[0]}
    found: dict[str | None, str] = {}
    for place in places:
        split = SPELLINGS.get(PurePosixPath(place).stem.lower())
        if split is None or split in found or "/" in place:
            raise ValueError(
                f"{shown(listing.path(place))}: of several Parquet files, one has to be called train.parquet and one "
                "test.parquet"
            )
        found[split] = place
    if found and TRAIN not in found:
        raise ValueError(f"{shown(listing.top)} has no train.parquet")
    return found


def find(listing: Listing, parts: dict[str | None, str]) -> Found:
    """The pictures of all files; their labels are texts or numbers, for which a file may have names."""
    samples: list[Sample] = []
    classes: list[str] | None = None
    for split, place in parts.items():
        with _opened(listing.path(place)) as file:
            label = _column(file, LABELS, listing.path(place))
            kind = file.schema_arrow.field(label).type
            if pa.types.is_floating(kind):
                raise ValueError(f"{shown(listing.path(place))}: {label} holds floats, not whole numbers or texts")
            names = _names(file.schema_arrow, label)
            classes = classes or names
            values = file.read([label])[label].to_pylist()
        for row, value in enumerate(values):
            samples.append(Sample(f"{place}/{row:08d}", _called(value, names, listing.path(place)), split))
    return Found(samples, classes, [])


def _called(value: object, names: list[str] | None, path: Path) -> str | None:
    if value is None or value in (-1, ""):  # as Hugging Face has a label that is not known
        return None
    if names is not None and isinstance(value, int):
        if not 0 <= value < len(names):
            raise ValueError(f"{shown(path)} has the label {value}, and names for {len(names)} classes")
        return names[value]
    return str(value)


def _names(schema: pa.Schema, label: str) -> list[str] | None:
    """Those that Hugging Face's datasets keeps of a column of class numbers."""
    about = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    names = about.get("info", {}).get("features", {}).get(label, {}).get("names")
    return None if names is None else [str(name) for name in names]


def jobs(listing: Listing, parts: dict[str | None, str], rows: dict[str, int]) -> Iterator[Job]:
    """The pictures that `rows` names, with the rows of the array where they go."""
    for place in parts.values():
        path = listing.path(place)
        with _opened(path) as file:
            name = _image(file, path)
            number = 0
            for batch in file.iter_batches(CHUNK, columns=[name]):
                job = Job([], [], [])
                for value in batch.column(0).to_pylist():
                    own = f"{place}/{number:08d}"
                    number += 1
                    if own in rows:
                        job.names.append(own)
                        job.contents.append(_content(value))
                        job.rows.append(rows[own])
                if job.names:
                    yield job


def _content(value: object) -> bytes:
    found = value.get("bytes") if isinstance(value, dict) else value
    return found if isinstance(found, bytes) else b""


def _image(file: pq.ParquetFile, path: Path) -> str:
    name = _column(file, IMAGES, path)
    kind = file.schema_arrow.field(name).type
    inner = kind
    while pa.types.is_list(inner) or pa.types.is_large_list(inner) or pa.types.is_fixed_size_list(inner):
        inner = inner.value_type
    if pa.types.is_floating(inner):
        raise ValueError(
            f"{shown(path)}: {name} holds floats, whose range is not known; the bytes of PNG or JPEG files are needed"
        )
    in_struct = pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    if not (in_struct or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        raise ValueError(f"{shown(path)}: {name} is of the type {kind}; the bytes of PNG or JPEG files are needed")
    return name


def _column(file: pq.ParquetFile, wanted: tuple[str, ...], path: Path) -> str:
    there = file.schema_arrow.names
    found = next((name for name in wanted if name in there), None)
    if found is None:
        raise ValueError(f"{shown(path)} has the columns {', '.join(there)}; {' or '.join(wanted)} is needed")
    return found


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{shown(path)} is not a readable Parquet file: {error}") from error
