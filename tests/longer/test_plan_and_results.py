"""Twelve ways in which results and plan come apart, each with results that don't belong to the plan, and that do.

Those that don't belong run again, all of them and what follows from them; those that do, don't.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import SMALL, Project, run
from tests.stages import after, everything

BOTH = ("baseline", "double")
OTHER = [setting.replace("threads: 1}", "threads: 1, seed: 7}") for setting in SMALL]  # another model
SAMPLE = "workflow/mnist_viz/datasets/sample.py"
STEP = "workflow/mnist_viz/training/step.py"


@pytest.fixture(scope="module")
def of_another_configuration(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which the whole pipeline has run with another seed. Not to be changed."""
    folder = tmp_path_factory.mktemp("other") / "finished"
    shutil.copytree(finished_project.folder, folder, symlinks=True)
    outcome = Project(folder).snakemake(config=OTHER)
    assert outcome.status == 0, outcome.text
    return Project(folder)


@dataclass(frozen=True)
class Place:
    """Where a way is tried."""

    project: Project
    """A finished project, which may be changed."""
    source: Project
    """Another, not to be changed: of the same plan, or of another."""
    belongs: bool
    """Whether what is made of `source` belongs to the plan."""

    def path(self, name: str) -> Path:
        """A path in the folder of the project that is changed."""
        return self.project.folder / name

    def bring(self, *names: str) -> None:
        """Put files or folders of the source in the place of the project's own, with their time stamps."""
        for name in names:
            if self.path(name).is_dir():
                shutil.rmtree(self.path(name))
                shutil.copytree(self.source.folder / name, self.path(name), symlinks=True)
            else:
                shutil.copy2(self.source.folder / name, self.path(name))


def without_private_folder(place: Place) -> None:
    place.bring("demo")
    shutil.rmtree(place.path(".snakemake"))


def without_metadata(place: Place) -> None:
    place.bring("demo")
    shutil.rmtree(place.path(".snakemake/metadata"))


def times_out_of_order(place: Place) -> None:
    place.bring("demo")
    for number, path in enumerate(sorted(place.path("demo").rglob("*"))):
        os.utime(path, (2_000_000_000 - number,) * 2, follow_symlinks=False)


def two_clones(place: Place) -> None:
    """The other clone made what lies in the folder that both use; this one's private folder knows its own."""
    shared = place.project.folder.parent / "shared"
    shutil.copytree(place.source.folder / "demo", shared, symlinks=True)
    shutil.rmtree(place.path("demo"))
    place.path("demo").symlink_to(shared)


def older_folder(place: Place) -> None:
    place.bring("demo")
    for path in place.path("demo").rglob("*"):
        os.utime(path, (1_000_000_000,) * 2, follow_symlinks=False)


def older_variant(place: Place) -> None:
    place.bring("demo/results/double")


def older_predictions(place: Place) -> None:
    names = [f"demo/results/double/{name}" for name in ("predictions.parquet", "metrics.parquet", "predict.json")]
    place.bring(*names)
    for name in names:
        os.utime(place.path(name), (1_000_000_000,) * 2)


def deleted_checkpoint(place: Place) -> None:
    path = place.path("demo/results/double/checkpoints/epoch_001.safetensors")
    path.unlink()
    if place.belongs:
        shutil.copyfile(place.source.folder / path.relative_to(place.project.folder), path)


def edited_configuration(place: Place) -> None:
    replacement = "learning_rate: 0.003}" if not place.belongs else "learning_rate: 2.0e-3} # the same"
    place.project.edit("config.yaml", lambda text: text.replace("learning_rate: 0.002}", replacement))


def edited_code(place: Place) -> None:
    replacement = "last.copy_(mean.detach() * 1)" if not place.belongs else "last.copy_(  # the mean\n mean.detach())"
    place.project.edit(STEP, lambda text: text.replace("last.copy_(mean.detach())", replacement))


def edited_dataset(place: Place) -> None:
    old, new = ("TEST_IMAGES = 100", "TEST_IMAGES = 50") if not place.belongs else ('"BSD 3-Clause"', '"BSD"')
    place.project.edit(SAMPLE, lambda text: text.replace(old, new))


def another_branch(place: Place) -> None:
    """Which has other code; with what belongs, its results are left behind with it, and the branch is switched back."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        outcome = run(["git", *identity, *arguments], place.project.folder)
        assert outcome.status == 0, outcome.text

    git("init", "--initial-branch", "main")
    git("add", "workflow", "Snakefile", "config.yaml")
    git("commit", "--message", "The code")
    git("switch", "--create", "other")
    place.project.edit(STEP, lambda text: text.replace("last.copy_(mean.detach())", "last.copy_(mean.detach() * 1)"))
    git("commit", "--all", "--message", "Other code")
    if place.belongs:
        git("switch", "main")


TRAINING = after("train", *BOTH)
DOUBLE = after("train", "double")
WAYS: dict[str, tuple[Callable[[Place], None], set[str]]] = {
    "copied without the private folder": (without_private_folder, TRAINING),
    "the private folder's metadata gone": (without_metadata, TRAINING),
    "time stamps out of order": (times_out_of_order, TRAINING),
    "two clones on one folder": (two_clones, TRAINING),
    "the whole folder from an older backup": (older_folder, TRAINING),
    "one variant from an older backup": (older_variant, DOUBLE),
    "predictions with an older time stamp": (older_predictions, after("predict", "double")),
    "a checkpoint deleted": (deleted_checkpoint, DOUBLE),
    "an edited configuration": (edited_configuration, DOUBLE),
    "edited code": (edited_code, TRAINING),
    "an edited dataset": (edited_dataset, everything(*BOTH)),
    "another branch": (another_branch, TRAINING),
}


def test_the_table_is_whole() -> None:
    assert len(WAYS) == 12


@pytest.mark.parametrize(("way", "jobs"), WAYS.values(), ids=WAYS.keys())
def test_results_that_do_not_belong_to_the_plan_run_again(
    project: Project, of_another_configuration: Project, way: Callable[[Place], None], jobs: set[str]
) -> None:
    way(Place(project, of_another_configuration, belongs=False))
    assert project.dry_run() == jobs


@pytest.mark.parametrize("way", [way for way, _ in WAYS.values()], ids=WAYS.keys())
def test_results_that_belong_to_the_plan_do_not(
    project: Project, finished_project: Project, way: Callable[[Place], None]
) -> None:
    way(Place(project, finished_project, belongs=True))
    assert project.dry_run() == set()


def test_what_ran_again_is_that_of_a_fresh_run(
    project: Project, finished_project: Project, of_another_configuration: Project
) -> None:
    """Not the dry run alone: the foreign results are replaced, to the bit."""
    without_private_folder(Place(project, of_another_configuration, belongs=False))
    outcome = project.snakemake()
    assert outcome.status == 0, outcome.text
    for variant in BOTH:
        for name in ("checkpoints/epoch_001.safetensors", "predictions.parquet", "config.json"):
            path = Path("demo", "results", variant, name)
            assert (project.folder / path).read_bytes() == (finished_project.folder / path).read_bytes(), path
    assert project.dry_run() == set()
