"""The RO-Crate is valid to an independent validator, and says what the records say, and nothing of the machine."""

import getpass
import importlib.resources
import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

from mnist_viz.job import records
from mnist_viz.provenance import described
from mnist_viz.store.files import sha256
from tests.conftest import PROJECT, Project
from tests.stages import MADE

Entities = dict[str, dict[str, Any]]
VARIANTS = ("baseline", "double")
RECORDS = [
    stage.record_of(name)
    for stage in MADE
    if stage.name != "provenance"
    for name in (VARIANTS if stage.of_variants else [None])
]


@pytest.fixture(scope="module")
def crate(finished_project: Project) -> Path:
    return finished_project.folder / "demo" / "results" / "provenance"


def read(crate: Path) -> Entities:
    return {entity["@id"]: entity for entity in json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]}


@pytest.fixture(scope="module")
def entities(crate: Path) -> Entities:
    return read(crate)


def contexts() -> dict[str, dict[str, Any]]:
    """What the two addresses of the crate's contexts give, for there is no network here.

    The package rocrate brings the context of RO-Crate 1.3, which gives the terms of Bioschemas other addresses than 1.1
    does; the terms of workflow runs are their names at https://w3id.org/ro/terms/workflow-run.
    """
    schema = json.loads(importlib.resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_text())
    bioschemas, run = "https://bioschemas.org/", "https://w3id.org/ro/terms/workflow-run"
    schema["@context"] |= {name: f"{bioschemas}{name}" for name in ("ComputationalWorkflow", "FormalParameter")}
    schema["@context"] |= {name: f"{bioschemas}ComputationalWorkflow#{name}" for name in ("input", "output")}
    terms = {name: f"{run}#{name}" for name in ("environment", "sha256", "ParameterConnection", "resourceUsage")}
    return {"https://w3id.org/ro/crate/1.1/context": schema, f"{run}/context": {"@context": terms}}


@pytest.fixture
def issues(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], list[str]]:
    """What the validator finds wrong in a crate, by the required shapes of the Provenance Run Crate profile."""
    known = contexts()

    class Answer:
        status_code, headers = 200, {"Content-Type": "application/ld+json"}

        def __init__(self, address: str) -> None:
            self.address = address

        def json(self) -> dict[str, Any]:
            return known[self.address]

    monkeypatch.setattr(HttpRequester, "get", lambda _, address, **options: Answer(address), raising=False)

    def validate(crate: Path) -> list[str]:
        settings = services.ValidationSettings(
            rocrate_uri=str(crate),
            profile_identifier="provenance-run-crate",
            requirement_severity=models.Severity.REQUIRED,
            offline=True,
            cache_path=str(tmp_path / "cache"),
        )
        return [issue.message for issue in services.validate(settings).get_issues()]

    return validate


def test_crate_is_valid(crate: Path, issues: Callable[[Path], list[str]]) -> None:
    assert issues(crate) == []


BREAKS = [
    ("Snakefile", "hasPart", "orchestrated tools via hasPart"),
    ("#job-results/double/predict.json", "instrument", "MUST have an instrument"),
    ("./", "conformsTo", "Provenance Run Crate profile"),
]


def test_validator_sees_what_is_missing(crate: Path, tmp_path: Path, issues: Callable[[Path], list[str]]) -> None:
    broken = tmp_path / "crate"
    shutil.copytree(crate, broken)
    content = json.loads((broken / "ro-crate-metadata.json").read_text())
    for identifier, entry, _ in BREAKS:
        (entity,) = [entity for entity in content["@graph"] if entity["@id"] == identifier]
        del entity[entry]
    (broken / "ro-crate-metadata.json").write_text(json.dumps(content))
    seen = issues(broken)
    for _, _, message in BREAKS:
        assert any(message in issue for issue in seen), message


def ids(value: dict | list) -> set[str]:
    return {entry["@id"] for entry in (value if isinstance(value, list) else [value])}


