"""Corrected test labels in the plan: what runs again, and what does not."""

import pytest

from mnist_viz.job import keys, plan, records
from tests import corrected
from tests.conftest import SMALL, Project
from tests.stages import after, everything

BOTH = ("baseline", "double")
TESTED = {"data", *after("predict", *BOTH)}
CORRECTED = ["dataset={name: sample, corrections: marks.csv}", *SMALL[1:]]
LABELS = {0: 1, 1: 2}
MADE = ["resources/mnist/train.safetensors", "resources/mnist/test.safetensors", "results/images.parquet"]
MADE += ["results/classes.parquet", "results/data.json"]


def test_corrections_rerun_evaluation_and_what_follows_and_no_training(project: Project) -> None:
    root = project.folder / "demo"
    corrected.write(project.folder / "marks.csv", root, LABELS)
    outcome = project.snakemake("-n", config=CORRECTED)
    assert outcome.jobs() == TESTED
    assert "the corrections of its labels have changed" in outcome.text
    assert project.dry_run() == set()
    assert project.dry_run("train", config=CORRECTED) == {"data"}


def test_other_data_train_again_whatever_is_corrected(project: Project) -> None:
    corrected.write(project.folder / "marks.csv", project.folder / "demo", LABELS)
    project.edit(
        "workflow/mnist_viz/datasets/sample.py", lambda text: text.replace("TEST_IMAGES = 100", "TEST_IMAGES = 50")
    )
    assert project.dry_run(config=CORRECTED) == everything(*BOTH)


def test_the_key_of_the_data_alone_knows_the_corrections(project: Project) -> None:
    config = records.read(project.folder / "demo/results/data.json")["key"]["config"]
    before, one, other = (
        keys.key("data", config, dataset="sample", **({"corrections": digest} if digest else {}))
        for digest in ("", "1" * 64, "2" * 64)
    )
    assert "corrections" not in before and before == records.read(project.folder / "demo/results/data.json")["key"]
    assert {name: one[name] for name in before} == before
    assert one["corrections"]["sha256"] == "1" * 64 and other != one
    known = plan.Plan(project.folder / "demo")
    record = project.folder / "demo/results/data.json"
    assert known.relabelled(record, one) and not known.relabelled(record, before)
    assert not known.relabelled(record, one | {"code": "0" * 16})


def test_a_file_that_the_data_stage_refuses_costs_nothing(project: Project) -> None:
    """What lay there lies there again, and training need not follow once the file is right."""
    root, path = project.folder / "demo", project.folder / "marks.csv"
    before = {place: (root / place).read_bytes() for place in MADE}
    corrected.write(path, root, LABELS)
    right = path.read_text()
    path.write_text(right.replace(",1,,,", ",ten,,,", 1))
    outcome = project.snakemake("data", config=CORRECTED)
    assert outcome.status != 0
    assert "marks.csv: line 2: label “ten” is no class" in (root / "logs/data.log").read_text()
    assert {place: (root / place).read_bytes() for place in MADE} == before
    path.write_text(right)
    assert project.dry_run(config=CORRECTED) == TESTED
    assert project.dry_run() == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "dataset: corrections: there is no file marks.csv"),
        ("id,label,exclude,test_set\n0,1,,x\n0,1,,x\n", "marks.csv: line 3: image 0 is there already, in line 2"),
    ],
    ids=["missing", "doubled"],
)
def test_a_file_that_cannot_be_read_ends_the_run_before_anything(
    project: Project, text: str | None, message: str
) -> None:
    if text is not None:
        (project.folder / "marks.csv").write_text(text)
    outcome = project.snakemake("-n", config=CORRECTED)
    assert outcome.status != 0
    assert message in outcome.text
