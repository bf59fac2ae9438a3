"""Class folders, `class/picture` or `train/class/picture` and `test/class/picture`; or pictures and a metadata.csv."""

import csv
from pathlib import PurePosixPath

from mnist_viz.datasets.own.listing import METADATA, PICTURES, Listing, shown
from mnist_viz.datasets.own.samples import SPELLINGS, TEST, TRAIN, VALIDATION, Found, Sample

NAMED = 3  # of many files in a message
LABELS = ("label", "labels", "class", "category")


def find(listing: Listing) -> Found:
    """The pictures of a folder. Raises ValueError if it has none, or none with a class."""
    tables = [entry.place for entry in listing.files if PurePosixPath(entry.place).name == METADATA]
    tables = [place for place in tables if place.count("/") == 0 or (place.count("/") == 1 and _split(place))]
    found = _by_tables(listing, tables) if tables else _by_folders(listing)
    notes = list(found.notes)
    if listing.others:
        notes.append(f"{_listed(listing.others)} left out: not called as a picture is (.png, .jpg, …)")
    return found._replace(notes=notes)


def _pictures(listing: Listing) -> list[str]:
    return [entry.place for entry in listing.files if PurePosixPath(entry.place).suffix.lower() in PICTURES]


def _split(place: str) -> str | None:
    """The split whose folder, the first of the path, a file lies in."""
    first, _, rest = place.partition("/")
    return SPELLINGS.get(first.lower()) if rest else None


def _by_folders(listing: Listing) -> Found:
    places = _pictures(listing)
    splits = {_split(f"{folder}/.") for folder in listing.folders if "/" not in folder} - {None}
    depth = 1 if splits else 0
    samples: list[Sample] = []
    loose: list[str] = []
    beside: list[str] = []
    for place in places:
        parts = place.split("/")
        split = _split(place)
        if splits and split is None:
            (beside if len(parts) > 1 else loose).append(place)
        elif len(parts) < depth + 2:
            loose.append(place)
        else:
            samples.append(Sample(place, parts[depth], split))
    if beside:
        names = sorted({place.split("/")[0] for place in beside})
        raise ValueError(
            f"dataset: path: {shown(listing.top)} has folders of splits ({_folders(listing, splits)}), and beside them "
            f"{_listed(names)} with pictures. Move class folders into those of the splits"
        )
    used, notes = _of_two_splits(samples)
    if loose:
        notes.append(f"{_listed(loose)} left out: in no class's folder")
    known = {sample.label for sample in samples}
    empty = {name for folder in listing.folders if (name := _class(folder, depth)) and name not in known}
    if empty:
        notes.append(
            f"{_listed(sorted(empty))} left out: no pictures in it. To keep it, name all classes: in their order"
        )
    return Found(used, None, notes)


def _class(folder: str, depth: int) -> str | None:
    parts = folder.split("/")
    if len(parts) != depth + 1 or (depth and _split(folder) is None):
        return None
    return parts[depth]


def _folders(listing: Listing, splits: set[str | None]) -> str:
    return ", ".join(folder for folder in listing.folders if "/" not in folder and _split(f"{folder}/.") in splits)


def _of_two_splits(samples: list[Sample]) -> tuple[list[Sample], list[str]]:
    """The samples for training and testing. Where there is no test split, that for validation is it."""
    splits = {sample.split for sample in samples}
    if VALIDATION not in splits:
        return samples, []
    count = sum(sample.split == VALIDATION for sample in samples)
    if TEST in splits:
        kept = [sample for sample in samples if sample.split != VALIDATION]
        return kept, [f"{count:,} pictures for validation are left out: there is a test split"]
    named = {VALIDATION: TEST, TRAIN: TRAIN}
    renamed = [sample._replace(split=named.get(str(sample.split))) for sample in samples]
    return renamed, [f"the {count:,} pictures for validation are the test split, as there is no other"]


def _by_tables(listing: Listing, tables: list[str]) -> Found:
    """As Hugging Face's imagefolder has it: file_name, from the table's folder on, and label."""
    there = set(_pictures(listing))
    samples: dict[str, Sample] = {}
    for table in tables:
        folder = table.removesuffix(METADATA)
        for name, label in _rows(listing, table):
            place = str(PurePosixPath(folder) / name)
            if place not in there:
                raise ValueError(f"{shown(listing.path(table))} names {name}, and there is no such picture")
            if place in samples:
                raise ValueError(f"{shown(listing.path(table))} names {name} twice")
            samples[place] = Sample(place, label or None, _split(place))
    used, notes = _of_two_splits([samples[place] for place in sorted(samples)])
    if unnamed := sorted(there - samples.keys()):
        notes.append(f"{_listed(unnamed)} left out: not named in {METADATA}")
    if any(sample.split for sample in used) and not all(sample.split for sample in used):
        raise ValueError(f"{shown(listing.top)}: {METADATA} names pictures inside and outside of folders of splits")
    return Found(used, None, notes)


def _rows(listing: Listing, table: str) -> list[tuple[str, str]]:
    path = listing.path(table)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            label = next((name for name in LABELS if name in columns), None)
            if "file_name" not in columns or label is None:
                raise ValueError(f"{shown(path)} has the columns {', '.join(columns)}; file_name and label are needed")
            return [(row["file_name"], (row[label] or "").strip()) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{shown(path)} is no table of UTF-8 text: {error}") from error


def _listed(names: list[str]) -> str:
    """The first names, and how many there are."""
    first = ", ".join(shown(name) for name in names[:NAMED])
    return first if len(names) <= NAMED else f"{first} and {len(names) - NAMED:,} more"
