"""Measure the explorer: size, build, time to ready, interactions and scrolling; and two libraries on the same rows.

    PYTHONPATH=workflow python -m tests.benchmarks.explorer [--rows 100000 1000000] [--sweep] [--libraries]

Chromium runs headless without a GPU and opens the files from disk. Times are medians of five, in milliseconds, from the
event to the second animation frame after it, on a page that was opened 0.3 s before; ready is from the start of
navigation to painted rows.
`--sweep` measures 1,000 variants of 5 epochs on 2,000 images too, 10,000,000 predictions, which the page samples, and
how long the summary of them takes.
`--libraries` fetches Tabulator and AG Grid with npm into a temporary folder, and gives both the same rows as JSON with
the same sheet of images, which the explorer reads as packed columns: part of the difference is this transport.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from playwright.sync_api import Browser, Page, sync_playwright

from mnist_viz.explorer.collect import collect
from mnist_viz.explorer.pack import inert_json, sheet
from mnist_viz.store import tables
from tests.explorer.generate import generate

IMAGES = 10_000
EPOCHS = 5
REPEATS = 5
SETTLING = 300  # milliseconds between ready and the first interaction
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

WATCH = """
window.ready = new Promise((done) => {
  window.painted = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
});
new MutationObserver((_, observer) => {
  if (!document.documentElement?.hasAttribute("data-ready")) return;
  observer.disconnect();
  painted();
}).observe(document, { attributes: true, subtree: true });
"""
TIMED = """
window.timed = async (act) => {
  const start = performance.now();
  await act();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
};
window.$ = (selector) => document.querySelector(selector);
window.pick = (id, value) => { const list = $("#" + id); list.value = value; list.dispatchEvent(new Event("change")); };
window.query = (text) => {
  $("#query").value = text;
  $("#query").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
};
window.view = async (name) => {
  const change = new Promise((done) => addEventListener("hashchange", done, { once: true }));
  [...document.querySelectorAll(".tabs a")].find((link) => link.hash.includes("view=" + name)).click();
  await change;
};
"""
TABLE = "#view=table"
INTERACTIONS = {
    "sort by loss": (TABLE, "$('[data-column=loss]').click()"),
    "sort by two columns": (
        "#sort=guess",
        "$('[data-column=loss]').dispatchEvent(new MouseEvent('click', {shiftKey: true}))",
    ),
    "filter guess != truth": (TABLE, "query('guess != truth')"),
    "filter with four conditions": (TABLE, "query('guess != truth and epoch == 5 and score_3 > 0.4 or entropy > 1.5')"),
    "filter joined a.guess != b.guess": (TABLE, "query('a.guess != b.guess')"),
    "group by guess": (TABLE, "pick('group', 'guess')"),
    "group by guess, then truth": ("#group=guess", "pick('group2', 'truth')"),
    "join A with B": (TABLE, "pick('rows', 'joined')"),
    "view: overview": (TABLE, "view('overview')"),
    "view: two models": (TABLE, "view('compare')"),
    "two models: change A": ("#view=compare", "pick('a', $('#a').options[0].value)"),
    "view: errors over time": (TABLE, "view('epochs')"),
    "view: classes": (TABLE, "view('classes')"),
    "classes: another epoch of A": (
        "#view=classes",
        "{ $('#epoch-a').value = 0; $('#epoch-a').dispatchEvent(new Event('input')); }",
    ),
    "view: patterns": (TABLE, "view('patterns')"),
    "view: hard images": (TABLE, "view('images')"),
    "view: calibration": (TABLE, "view('calibration')"),
    "view: plot": (TABLE, "view('plot')"),
    "plot: two columns": ("#view=plot", "pick('y', 'loss')"),
    "view: models": (TABLE, "view('models')"),
}
SCROLL = """
async () => {
  const grid = document.querySelector(".grid");
  let worst = 0;
  let last = performance.now();
  for (let step = 0; step < 240; step += 1) {
    grid.scrollTop = step < 120 ? step * 150 : (grid.scrollHeight * (step - 120)) / 120;
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  }
  return worst;
}
"""


def main() -> None:
    """Run all measurements and print them as Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--sweep", action="store_true", help="measure 10,000,000 predictions of 1,000 variants")
    parser.add_argument("--libraries", action="store_true", help="compare with Tabulator and AG Grid")
    parser.add_argument("--browser", default="/usr/bin/chromium", help="the Chromium to run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.browser, args=CHROMIUM)
        print(f"Chromium {browser.version}, {os.cpu_count()} cores\n")
        for rows in arguments.rows:
            measure(browser, Path(folder), rows // (EPOCHS * IMAGES), IMAGES)
        if arguments.sweep:
            measure_summary(measure(browser, Path(folder), 1000, 2000))
        if arguments.libraries:
            compare_libraries(browser, Path(folder))
        browser.close()


def measure(browser: Browser, folder: Path, count: int, images: int) -> Path:
    """Build the page of `count` variants for `images` images, and print what it takes to build, open and use it.

    Returns the results folder that was generated for it.
    """
    rows = count * EPOCHS * images
    results = folder / str(rows)
    variants = {f"variant_{index}": EPOCHS for index in range(count)}
    generate(results, variants, images)
    page_file = results / "explorer.html"
    seconds, memory = build(results, list(variants), page_file)
    print(f"## {rows:,} rows\n")
    print(f"built in {seconds:.2f} s with at most {memory / 1e6:,.0f} MB; {page_file.stat().st_size / 1e6:.2f} MB\n")
    print(f"ready: {milliseconds(times_to_ready(browser, page_file))}\n")
    print("| interaction | ms |\n| --- | --- |")
    for name, (start, action) in INTERACTIONS.items():
        print(f"| {name} | {milliseconds(interaction(browser, page_file, start, action))} |", flush=True)
    frames = []
    for _ in range(REPEATS):
        _, page = opened(browser, page_file)
        page.wait_for_timeout(SETTLING)
        frames.append(page.evaluate(SCROLL))
        page.close()
    print(f"\nlongest frame of 240 while scrolling: {milliseconds(frames)} ms\n")
    return results


def build(results: Path, variants: list[str], output: Path) -> tuple[float, int]:
    """Build the page in a process of its own; wall-clock seconds and most resident bytes."""
    written = ["--output", str(output), "--record", str(output.with_suffix(".json"))]
    return spent(["mnist_viz.explorer", "--results", str(results), "--variants", *variants, *written])


def measure_summary(results: Path) -> None:
    """Print what the summary takes: every variant by itself, and as two groups of replicates."""
    variants = sorted(path.parent.name for path in results.glob("*/train.json"))
    half = len(variants) // 2
    ways = {
        f"{len(variants):,} groups": variants,
        "two groups": [f"a={','.join(variants[:half])}", f"b={','.join(variants[half:])}"],
    }
    files = {"markdown": "summary.md", "csv": "summary.csv", "record": "summary.json"}
    written = [f"--{option}={results / file}" for option, file in files.items()]
    for way, groups in ways.items():
        told = ["--results", str(results), "--groups", *groups, "--reference", groups[0].split("=")[0], *written]
        runs = [spent(["mnist_viz.summary", *told]) for _ in range(REPEATS)]
        seconds, memory = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"summary of {way}: {seconds:.2f} s with at most {memory / 1e6:,.0f} MB")


def spent(command: list[str]) -> tuple[float, int]:
    """Run a module in a process of its own; wall-clock seconds and most resident bytes."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "workflow")}
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def opened(browser: Browser, file: Path, start: str = "#view=table") -> tuple[float, Page]:
    """Milliseconds from the start of navigation to painted rows, and the page."""
    page = browser.new_page(viewport={"width": 1360, "height": 860})
    page.add_init_script(WATCH + TIMED)
    page.goto(file.as_uri() + start)
    return page.evaluate("() => window.ready"), page


def times_to_ready(browser: Browser, file: Path) -> list[float]:
    """Milliseconds from the start of navigation to painted rows; no other page is open."""
    times = []
    for _ in range(REPEATS):
        time_to_ready, page = opened(browser, file)
        page.close()
        times.append(time_to_ready)
    return times


def interaction(browser: Browser, file: Path, start: str, action: str) -> list[float]:
    """Milliseconds of the action, each time on a page opened anew: nothing is in a cache."""
    times = []
    for _ in range(REPEATS):
        _, page = opened(browser, file, start)
        page.wait_for_timeout(SETTLING)
        times.append(page.evaluate(f"timed(() => {action})"))
        page.close()
    return times


def milliseconds(times: list[float]) -> str:
    """The median and the range."""
    return f"{statistics.median(times):.0f} ({min(times):.0f} to {max(times):.0f})"


LIBRARY_PAGE = """<!doctype html><meta charset="utf-8"><style>{style}
html, body, #grid {{ height: 100%; margin: 0 }}
.digit {{ display: block; width: 28px; height: 28px; background-image: url(data:image/webp;base64,{sheet}) }}</style>
<div id="grid"></div><script>{code}</script>
<script>
const across = {across};
const rows = {rows};
const picture = (id) => {{
  const element = document.createElement("span");
  element.className = "digit";
  element.style.backgroundPosition = `-${{(id % across) * 28}}px -${{Math.floor(id / across) * 28}}px`;
  return element;
}};
{start}
</script>"""
TABULATOR = """
const columns = Object.keys(rows[0]).map((field) => ({ field, title: field }));
columns.splice(3, 0, { title: "image", formatter: (cell) => picture(cell.getData().id) });
const grid = new Tabulator("#grid", { data: rows, columns, height: "100%", rowHeight: 36 });
grid.on("tableBuilt", painted);
const finished = (event, act) => new Promise((done) => { grid.on(event, done); act(); });
window.sort = () => finished("dataSorted", () => grid.setSort("score_3", "desc"));
window.filter = () => finished("dataFiltered", () => grid.setFilter((row) => row.guess !== row.truth));
window.group = () => finished("dataGrouped", () => grid.setGroupBy("guess"));
"""
AG_GRID = """
const columnDefs = Object.keys(rows[0]).map((field) => ({ field, filter: "agNumberColumnFilter" }));
columnDefs[0].filter = "agTextColumnFilter";
columnDefs.splice(3, 0, { headerName: "image", cellRenderer: ({ data }) => picture(data.id) });
let wrongOnly = false;
const grid = agGrid.createGrid(document.getElementById("grid"), {
  columnDefs, rowData: rows, rowHeight: 36, onFirstDataRendered: painted,
  isExternalFilterPresent: () => wrongOnly, doesExternalFilterPass: ({ data }) => data.guess !== data.truth,
});
window.sort = () => grid.applyColumnState({ state: [{ colId: "score_3", sort: "desc" }] });
window.filter = () => { wrongOnly = true; grid.onFilterChanged(); };
"""
LIBRARIES = {
    "Tabulator": ("tabulator-tables", "dist/js/tabulator.min.js", "dist/css/tabulator.min.css", TABULATOR),
    "AG Grid": ("ag-grid-community", "dist/ag-grid-community.min.js", None, AG_GRID),
}


def compare_libraries(browser: Browser, folder: Path) -> None:
    """Print size, time to ready, and the times to sort, filter and group of the libraries and the explorer."""
    rows = 100_000
    results = folder / "libraries"
    variants = {"baseline": EPOCHS, "double": EPOCHS}
    generate(results, variants, IMAGES)
    subprocess.run(
        ["npm", "install", "--silent", "--prefix", folder, *(each[0] for each in LIBRARIES.values())], check=True
    )
    predictions = pl.concat([pl.read_parquet(results / name / "predictions.parquet") for name in variants])
    digits = predictions.with_columns(pl.col("variant").cast(str), pl.col(tables.SCORES).cast(pl.Float64).round(4))
    made = sheet(collect(results, list(variants)).pictures)
    pictures, across = made.tiles[0], made.across
    print(f"## {rows:,} rows in one file, compared\n")
    print("| page | MB | ready | sort by score_3 | filter guess != truth | group by guess |")
    print("| --- | --- | --- | --- | --- | --- |")
    own = results / "explorer.html"
    build(results, list(variants), own)
    actions = ["$('[data-column=score_3]').click()", "query('guess != truth')", "pick('group', 'guess')"]
    print(line(browser, "explorer", own, actions), flush=True)
    for name, (package, script, style, start) in LIBRARIES.items():
        module = folder / "node_modules" / package
        version = json.loads((module / "package.json").read_text())["version"]
        page = LIBRARY_PAGE.format(
            style=(module / style).read_text() if style else "",
            sheet=pictures,
            across=across,
            code=(module / script).read_text().replace("</script", "<\\/script"),
            rows=inert_json(digits.to_dicts()),
            start=start,
        )
        file = folder / f"{package}.html"
        file.write_text(page, encoding="utf-8")
        actions = ["sort()", "filter()"] + (["group()"] if "window.group" in start else [])
        print(line(browser, f"{name} {version}", file, actions), flush=True)
    print("\nAG Grid groups rows only in its commercial edition.")


def line(browser: Browser, name: str, file: Path, actions: list[str]) -> str:
    """One line of the table of pages."""
    times = [milliseconds(interaction(browser, file, "", action)) for action in actions]
    ready = milliseconds(times_to_ready(browser, file))
    cells = [name, f"{file.stat().st_size / 1e6:.1f}", ready, *times, *["-"] * (3 - len(times))]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