def test_every_job_is_there_with_what_it_read_and_made(crate: Path, entities: Entities) -> None:
    results = crate.parent
    made = [path.relative_to("results").as_posix() for path in RECORDS]
    for name in made:
        job, record = entities[f"#job-results/{name}"], records.read(results / name)
        assert job["@type"] == "CreateAction"
        assert job["startTime"] == record["began"].replace("Z", "+00:00")
        assert job["endTime"] == record["ended"].replace("Z", "+00:00")
        for entry, recorded in (("object", record["inputs"]), ("result", record["outputs"])):
            files = {records.beside(results / name, file): digest for file, digest in recorded.items()}
            expected = {f"#{path.relative_to(results.parent).as_posix()}": digest for path, digest in files.items()}
            own = {f"#results/{name}": sha256(results / name)} if entry == "result" else {}
            assert ids(job.get(entry, [])) == (expected | own).keys()
            assert {file: entities[file]["sha256"] for file in expected | own} == expected | own
        facts = {entities[each]["name"]: entities[each]["value"] for each in ids(job["environment"])}
        assert facts["code"] == record["key"]["code"]
        assert {name: facts[name] for name in record["software"]} == record["software"]
        assert facts["commit"] == "unknown" if record["commit"] is None else record["commit"]
    assert sum(entity["@type"] == "CreateAction" for entity in entities.values()) == len(made) + 1
    trained = ids(entities["#job-results/double/train.json"]["environment"])
    assert {"device", "device_name", "cpu_flags", "cpu_capability", "precision", "threads", "variables"} <= {
        entities[each]["name"] for each in trained
    }


def test_files_are_found_from_the_crate_and_have_their_size(crate: Path, entities: Entities) -> None:
    described = [entity for identifier, entity in entities.items() if "contentUrl" in entity]
    assert len(described) > 20
    for entity in described:
        path = crate / entity["contentUrl"]
        assert path.stat().st_size == int(entity["contentSize"]) and sha256(path) == entity["sha256"]


def test_workflow_and_configuration_are_in_the_crate(finished_project: Project, crate: Path) -> None:
    for path in (finished_project.folder / "workflow").rglob("*.py"):
        assert (crate / path.relative_to(finished_project.folder)).read_bytes() == path.read_bytes()
    configuration = json.loads((crate / "configuration.json").read_text())
    assert configuration == {name: json.loads((crate.parent / name / "config.json").read_text()) for name in VARIANTS}


def test_licences_of_code_and_data(entities: Entities) -> None:
    assert ids(entities["./"]["license"]) == {
        "https://spdx.org/licenses/MIT",
        "https://spdx.org/licenses/BSD-3-Clause",
    }
    assert entities["#dataset"]["license"] == {"@id": "https://spdx.org/licenses/BSD-3-Clause"}
    assert (PROJECT / "LICENSE").read_text().startswith("MIT License")
    assert "license: MIT" in (PROJECT / "CITATION.cff").read_text()


def test_nothing_says_which_machine_or_person_it_was(finished_project: Project, crate: Path) -> None:
    records_and_crate = [*crate.parent.glob("*.json"), *crate.parent.glob("*/*.json"), crate / "ro-crate-metadata.json"]
    records_and_crate += crate.parent.glob("summary.*")
    private = [str(finished_project.folder), str(Path.home()) + "/", str(PROJECT), f'"{socket.gethostname()}"']
    private += [f'"{getpass.getuser()}"']
    for path in records_and_crate:
        text = path.read_text()
        assert [word for word in private if word in text] == [], path


@pytest.mark.parametrize(("dataset", "downloaded"), [("sample", []), ("mnist", ["resources/mnist/download.json"])])
def test_crate_is_of_the_records_of_all_stages(dataset: str, downloaded: list[str]) -> None:
    found = [path.as_posix() for path in described(dataset, VARIANTS)]
    assert found == [*downloaded, *(path.as_posix() for path in RECORDS)]
    assert found.index("results/data.json") < found.index("results/double/wandb.json") < len(found) - 1


NEW_STAGE = """
STAGES = (
    *STAGES,
    Stage("count", "Count.", record="results/{variant}/count.json", outputs=(), code=()),
)
"""
NEW_RULE = """
rule count_variant:
    output: record="<results>/{variant}/count.json"
    params: key=key("count", {})
    shell: "true"
"""


def test_a_new_stage_is_in_the_crate_without_an_edit_of_it(project: Project) -> None:
    project.edit(
        "workflow/mnist_viz/stages.py", lambda text: text.replace("\n\ndef stage(", f"{NEW_STAGE}\n\ndef stage(")
    )
    project.edit("Snakefile", lambda text: f"{text}\n{NEW_RULE}")
    counts = {f"count_variant:{name}" for name in VARIANTS}
    assert project.dry_run("demo/results/provenance") == {*counts, "provenance"}


def test_crate_follows_its_records_alone(project: Project) -> None:
    """Nothing else reruns it, not the time, not the mirrors; a new record does."""
    assert project.dry_run("demo/results/provenance") == set()
    path = project.folder / "demo/results/double/wandb.json"
    content = records.read(path)
    facts = {key: content[key] for key in ("mode", "variant", "dataset", "key")}
    records.write(path, "upload", 0.0, {}, [], facts)
    assert project.dry_run("demo/results/provenance") == {"provenance"}
