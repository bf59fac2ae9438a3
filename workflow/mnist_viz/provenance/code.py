"""The workflow in the crate: its files, the commands of its stages, and the Snakefile that joins them."""

import io
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rocrate.rocrate import ROCrate

from mnist_viz.provenance.entities import Entities, Reference
from mnist_viz.provenance.formats import media_type
from mnist_viz.stages import stage
from mnist_viz.store.files import sha256

PACKAGE = Path(__file__).parents[1]
PROJECT = PACKAGE.parents[1]
CODE = ("Snakefile", "environment.yml", "pyproject.toml", "LICENSE", "CITATION.cff")  # and all of workflow/
MIT = "https://spdx.org/licenses/MIT"


def tool(stage: str) -> str:
    """The file in the crate that is the command of a stage."""
    folder = PACKAGE / stage
    path = folder / "__main__.py" if folder.is_dir() else PACKAGE / f"{stage}.py"
    return path.relative_to(PROJECT).as_posix()


def copy_files(crate: ROCrate, stages: list[str], commits: list[str]) -> dict[str, Any]:
    """Add the workflow's files to the crate, and say which are the tools of `stages`. The entities are by path."""
    commit = ", ".join(commits) or "not under version control"
    found = [PROJECT / name for name in CODE if (PROJECT / name).exists()]
    found += sorted(path for path in (PROJECT / "workflow").rglob("*") if path.is_file() and path.suffix != ".pyc")
    tools = {tool(name): name for name in stages}
    files = {}
    for path in found:
        place = path.relative_to(PROJECT).as_posix()
        properties: dict[str, Any] = {"name": place, "license": {"@id": MIT}, "sha256": sha256(path)}
        properties["encodingFormat"] = media_type(path, "text/plain")
        if place in tools:
            properties |= {
                "@type": ["File", "SoftwareSourceCode"],
                "name": f"mnist_viz.{tools[place]}",
                "description": stage(tools[place]).description,
                "version": commit,
            }
        if place == "Snakefile":
            properties |= {
                "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
                "name": "mnist-viz",
                "description": "Train variants of an MNIST classifier and compare them.",
                "version": commit,
            }
        # By its bytes: to copy a file is to set its mode, too, which not every disk allows and no umask has agreed to.
        files[place] = crate.add_file(io.BytesIO(path.read_bytes()), place, properties=properties)
    return files


def describe_workflow(entities: Entities, files: dict[str, Any], stages: list[str], configuration: Reference) -> None:
    """Say of the Snakefile what a workflow is: its language, its tools and steps, its parameter."""
    workflow = files["Snakefile"]
    engine = {"name": "Snakemake", "url": {"@id": "https://snakemake.github.io"}}
    workflow["programmingLanguage"] = entities.add(
        "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
        "ComputerLanguage",
        identifier={"@id": "https://doi.org/10.12688/f1000research.29032.1"},
        version=version("snakemake"),
        **engine,
    )
    entities.add(
        "https://snakemake.readthedocs.io", "SoftwareApplication", softwareVersion=version("snakemake"), **engine
    )
    workflow["conformsTo"] = {"@id": "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"}
    workflow["hasPart"] = [files[tool(name)] for name in stages]
    workflow["step"] = [
        entities.add(f"#step-{name}", "HowToStep", name=name, position=str(position), workExample={"@id": tool(name)})
        for position, name in enumerate(stages)
    ]
    workflow["input"] = [
        entities.add(
            "#parameter-configuration",
            "FormalParameter",
            name="configuration",
            description="The variants to train and compare.",
            additionalType="File",
            valueRequired="true",
            workExample=configuration,
            conformsTo={"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"},
        )
    ]
