"""The comparison's run and the report, by the real client: what they hold, made twice, of other variants, cut."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mnist_viz.compare import compare as compared
from mnist_viz.compare import load
from mnist_viz.store.comparisons import KINDS
from mnist_viz.verify import verify
from mnist_viz.wandb_report.answers import MOST_PICTURES, PICTURES, WORST
from tests.conftest import Project
from tests.wandb_server import Server
from tests.wandb_server.reports import compare, report, told
from tests.wandb_server.state import Run
from tests.wandb_server.uploads import environment, train, upload

VARIANTS = ("baseline", "double")
PLACE = ("person", "mnist-viz")
Reported = tuple[Path, Server]


@pytest.fixture(scope="module")
def reported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reported]:
    """A project of two uploaded variants with its report, and the server that has them. What tests add to it stays."""
    root = tmp_path_factory.mktemp("reported") / "project"
    shutil.copytree(trained, root)
    train(root, "double", l1_size=3)
    compare(root, *VARIANTS)
    with Server() as running:
        for variant in VARIANTS:
            done = upload(root, variant, running)
            assert done.status == 0, done.text
        done = report(root, running, *VARIANTS)
        assert done.status == 0, done.text
        assert re.search(r"^report  http://\S+$", done.text, re.MULTILINE)
        yield root, running
    assert running.defects == []


def own_run(root: Path, server: Server) -> Run:
    """The comparison's run that the receipt names."""
    run = server.state.run(*PLACE, told(root)["run"])
    assert run is not None
    return run


def blocks(root: Path, server: Server) -> list[dict[str, Any]]:
    """What the report that the receipt names is made of."""
    found: list[dict[str, Any]] = json.loads(server.state.views[told(root)["report"]["id"]].spec)["blocks"]
    return found


def text_of(block: dict[str, Any]) -> str:
    return "".join(child["text"] for child in block["children"])


def test_the_run_uses_the_dataset_and_every_epochs_predictions(reported: Reported) -> None:
    root, server = reported
    run = own_run(root, server)
    used = sorted(f"{made.collection}:v{made.version}" for made in map(server.state.artifact, run.used))
    predictions = [f"predictions-{variant}:v{version}" for variant in VARIANTS for version in (0, 1)]
    assert used == sorted([*predictions, "sample:v0"])
    assert set(told(root)["used"]) == {f"person/mnist-viz/{name}" for name in used}
    assert (run.fields["jobType"], run.state) == ("comparison", "finished")
    assert run.config["variants"]["value"] == list(VARIANTS)


@pytest.mark.parametrize("name", KINDS)
def test_a_logged_table_is_the_parquet_table_with_pictures(reported: Reported, name: str) -> None:
    root, server = reported
    files = server.files("comparison-sample:latest")
    logged = json.loads(files[f"{name}.table.json"])
    whole = pl.read_parquet(root / "results" / "comparison" / f"{name}.parquet")
    whole = whole.sort(WORST[name], descending=True, maintain_order=True).head(1000)
    assert logged["columns"] == [*whole.columns, *PICTURES[name]]
    assert [tuple(row[: whole.width]) for row in logged["data"]] == [
        tuple([*value] if isinstance(value, list) else value for value in row) for row in whole.rows()
    ]
    assert told(root)["tables"][name] == {"rows": len(whole), "left_out": 0} and len(whole) > 0
    pictures = {row["id"]: row["image"]["bytes"] for row in pl.read_parquet(root / "results/images.parquet").to_dicts()}
    for row in logged["data"]:
        for place, source in enumerate(PICTURES[name].values(), whole.width):
            numbers = row[whole.columns.index(source)]
            cells = row[place] if isinstance(numbers, list) else [row[place]]
            wanted = numbers[:MOST_PICTURES] if isinstance(numbers, list) else [numbers]
            assert [files[cell["path"]] for cell in cells] == [pictures[number] for number in wanted]
    kinds = json.loads(json.dumps(logged["column_types"]))["params"]["type_map"]
    for column in PICTURES[name]:
        assert "image-file" in json.dumps(kinds[column])


