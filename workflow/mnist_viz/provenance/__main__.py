"""The command: `python -m mnist_viz.provenance`."""

import argparse
import json
from pathlib import Path

from mnist_viz import provenance
from mnist_viz.job import frame, records
from mnist_viz.job.log import logger
from mnist_viz.provenance.crate import build
from mnist_viz.provenance.jobs import Job
from mnist_viz.store.corrections import entry, recorded
from mnist_viz.store.files import sha256


def read_job(path: Path) -> Job:
    """The job of a record."""
    record = records.read(path)
    inputs, outputs = (
        {records.beside(path, name): digest for name, digest in record[files].items()}
        for files in ("inputs", "outputs")
    )
    return Job(path, record, inputs, outputs)


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the crate anew."""
    results, variants, folder = arguments.results, arguments.variants, arguments.folder
    data = records.read(results / "data.json")
    paths = provenance.described(data["dataset"], variants, arguments.reported, arguments.maps)
    jobs = [read_job(results.parent / path) for path in paths]
    build(results, variants, arguments.models, data, jobs, folder)
    outputs = sorted(path for path in folder.rglob("*") if path.is_file())
    inputs = {job.path: sha256(job.path) for job in jobs}
    logger.info("%s: an RO-Crate of %d jobs", folder, len(jobs))
    config = {"variants": variants, "reported": arguments.reported}
    config |= {"maps": arguments.maps} if arguments.maps else {}
    return frame.Made(inputs, outputs, config, {"dataset": data["dataset"], **entry(recorded(data))})


def main() -> None:
    parser = frame.parser("provenance", "Write the provenance of all results as an RO-Crate.")
    parser.add_argument("--results", type=Path, required=True, help="the results folder")
    parser.add_argument("--variants", nargs="+", required=True, help="the variants' names")
    parser.add_argument("--models", nargs="*", default=[], help="the variants' models, as the configuration names them")
    parser.add_argument("--folder", type=Path, required=True, help="the crate's folder, made anew")
    parser.add_argument(
        "--reported",
        type=json.loads,
        default=False,
        metavar="true|false",
        help="whether the run makes a report in Weights & Biases (default: false)",
    )
    parser.add_argument("--maps", nargs="+", default=[], help="the variants that have a map")
    frame.run("provenance", parser, work)


if __name__ == "__main__":
    main()
