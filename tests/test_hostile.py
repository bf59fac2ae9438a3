"""Values that would break out of a shell command or into the page: harmless in a real shell and a real browser."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from mnist_viz.explorer.collect import collect
from mnist_viz.explorer.page import assemble
from tests.conftest import PROJECT, SMALL, Project, copy_project
from tests.explorer.browser import VIEWS
from tests.explorer.generate import generate

SPELLS = [
    "$(touch${IFS}pwned)",
    "`touch${IFS}pwned`",
    "';touch${IFS}pwned;'",
    '"&&touch${IFS}pwned&&"',
    "a|touch pwned",
]


def assert_harmless(project: Project) -> None:
    assert [path for path in project.folder.rglob("*pwned*") if ".snakemake" not in path.parts] == []


def test_spells_in_mirrors(tmp_path: Path) -> None:
    """They reach the stage as they are, and no shell reads them."""
    project = copy_project(tmp_path / "project")
    mirrors = [f"file:///nowhere/{spell}/{{x}}" for spell in SPELLS if " " not in spell]
    (project.folder / "config.yaml").write_text(yaml.dump({"dataset": {"mirrors": mirrors}, "variants": {"a": {}}}))
    outcome = project.snakemake("download", config=[], MNIST_VIZ_DOWNLOAD_WAITS="0")
    assert outcome.status != 0
    for mirror in mirrors:
        assert f"{mirror}/train-images-idx3-ubyte.gz" in outcome.text
    assert_harmless(project)


@pytest.mark.parametrize(
    "key", ["wandb={project: %s}", "variants={%s: {}}", "dataset={name: %s}", "defaults={device: %s}"]
)
def test_spells_on_the_command_line_are_refused_by_name(tmp_path: Path, key: str) -> None:
    project = copy_project(tmp_path / "project")
    outcome = project.snakemake("-n", config=["dataset={name: sample}", key % json.dumps(SPELLS[-1])])
    assert outcome.status != 0
    assert "is not allowed here" in outcome.text and "Traceback" not in outcome.text
    assert_harmless(project)


def test_spells_in_the_mode(project: Project) -> None:
    for spell in SPELLS[:2]:
        outcome = project.snakemake("demo/results/baseline/wandb.json", WANDB_MODE=spell)
        assert outcome.status != 0
        assert f"WANDB_MODE is {spell}; it can be" in outcome.text
    assert_harmless(project)


def test_spells_in_the_name_of_the_folder(tmp_path: Path) -> None:
    project = copy_project(tmp_path / 'it\'s $(touch pwned) `touch pwned` "here"; touch pwned')
    outcome = project.snakemake("data", config=SMALL)
    assert outcome.status == 0, outcome.text
    assert (project.folder / "demo" / "results" / "images.parquet").is_file()
    assert_harmless(project)


@pytest.mark.parametrize(
    ("way", "folder"), [("config.yaml", 3), ("--configfile", "out$(touch pwned)"), ("--config", "../../outside")]
)
def test_folders_are_not_a_matter_of_the_configuration(tmp_path: Path, way: str, folder: object) -> None:
    """Snakemake reads pathvars itself, and puts them into every path and command."""
    project = copy_project(tmp_path / "a" / "b" / "project")
    pathvars = {"results": folder, "logs": folder}
    text = yaml.dump({"pathvars": pathvars, "dataset": {"name": "sample"}, "variants": {"a": {}}})
    (project.folder / ("config.yaml" if way == "config.yaml" else "mine.yaml")).write_text(text)
    arguments = ["--configfile", "mine.yaml"] if way == "--configfile" else []
    outcome = project.snakemake("data", *arguments, config=[f"pathvars={pathvars}"] if way == "--config" else [])
    assert outcome.status != 0
    assert "pathvars: where results go is not a matter of the configuration" in outcome.text
    assert "Traceback" not in outcome.text
    assert {path.name for path in tmp_path.rglob("*")}.isdisjoint({"outside", "pwned", "images.parquet"})


def test_spells_in_a_resource(project: Project) -> None:
    """Profiles set resources; what stands in a command is quoted, whatever it is."""
    spell = ["--set-resources", f"predict_variant:gpu_percent={SPELLS[0]!r}"]
    outcome = project.snakemake("--force", "demo/results/double/predict.json", *spell)
    assert outcome.status != 0 and "gpu-percent: invalid int value: '$(touch" in outcome.text, outcome.text
    assert_harmless(project)


@pytest.mark.parametrize(
    "place",
    [*sorted(PROJECT.glob("workflow/rules/*.smk")), PROJECT / "docs/architecture.md"],
    ids=str,
)
def test_all_that_is_put_into_a_command_is_quoted(place: Path) -> None:
    commands = re.findall(r"^ +shell:\n((?: +['\"].*\n)+)", place.read_text(), flags=re.MULTILINE)
    fields = [field for command in commands for field in re.findall(r"\{(.+?)\}", command)]
    assert bool(fields) == (place.name not in ("bootstrap.smk", "common.smk"))
    assert [field for field in fields if not field.endswith(":q")] == []


MARKUP = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "\u2028alert(2)\u2029",
    "<img src=x onerror=alert(3)>",
]
MARKUP += ["&lt;b&gt;", "\"'><svg onload=alert(4)>", "{{script}}", "${alert(5)}", "javascript:alert(6)", "\u202eabc\0"]


def test_markup_in_names_and_values_is_text(browser: Browser, tmp_path: Path) -> None:
    """Names, the dataset's name, and every text of the configuration and the records, in every view."""
    generate(tmp_path, {"one": 2, "two": 2}, images=40)
    collection = collect(tmp_path, ["one", "two"])
    hostile = "".join(MARKUP)
    variants = [
        {
            **variant,
            "name": f"{variant['name']}{hostile}",
            "config": {**variant["config"], **{f"note {number}": text for number, text in enumerate(MARKUP)}},
            "train": {**variant["train"], "device_name": hostile, hostile: hostile},
        }
        for variant in collection.variants
    ]
    html = assemble(dataclasses.replace(collection, variants=variants, dataset=hostile))
    page_file = tmp_path / "explorer.html"
    page_file.write_text(html, encoding="utf-8")
    complaints: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("request", lambda sent: complaints.append(sent.url) if sent.url.startswith("http") else None)
    for view in VIEWS:
        page.goto(f"{page_file.as_uri()}#view={view}&id=3")
        page.reload()
        page.locator("main .view").wait_for()
        assert page.locator("img, #page script, #page svg[onload]").count() == 0
        assert complaints == []
    assert f"one{hostile.splitlines()[0][:20]}" in page.locator("main").inner_text()
    page.close()
