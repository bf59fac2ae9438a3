"""The pipeline as its users run it: real Snakemake, on the sample, small."""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest
import yaml

from mnist_viz.config import resolve
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import sha256
from mnist_viz.training.resume import checkpoint_name
from tests.conftest import PROJECT, SMALL, Project, copy_project, run
from tests.faults import pipeline

VARIANTS = ["baseline", "double"]
MNIST = Path(os.environ.get("MNIST_VIZ_MNIST", PROJECT.parent / "shared" / "mnist"))


def test_every_file_of_the_contract_is_there(finished_project: Project) -> None:
    demo = finished_project.folder / "demo"
    shared = ["resources/mnist/train.safetensors", "resources/mnist/test.safetensors", "results/images.parquet"]
    shared += [f"results/{name}.json" for name in ("data", "explorer", "summary", "comparison", "provenance")]
    comparison = ["disagreements.parquet", "errors_over_time.parquet", "errors_by_guess.parquet"]
    shared += [f"results/comparison/{name}" for name in comparison]
    shared += ["results/summary.md", "results/summary.csv", "results/provenance/ro-crate-metadata.json"]
    of_each = ["config.json", "train.json", "history.parquet", "predictions.parquet", "metrics.parquet", "wandb.json"]
    of_each += ["checkpoints/epoch_001.safetensors", "predict.json"]
    expected = [*shared, "results/explorer.html", *(f"results/{name}/{file}" for name in VARIANTS for file in of_each)]
    assert [path for path in expected if not (demo / path).is_file()] == []
    logs = [f"logs/{stage}/{name}.log" for stage in ("train", "predict", "upload") for name in VARIANTS]
    assert [path for path in [*logs, "logs/data.log", "logs/explorer.log"] if not (demo / path).is_file()] == []
    timed = [f"benchmarks/{stage}/{name}.tsv" for stage in ("train", "predict", "upload") for name in VARIANTS]
    assert [path for path in timed if not (demo / path).is_file()] == []
    assert not list(demo.rglob("*.part"))
    assert not any((finished_project.folder / name).exists() for name in ("results", "resources", "logs"))


def test_every_output_says_which_dataset_it_comes_from(finished_project: Project) -> None:
    demo = finished_project.folder / "demo"
    for path in demo.glob("results/**/*.parquet"):
        assert tables.dataset(path) == "sample", path
    for path in [*demo.glob("results/*/checkpoints/*.safetensors"), *demo.glob("resources/mnist/*.safetensors")]:
        assert tensors.read(path)[1]["dataset"] == "sample", path
    for path in [*demo.glob("results/*/config.json"), *demo.glob("results/*/train.json")]:
        assert json.loads(path.read_text())["dataset"] == "sample", path
    assert "sample" in (demo / "results" / "explorer.html").read_text()


def test_predictions_have_a_row_for_every_image_and_epoch(finished_project: Project) -> None:
    results = finished_project.folder / "demo" / "results"
    images = pl.read_parquet(results / "images.parquet", columns=["id", "truth"])
    for variant in VARIANTS:
        rows = pl.read_parquet(results / variant / "predictions.parquet")
        assert rows["variant"].unique().to_list() == [variant]
        assert rows.height == 1000 and rows["id"].to_list() == images["id"].to_list()
        assert rows["truth"].to_list() == images["truth"].to_list()
        scores = rows.select(tables.SCORES).to_numpy()
        assert abs(scores.sum(axis=1) - 1).max() < 1e-5
        assert (scores.argmax(axis=1) == rows["guess"].to_numpy()).all()
        (measured,) = pl.read_parquet(results / variant / "metrics.parquet").to_dicts()
        assert measured["errors"] == rows.filter(pl.col("guess") != pl.col("truth")).height
        assert measured["errors"] < 500


def test_what_a_person_sees(finished_project: Project) -> None:
    text = (finished_project.folder / "output.txt").read_text()
    for variant in VARIANTS:
        assert f"train {variant}  epoch 1/1  loss " in text
        assert f"predict {variant}  epoch 1/1  " in text
    table = text[text.index("variant   epoch  errors  accuracy  training") :].splitlines()
    assert table[1].split()[:2] == ["baseline", "1"] and table[2].split()[:2] == ["double", "1"]
    assert "explorer  demo/results/explorer.html" in text
    assert "receipts  demo/results/*/wandb.json  (2)" in text
    assert "summary   demo/results/summary.md" in text
    progress = [line for line in text.splitlines() if line.startswith(("train ", "predict ")) and "epoch" in line]
    assert len([line for line in progress if "  step " not in line]) == 4
    assert len(progress) < 20


def test_failed_training_continues_in_its_retry(project: Project) -> None:
    """A training that is told to stop counts as failed; its retry goes on where it was, to the same bits."""
    longer = ["dataset={name: sample}", "defaults={epochs: 8, l1_size: 16, l2_size: 16, threads: 1}"]
    made = project.folder / "demo/results/baseline"
    results = []
    for stop in (False, True):
        shutil.rmtree(made)
        target = str((made / "train.json").relative_to(project.folder))
        running = pipeline.start(project, target, "--retries", "1", config=longer)
        if stop:
            wait_for(made / "resume" / checkpoint_name(1), running)
            (training,) = [job for job in pipeline.stage_processes(running, "train") if "python" in job.name()]
            training.terminate()
        assert running.wait(timeout=600) == 0, (project.folder / "output.txt").read_text()
        results.append(
            [sha256(path) for path in sorted(made.glob("*.parquet")) + sorted(made.glob("checkpoints/epoch*"))]
        )
    text = (project.folder / "output.txt").read_text()
    assert "train baseline: stopped " in text and "train baseline: continuing after step " in text
    assert results[0] == results[1] and len(results[0]) == 9


