"""The crate as a whole: what it is of, under which licences, and where its parts come from."""

import io
from pathlib import Path
from typing import Any

from rocrate.rocrate import ROCrate

from mnist_viz import datasets
from mnist_viz.provenance.code import MIT, copy_files, describe_workflow
from mnist_viz.provenance.entities import Entities, Reference, moment
from mnist_viz.provenance.jobs import Job, add_job, add_whole_run
from mnist_viz.provenance.own_models import copy_models
from mnist_viz.stages import STAGES
from mnist_viz.store.corrections import recorded
from mnist_viz.store.files import atomic_folder, read_json, to_json

CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}


def build(
    results: Path, variants: list[str], models: list[str], data: dict[str, Any], jobs: list[Job], folder: Path
) -> None:
    """Write the crate of the jobs as `folder`, whole or not at all. `data` is the record of the stage data, `models`
    are those that the configuration names.
    """
    crate = ROCrate(gen_preview=False, version="1.1")
    crate.metadata.extra_contexts.append(CONTEXT)
    crate.name = f"mnist-viz: {len(variants)} variants trained and compared on {data['dataset']}"
    crate.description = (
        "Which test images each variant gets wrong after every epoch, and how that came about. Jobs whose results were "
        "still right were not run again, so the times are of the runs that made them."
    )
    crate.datePublished = moment(max(job.record["ended"] for job in jobs))
    entities = Entities(crate, results.parent, folder)
    crate.root_dataset["conformsTo"] = [
        entities.add(identifier, "CreativeWork", name=name, version=version)
        for identifier, (name, version) in PROFILES.items()
    ]
    crate.metadata.append_to("conformsTo", {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"})
    dataset, licence = _add_dataset(entities, data)
    crate.license = [entities.add(MIT, "CreativeWork", name="MIT License"), *([licence] if licence else [])]

    stages = [stage.name for stage in STAGES if any(job.record["stage"] == stage.name for job in jobs)]
    files = copy_files(crate, stages, sorted({job.record["commit"] for job in jobs if job.record["commit"]}))
    configuration = _add_configuration(crate, results, variants)

    own = copy_models(crate, models, {job.record["key"]["model"] for job in jobs if "model" in job.record["key"]})
    downloaded = {path for job in jobs if job.record["stage"] == "download" for path in job.outputs}

    def add_file(path: Path, digest: str) -> Reference:
        origin = {"isPartOf": dataset, "license": licence} if licence and path in downloaded else {}
        return entities.add_result(path, digest, **origin)

    actions = [add_job(entities, job, add_file, own.get(job.record["key"].get("model"), [])) for job in jobs]
    crate.mainEntity = files["Snakefile"]
    describe_workflow(entities, files, stages, configuration)
    run, engine = add_whole_run(entities, jobs, actions, [configuration, dataset])
    crate.root_dataset["mentions"] = [run, engine, *(action.job for action in actions)]
    _write(crate, folder)


def _add_dataset(entities: Entities, data: dict[str, Any]) -> tuple[Reference, Reference | None]:
    """Add the dataset and its licence, which is not known of the user's own."""
    source = datasets.described(data["dataset"])
    licence = entities.add(source.licence_url, "CreativeWork", name=source.licence) if source.licence else None
    known = {"creator": source.creator, "url": source.url, "license": licence}
    dataset = entities.add(
        "#dataset",
        "Dataset",
        name=source.title,
        description=data["source"],
        identifier=f"sha256:{data['dataset_sha256']}",
        **_corrected(entities, data),
        **{name: value for name, value in known.items() if value},
    )
    return dataset, licence


def _corrected(entities: Entities, data: dict[str, Any]) -> dict[str, Any]:
    """What is said of a dataset whose test images have corrected labels: from which dataset it came, and by which
    file. Nothing of any other."""
    corrections = recorded(data)
    if corrections is None:
        return {}
    name = Path(data["corrections"]["file"]).name
    about = {"name": name, "description": f"Test labels: {corrections}.", "encodingFormat": "text/csv"}
    file = entities.add("#corrections", "File", sha256=corrections.sha256, **about)
    before = entities.add(
        "#given-dataset",
        "Dataset",
        name=f"{data['dataset']} with the labels as given",
        identifier=f"sha256:{data['corrections']['given_dataset_sha256']}",
    )
    return {"isBasedOn": [before, file]}


def _add_configuration(crate: ROCrate, results: Path, variants: list[str]) -> Reference:
    content = to_json({name: read_json(results / name / "config.json") for name in variants})
    file = crate.add_file(
        io.StringIO(content),
        "configuration.json",
        properties={
            "name": "The complete configuration of every variant",
            "encodingFormat": "application/json",
            "exampleOfWork": {"@id": "#parameter-configuration"},
        },
    )
    return {"@id": file.id}


def _write(crate: ROCrate, folder: Path) -> None:
    with atomic_folder(folder, replace=True) as temporary:
        crate.write(temporary)
