"""Measure what uploads cost, in bytes and requests, and say what those of a large sweep would.

`python -m tests.uploads.cost --folder FOLDER`, where FOLDER holds `results` and `resources` of a finished run with two
variants or more, uploads them one after the other to the stand-in server, once for each choice of tables. What the
first costs more than the second is the dataset. The rest is counted as proportional to variants and epochs: an upload
depends on no other variant. Nothing is written to FOLDER.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.wandb_server import Server
from tests.wandb_server.uploads import receipt, upload

CHOICES = {
    "all epochs, logged (the default)": {"epochs": "all", "logged": True},
    "all epochs, not logged": {"epochs": "all", "logged": False},
    "first and last, not logged": {"epochs": "first and last", "logged": False},
    "last, logged": {"epochs": "last", "logged": True},
    "last, not logged": {"epochs": "last", "logged": False},
}
VARIANTS = 1000


class Cost(NamedTuple):
    """What an upload cost: bytes of files and of requests sent, bytes read back, requests, seconds."""

    files: int
    bodies: int
    back: int
    requests: int
    seconds: float


def measure(root: Path, variant: str, server: Server, tables: dict[str, object]) -> Cost:
    """Upload a variant."""

    def counters() -> tuple[int, int, int, int, float]:
        bodies = sum(map(len, server.seen))
        return server.uploaded, bodies, server.downloaded, len(server.requests), time.monotonic()

    before = counters()
    done = upload(root, variant, server, patience=600, tables=tables)
    assert done.status == 0, done.text
    return Cost(*(now - then for now, then in zip(counters(), before, strict=True)))


def show(what: str, cost: Cost) -> None:
    """Print a line."""
    files, bodies, back = (count / 1e6 for count in cost[:3])
    print(
        f"  {what}: {files:,.1f} MB of files, {bodies:,.1f} MB of requests' bodies, {back:,.1f} MB read back, "
        f"{cost.requests:,.0f} requests, {cost.seconds:,.0f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.uploads.cost", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where results and resources of a finished run are")
    source = parser.parse_args().folder
    variants = sorted((path.parent.name for path in source.glob("results/*/predictions.parquet")), reverse=True)
    for name, tables in CHOICES.items():
        with tempfile.TemporaryDirectory() as temporary, Server() as server:
            root = Path(temporary)
            for folder in ("results", "resources"):
                left = shutil.ignore_patterns("wandb", "wandb.json", "resume", "explorer.html", "train.safetensors")
                shutil.copytree(source / folder, root / folder, ignore=left)
            print(name)
            costs = [measure(root, variant, server, tables) for variant in variants]
            for variant, cost in zip(variants, costs, strict=True):
                show(f"{variant}, {receipt(root, variant)['history_rows']:,} rows of history", cost)
            first, *_, last = costs
            all_of_them = (one + (VARIANTS - 1) * each for one, each in zip(first, last, strict=True))
            show(f"{VARIANTS:,} variants as the last", Cost(*all_of_them))
            assert server.defects == []


if __name__ == "__main__":
    main()
