"""The commands, snippets, paths and links of README.md and docs/ work as they stand there."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mnist_viz.config import Hyperparameters
from mnist_viz.store import tensors
from mnist_viz.store.files import write_json
from mnist_viz.training import models, weights
from tests.conftest import PROJECT, Project, run
from tests.documents import PAGES, anchors, blocks, links
from tests.explorer.generate import generate

README = PROJECT / "README.md"
TEXTS = {page.relative_to(PROJECT).as_posix(): page.read_text() for page in PAGES}
LINES = [line for page in PAGES for block in blocks(page, "console") for line in block.splitlines()]
COMMANDS = [line.split("#")[0].strip() for line in LINES if re.match(r"(WANDB_MODE=\w+ )?snakemake ", line)]
SNIPPETS = {
    f"{page.name}, {code.split()[1]} {number}": code
    for page in PAGES
    for number, code in enumerate(blocks(page, "python"))
}


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150


def test_commands_are_of_every_stage() -> None:
    wanted = {word for command in COMMANDS for word in command.split()}
    assert {
        "data",
        "train",
        "predict",
        "upload",
        "explorer",
        "summary",
        "comparison",
        "wandb_report",
        "provenance",
        "forget",
    } <= wanted
    assert "WANDB_MODE=online snakemake --cores 1 upload" in COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_command_plans_a_run(finished_project: Project, command: str) -> None:
    words = command.split()
    environment = dict([words.pop(0).split("=")]) if "=" in words[0] else {}
    outcome = finished_project.snakemake("-n", *words[1:], config=[], **environment)
    assert outcome.status == 0, outcome.text


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results such as the snippets read. Not to be changed."""
    folder = tmp_path_factory.mktemp("shown") / "results"
    generate(folder, {"baseline": 5, "double": 3, "no_longer_configured": 2}, images=300)
    write_json(folder / "explorer.json", {"key": {"config": {"variants": ["baseline", "double"]}}})
    network = models.build(Hyperparameters(l1_size=32, l2_size=64, conv_kernel=5))
    tensors.write(folder / "baseline" / "checkpoints" / "epoch_005.safetensors", weights.of(network), {})
    return folder


@pytest.mark.parametrize("code", SNIPPETS.values(), ids=SNIPPETS.keys())
def test_snippet_runs(results: Path, tmp_path: Path, code: str) -> None:
    shutil.copytree(results, tmp_path / "results")
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "workflow")}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wrong = pl.read_parquet(results / "baseline" / "predictions.parquet").filter(pl.col("guess") != pl.col("truth"))
    if "duckdb" in code:
        assert str(wrong.filter(pl.col("epoch") == 1).height) in done.stdout
        assert "no_longer_configured" not in done.stdout


def test_snippets_are_three_queries_and_a_checkpoint() -> None:
    assert sum("predictions.parquet" in code for code in SNIPPETS.values()) == 3
    assert sum("load_file" in code for code in SNIPPETS.values()) == 1


def test_comparison_in_the_terminal_runs(results: Path) -> None:
    (command,) = (line for line in LINES if line.startswith("python -m mnist_viz.compare"))
    outcome = run([sys.executable, *command.split()[1:]], results.parent, PYTHONPATH=str(PROJECT / "workflow"))
    assert outcome.status == 0 and "images have different guesses" in outcome.text, outcome.text


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    for address in links(PROJECT / page):
        if re.match(r"https?://", address):
            continue
        path, _, anchor = address.partition("#")
        target = (PROJECT / page).parent / path if path else PROJECT / page
        assert target.exists(), address
        assert not anchor or anchor in anchors(target), address


def test_readme_leads_to_every_page() -> None:
    assert {f"docs/{page.name}" for page in PAGES if page != README} <= set(links(README))


@pytest.mark.parametrize("page", TEXTS)
def test_what_is_named_exists(page: str) -> None:
    text = TEXTS[page]
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)`", text)) <= targets
    for path in re.findall(r"[(`]((?:workflow|profiles|tests|docs)/[\w./-]+)[)`]", text):
        assert (PROJECT / path).exists() or f"<!-- file {path} -->" in text, path
    for paths in re.findall(r"pytest((?: tests/[\w./-]+)+)", text):
        assert all((PROJECT / path).exists() for path in paths.split()), paths
    for module in set(re.findall(r"python -m ((?:mnist_viz|tests)[\w.]*\w)", text)):
        assert importlib.util.find_spec(module) or f"mnist_viz/{module.partition('.')[2]}.py -->" in text, module


@pytest.mark.parametrize("page", TEXTS)
def test_lines_are_at_most_120_characters_long(page: str) -> None:
    prose = re.sub(r"^```.*?^```", "", TEXTS[page], flags=re.DOTALL | re.MULTILINE)
    assert [line for line in prose.splitlines() if len(line) > 120 and not line.startswith(("|", "!["))] == []


def test_files_that_name_a_page_name_one_that_is_there() -> None:
    """Profiles and comments, which say where to read on."""
    files = [*PROJECT.glob("profiles/*/config.yaml"), *PROJECT.glob("workflow/**/*.*"), PROJECT / "Makefile"]
    named = {
        name
        for file in files
        if file.suffix in ("", ".yaml", ".def", ".py", ".smk", ".rst")
        for name in re.findall(r"\bdocs/\w+\.md", file.read_text())
    }
    assert "docs/cluster.md" in named
    assert all((PROJECT / name).is_file() for name in named), named
