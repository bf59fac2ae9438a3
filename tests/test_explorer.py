"""The explorer's builder, and the comparison in the terminal."""

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from mnist_viz.compare import compare, load, mcnemar
from mnist_viz.explorer import build
from mnist_viz.explorer.bundle import join, script
from mnist_viz.explorer.collect import collect
from mnist_viz.explorer.pack import inert_json
from mnist_viz.explorer.scores import packed, rounded
from mnist_viz.store import tables
from mnist_viz.store.files import read_json, write_json
from tests.explorer.decoded import score_columns
from tests.explorer.generate import generate
from tests.programs import required

ROOT = Path(__file__).parents[1]
HOSTILE = "<script>alert(1)</script>&{{style}}"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    generate(folder, {"baseline": 5, "double": 3}, images=300)
    return folder


class Scripts(HTMLParser):
    """The script elements of a page and its templates: attributes and text of each, as an HTML parser finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "template"):
            self.found.append((dict(attrs), ""))
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("script", "template")

    def handle_data(self, data: str) -> None:
        if self.inside:
            attributes, text = self.found[-1]
            self.found[-1] = (attributes, text + data)

    handle_comment = handle_data


def column(page: str, name: str) -> bytes:
    text = next(text for attributes, text in Scripts(page).found if attributes.get("id") == f"data-{name}")
    return gzip.decompress(base64.b64decode(text))


def test_page_holds_every_guess_exactly_and_every_score_to_its_error(results: Path, tmp_path: Path) -> None:
    build(results, ["double", "baseline"], tmp_path / "explorer.html")
    page = (tmp_path / "explorer.html").read_text()
    order = ["epoch", "id"]
    rows = pl.concat(
        pl.read_parquet(results / name / "predictions.parquet").sort(order) for name in ("double", "baseline")
    )
    assert column(page, "guess") == rows["guess"].to_numpy().tobytes()
    assert column(page, "truth") == rows["truth"][:300].to_numpy().tobytes()
    description = json.loads(next(text for about, text in Scripts(page).found if about.get("id") == "data-description"))
    assert description["completed"] and 2**-17 <= description["scoreError"] < 5e-5
    assert description["order"] == [2, 7, 0, 1, 3, 4, 5, 6]
    found = score_columns(lambda name: column(page, name), 10, description["order"], completed=True)
    exact = rows.select(tables.SCORES).to_numpy()
    guessed = np.arange(10) == rows["guess"].to_numpy()[:, None]
    assert np.abs(found - exact).max() <= description["scoreError"] + 1e-7
    off = np.abs(found - exact)[~guessed]
    assert off.max() <= 2**-17 and (off <= exact[~guessed] / 16).all() and (exact[~guessed] < 2**-13).any()


def test_scores_of_any_size_keep_their_order() -> None:
    random = np.random.default_rng(0)
    scores = (10.0 ** random.uniform(-44, 0, (3, 500))).astype(np.float32)
    scores[0, :6] = [0, 1, 2**-13, 2**-126, 1e-44, 1 - 2**-24]
    content = {"guess": bytes(scores.size), "score_0": packed(scores, None)}
    kept = rounded(scores)
    assert (score_columns(content.__getitem__, 1, order=range(3), completed=False)[:, 0] == kept.ravel()).all()
    order = np.argsort(scores, axis=None)
    assert (np.diff(kept.ravel()[order]) >= 0).all()
    assert kept[0, :6].tolist() == [0, 1, 2**-13, 2**-126, 0, 1]
    large = scores >= 2**-126
    assert (np.abs(kept - scores) <= np.minimum(scores / 16, 2**-17))[large].all() and not kept[~large].any()


def test_the_same_tables_give_the_same_page(results: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(results, ["baseline"], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_rows_in_any_order_give_the_same_page(results: Path, tmp_path: Path) -> None:
    shuffled = tmp_path / "results"
    shutil.copytree(results, shuffled)
    path = shuffled / "baseline" / "predictions.parquet"
    table = tables.read(path, tables.PREDICTIONS)
    columns = {
        name: table[name].take(np.random.default_rng(1).permutation(len(table))).to_pylist()
        for name in table.column_names
    }
    tables.write(path, columns, tables.PREDICTIONS, "sample")
    for folder, name in ((results, "one"), (shuffled, "two")):
        build(folder, ["baseline"], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_images_without_a_truth_are_kept_and_said(results: Path, tmp_path: Path) -> None:
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    for path, kind in (("images.parquet", tables.images), ("baseline/predictions.parquet", tables.predictions)):
        table = tables.read(copy / path, kind)
        truth = np.where(np.isin(table["id"].to_numpy(), [3, 7]), tables.MISSING, tables.truth(table))
        columns = {name: table[name] for name in table.column_names} | {"truth": tables.labels(truth, 10)}
        tables.write(copy / path, columns, kind, "sample")
    kept, whole = collect(copy, ["baseline"]), collect(results, ["baseline"])
    assert kept.truth[[3, 7]].tolist() == [10, 10] and kept.notes == (
        "images whose truth is not known, which are shown and never counted: 2",
    )
    known = np.delete(np.arange(300), [3, 7])
    assert (kept.truth[known] == whole.truth[known]).all() and (kept.guess == whole.guess).all()
    assert whole.notes == ()


def test_text_from_data_is_inert(results: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "results"
    shutil.copytree(results, hostile)
    config = hostile / "baseline" / "config.json"
    write_json(config, read_json(config) | {"note": HOSTILE, "<!--<script>": "]]>"})
    build(hostile, ["baseline"], tmp_path / "explorer.html")
    build(results, ["baseline"], tmp_path / "plain.html")
    found = Scripts((tmp_path / "explorer.html").read_text()).found
    plain = Scripts((tmp_path / "plain.html").read_text()).found
    assert [attributes for attributes, _ in found] == [attributes for attributes, _ in plain]
    description = next(text for attributes, text in found if attributes.get("id") == "data-description")
    assert "<" not in description
    assert json.loads(description)["variants"][0]["config"]["note"] == HOSTILE


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_inert_json_is_the_same_json_without_a_tag(content: object) -> None:
    assert json.loads(inert_json(content)) == content
    assert "<" not in inert_json(content)


def test_policy_names_the_only_script_and_style_by_digest(results: Path, tmp_path: Path) -> None:
    build(results, ["baseline"], tmp_path / "explorer.html")
    page = (tmp_path / "explorer.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    found = Scripts(page).found
    code = next(text for attributes, text in found if attributes.get("type") == "module")
    style = page.split("<style>")[1].split("</style>")[0]
    for directive, text in (("script-src", code), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy.split("; ")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_above_the_limit_errors_and_disagreements_are_kept_in_full(results: Path) -> None:
    whole = collect(results, ["baseline", "double"])
    part = collect(results, ["baseline", "double"], row_limit=1200)
    wrong = (whole.guess != whole.truth).any(axis=0)
    kept = np.isin(whole.ids, part.ids)
    assert kept[wrong].all()
    assert part.guess.size <= 1200
    assert len(part.ids) > wrong.sum()
    assert (whole.guess[:, ~kept] == whole.truth[~kept]).all()
    assert part.omitted == np.bincount(whole.truth[~kept], minlength=10).tolist()
    assert (part.guess == whole.guess[:, kept]).all()
    assert (part.scores == whole.scores[:, :, kept]).all()
    assert part.contested == wrong.sum()


def test_wrong_images_are_kept_even_if_they_alone_are_above_the_limit(results: Path) -> None:
    part = collect(results, ["baseline", "double"], row_limit=10)
    assert part.contested <= len(part.ids) < 300


def test_broken_tables_are_refused_by_name(results: Path, tmp_path: Path) -> None:
    path = tmp_path / "results" / "baseline" / "predictions.parquet"

    def refused(**changes: object) -> None:
        shutil.rmtree(tmp_path / "results", ignore_errors=True)
        shutil.copytree(results, tmp_path / "results")
        table = tables.read(path, tables.PREDICTIONS)
        columns = {name: table[name].to_pylist() for name in table.column_names}
        for name, change in changes.items():
            columns[name] = change(columns[name])
        tables.write(path, columns, tables.PREDICTIONS, "sample")
        with pytest.raises(ValueError, match=re.escape(str(path))):
            collect(tmp_path / "results", ["baseline"])

    refused(id=lambda ids: [ids[1], *ids[1:]])
    refused(truth=lambda truth: [(truth[0] + 1) % 10, *truth[1:]])
    refused(score_3=lambda scores: [float("nan"), *scores[1:]])
    refused(epoch=lambda epochs: [9, *epochs[1:]])


def test_tables_of_different_datasets_are_not_mixed(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path / "results")
    path = tmp_path / "results" / "baseline" / "predictions.parquet"
    table = tables.read(path, tables.PREDICTIONS)
    tables.write(path, {name: table[name].to_pylist() for name in table.column_names}, tables.PREDICTIONS, "mnist")
    with pytest.raises(ValueError, match="dataset"):
        collect(tmp_path / "results", ["baseline"])


def test_curves_and_metrics_show_what_the_tables_hold(results: Path, tmp_path: Path) -> None:
    build(results, ["baseline", "double"], tmp_path / "explorer.html")
    metrics = pl.concat(pl.read_parquet(results / name / "metrics.parquet") for name in ("baseline", "double"))
    page = (tmp_path / "metrics.html").read_text()
    cells = re.findall(r"<tr><th>(\w+)</th><td>(\d+)</td><td>([\d,]+)</td><td>([\d,]+)</td><td>([\d.]+) %</td>", page)
    expected = metrics.select(pl.col("variant").cast(str), "epoch", "images", "errors", 100 * pl.col("accuracy")).rows()
    found = [(name, *(int(text.replace(",", "")) for text in whole), float(share)) for name, *whole, share in cells]
    assert [row[:4] for row in found] == [row[:4] for row in expected]
    assert [row[4] for row in found] == pytest.approx([row[4] for row in expected], abs=0.0051)

    picture = ElementTree.parse(tmp_path / "curves.svg")
    svg = "{http://www.w3.org/2000/svg}"
    marks = [(float(mark.get("cx")), float(mark.get("cy"))) for mark in picture.iter(f"{svg}circle")]
    heights = np.array([y for _, y in marks])
    errors = metrics["errors"].to_numpy()
    assert np.corrcoef(heights, errors)[0, 1] == pytest.approx(-1, abs=1e-5)
    assert [x for x, _ in marks[:3]] == [x for x, _ in marks[5:]]
    assert [text.text for text in picture.iter(f"{svg}text")][-2:] == ["baseline", "double"]


def test_curves_of_many_variants_name_the_best(results: Path, tmp_path: Path) -> None:
    names = [f"variant_{number}" for number in range(10)]
    generate(tmp_path, dict.fromkeys(names, 1), images=200)
    build(tmp_path, names, tmp_path / "explorer.html")
    errors = {name: pl.read_parquet(tmp_path / name / "metrics.parquet")["errors"][-1] for name in names}
    best = sorted(names, key=lambda name: errors[name])[:8]
    texts = [text.text for text in ElementTree.parse(tmp_path / "curves.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert texts[-9:] == [*sorted(best), "the 2 others"]


def test_command_builds_the_page_and_writes_its_log(results: Path, tmp_path: Path) -> None:
    arguments = ["--results", results, "--variants", "baseline", "--output", tmp_path / "page.html"]
    arguments += ["--record", tmp_path / "page.json"]
    command = [sys.executable, "-m", "mnist_viz.explorer", *arguments, "--log", tmp_path / "page.log"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")})
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    outputs = read_json(tmp_path / "page.json")["outputs"]
    assert outputs.keys() == {"page.html", "curves.svg", "metrics.html"}
    assert "1,500 predictions of 1 variant," in (tmp_path / "page.log").read_text()


def test_explorer_needs_no_torch() -> None:
    code = "import sys, mnist_viz.explorer, mnist_viz.compare; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")})


def test_modules_pass_nodes_tests() -> None:
    tests = sorted((ROOT / "tests" / "explorer").glob("*.test.mjs"))
    assert tests
    subprocess.run([required("node"), "--test", *tests], check=True)


def test_script_is_joined_from_every_module() -> None:
    web = ROOT / "workflow" / "mnist_viz" / "explorer" / "web"
    joined = script()
    for path in web.rglob("*.js"):
        longest = max((line for line in path.read_text().splitlines() if " from " not in line), key=len)
        assert longest in joined, path
    assert not re.search(r"^(import|export) ", joined, re.MULTILINE)


def test_joined_modules_do_what_they_do_apart(tmp_path: Path) -> None:
    modules = {
        "main.js": """