def test_pictures_are_those_of_the_dataset(reported: Reported) -> None:
    _, server = reported
    found = server.state.named(*PLACE, "comparison-sample:latest")
    assert found is not None
    pictures = [entry for path, entry in found.manifest["contents"].items() if path.endswith(".png")]
    assert pictures and all("ref" in entry for entry in pictures)


def selected(server: Server, grid: dict[str, Any]) -> list[Run]:
    """The runs that a panel grid's filter leaves."""
    (chosen,) = grid["metadata"]["runSets"]
    assert chosen["project"] == {"name": "mnist-viz", "entityName": "person", "id": "1"}
    (condition,) = chosen["filters"]["filters"]
    assert (condition["key"], condition["op"]) == ({"section": "run", "name": "name"}, "IN")
    return [run for run in server.state.runs.values() if run.name in condition["value"]]


def check_panel(server: Server, panel: dict[str, Any], runs: list[Run]) -> str:
    """What a panel shows is in every run that it is of. Returns the panel's kind."""
    kind, config = panel["viewType"], panel["config"]
    if kind == "Run History Line Plot":
        keys = {*config["metrics"], *({config["xAxis"]} if "xAxis" in config else ())} - {"_step"}
        for run in runs:
            assert any(keys - {"epoch"} <= row.keys() for row in run.rows())
            assert all(any(key in row for row in run.rows()) for key in keys)
    elif kind == "Vega2":
        (asked,) = config["userQuery"]["queryFields"]
        (table,) = [each for each in asked["fields"] if each["name"] == "summaryTable"]
        ((key),) = [argument["value"] for argument in table["args"] if argument["name"] == "tableKey"]
        for run in runs:
            (logged,) = [row[key] for row in run.rows() if key in row]
            assert logged["_type"] == "table-file"
            assert set(config["fieldSettings"].values()) <= set(json.loads(run.files[logged["path"]])["columns"])
            check_chart(config, run, key.removesuffix("_table"))
    else:
        assert kind == "Weave"
        inputs = config["panel2Config"]["exp"]["fromOp"]["inputs"]
        of = inputs["artifactVersion"]["fromOp"]["inputs"]
        found = server.state.named(*PLACE, f"{of['artifactName']['val']}:{of['artifactVersionAlias']['val']}")
        assert found is not None and inputs["path"]["val"] in found.manifest["contents"]
        assert [run.id for run in runs] == [found.run]
        (name, _) = inputs["path"]["val"].split(".", 1)
        assert any(name in row for run in runs for row in run.rows())
    return kind


def check_chart(config: dict[str, Any], run: Run, key: str) -> None:
    """The report draws a chart as W&B's client has logged it in the run; but for the order and number of rows."""
    own = run.config["_wandb"]["value"]["visualize"][key]["panel_config"]
    assert {**config, "userQuery": 0} == {**own, "userQuery": 0}
    assert config["panelDefId"] in ("wandb/line/v0", "wandb/bar/v0")
    (ours,), (theirs,) = (each["userQuery"]["queryFields"] for each in (config, own))
    assert {each["name"]: each for each in ours["fields"]} == {each["name"]: each for each in theirs["fields"]}
    assert [each for each in ours["args"] if each["name"] != "limit"] == theirs["args"]


def test_what_each_panel_shows_is_in_the_runs_that_its_filter_selects(reported: Reported) -> None:
    root, server = reported
    grids = [block for block in blocks(root, server) if block["type"] == "panel-grid"]
    variants = [run for run in server.state.runs.values() if run.display_name in VARIANTS]
    assert [selected(server, grid) for grid in grids] == [variants, *[[own_run(root, server)]] * 3]
    kinds = []
    for grid in grids:
        panels = grid["metadata"]["panelBankSectionConfig"]["panels"]
        kinds.append([check_panel(server, panel, selected(server, grid)) for panel in panels])
    assert kinds == [["Run History Line Plot"] * 2, ["Weave"], ["Vega2", "Weave"], ["Vega2", "Weave"]]


