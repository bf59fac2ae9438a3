"""Upload a finished run of config.yaml at its full size to the stand-in server, and compare everything that arrived.

`python -m tests.uploads.full --folder FOLDER`, where FOLDER holds `results` and `resources` of a finished run. Every
cell of every table, every image, every checkpoint and every history row that the server has is compared with the
Parquet and safetensors files. Then everything is uploaded once more, which has to change nothing. Nothing is written
to FOLDER; times and peak memory are printed.
"""

import argparse
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import psutil

from mnist_viz.store import tables
from tests.wandb_server import Server
from tests.wandb_server.uploads import begin, end, receipt


def peak_memory(process: psutil.Process, found: list[int]) -> None:
    """Append what the process and its children have in memory (bytes), until it ends."""
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            members = [process, *process.children(recursive=True)]
            found.append(sum(member.memory_info().rss for member in members))
        except psutil.NoSuchProcess:
            continue
        time.sleep(0.2)


def upload(root: Path, variant: str, server: Server) -> None:
    """Upload a variant and say how long it took."""
    sent, started, found = server.uploaded, time.monotonic(), [0]
    process = begin(root, variant, server, patience=600)
    threading.Thread(target=peak_memory, args=(psutil.Process(process.pid), found), daemon=True).start()
    done = end(process, 900)
    assert done.status == 0, done.text
    print(
        f"{variant}: {time.monotonic() - started:.0f} s, {max(found) / 2**20:,.0f} MiB at most, "
        f"{(server.uploaded - sent) / 2**20:,.1f} MiB sent",
        flush=True,
    )


def compare(root: Path, variant: str, server: Server, images: dict[str, bytes]) -> dict[str, int]:
    """Compare all of a variant. Returns how much was compared."""
    folder = root / "results" / variant
    told = receipt(root, variant)
    run = server.state.run("person", "mnist-viz", told["run"])
    history, metrics = (pl.read_parquet(folder / f"{name}.parquet") for name in ("history", "metrics"))
    rows = run.rows()
    assert [row["loss"] for row in rows if "loss" in row] == history["loss"].to_list()
    assert [row["_step"] for row in rows] == list(range(1, history.height + metrics.height + 1))
    assert [row["_step"] for row in rows if "epoch" in row] == [
        epoch * (history.height // metrics.height + 1) for epoch in metrics["epoch"]
    ]
    evaluated = [(row["epoch"], row["accuracy"], row["errors"], row["test_loss"]) for row in rows if "epoch" in row]
    assert evaluated == metrics.select("epoch", "accuracy", "errors", "loss").rows()
    (dataset,) = (server.state.artifacts[used] for used in run.used)
    assert f"{dataset.collection}:v{dataset.version}" == told["lineage"]["input"]
    counts = {"history rows": len(rows), "cells": 0, "images": 0, "checkpoint bytes": 0}
    every = pl.read_parquet(folder / "predictions.parquet")
    for epoch in metrics["epoch"]:
        checkpoint = (folder / "checkpoints" / f"epoch_{epoch:03d}.safetensors").read_bytes()
        assert server.files(f"model-{variant}:epoch-{epoch}") == {"model.safetensors": checkpoint}
        predicted = server.files(f"predictions-{variant}:epoch-{epoch}")
        made = server.state.named("person", "mnist-viz", f"predictions-{variant}:epoch-{epoch}")
        assert server.state.run_by_id(made.run) is run
        table: dict[str, Any] = json.loads(predicted["test_predictions.table.json"])
        wanted = every.filter(pl.col("epoch") == epoch).select("id", "guess", "truth", *tables.SCORES).rows()
        assert [(row[0], *row[2:]) for row in table["data"]] == wanted
        for row in table["data"]:
            assert predicted[row[1]["path"]] == images[f"images/{row[0]:05d}.png"]
        counts["cells"] += len(wanted) * len(table["columns"])
        counts["images"] += len(wanted)
        counts["checkpoint bytes"] += len(checkpoint)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.uploads.full", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where results and resources of a finished run are")
    source = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as temporary, Server() as server:
        root = Path(temporary)
        for name in ("results", "resources"):
            ignored = shutil.ignore_patterns("wandb", "wandb.json", "resume", "explorer.html", "train.safetensors")
            shutil.copytree(source / name, root / name, ignore=ignored)
        variants = sorted(path.parent.name for path in root.glob("results/*/predictions.parquet"))
        pictures = pl.read_parquet(root / "results" / "images.parquet")["image"]
        images = {f"images/{picture['path']}": picture["bytes"] for picture in pictures}
        for variant in variants:
            upload(root, variant, server)
        (dataset,) = {receipt(root, variant)["dataset"] for variant in variants}
        stored = server.files(f"{dataset}:latest")
        assert {path: stored[path] for path in images} == images
        for path in sorted((root / "resources" / "mnist" / "raw").glob("*.gz")):
            assert stored[f"raw/{path.name}"] == path.read_bytes()
        for variant in variants:
            counts = compare(root, variant, server, images)
            print(f"{variant}: equal in {', '.join(f'{count:,} {what}' for what, count in counts.items())}", flush=True)
        before, sent = server.state.picture(), server.uploaded
        for variant in variants:
            upload(root, variant, server)
        assert server.state.picture() == before and server.uploaded == sent, "the second upload has changed something"
        assert server.defects == []
    print("a second upload changes nothing")


if __name__ == "__main__":
    main()
