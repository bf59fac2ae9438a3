"""A dataset is a module and its name: nothing else has to be edited for the pipeline to run on it."""

import gzip
import hashlib
import json
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_viz import datasets
from mnist_viz.job import records
from mnist_viz.store import tables
from mnist_viz.training import split
from tests.conftest import PROJECT, SMALL, Outcome, Project, copy_project, run
from tests.stages import everything
from tests.test_data import idx

CONFIG = ["dataset={name: made_up}", *SMALL[1:]]
MODULE = '''"""Random digits."""

from mnist_viz.datasets.dataset import Dataset, File, Split


def read(raw):
    from mnist_viz.datasets.idx import read_idx

    images, labels = map(read_idx, sorted(raw))
    return Split(images[:40], labels[:40]), Split(images[40:], labels[40:])


DATASET = Dataset(
    title="Random digits",
    url="https://example.org/random/",
    creator="a test",
    licence="Creative Commons Zero 1.0",
    licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
    read=read,
    source=lambda: "60 random digits",
    folder="elsewhere/",
    files={{name: File(*facts) for name, facts in {files}.items()}},
    mirrors=({mirror!r},),
)
'''


def random_digits() -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [60, 28, 28] and labels uint8 [60]."""
    random = np.random.default_rng(0)
    return random.integers(0, 256, (60, 28, 28), np.uint8), random.integers(0, 10, 60, np.uint8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with another dataset, downloaded and decoded by the pipeline. Not to be changed."""
    mirror = tmp_path_factory.mktemp("mirror")
    images, labels = random_digits()
    files = {"images": gzip.compress(idx(images)), "labels.idx.gz": gzip.compress(idx(labels))}
    for name, content in files.items():
        (mirror / name).write_bytes(content)
    facts = {name: (hashlib.sha256(content).hexdigest(), len(content)) for name, content in files.items()}
    project = copy_project(tmp_path_factory.mktemp("made") / "project")
    module = project.folder / "workflow" / "mnist_viz" / "datasets" / "made_up.py"
    module.write_text(MODULE.format(files=facts, mirror=mirror.as_uri()))
    project.edit(
        "workflow/mnist_viz/datasets/__init__.py",
        lambda text: text.replace('NAMES = ("mnist", "sample"', 'NAMES = ("mnist", "sample", "made_up"'),
    )
    outcome = project.snakemake("data", config=CONFIG)
    assert outcome.status == 0, outcome.text
    return project


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    """A copy of it that a test may change."""
    shutil.copytree(made.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


def python(project: Project, *arguments: str) -> Outcome:
    return run([sys.executable, *arguments], project.folder, PYTHONPATH=str(project.folder / "workflow"))


def test_all_lies_in_the_folder_of_the_dataset(made: Project) -> None:
    folder = made.folder / "elsewhere"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {
        *("resources/mnist/raw/images", "resources/mnist/raw/labels.idx.gz", "resources/mnist/download.json"),
        *("resources/mnist/train.safetensors", "resources/mnist/test.safetensors"),
        *("results/images.parquet", "results/classes.parquet", "results/data.json"),
        *("logs/download.log", "logs/data.log", "benchmarks/download.tsv", "benchmarks/data.tsv"),
    }
    assert not any((made.folder / name).exists() for name in ("results", "resources", "logs", "benchmarks", "demo"))


def test_splits_and_table_hold_what_the_module_read(made: Project) -> None:
    folder = made.folder / "elsewhere"
    images, labels = random_digits()
    for name, part in {"train": slice(0, 40), "test": slice(40, 60)}.items():
        pixels, digits, metadata = split.read(folder / "resources" / "mnist" / f"{name}.safetensors")
        assert np.array_equal(pixels, images[part]) and np.array_equal(digits, labels[part])
        assert (metadata["dataset"], metadata["source"]) == ("made_up", "60 random digits")
    assert tables.dataset(folder / "results" / "images.parquet") == "made_up"
    downloaded = records.read(folder / "resources" / "mnist" / "download.json")
    assert downloaded["dataset"] == "made_up" and downloaded["outputs"].keys() == {"raw/images", "raw/labels.idx.gz"}


def test_the_configuration_knows_its_name(made: Project, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("{dataset: {name: made_up}, variants: {a: {}}}")
    outcome = python(made, "-m", "mnist_viz.config", str(mine))
    assert outcome.status == 0, outcome.text
    assert json.loads(outcome.text)["dataset"]["name"] == "made_up"
    mine.write_text("{dataset: {name: made_down}, variants: {a: {}}}")
    outcome = python(made, "-m", "mnist_viz.config", str(mine))
    assert outcome.status == 1 and "mnist, sample, made_up" in outcome.text


def test_all_stages_are_planned_on_it_and_its_download_is_part_of_the_provenance(made: Project) -> None:
    outcome = made.snakemake("-n", config=CONFIG)
    whole = made.snakemake("-n", "--verbose", config=CONFIG).text
    assert outcome.jobs() == everything("baseline", "double") - {"data"}
    (provenance,) = [part for part in whole.split("rule ")[1:] if part.startswith("provenance:")]
    assert "elsewhere/resources/mnist/download.json" in provenance.split("output:")[0]


def test_what_is_made_of_it_is_not_made_again(made: Project) -> None:
    assert made.dry_run("data", config=CONFIG) == set()


def test_a_damaged_file_is_made_anew_by_the_command_that_names_the_dataset(project: Project) -> None:
    assert python(project, "-m", "mnist_viz.verify", "elsewhere").status == 0
    (project.folder / "elsewhere" / "results" / "images.parquet").write_bytes(b"")
    outcome = python(project, "-m", "mnist_viz.verify", "elsewhere")
    command = "snakemake --cores 4 --force elsewhere/results/data.json --config 'dataset={name: made_up}'"
    assert outcome.status == 1 and command in outcome.text
    done = run([sys.executable, "-m", *shlex.split(command)], project.folder)
    assert done.status == 0, done.text
    assert python(project, "-m", "mnist_viz.verify", "elsewhere").status == 0


def test_sources_are_complete_and_share_no_folder() -> None:
    found = {name: datasets.find(name) for name in datasets.NAMES}
    folders = [dataset.folder for dataset in found.values()]
    assert len(set(folders)) == len(folders)
    for name, dataset in found.items():
        assert dataset.folder == "" or dataset.folder.strip("/") + "/" == dataset.folder, name
        assert all((dataset.title, dataset.creator, dataset.licence, dataset.source())), name
        assert dataset.url.startswith("http") and dataset.licence_url.startswith("https://"), name
        assert bool(dataset.files) == bool(dataset.mirrors), name
        assert all(len(file.sha256) == 64 and file.size > 0 for file in dataset.files.values()), name
    with pytest.raises(KeyError):
        datasets.find("made_up")


@pytest.mark.parametrize(("name", "first"), [("fashion_mnist", "T-shirt/top"), ("kmnist", "o")])
def test_datasets_in_the_format_of_mnist_are_read_with_their_classes(tmp_path: Path, name: str, first: str) -> None:
    images, labels = random_digits()
    dataset = datasets.find(name)
    assert len(set(dataset.classes)) == 10 and dataset.classes[0] == first
    assert dataset.folder == f"own/{name}/"
    start, end = dataset.files["train-images-idx3-ubyte.gz"], dataset.files["t10k-labels-idx1-ubyte.gz"]
    named = f": train-images-idx3-ubyte.gz sha256:{start.sha256}, "
    assert named in dataset.source() and dataset.source().endswith(end.sha256)
    for file, array in zip(sorted(dataset.files), (images[40:], labels[40:], images[:40], labels[:40]), strict=True):
        (tmp_path / file).write_bytes(gzip.compress(idx(array)))
    train, test = dataset.read([tmp_path / file for file in dataset.files])
    assert np.array_equal(train.images, images[:40]) and np.array_equal(train.labels, labels[:40])
    assert np.array_equal(test.images, images[40:]) and np.array_equal(test.labels, labels[40:])


def test_facts_of_the_datasets_cost_no_import_of_numpy() -> None:
    """Every plan and every record looks them up."""
    code = "import sys; from mnist_viz import datasets; [datasets.find(name) for name in datasets.NAMES]"
    outcome = run([sys.executable, "-c", f"{code}; sys.exit('numpy' in sys.modules)"], PROJECT / "workflow")
    assert outcome.status == 0, outcome.text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("results/data.json", "mnist"),
        ("resources/mnist/download.json", "mnist"),
        ("demo/results/a/train.json", "sample"),
        ("/home/demo/mine/results/data.json", "mnist"),
        ("/home/mine/demo/resources/mnist/train.safetensors", "sample"),
        ("results/demo/train.json", "mnist"),
        ("own/kmnist/results/data.json", "kmnist"),
        ("/home/own/fashion_mnist/resources/mnist/download.json", "fashion_mnist"),
    ],
)
def test_owner_of_a_file(path: str, name: str) -> None:
    assert datasets.owner(Path(path)) == name
