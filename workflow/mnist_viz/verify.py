"""Rehash all of resources/ and results/ and say, file by file, whether it is what its stage made.

intact: the SHA-256 is the recorded one. changed: it is not. missing: a record names it, or it is the record of files
that are there. outdated: it is as it was made, but what it was made from has been made anew, differently. untrue: it is
as recorded, but contradicts itself, its record or the dataset. unknown: no record names it. If any is changed, missing,
outdated or untrue, the exit status is 1.
"""

import argparse
import os
import shlex
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mnist_viz import datasets
from mnist_viz.job import divergence, log, records, remedy
from mnist_viz.stages import STAGES
from mnist_viz.store.files import sha256
from mnist_viz.terminal import show
from mnist_viz.verification.chain import broken
from mnist_viz.verification.content import contradictions

STAGE_OF = {Path(stage.record).name: stage.name for stage in STAGES}  # by a record's file name
NO_OUTPUT = ["results/wandb", "results/*/resume"]
WRONG = ("changed", "missing", "outdated", "untrue")


class Finding(NamedTuple):
    """What is known of one file."""

    status: str
    path: Path
    record: Path | None
    """The record of the stage that made it, if any did."""
    detail: str = ""
    """What is wrong with it; of an intact record that its variant diverged."""


def verify(root: Path) -> list[Finding]:
    """Findings of every file under `root`/resources and `root`/results, in the order of the stages.

    W&B's own files (results/wandb/), what a stopped training continues from (results/{variant}/resume/) and hidden
    files are left out.
    """
    contents: dict[Path, records.Record] = {}
    findings = []
    for path in _records(root):
        try:
            contents[path] = records.read(path)
        except ValueError:
            findings.append(Finding("changed" if os.path.lexists(path) else "missing", path, path))
    made = {
        records.beside(path, name): (path, digest)
        for path, content in contents.items()
        for name, digest in content["outputs"].items()
    }
    with ThreadPoolExecutor() as pool:
        findings += pool.map(lambda item: _examine(item[0], *item[1]), made.items())
    findings += [_examine_record(root, contents, path) for path in contents]
    untrue = contradictions(root, contents, {finding.path for finding in findings if finding.status == "intact"})
    findings = [_judged(finding, untrue.get(finding.path, ""), contents.get(finding.path, {})) for finding in findings]
    order: dict[Path | None, int] = {path: number for number, path in enumerate(_records(root))}
    findings.sort(key=lambda finding: (order[finding.record], finding.path != finding.record, finding.path))
    known = {finding.path for finding in findings}
    return findings + [Finding("unknown", path, None) for path in _files(root) if path not in known]


def _records(root: Path) -> list[Path]:
    """The records that are there and those of files that are there, in the order of the stages."""
    found: dict[Path, None] = {}
    for stage in STAGES:
        record = Path(stage.record)
        variant = record.parts.index("{variant}") if stage.of_variants else None
        for pattern in (stage.record, *stage.outputs):
            for path in sorted(root.glob(pattern.format(variant="*"))):
                own = None if variant is None else path.relative_to(root).parts[variant]
                found[root / stage.record_of(own)] = None
    return list(found)


def _examine(path: Path, record: Path, digest: str) -> Finding:
    if path.is_file():
        return Finding("intact" if sha256(path) == digest else "changed", path, record)
    return Finding("changed" if os.path.lexists(path) else "missing", path, record)


def _examine_record(root: Path, contents: dict[Path, records.Record], path: Path) -> Finding:
    said = broken(root, contents, path)
    return Finding("outdated" if said else "intact", path, path, said)


def _judged(finding: Finding, untrue: str, content: records.Record) -> Finding:
    """The finding of a file that contradicts what is known if `untrue` says so; `content` is that of a record."""
    if finding.status != "intact":
        return finding
    if untrue:
        return finding._replace(status="untrue", detail=untrue)
    diverged = divergence.of(content) if "key" in content and content["stage"] in divergence.STAGES else None
    return finding._replace(detail=f"diverged, with {diverged}") if diverged else finding


def _files(root: Path) -> Iterator[Path]:
    left_out = {path for pattern in NO_OUTPUT for path in root.glob(pattern)}
    for top in ("resources", "results"):
        seen = set()  # by what they are: a link may lead to a folder above it
        for folder, folders, names in os.walk(root / top, followlinks=True):
            here = Path(folder)
            if (known := here.resolve()) in seen:
                folders.clear()
                continue
            seen.add(known)
            folders[:] = sorted(name for name in folders if here / name not in left_out)
            yield from (here / name for name in sorted(names) if not name.startswith("."))


def describe(finding: Finding) -> str:
    """The finding as a line: status, path, stage; if it is wrong, why and the command that makes it anew."""
    line = f"{finding.status:<8}  {finding.path}"
    if finding.record is None:
        return line
    line += f"  ({STAGE_OF[finding.record.name]})"
    line += f": {finding.detail}" if finding.detail else ""
    if finding.status in WRONG:
        in_the_way = finding.path.is_dir() or finding.path.is_symlink()
        remove = f"rm -r {shlex.quote(str(finding.path))} && " if in_the_way else ""
        line += f"\n          {remove}{remedy.command(finding.record)}"
    return line


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m mnist_viz.verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="*", help="where resources/ and results/ are: ., demo, own/*")
    arguments = parser.parse_args()
    log.start(None)
    roots = arguments.folders or [Path(), Path("demo"), *sorted(Path(datasets.OWN).glob("*"))]
    roots = [root for root in roots if (root / "results").is_dir() or (root / "resources").is_dir()]
    if not roots:
        raise ValueError("there is no folder resources or results here; nothing has been made yet")
    findings = [finding for root in roots for finding in verify(root)]
    show("\n".join(map(describe, findings)))
    counts = Counter(finding.status for finding in findings)
    show(f"{len(findings):,} files: " + ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())))
    if any(counts[status] for status in WRONG):
        parser.exit(1, "Run the commands above from the top, then your own, as before, for what follows from them.\n")


if __name__ == "__main__":
    main()
