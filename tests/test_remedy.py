"""The command that makes results anew does it as the run that made them, whatever config.yaml says today."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from mnist_viz.config import Resolved, identity, resolve
from mnist_viz.job import records
from mnist_viz.job.remedy import LONGEST, command
from mnist_viz.store.files import write_json
from tests.conftest import Project
from tests.stages import MADE

RECORDS = [stage.record_of("double").relative_to("results").as_posix() for stage in MADE]


@pytest.fixture
def edited(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A finished project whose configuration was on the command line; that in its file is of another run."""
    project.edit("config.yaml", lambda text: text.replace("seed: 0", "seed: 5").replace("seeds: []", "seeds: [1, 2]"))
    project.edit("config.yaml", lambda text: text.replace("capture: false", "capture: true"))
    monkeypatch.chdir(project.folder)
    return project


@pytest.mark.parametrize("name", RECORDS)
def test_the_command_has_the_configuration_of_the_run(edited: Project, name: str) -> None:
    """Without --force it finds nothing to do."""
    environment, arguments = split(command(Path("demo/results", name)))
    assert arguments[:4] == ["snakemake", "--cores", "4", "--force"]
    assert edited.dry_run(*arguments[4:], config=[], **environment) == set()


def test_the_command_runs_that_stage_alone(edited: Project) -> None:
    arguments = shlex.split(command(Path("demo/results/double/predict.json")))
    assert edited.dry_run(*arguments[3:], config=[]) == {"predict_variant:double"}


def test_a_damaged_record_is_no_source(edited: Project) -> None:
    """config.json says it as well, and so does the crate."""
    train = Path("demo/results/double/train.json")
    whole = command(train)
    train.write_bytes(train.read_bytes().replace(b'"l1_size": 8', b'"l1_size": 9'))
    assert command(train) == whole
    train.with_name("config.json").write_text("{")
    assert command(train) == whole
    Path("demo/results/provenance/configuration.json").unlink()
    assert command(train) == (
        "snakemake --cores 4 --force demo/results/double/train.json --configfile FILE"
        "  # FILE: the configuration of the run that made it; of double"
    )


def split(text: str) -> tuple[dict[str, str], list[str]]:
    """A command's environment and its arguments."""
    words = shlex.split(text, comments=True)
    start = words.index("snakemake")
    return dict(word.split("=", 1) for word in words[:start]), words[start:]


def leave(results: Path, settings: Resolved) -> None:
    """Records such as a run leaves, as far as commands are made of them."""
    for name, own in settings.variants.items():
        place(results / name / "train.json", identity(own))
        uploaded = {"tables": settings.tables.model_dump(), "wandb": settings.wandb.model_dump(exclude={"live"})}
        place(results / name / "wandb.json", uploaded)
    place(results / "summary.json", {"groups": settings.groups, "reference": settings.reference})
    place(results / "provenance.json", {"variants": list(settings.variants)})


def place(path: Path, config: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(records.sealed({"key": {"config": config}}))


def configured(text: str) -> Resolved:
    """The configuration in a command, as Snakemake takes it."""
    arguments = split(text)[1]
    assert "--replace-workflow-config" in arguments
    entries = (entry.split("=", 1) for entry in arguments[arguments.index("--config") + 1 :])
    return resolve({key: yaml.load(value, yaml.BaseLoader) for key, value in entries}, "c")


CONFIGURATIONS = {
    "a default": {"variants": {"a": {}}},
    "values": {"variants": {"a": {"learning_rate": 1e-5, "schedule": "one_cycle", "epochs": 7}, "b": {"seed": 4}}},
    "seeds": {"variants": {"wide": {"l1_size": 64}, "narrow": {}}, "seeds": [3, 0, 7]},
    "one seed": {"variants": {"wide": {"l1_size": 64}}, "seeds": [3]},
    "a sweep": {"sweep": {"learning_rate": ["0.002", 0.1], "batch_size": [32]}, "seeds": [0, 1]},
    "an order": {"variants": {"z": {}, "a": {"seed": 1}}},
    "names like numbers": {"variants": {"1.0": {}, "true": {"seed": 1}, "null": {"seed": 2}}},
    "tables and W&B": {
        "variants": {"a": {}},
        "tables": {"images": {"batches_to_log": 10, "images_per_batch": 32}},
        "wandb": {"mode": "online", "project": "p", "entity": "team", "capture": True},
    },
}


@pytest.mark.parametrize("config", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_every_configuration_survives_its_records(
    tmp_path: Path, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = resolve(config, "c")
    leave(Path("results"), before)
    for name, own in before.variants.items():
        assert configured(command(Path(f"results/{name}/predict.json"))).variants == {name: own}
    summary = configured(command(Path("results/summary.json")))
    assert (summary.variants, summary.groups) == (before.variants, before.groups)
    assert summary.reference == before.reference
    crate = command(Path("results/provenance.json"))
    assert split(crate)[0] == {"WANDB_MODE": before.wandb.mode}
    again = configured(crate)
    assert (again.variants, again.tables, again.wandb) == (before.variants, before.tables, before.wandb)


def test_what_is_too_long_for_a_line_is_a_file(tmp_path: Path) -> None:
    settings = resolve({"sweep": {"seed": list(range(300))}}, "c")
    leave(tmp_path / "results", settings)
    text = command(tmp_path / "results" / "summary.json")
    assert "--configfile FILE  # FILE: " in text and "its 300 variants" in text and len(text) < LONGEST


def test_results_elsewhere_are_made_anew_there(tmp_path: Path) -> None:
    write_json(tmp_path / "results" / "a" / "config.json", {"variant": "a", "dataset": "mnist", "epochs": 2})
    arguments = split(command(tmp_path / "results" / "a" / "train.json"))[1]
    assert arguments[3:7] == ["--directory", str(tmp_path), "--force", "results/a/train.json"]
