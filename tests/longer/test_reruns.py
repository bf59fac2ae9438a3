"""What an edit of the code reruns: each row is a real edit of a finished project and a real dry run."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Project
from tests.stages import after, everything

PACKAGE = "workflow/mnist_viz"
BOTH = ("baseline", "double")

# (what, file, text, its replacement)
RERUNS_NOTHING = [
    ("a comment", "training/loop.py", "    trainee = ", "    # The first weights.\n    trainee = "),
    ("a docstring", "training/loop.py", '"""Train to the last epoch', '"""Teach to the last epoch'),
    ("a type hint", "training/loader.py", "-> set[int]:", '-> "set[int]":'),
    ("formatting", "training/schedule.py", "highest / 25, highest / 250_000", "(highest / 25), (highest / 250000)"),
    ("an error of the loop", "training/loop.py", "the loss is {float", "the loss was {float"),
    ("an error of the hardware", "training/hardware.py", "Raise gpu_percent in the profile", "Raise it there"),
    ("a module that nothing uses", "training/unused.py", "", "LIMIT = 3\n"),
    ("a module of the page that nothing uses", "explorer/web/parts/unused.js", "", "export const LIMIT = 3;\n"),
    ("another architecture to choose", "training/models/__init__.py", '("network",)', '("network", "other")'),
    ("a log line of the training", "train.py", "continuing after step %d", "going on after step %d"),
    ("a progress line", "job/progress.py", "%s images/s  %d:%02d left", "%s images a second, %d:%02d left"),
    ("the pause between progress lines", "job/progress.py", "else 60", "else 30"),
    ("the help of a command", "train.py", 'help="the variant\'s name"', 'help="its name"'),
    ("the log's format", "job/log.py", "%(asctime)s %(message)s", "%(asctime)s: %(message)s"),
    ("a record's text", "job/records.py", "Make it anew: ", "Make it again: "),
    ("a record's fact", "job/records.py", '"system": f"', '"platform": f"'),
    ("the watcher's patience", "job/orphan.py", "10  # seconds to save", "20  # seconds to save"),
    ("the environment of jobs", "job/environment.py", '"1000"', '"2000"'),
    ("what the download says", "download.py", "Three ways out", "What to do"),
    ("the download's patience", "download.py", "SILENT_SECONDS = 20", "SILENT_SECONDS = 30"),
    ("a mirror of another dataset", "datasets/mnist.py", "cvdf-datasets/mnist/", "elsewhere/mnist/"),
    ("the reader of another dataset", "datasets/idx.py", "return train, test", "return test, train"),
    ("the licence's name", "datasets/sample.py", '"BSD 3-Clause"', '"BSD"'),
    ("another dataset to choose", "datasets/__init__.py", '("mnist", "sample"', '("mnist", "sample", "other"'),
    ("the reader of own pictures", "datasets/own/pictures.py", "Resampling.BILINEAR", "Resampling.BICUBIC"),
    ("a column's description", "store/tables.py", "optimizer steps completed, counted from 1", "steps, from 1"),
    ("how a file is made whole", "store/files.py", "secrets.token_hex(4)}.part", "secrets.token_hex(6)}.part"),
    ("the explanation of a full disk", "store/files.py", "Free some space there", "Make room there"),
    ("how losses are streamed", "upload/loss_feed.py", "1.0  #", "2.0  #"),
    ("verify", "verify.py", "nothing has been made yet", "it is empty"),
    ("the last table", "overview.py", "MOST_ROWS = 40", "MOST_ROWS = 30"),
    ("a blank in a shell command", "../rules/train.smk", "-m mnist_viz.train", " -m mnist_viz.train"),
    ("a comment in a rule", "../rules/predict.smk", "rule predict_variant:", "# Inference.\nrule predict_variant:"),
]  # fmt: skip

TRAINING = after("train", *BOTH)
PREDICTION = after("predict", *BOTH)
UPLOADS = after("upload", *BOTH)
PAGE, TABLE = {"explorer", "provenance"}, {"summary", "provenance"}
RERUNS = [
    ("the loop", "training/loop.py", "in range(state.steps", "in range(0 + state.steps", TRAINING),
    ("the step", "training/step.py", "last.copy_(mean.detach())", "last.copy_(mean.detach() * 1)", TRAINING),
    ("the optimizer", "training/optimizer.py", "0.9, 0.999, 1e-8", "0.9, 0.99, 1e-8", TRAINING),
    ("the schedule", "training/schedule.py", "highest / 25,", "highest / 20,", TRAINING),
    ("the augmentation", "training/augment.py", "DEGREES = 10", "DEGREES = 15", TRAINING),
    ("the loader", "training/loader.py", ".div_(255)", ".div_(256)", TRAINING),
    ("the model", "training/models/network.py", "max_pool2d(self.norm1", "avg_pool2d(self.norm1", TRAINING),
    ("the hardware", "training/hardware.py", "cudnn.benchmark = False", "cudnn.benchmark = True", TRAINING),
    ("the evaluation", "training/evaluate.py", ".softmax(dim=1)", ".log_softmax(dim=1).exp()", PREDICTION),
    ("a metric", "training/evaluate.py", "BINS = 15", "BINS = 10", PREDICTION),
    ("the split", "training/split.py", '"images", "labels"}', '"labels", "images"}', everything(*BOTH)),
    ("the dataset", "datasets/sample.py", "TEST_IMAGES = 100", "TEST_IMAGES = 50", everything(*BOTH)),
    ("the pictures", "datasets/prepare.py", ":05d}.", ":06d}.", everything(*BOTH)),
    ("the format of the pictures", "store/formats.py", '"images": 2', '"images": 3', everything(*BOTH)),
    ("the format of checkpoints", "store/formats.py", '"checkpoint": 2', '"checkpoint": 3', TRAINING),
    ("the format of predictions", "store/formats.py", '"predictions": 2', '"predictions": 3', PREDICTION),
    ("what is uploaded", "upload/variant.py", '"progress": step / steps', '"progress": step / steps + 0', UPLOADS),
    ("the explorer", "explorer/curves.py", "PANEL_HEIGHT = 460", "PANEL_HEIGHT = 470", PAGE),
    ("the summary", "summary.py", "# Summary", "# Table", TABLE),
    ("the tests of the summary", "statistics.py", "1.959963984540054", "1.96", TABLE),
    ("what is forgotten", "comparison/course.py", "[:-1]", "[:-2]", {"comparison", "provenance"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def finished(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished project whose code is edited, and put back after each test."""
    folder = tmp_path_factory.mktemp("reruns") / "project"
    shutil.copytree(finished_project.folder, folder, symlinks=True)
    return Project(folder)