def wait_for(path: Path, running: "subprocess.Popen[bytes]") -> None:
    while not path.exists():
        assert running.poll() is None, "it has ended"
        time.sleep(0.01)


def test_forget_removes_the_resume_state(project: Project) -> None:
    resume = project.folder / "demo" / "results" / "double" / "resume"
    assert resume.is_dir()
    outcome = project.snakemake("forget")
    assert outcome.status == 0, outcome.text
    assert not resume.exists()
    assert project.dry_run() == set()


def test_report_is_made_offline(finished_project: Project, tmp_path: Path) -> None:
    shutil.copytree(finished_project.folder, tmp_path / "project", symlinks=True)
    outcome = Project(tmp_path / "project").snakemake("--report", "report.zip")
    assert outcome.status == 0, outcome.text
    with zipfile.ZipFile(tmp_path / "project" / "report.zip") as report:
        files = sorted(Path(name).name for name in report.namelist())
        page = report.read("report/report.html").decode()
    of_each = ["history.parquet", "metrics.parquet", "predictions.parquet"]
    of_all = ["explorer.html", "curves.svg", "metrics.html", "summary.csv"]
    of_all += ["disagreements.parquet", "errors_over_time.parquet", "errors_by_guess.parquet"]
    assert files == sorted(["report.html", *of_all, *of_each, *of_each])
    for category in ("Explorer", "Training", "Metrics", "Predictions", "Comparison"):
        assert f'"{category}"' in page
    for caption in ("to sort, filter, group, join and compare", "wrong guesses on the test images by epoch"):
        assert caption in page


def test_lint() -> None:
    outcome = run([sys.executable, "-m", "snakemake", "--lint"], PROJECT)
    assert outcome.status == 0, outcome.text


EXAMPLES = sorted(path.name for path in (PROJECT / "workflow" / "examples").glob("*.yaml"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_shipped_recipe_runs_small(project: Project, example: str) -> None:
    shipped, recipe = (
        yaml.safe_load((PROJECT / path).read_text()) for path in ("config.yaml", f"workflow/examples/{example}")
    )
    own = resolve({**shipped, **recipe, "variants": recipe["variants"]}, example).variants
    name = next(iter(own))
    small = [f"variants={{{name}: {{epochs: 1, l1_size: 4, l2_size: 8}}}}"] if name in recipe["variants"] else []
    target, recipe_file = f"demo/results/{name}/predictions.parquet", f"workflow/examples/{example}"
    outcome = project.snakemake(target, "--configfile", recipe_file, config=[*SMALL, *small])
    assert outcome.status == 0, outcome.text
    assert pl.read_parquet(project.folder / target).height == 1000


@pytest.mark.skipif(not MNIST.is_dir(), reason=f"the MNIST files are not in {MNIST}")
def test_mnist_placed_by_hand_is_kept_and_the_missing_file_is_fetched_from_the_mirror_that_has_it(
    tmp_path: Path,
) -> None:
    project = copy_project(tmp_path / "project")
    raw, mirror = project.folder / "resources/mnist/raw", tmp_path / "mirror"
    raw.mkdir(parents=True)
    mirror.mkdir()
    first, *others = sorted(MNIST.glob("*.gz"))
    for path in others:
        shutil.copyfile(path, raw / path.name)
    shutil.copyfile(first, mirror / first.name)
    mirrors = f"dataset={{name: mnist, mirrors: ['file:///nowhere/', '{mirror.as_uri()}']}}"
    outcome = project.snakemake("data", config=[mirrors])
    assert outcome.status == 0, outcome.text
    assert {path.name for path in raw.glob("*.gz")} == {path.name for path in MNIST.glob("*.gz")}
    arrays, metadata = tensors.read(project.folder / "resources" / "mnist" / "train.safetensors")
    assert arrays["images"].shape == (60000, 28, 28) and arrays["labels"].shape == (60000,)
    assert metadata["dataset_sha256"] == "0354647cf18a5af21b1abb2cad452982da3d2d52b9be49b654343b0f20c67b39"
    assert project.dry_run("data", config=["dataset={name: mnist, mirrors: ['https://elsewhere.example/']}"]) == set()


def test_no_mirror_gives_the_three_ways_out(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    mirrors = "dataset={mirrors: ['file:///nowhere/', 'http://127.0.0.1:9/']}"
    outcome = project.snakemake("download", config=[mirrors], MNIST_VIZ_DOWNLOAD_WAITS="0 0.1")
    assert outcome.status != 0
    assert "no mirror gave train-images-idx3-ubyte.gz:" in outcome.text
    assert "file:///nowhere/train-images-idx3-ubyte.gz" in outcome.text
    assert "place the files in resources/mnist/raw by hand" in outcome.text
    assert "Traceback" not in outcome.text.split("Logfile")[0]