import { double } from "./deep/number.js";
import {
  greet,
  Greeting,
} from "./deep/words/text.js";

/** @import { Kind } from "./deep/types.js" */
console.log(greet(double(2)), new Greeting().text, await double(3));
""",
        "deep/number.js": "export const double = (x) => 2 * x;\n",
        "deep/words/text.js": """
import { double } from "../number.js";
export function greet(x) {
  return `hello ${double(x)}`;
}
export class Greeting {
  text = "import";
}
""",
    }
    for path, text in modules.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    (tmp_path / "joined.mjs").write_text(join(modules, "main.js"))
    apart, together = (
        subprocess.run([required("node"), tmp_path / name], check=True, capture_output=True, text=True).stdout
        for name in ("main.js", "joined.mjs")
    )
    assert apart == together == "hello 8 import 6\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('import number from "./number.js";', "not supported"),
        ('import * as number from "./number.js";', "not supported"),
        ('import "./number.js";', "not supported"),
        ('import { one } from "number";', "not supported"),
        ('import { one } from "./number.js"', "not supported"),
        ('const one = await import("./number.js");', "not supported"),
        ("const place = import.meta.url;", "not supported"),
        ('export { one } from "./number.js";', "not supported"),
        ('export * from "./number.js";', "not supported"),
        ("export default 1;", "not supported"),
        ("export let two = 2;", "not supported"),
        ('import { one as two } from "./number.js";', "one as two.*does not export"),
        ('import { two } from "./number.js";', "imports two.*does not export"),
        ('import { one } from "./none.js";', "none.js.*does not exist"),
        ('import { one } from "../number.js";', "number.js.*does not exist"),
        ('import { three } from "./circle.js";', "parts/view.js → parts/circle.js → parts/view.js"),
    ],
)
def test_what_cannot_be_joined_is_refused_by_file(line: str, message: str) -> None:
    modules = {
        "main.js": 'import { view } from "./parts/view.js";\n',
        "parts/view.js": f"{line}\nexport const view = 1;\n",
        "parts/number.js": "export const one = 1;\n",
        "parts/circle.js": 'import { view } from "./view.js";\nexport const three = 3;\n',
    }
    with pytest.raises(ValueError, match=rf"^parts/\w+\.js: .*{message}"):
        join(modules, "main.js")


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_binomial_test(only_a: int, only_b: int) -> None:
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1
    assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-9)


def test_compare_prints_the_four_cells_and_the_furthest_disagreements(results: Path) -> None:
    printed = compare(load(results, "baseline:1"), load(results, "double:3"))
    a, b = (
        pl.read_parquet(results / name / "predictions.parquet").filter(pl.col("epoch") == epoch)
        for name, epoch in (("baseline", 1), ("double", 3))
    )
    both = a.join(b, on="id", suffix="_b").with_columns(
        apart=sum((pl.col(name) - pl.col(f"{name}_b")).abs() for name in tables.SCORES) / 2
    )
    right_a, right_b = pl.col("guess") == pl.col("truth"), pl.col("guess_b") == pl.col("truth")
    cells = [both.filter(first, second).height for first in (right_a, ~right_a) for second in (right_b, ~right_b)]
    lines = printed.splitlines()
    assert [int(text.replace(",", "")) for line in lines[1:3] for text in line.split()[2:]] == cells
    differing = both.filter(pl.col("guess") != pl.col("guess_b")).sort("apart", descending=True)
    assert f"{differing.height} images have different guesses" in printed
    shown = [int(line.split()[0]) for line in lines[8:] if line.split()[0].isdecimal()]
    assert shown == differing["id"].to_list()[:20]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("baseline", "write them as"),
        ("baseline:9", "after epoch 9; it has those after 1, 2"),
        ("bas:1", "does not exist"),
    ],
)
def test_compare_says_what_is_wrong_with_a_name(results: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(results, name)