@pytest.fixture
def edited(finished: Project) -> Iterator[Project]:
    """The finished project; its code is as it was after the test."""
    kept = finished.folder / "workflow.kept"
    shutil.copytree(finished.folder / "workflow", kept)
    yield finished
    shutil.rmtree(finished.folder / "workflow")
    kept.rename(finished.folder / "workflow")


def edit(project: Project, file: str, text: str, replacement: str) -> None:
    path = project.folder / PACKAGE / file
    content = path.read_text() if path.exists() else ""
    assert text in content and text != replacement, f"{file} has changed: this row needs another edit"
    path.write_text(content.replace(text, replacement) if text else replacement)


def named(table: list[tuple[Any, ...]]) -> list[Any]:
    """The rows as parameters, each called by its first entry."""
    return [pytest.param(*row[1:], id=row[0]) for row in table]


@pytest.mark.parametrize(("file", "text", "replacement"), named(RERUNS_NOTHING))
def test_what_carries_a_stage_reruns_nothing(edited: Project, file: str, text: str, replacement: str) -> None:
    edit(edited, file, text, replacement)
    assert edited.dry_run() == set()


@pytest.mark.parametrize(("file", "text", "replacement", "jobs"), named(RERUNS))
def test_what_computes_reruns_what_it_computes(
    edited: Project, file: str, text: str, replacement: str, jobs: set[str]
) -> None:
    edit(edited, file, text, replacement)
    assert edited.dry_run() == jobs