def test_the_text_has_the_numbers_of_compare_and_the_metrics(reported: Reported) -> None:
    root, server = reported
    texts = [text_of(block) for block in blocks(root, server) if block["type"] == "paragraph"]
    assert "The predictions of 2 variants on the test images of sample" in texts[1]
    disagreements, over_time, by_guess = texts[2:5]
    a, b, count, only_a, only_b = re.match(
        r"(\S+) and (\S+) disagree the most, on ([\d,]+) images of 1,000: ([\d,]+) only \1 gets right, ([\d,]+) only",
        disagreements,
    ).groups()
    printed = compared(load(root / "results", a), load(root / "results", b))
    assert f"\n{count} images have different guesses" in printed
    cells = [line.split()[2:] for line in printed.splitlines()[1:3]]
    assert (cells[0][1], cells[1][0]) == (only_a, only_b)
    last = {}
    for variant in VARIANTS:
        last[variant] = pl.read_parquet(root / "results" / variant / "metrics.parquet")["errors"][-1]
    best = min(last, key=lambda variant: last[variant])
    assert f"{best} makes the fewest errors after its last epoch, {last[best]:,} of 1,000" in over_time
    rows = pl.read_parquet(root / "results" / "comparison" / "errors_by_guess.parquet")
    most = rows.sort("count", descending=True, maintain_order=True).row(0, named=True)
    assert f"of {most['variant']}, which takes a {most['truth']} for a {most['guess']} on {most['count']}" in by_guess
    headings = [text_of(block) for block in blocks(root, server) if block["type"] == "heading"]
    assert len(headings) == 4 and "where do they disagree" in headings[1]


def test_made_twice_it_is_one_run_and_one_report(reported: Reported) -> None:
    root, server = reported
    first, sent, views = told(root), server.uploaded, len(server.state.views)
    before = [server.count(change) for change in ("UpsertBucket", "CreateArtifact", "UseArtifact", "file_stream")]
    history, saved = list(own_run(root, server).history), server.count("upsertView")
    (root / "results" / "wandb_report.json").unlink()
    done = report(root, server, *VARIANTS)
    assert done.status == 0, done.text
    assert {**told(root), "began": 0, "ended": 0, "sha256": 0} == {**first, "began": 0, "ended": 0, "sha256": 0}
    assert len(server.state.views) == views and server.count("upsertView") == saved + 1
    after = [server.count(change) for change in ("UpsertBucket", "CreateArtifact", "UseArtifact", "file_stream")]
    assert after == before and server.uploaded == sent and own_run(root, server).history == history


def test_a_run_that_was_cut_is_completed(reported: Reported) -> None:
    root, server = reported
    run = own_run(root, server)
    run.state, run.used = "crashed", run.used[:1]
    done = report(root, server, *VARIANTS)
    assert done.status == 0, done.text
    assert run.state == "finished" and len(run.used) == 5


def test_other_variants_are_another_run_and_the_report_shows_it(reported: Reported) -> None:
    root, server = reported
    before, views = told(root), len(server.state.views)
    compare(root, "baseline")
    done = report(root, server, "baseline")
    assert done.status == 0, done.text
    after = told(root)
    assert after["run"] != before["run"] and after["report"] == before["report"]
    assert len(server.state.views) == views
    grids = [block for block in blocks(root, server) if block["type"] == "panel-grid"]
    assert [[run.display_name for run in selected(server, grid)] for grid in grids] == [
        ["baseline"],
        *[["comparison of 1 variant"]] * 3,
    ]
    compare(root, *VARIANTS)
    done = report(root, server, *VARIANTS)
    assert done.status == 0, done.text
    assert told(root)["run"] == before["run"] and len(server.state.views) == views
    found = server.state.named(*PLACE, "comparison-sample:latest")
    assert f"comparison-sample:v{found.version}" == told(root)["artifact"]["name"] == before["artifact"]["name"]


