"""Whether what the files say can be true, whatever their digests are: a record can be forged and sealed again.

Nothing is trained or inferred anew here: that the weights are of their training, and the scores of their weights, only
making them anew shows.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz import datasets
from mnist_viz.datasets import Split
from mnist_viz.datasets.corrections import given
from mnist_viz.job import divergence, records
from mnist_viz.store import corrections, tables, tensors
from mnist_viz.store.corrections import Corrections, recorded
from mnist_viz.store.files import read_json
from mnist_viz.training import split

Said = Iterator[tuple[Path, str]]
"""Files, and what in them can't be true."""
SUM_TOLERANCE = 1e-3  # of all float32 scores of an image
LOSS_TOLERANCE = 1e-9


class Results:
    """The intact records and files beneath a folder of resources/ and results/."""

    def __init__(self, root: Path, contents: Mapping[Path, records.Record], intact: set[Path]) -> None:
        self.root, self.contents, self.intact = root, contents, intact
        self._truth: np.ndarray | None = None

    def has(self, *paths: Path) -> bool:
        """Whether all of these are intact."""
        return self.intact.issuperset(paths)

    def truth(self) -> np.ndarray | None:
        """The classes of the test images in the order of their ids, int32 [N] (where not known tables.MISSING); None if
        they are not intact."""
        path = self.root / "results" / "images.parquet"
        if self._truth is None and self.has(path):
            self._truth = tables.truth(tables.read(path, tables.images, ["id", "truth"]).sort_by("id"))
        return self._truth


def contradictions(root: Path, contents: Mapping[Path, records.Record], intact: set[Path]) -> dict[Path, str]:
    """By file, what in its content can't be true. `contents` are the intact records, `intact` all intact files.

    Records of versions before the keys say too little to be compared.
    """
    results = Results(root, contents, intact)
    found: dict[Path, str] = {}
    for record, content in contents.items():
        if (check := CHECKS.get(content["stage"])) and "key" in content:
            try:
                for path, said in check(results, record, content):
                    found.setdefault(path, said)
            except KeyError as error:
                found.setdefault(record, f"it lacks {error}")
            except ValueError as error:
                found.setdefault(record, str(error))
    return found


def _download(_results: Results, record: Path, content: records.Record) -> Said:
    published = datasets.find(content["dataset"]).files
    for name, digest in content["outputs"].items():
        path = records.beside(record, name)
        if path.name not in published or published[path.name].sha256 != digest:
            yield path, "not the published file"


def _data(results: Results, record: Path, content: records.Record) -> Said:
    source = datasets.described(content["dataset"])
    folder = results.root / "resources" / "mnist"
    raw = [folder / "raw" / name for name in source.files]
    paths = [folder / "train.safetensors", folder / "test.safetensors"]
    if not results.has(*raw, *paths):
        return
    # The user's own files need not be there any more: the table has to agree with the split.
    published = content["dataset"] in datasets.NAMES
    parts = source.read(raw) if published else [Split(*split.read(path)[:2]) for path in paths]
    for path, part in zip(paths, parts, strict=True):
        images, labels, about = split.read(path)
        said = recorded(content)
        digest = content["dataset_sha256"] if path == paths[1] else _given_digest(content)
        if about["dataset_sha256"] != digest or (path == paths[1] and corrections.said(about) != said):
            yield record, f"its dataset_sha256 or its corrections are not those of {path}"
        before = given(labels, about) if published else labels
        if not (np.array_equal(images, part.images) and np.array_equal(before, part.labels)):
            yield path, "its images and labels are not the dataset's"
        if path == paths[1] and said is not None:
            yield from _corrected(path, labels, given(labels, about), said)
    # These labels are those of the test images.
    truth, table = results.truth(), results.root / "results" / "images.parquet"
    known = np.where(labels == split.no_label(labels), tables.MISSING, labels.astype(np.int32))
    if truth is not None and not np.array_equal(truth, known):
        yield table, "its labels are not the dataset's"


def _given_digest(data: records.Record) -> str:
    """The dataset's, before its labels were corrected; `data` is its record."""
    found: str = data.get("corrections", {}).get("given_dataset_sha256", data["dataset_sha256"])
    return found


def _corrected(path: Path, labels: np.ndarray, before: np.ndarray, said: Corrections) -> Said:
    """Of a test split with corrected labels; `before` are the given ones."""
    changed = labels != before
    relabelled = int((changed & (labels != split.no_label(labels))).sum())
    if relabelled != said.corrected or int((changed & (labels == split.no_label(labels))).sum()) > said.excluded:
        yield path, f"its labels are not corrected as its record says: {said}"


def _train(results: Results, record: Path, content: records.Record) -> Said:
    folder = record.parent
    data = results.contents.get(results.root / "results" / "data.json")
    if data is not None and content["dataset_sha256"] != _given_digest(data):
        yield record, "its dataset_sha256 is not that of data.json"
    config = {"variant": folder.name, **content["key"]["config"], "dataset": content["dataset"]}
    if results.has(folder / "config.json") and read_json(folder / "config.json") != config:
        yield folder / "config.json", f"not the configuration that {record} names"
    epochs = _epochs(content, config["epochs"])
    if epochs > config["epochs"]:
        yield record, f"diverged, with {epochs} of {config['epochs']} epochs"
    expected = {f"checkpoints/epoch_{epoch:03d}.safetensors" for epoch in range(1, epochs + 1)}
    if {name for name in content["outputs"] if name.startswith("checkpoints/")} != expected:
        yield record, f"not the checkpoints of {epochs} epochs"
    for epoch, name in enumerate(sorted(expected), start=1):
        path = folder / name
        if results.has(path):
            if content["checkpoints"].get(path.name) != content["outputs"].get(name):
                yield record, f"two digests of {name}"
            yield from _weights(path, {**config, "epoch": epoch}, content)


