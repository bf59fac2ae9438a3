"""What reruns and what does not, read from Snakemake's own dry run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import SMALL, Project, copy_project
from tests.stages import after, everything

UPLOADS = {"upload_variant:baseline", "upload_variant:double"}
PREDICTED = {
    "data",
    *(f"{stage}_variant:{variant}" for stage in ("train", "predict") for variant in ("baseline", "double")),
}
ALL = everything("baseline", "double")


def chain(variant: str) -> set[str]:
    return after("train", variant)


def configured(*changes: str) -> list[str]:
    return [*SMALL, *changes]


def test_finished_project_has_nothing_to_do(project: Project) -> None:
    assert project.dry_run() == set()


def test_hyperparameter_reruns_its_variant_alone(project: Project) -> None:
    project.edit("config.yaml", lambda text: text.replace("learning_rate: 0.002", "learning_rate: 0.003"))
    assert project.dry_run() == chain("double")


def test_new_variant_runs_alone(project: Project) -> None:
    added = project.dry_run(config=configured("variants={slow: {learning_rate: 0.0001}}"))
    assert added == chain("slow")


def test_default_reruns_the_variants_that_use_it(project: Project) -> None:
    project.edit("config.yaml", lambda text: text.replace("  seed: 0", "  learning_rate: 0.0015\n  seed: 0", 1))
    text = (project.folder / "config.yaml").read_text()
    project.edit("config.yaml", lambda _: text.replace("  learning_rate: 0.001\n", ""))
    assert project.dry_run() == chain("baseline")


@pytest.mark.parametrize(
    "change",
    [
        "wandb={project: another}",
        "wandb={attempt: 2}",
        "tables={images: {batches_to_log: 2, images_per_batch: 32}}",
        "tables={epochs: last}",
        "tables={logged: false}",
    ],
)
def test_upload_settings_rerun_the_upload_alone(project: Project, change: str) -> None:
    assert project.dry_run(config=configured(change)) == {*UPLOADS, "provenance"}


def test_server_reruns_nothing_offline(project: Project) -> None:
    assert project.dry_run(config=configured("wandb={server: 'https://wandb.example.org'}")) == set()


def test_wandb_mode_of_the_environment_reruns_the_upload_alone(project: Project) -> None:
    assert project.dry_run(WANDB_MODE="disabled") == {*UPLOADS, "provenance"}


def test_live_streaming_retrains_nothing(project: Project) -> None:
    live = configured("wandb={live: true}")
    assert project.dry_run(config=live) == set()
    assert project.dry_run(config=live, WANDB_MODE="online") == {*UPLOADS, "wandb_report", "provenance"}


def test_mirrors_rerun_nothing(project: Project) -> None:
    assert project.dry_run(config=configured("dataset={mirrors: ['https://elsewhere.example/mnist']}")) == set()


def test_asset_of_the_explorer_reruns_the_explorer_alone(project: Project) -> None:
    project.edit("workflow/mnist_viz/explorer/web/style/base.css", lambda text: f"{text}\nbody {{ margin: 3px }}\n")
    assert project.dry_run() == {"explorer", "provenance"}


def test_comments_docstrings_and_formatting_rerun_nothing(project: Project) -> None:
    for file in project.folder.glob("workflow/mnist_viz/**/*.py"):
        text = file.read_text()
        file.write_text("# A comment.\n" + text.replace("\n\n\n", "\n\n\n\n# Another.\n\n\n") + "\n# The last.\n")
    project.edit(
        "workflow/mnist_viz/train.py", lambda text: text.replace('"""Train one variant', '"""Teach one variant')
    )
    project.edit(
        "workflow/mnist_viz/datasets/prepare.py", lambda text: text.replace("QUALITY = 90", "QUALITY = (\n    90\n)")
    )
    project.edit("config.yaml", lambda text: "# A comment.\n" + text)
    project.edit("environment.yml", lambda text: "# A comment.\n" + text)
    assert project.dry_run() == set()


def test_touch_reruns_nothing(project: Project) -> None:
    files = [path for path in project.folder.rglob("*") if ".snakemake" not in path.parts]
    for file in sorted(files, reverse=True):
        os.utime(file)
    for file in sorted(files):
        os.utime(file)
    for stamp in project.folder.rglob(".snakemake_timestamp"):
        os.utime(stamp)
    assert project.dry_run() == set()


def test_reordered_keys_rerun_nothing(project: Project) -> None:
    project.edit(
        "config.yaml",
        lambda text: text.replace(
            "{l1_size: 64, l2_size: 128, learning_rate: 0.002}", "{learning_rate: 0.002, l2_size: 128, l1_size: 64}"
        ),
    )
    variants = "variants:\n  baseline: {}\n"
    project.edit("config.yaml", lambda text: text.replace(variants, "variants:\n") + "\n")
    text = (project.folder / "config.yaml").read_text()
    assert "  double: {learning_rate: 0.002" in text
    (project.folder / "config.yaml").write_text(text.replace("l1_size: 64}\n", "l1_size: 64}\n  baseline: {}\n"))
    assert project.dry_run() == set()


def test_equal_numbers_rerun_nothing(project: Project) -> None:
    project.edit("config.yaml", lambda text: text.replace("learning_rate: 0.002", "learning_rate: 2.0e-3"))
    assert project.dry_run() == set()


@pytest.mark.parametrize("cores", ["1", "4", "all"])
def test_core_count_reruns_nothing(project: Project, cores: str) -> None:
    assert project.dry_run("--cores", cores) == set()


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_another_branch_and_back_reruns_nothing(project: Project) -> None:
    (project.folder / ".gitignore").write_text("/demo/\n/.snakemake/\n__pycache__/\n")
    git(project.folder, "init", "--initial-branch", "one")
    git(project.folder, "add", ".")
    git(project.folder, "commit", "--message", "one")
    git(project.folder, "checkout", "-b", "two")
    project.edit("workflow/mnist_viz/training/loop.py", lambda text: f"{text}\nCHANGED = True\n")
    project.edit("config.yaml", lambda text: text.replace("0.002", "0.004"))
    git(project.folder, "commit", "--all", "--message", "two")
    assert project.dry_run() == {*chain("baseline"), *chain("double")}
    git(project.folder, "checkout", "one")
    assert project.dry_run() == set()


@pytest.mark.parametrize("keep_records", [True, False], ids=["with .snakemake", "without .snakemake"])
def test_fresh_clone_over_results_reruns_nothing(project: Project, tmp_path: Path, keep_records: bool) -> None:
    clone = copy_project(tmp_path / "clone")
    shutil.copytree(project.folder / "demo", clone.folder / "demo", symlinks=True)
    if keep_records:
        shutil.copytree(project.folder / ".snakemake", clone.folder / ".snakemake")
        for file in sorted(clone.folder.glob("demo/**/*"), reverse=True):
            os.utime(file)
    for file in clone.folder.glob("workflow/**/*"):
        os.utime(file)
    assert clone.dry_run() == set()


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("demo/results/double/predictions.parquet", after("predict", "double")),
        ("demo/results/double/predict.json", after("predict", "double")),
        ("demo/results/double/wandb.json", after("upload", "double")),
        ("demo/results/explorer.html", {"explorer", "provenance"}),
        ("demo/results/summary.csv", {"summary", "provenance"}),
        ("demo/results/comparison/disagreements.parquet", {"comparison", "provenance"}),
        ("demo/results/provenance.json", {"provenance"}),
    ],
)
def test_missing_file_reruns_what_makes_it(project: Project, missing: str, expected: set[str]) -> None:
    (project.folder / missing).unlink()
    assert project.dry_run() == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("data", {"data"}),
        ("train", {"data", "train_variant:baseline", "train_variant:double"}),
        ("predict", PREDICTED),
        ("upload", PREDICTED | UPLOADS),
        ("explorer", PREDICTED | {"explorer"}),
        ("summary", PREDICTED | {"summary"}),
        ("comparison", PREDICTED | {"comparison"}),
        ("provenance", ALL),
        ("demo/results/double/predictions.parquet", {"data", "train_variant:double", "predict_variant:double"}),
    ],
)
def test_targets(tmp_path: Path, target: str, expected: set[str]) -> None:
    assert copy_project(tmp_path / "project").dry_run(target) == expected