def test_what_w_and_b_has_no_more_is_named_with_what_to_do(reported: Reported) -> None:
    root, server = reported
    lost = server.state.named(*PLACE, "predictions-double:v1")
    run = own_run(root, server)
    run.state, lost.collection = "crashed", "hidden"
    kept = server.state.aliases.pop((*PLACE, "predictions-double"))
    done = report(root, server, *VARIANTS)
    assert done.status == 1 and "W&B has person/mnist-viz/predictions-double:v" in done.text
    assert "--forcerun upload_variant" in done.text and run.state == "crashed"
    server.state.aliases[(*PLACE, "predictions-double")] = kept
    lost.collection = "predictions-double"
    done = report(root, server, *VARIANTS)
    assert done.status == 0 and run.state == "finished", done.text


def test_a_wrong_key_is_said_at_once(reported: Reported) -> None:
    root, server = reported
    done = report(root, server, *VARIANTS, WANDB_API_KEY="f" * 40)
    assert done.status == 1 and "upload of the report: W&B at " in done.text and "Set WANDB_API_KEY" in done.text


def test_nothing_tells_where_it_was_made_and_nothing_stays(reported: Reported) -> None:
    root, server = reported
    run = own_run(root, server)
    sent = [*server.seen, *run.files.values(), *server.state.blobs.values(), *map(str.encode, run.history)]
    assert [content for content in sent if str(root).encode() in content] == []
    assert not list((root / "results" / "wandb").glob(f"run-*-{run.name}"))


def test_a_report_of_another_title_is_left_alone(reported: Reported) -> None:
    root, server = reported
    view = server.state.views[told(root)["report"]["id"]]
    view.display_name, spec = "mine now", view.spec
    done = report(root, server, *VARIANTS)
    assert done.status == 0, done.text
    assert told(root)["report"]["id"] != view.id and (view.display_name, view.spec) == ("mine now", spec)


@pytest.mark.parametrize(("mode", "wanted"), [("offline", True), ("disabled", True), ("online", False)])
def test_nothing_is_made_where_it_is_off(reported: Reported, mode: str, wanted: bool) -> None:
    root, server = reported
    asked = len(server.requests)
    done = report(root, server, *VARIANTS, mode=mode, wanted=wanted)
    assert done.status == 0 and "no report: " in done.text, done.text
    assert told(root)["report"] is None and len(server.requests) == asked


def test_a_whole_run_makes_it_once(project: Project, server: Server) -> None:
    reach = {**environment(project.folder, server), "WANDB_MODE": "online"}
    outcome = project.snakemake(**{name: reach[name] for name in (*server.environment(), "NETRC", "WANDB_MODE")})
    assert outcome.status == 0, outcome.text
    results = project.folder / "demo" / "results"
    (view,) = server.state.views.values()
    receipt = json.loads((results / "wandb_report.json").read_text())
    assert receipt["report"]["id"] == view.id and f"report    {receipt['report']['url']}\n" in outcome.text
    crate = (results / "provenance" / "ro-crate-metadata.json").read_text()
    assert "results/wandb_report.json" in crate
    assert project.dry_run(**{**server.environment(), "WANDB_MODE": "online"}) == set()
    assert {finding.status for finding in verify(project.folder / "demo")} == {"intact"}


def test_offline_uploads_have_no_report(root: Path, server: Server) -> None:
    assert upload(root, "baseline", None, mode="offline").status == 0
    compare(root, "baseline")
    done = report(root, server, "baseline")
    assert done.status == 1 and "is of an upload in mode offline. Upload first: WANDB_MODE=online" in done.text
    assert server.requests == [] and not (root / "results" / "wandb_report.json").exists()