def _epochs(content: records.Record, configured: int) -> int:
    """How many epochs a record of a training or an inference says that there are."""
    diverged = divergence.of(content)
    return configured if diverged is None else diverged.epochs


def _weights(path: Path, config: dict[str, Any], content: records.Record) -> Said:
    about = tensors.read(path)[1]
    used = {f"{name}_used" if name in config else name: content[name] for name in ("torch", "device", "precision")}
    said = {**config, **used, "dataset_sha256": content["dataset_sha256"]}
    for name, value in said.items():
        if about.get(name) != str(value):
            yield path, f"{name} is {about.get(name)} in it, {value} in its record"


def _predict(results: Results, record: Path, content: records.Record) -> Said:
    folder, truth = record.parent, results.truth()
    path, measured = folder / "predictions.parquet", folder / "metrics.parquet"
    trained = results.contents.get(folder / "train.json")
    if truth is None or trained is None or "key" not in trained or not results.has(path):
        return
    configured = trained["key"]["config"]["epochs"]
    epochs = _epochs(content, configured)
    if epochs > _epochs(trained, configured) or ("diverged" in trained and "diverged" not in content):
        yield record, f"its epochs are not those of {folder / 'train.json'}"
        return
    table = tables.read(path, tables.predictions).sort_by([("epoch", "ascending"), ("id", "ascending")])
    columns = {name: table[name].to_numpy() for name in ("variant", "epoch", "id", "guess")}
    classes = len(tables.classes(path))
    count = len(truth)
    if len(table) != epochs * count:
        yield path, f"{len(table):,} rows where {epochs} epochs of {count:,} images are needed"
        return
    if not {*columns["variant"]} <= {folder.name}:
        yield path, "rows of another variant"
    if not (columns["epoch"] == np.repeat(np.arange(1, epochs + 1), count)).all():
        yield path, f"not each of {epochs} epochs"
    if not (columns["id"] == np.tile(np.arange(count), epochs)).all():
        yield path, "not each image once an epoch"
    if wrong := int((tables.truth(table) != np.tile(truth, epochs)).sum()):
        yield path, f"{wrong:,} labels are not the dataset's"
    if tables.corrections(path) != tables.corrections(results.root / "results" / "images.parquet"):
        yield path, "its corrections are not those of images.parquet"
    scores = tables.dense_scores(table, classes)
    if wrong := int((columns["guess"] != scores.argmax(axis=1)).sum()):
        yield path, f"{wrong:,} guesses have not the highest score"
    if wrong := int(_no_probabilities(scores, classes).sum()):
        yield path, f"{wrong:,} rows of scores are no probabilities"
    if results.has(measured) and classes <= tables.MOST_SCORES:
        yield from _metrics(measured, scores.reshape(epochs, count, classes), truth)


def _no_probabilities(scores: np.ndarray, classes: int) -> np.ndarray:
    """Of rows of scores [N, K], whether they can't be probabilities, bool [N].

    Of many classes the low ones are missing.
    """
    total = scores.sum(axis=1)
    least = 1 - SUM_TOLERANCE if classes <= tables.MOST_SCORES else 0
    wrong: np.ndarray = ~((least < total) & (total < 1 + SUM_TOLERANCE)) | (scores < 0).any(axis=1)
    return wrong


def _metrics(path: Path, scores: np.ndarray, truth: np.ndarray) -> Said:
    """Of a table of metrics; `scores` are float32 [E, N, K], `truth` int32 [N]."""
    table = tables.read(path, tables.METRICS).sort_by("epoch")
    known = truth != tables.MISSING
    scores, truth = scores[:, known], truth[known]
    errors = (scores.argmax(axis=2) != truth).sum(axis=1)
    likelihood = scores[:, np.arange(len(truth)), truth].astype(np.float64)
    losses = -np.log(np.maximum(likelihood, np.finfo(np.float32).tiny)).mean(axis=1)
    rows = [(path.parent.name, epoch) for epoch in range(1, len(scores) + 1)]
    if [*zip(table["variant"].to_pylist(), table["epoch"].to_pylist(), strict=True)] != rows:
        yield path, f"not a row each of {len(scores)} epochs of {path.parent.name}"
    elif table["errors"].to_pylist() != errors.tolist() or not {*table["images"].to_pylist()} <= {len(truth)}:
        yield path, "its errors are not those of the predictions"
    elif not np.allclose(table["accuracy"].to_numpy(), 1 - errors / len(truth), rtol=0, atol=LOSS_TOLERANCE):
        yield path, "its accuracy is not that of the predictions"
    elif not np.allclose(table["loss"].to_numpy(), losses, rtol=LOSS_TOLERANCE, atol=LOSS_TOLERANCE):
        yield path, "its loss is not that of the predictions"


CHECKS: dict[str, Callable[[Results, Path, records.Record], Said]] = {
    "download": _download,
    "data": _data,
    "train": _train,
    "predict": _predict,
}
"""By stage."""
