"""The explorer in a real browser, from disk: what it shows is what Polars computes from the same Parquet files."""

import io
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from scipy.stats import binomtest

from mnist_viz.explorer import build
from mnist_viz.store import tables
from tests.explorer.generate import generate
from tests.test_explorer import required

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
VARIANTS = {"baseline": 5, "double": 3}
VIEWS = ["table", "compare", "epochs", "patterns", "images", "calibration", "models"]
LEVELS = 65_535


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    generate(folder, VARIANTS, images=1000)
    build(folder, list(VARIANTS), folder / "explorer.html")
    return folder


@pytest.fixture(scope="module")
def rows(results: Path) -> pl.DataFrame:
    """All predictions in the page's order, the scores rounded as the page says, with the derived columns."""
    parts = [pl.read_parquet(results / name / "predictions.parquet").sort("epoch", "id") for name in VARIANTS]
    whole = pl.concat([part.with_columns(pl.col("variant").cast(str)) for part in parts])
    return derived(whole.with_columns(rounded(name) for name in tables.SCORES))


def rounded(name: str) -> pl.Expr:
    return (pl.col(name) * np.float32(LEVELS)).round().cast(pl.Float64) / LEVELS


def derived(frame: pl.DataFrame) -> pl.DataFrame:
    scores = frame.select(tables.SCORES).to_numpy()
    every = np.arange(len(scores))
    guess, truth = frame["guess"].to_numpy(), frame["truth"].to_numpy()
    others = scores.copy()
    others[every, guess] = -1
    logarithm = np.log(scores, where=scores > 0, out=np.zeros_like(scores))
    return frame.with_columns(
        correct=pl.Series(guess == truth).cast(pl.Int64),
        confidence=pl.Series(scores[every, guess]),
        margin=pl.Series(scores[every, guess] - others.max(axis=1)),
        true_score=pl.Series(scores[every, truth]),
        loss=pl.Series(-np.log(np.maximum(scores[every, truth], 0.5 / LEVELS))),
        entropy=pl.Series(-(scores * logarithm).sum(axis=1)),
    )


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = playwright.chromium.launch(executable_path=required("chromium"), args=ARGUMENTS)
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must neither write to the console, nor fail, nor ask for anything but files and its own blobs."""
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(viewport={"width": 1360, "height": 860}, permissions=permissions)
    one = context.new_page()
    one.set_default_timeout(20_000)
    heard: list[str] = []
    one.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    one.on("pageerror", lambda error: heard.append(str(error)))
    one.on("dialog", lambda dialog: heard.append(dialog.message))
    one.on("request", lambda request: request.url.startswith(("file:", "blob:")) or heard.append(request.url))
    yield one
    context.close()
    assert heard == []


def opened(page: Page, file: Path, state: str = "") -> Page:
    page.goto("about:blank")
    page.goto(file.as_uri() + state)
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def downloaded(page: Page) -> pl.DataFrame:
    """The table's rows, all of them and in their order, from the file that the page offers."""
    with page.expect_download() as download:
        page.get_by_role("button", name="download CSV").click()
    return pl.read_csv(io.BytesIO(Path(download.value.path()).read_bytes()), infer_schema_length=None)


def visible(page: Page) -> list[list[str]]:
    """The cells of the lines that are drawn, from the top."""
    found = page.locator(".grid-body .grid-row").evaluate_all("""(lines) => lines.map((line) => [
        Number(line.getAttribute("aria-rowindex")), [...line.querySelectorAll(".cell")].map((cell) => cell.innerText),
    ])""")
    return [cells for _, cells in sorted(found)]


def query(page: Page, text: str) -> None:
    page.locator("#query").fill(text)
    page.keyboard.press("Enter")


def show(page: Page, view: str) -> None:
    """Follow the link to a view, and wait until it is shown."""
    page.get_by_role("link", name=view, exact=True).click()
    expect(page.locator("[aria-current=page]")).to_have_text(view)


def assert_rows(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """The same rows in the same order, every column; derived ones to the six decimals that the file has."""
    assert len(found) == len(expected)
    for name in found.columns:
        if found[name].dtype == pl.String:
            assert found[name].to_list() == expected[name].to_list(), name
        else:
            difference = found[name].cast(pl.Float64).to_numpy() - expected[name].cast(pl.Float64).to_numpy()
            assert np.abs(difference).max(initial=0) < 2e-5, name


def key(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return frame.select("variant", "epoch", "id").rows()


def test_table_holds_every_prediction(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    assert_rows(downloaded(page), rows)
    first = visible(page)[0]
    assert first[:3] == ["baseline", "1", "0"]
    page.locator(".grid").evaluate("grid => (grid.scrollLeft = grid.scrollWidth)")
    expect(page.locator("#line-0 .cell.score_9")).to_be_in_viewport(ratio=1)
    last = visible(page)[0]
    assert [float(text) for text in last[-10:]] == pytest.approx(rows.select(tables.SCORES).row(0), abs=6e-5)
    expect(page.locator("h1")).to_have_text("Predictions on sample")
    expect(page.locator(".masthead")).to_contain_text(
        "8,000 predictions: 2 variants, 8 tables (a variant after an epoch), 1,000 test images."
    )
    expect(page.locator(".masthead")).to_contain_text("rounded to 1/65,535")


def test_columns_sort_and_with_shift_a_second_one(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    page.locator("[data-column=confidence]").click()
    expected = rows.sort("confidence", maintain_order=True)
    assert key(downloaded(page)) == key(expected)
    assert visible(page)[0][2] == str(expected["id"][0])
    page.locator("[data-column=guess]").click()
    page.locator("[data-column=guess]").click()
    page.locator("[data-column=true_score]").click(modifiers=["Shift"])
    expected = rows.sort("guess", "true_score", descending=[True, False], maintain_order=True)
    assert key(downloaded(page)) == key(expected)
    expect(page.locator("[role=columnheader]", has_text="guess")).to_have_attribute("aria-sort", "descending")


def test_sorting_by_keyboard(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    page.locator("[data-column=variant]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-column=variant]")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("[data-column=loss]").focus()
    page.keyboard.press("Shift+Enter")
    expected = rows.sort("variant", "loss", descending=[True, False], maintain_order=True)
    assert key(downloaded(page)) == key(expected)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (
            "guess != truth and epoch == 3 and score_3 > 0.4",
            (pl.col("guess") != pl.col("truth")) & (pl.col("epoch") == 3) & (pl.col("score_3") > 0.4),
        ),
        ('variant == "double" and not correct', (pl.col("variant") == "double") & (pl.col("correct") == 0)),
        (
            "0.3 <= margin < 0.6 or entropy > 1.5",
            pl.col("margin").is_between(0.3, 0.6, "left") | (pl.col("entropy") > 1.5),
        ),
        ("id in (3, 5, 8) and epoch == 1", pl.col("id").is_in([3, 5, 8]) & (pl.col("epoch") == 1)),
    ],
)
def test_query_filters(page: Page, results: Path, rows: pl.DataFrame, text: str, condition: pl.Expr) -> None:
    opened(page, results / "explorer.html")
    query(page, text)
    expected = rows.filter(condition)
    assert len(expected) > 0
    expect(page.locator(".matches")).to_contain_text(re.compile(rf"^{len(expected):,} rows? of 8,000$"))
    assert_rows(downloaded(page), expected)


def test_a_wrong_query_is_pointed_at_and_the_last_right_one_stays(page: Page, results: Path) -> None:
    opened(page, results / "explorer.html")
    query(page, "epoch == 1")
    query(page, "epoch == 1 and gues == 3")
    expect(page.get_by_role("alert")).to_contain_text("no column is called gues; did you mean guess? (at character 16)")
    expect(page.locator(".problem code")).to_have_text(re.compile(r"^ {15}\^{4}$"), use_inner_text=False)
    expect(page.locator("#query")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#count")).to_have_text("2,000 rows")


def test_words_are_completed_by_keyboard(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    page.keyboard.press("/")
    page.keyboard.type("conf")
    page.keyboard.press("Tab")
    page.keyboard.type(" < 0.5 and variant == ")
    page.keyboard.type('"')
    expect(page.locator("#completions li")).to_have_text(['"baseline"', '"double"'])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value('confidence < 0.5 and variant == "double"')
    expected = rows.filter((pl.col("confidence") < 0.5) & (pl.col("variant") == "double"))
    assert_rows(downloaded(page), expected)


def test_brushing_a_heading_filters_and_the_other_conditions_stay(
    page: Page, results: Path, rows: pl.DataFrame
) -> None:
    opened(page, results / "explorer.html")
    query(page, "epoch == 2")
    bars = page.get_by_role("button", name=re.compile("^confidence: filter"))
    box = bars.bounding_box()
    for start, stop, low, high in ((0.51, 0.89, 0.5, 0.9), (0.26, 0.49, 0.25, 0.5)):
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + 10)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * stop, box["y"] + 10)
        page.mouse.up()
        expect(page.locator("#query")).to_have_value(f"epoch == 2 and {low} <= confidence < {high}")
        expected = rows.filter(pl.col("confidence").is_between(low, high, "left"), pl.col("epoch") == 2)
        assert key(downloaded(page)) == key(expected)
    bars.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#query")).to_have_value("epoch == 2")


@pytest.mark.parametrize(
    ("column", "pressed", "condition", "text"),
    [
        ("guess", "ArrowRight ArrowRight Shift+ArrowRight", pl.col("guess").is_between(1, 2), "1 <= guess <= 2"),
        ("variant", "ArrowRight ArrowRight", pl.col("variant") == "double", 'variant in ("double")'),
        ("correct", "ArrowRight", pl.col("correct") == 0, "not correct"),
        ("id", "ArrowRight", pl.col("id") < 25, "0 <= id <= 24"),
        ("margin", "ArrowRight Shift+ArrowRight", pl.col("margin") < 0.05, "0 <= margin < 0.05"),
    ],
)
def test_a_heading_counts_and_filters_by_keyboard(
    page: Page, results: Path, rows: pl.DataFrame, column: str, pressed: str, condition: pl.Expr, text: str
) -> None:
    opened(page, results / "explorer.html", "#q=epoch+<+3")
    bars = page.get_by_role("button", name=re.compile(f"^{column}: filter"))
    expect(bars).to_have_attribute("data-counted", "")
    bars.focus()
    for each in pressed.split():
        page.keyboard.press(each)
    expected = rows.filter(pl.col("epoch") < 3).filter(condition)
    assert len(expected) > 0
    expect(page.locator(".readout")).to_have_text(f"{text}: {len(expected):,}")
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value(f"epoch < 3 and {text}")
    expect(bars).to_have_attribute("data-filtered", "")
    assert key(downloaded(page)) == key(expected)


def test_the_pointer_tells_what_a_histogram_counts(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    bars = page.get_by_role("button", name=re.compile("^truth: filter"))
    expect(bars).to_have_attribute("data-counted", "")
    box = bars.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 10)
    expect(page.locator(".readout")).to_have_text(f"truth == 7: {rows.filter(pl.col('truth') == 7).height:,}")
    page.mouse.move(box["x"], box["y"] + 300)
    expect(page.locator(".readout")).to_be_empty()


def test_groups_show_counts_error_rates_and_mean_scores(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#q=epoch+%3D%3D+3")
    page.locator("#group").select_option("guess")
    chosen = rows.filter(pl.col("epoch") == 3)
    groups = page.locator(".grid-row.group")
    expect(groups).to_have_count(10)
    for guess in range(10):
        own = chosen.filter(pl.col("guess") == guess)
        line = page.locator("#line-" + str(guess))
        expect(line).to_contain_text(f"guess {guess}")
        expect(line).to_contain_text(f"{len(own)} rows")
        expect(line).to_contain_text(f"{100 * (1 - own['correct'].mean()):.2f} % wrong")
        means = ", ".join(f"{digit}: {own[name].mean():.4f}" for digit, name in enumerate(tables.SCORES))
        assert spoken(line.locator("svg").get_attribute("aria-label")) == pytest.approx(spoken(means), abs=1e-4)
        expect(line.locator(".digit").first).to_be_in_viewport()
        expect(line.locator(".digit").first).to_have_attribute("aria-label", re.compile(f"^image {own['id'][0]},"))
    groups.nth(0).get_by_role("button").click()
    expect(page.locator("#line-1 .cell").nth(2)).to_have_text(str(chosen.filter(pl.col("guess") == 0)["id"][0]))
    expect(page.locator("#line-0")).to_have_attribute("aria-expanded", "true")
    page.locator("#line-0").get_by_role("button").click()
    expect(page.locator("#line-1")).to_contain_text("guess 1")


def spoken(label: str) -> list[float]:
    """The ten numbers of a label such as `mean scores 0: 0.1, 1: 0.2`."""
    return [float(number) for number in re.findall(r"\d: (\d\.\d+)", label)]


def test_two_group_columns_open_and_close_by_keyboard(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#group=variant,epoch")
    page.locator(".grid").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".grid-row.group")).to_have_count(2 + 5)
    for pressed in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(pressed)
    expect(page.locator("#line-2")).to_contain_text("epoch 2")
    wrong = 1 - rows.filter((pl.col("variant") == "baseline") & (pl.col("epoch") == 2))["correct"].mean()
    expect(page.locator("#line-2")).to_contain_text(f"{100 * wrong:.2f} % wrong")
    expect(page.locator("#line-3 .cell").nth(1)).to_have_text("2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#line-3")).to_contain_text("epoch 3")


def test_sorting_orders_groups_by_their_means(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#group=truth,variant&sort=correct")
    means = rows.group_by("truth").agg(pl.mean("correct"), pl.len()).sort("correct")
    assert means["correct"].n_unique() == 10
    names = page.locator(".grid-row.group strong")
    expect(names).to_have_text([f"truth {truth}" for truth in means["truth"]])
    page.get_by_role("button", name=f"open truth {means['truth'][0]}").click()
    within = rows.filter(pl.col("truth") == means["truth"][0]).group_by("variant").agg(pl.mean("correct"))
    inner = within.sort("correct")["variant"].to_list()
    for line, name in enumerate(inner, start=1):
        expect(page.locator(f"#line-{line} strong")).to_have_text(f"variant {name}")
    page.get_by_role("button", name=f"open variant {inner[0]}").click()
    worst = rows.filter(pl.col("truth") == means["truth"][0], pl.col("variant") == inner[0])
    worst = worst.sort("correct", maintain_order=True)
    expect(page.locator("#line-2 .cell").nth(2)).to_have_text(str(worst["id"][0]))
    page.get_by_role("button", name=f"close truth {means['truth'][0]}").click()
    expect(page.locator("#line-1 strong")).to_have_text(f"truth {means['truth'][1]}")


def test_joined_groups_show_both_sides(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#rows=joined&a=baseline:1&b=double:3&group=truth")
    both = joined(rows, ("baseline", 1), ("double", 3))
    for truth in range(10):
        own = both.filter(pl.col("truth") == truth)
        line = page.locator(f"#line-{truth}")
        expect(line).to_contain_text(f"{len(own)} images")
        for side in "ab":
            rate = 100 * (1 - own[f"{side}.correct"].mean())
            expect(line).to_contain_text(f"{side.upper()} {rate:.2f} % wrong")
        for side, drawing in zip("ab", line.locator("svg").all(), strict=True):
            means = [own[f"{side}.{name}"].mean() for name in tables.SCORES]
            assert spoken(drawing.get_attribute("aria-label")) == pytest.approx(means, abs=1e-4)


def joined(rows: pl.DataFrame, a: tuple[str, int], b: tuple[str, int]) -> pl.DataFrame:
    """A joined with B on id, columns named as the page names them."""
    sides = []
    for side, (variant, epoch) in (("a", a), ("b", b)):
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == epoch))
        sides.append(own.rename({name: f"{side}.{name}" for name in own.columns if name not in ("id", "truth")}))
    both = sides[0].join(sides[1].drop("truth"), on="id", maintain_order="left")
    apart = sum((pl.col(f"a.{name}") - pl.col(f"b.{name}")).abs() for name in tables.SCORES) / 2
    return both.with_columns(distance=apart)


def test_two_tables_join_on_id_and_are_queried(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    page.locator("#rows").select_option("joined")
    page.locator("#a").select_option("baseline:1")
    page.locator("#b").select_option("double:2")
    expected = joined(rows, ("baseline", 1), ("double", 2))
    assert_rows(downloaded(page), expected)
    query(page, "a.guess != b.guess and distance > 0.5")
    expected = expected.filter(pl.col("a.guess") != pl.col("b.guess"), pl.col("distance") > 0.5)
    assert len(expected) > 0
    assert_rows(downloaded(page), expected)
    page.locator("[data-column=distance]").click()
    assert_rows(downloaded(page), expected.sort("distance", maintain_order=True))


def test_a_wide_join_draws_the_columns_that_are_scrolled_to(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#rows=joined&a=baseline:1&b=double:2&q=a.guess+!=+b.guess")
    expected = joined(rows, ("baseline", 1), ("double", 2)).filter(pl.col("a.guess") != pl.col("b.guess"))
    grid = page.locator(".grid")
    expect(grid).to_have_attribute("aria-colcount", "34")
    expect(page.locator("#line-0 .cell").first).to_have_attribute("aria-colindex", "1")
    assert page.locator("#line-0 .cell").count() < 24
    names = page.locator(".sort").evaluate_all("(heads) => heads.map((head) => head.dataset.column)")
    assert len(names) == 34
    seen = set()
    for left in (0, 700, 10_000, 900, 0):
        grid.evaluate("(grid, left) => (grid.scrollLeft = left)", left)
        edges = grid.evaluate("(grid) => [grid.getBoundingClientRect().left, grid.getBoundingClientRect().right]")
        page.wait_for_timeout(200)
        found = page.locator(".grid-body .grid-row").evaluate_all("""(lines) => lines.flatMap((line) =>
            [...line.querySelectorAll(".cell")].map((cell) => [
                Number(line.dataset.line), Number(cell.ariaColIndex) - 1, cell.innerText,
                cell.getBoundingClientRect().left, cell.getBoundingClientRect().right,
            ]))""")
        places = page.locator(".sort").evaluate_all(
            "(heads) => heads.map((head) => head.parentElement.getBoundingClientRect().left)"
        )
        for line, column, text, start, end in found:
            assert start == pytest.approx(places[column], abs=0.1)
            if names[column] == "image":
                continue
            value = expected[names[column]][line]
            assert (float({"yes": 1, "no": 0}.get(text, text))) == pytest.approx(value, abs=6e-4), names[column]
            if end > edges[0] and start < edges[1]:
                seen.add((left, line, names[column]))
        drawn = {column for line, column, *_ in found if line == 0}
        assert drawn == set(range(min(drawn), max(drawn) + 1))
        assert places[min(drawn)] <= edges[0] + 1
        assert max(drawn) == 33 or places[max(drawn) + 1] >= edges[1]
    assert {name for left, line, name in seen if line == 0} == set(names) - {"image"}
    assert_rows(downloaded(page), expected)


def test_columns_outside_the_view_are_reached_by_keyboard(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    last = page.locator("#line-0 .cell.score_9")
    first = page.locator("#line-0 .cell.variant")
    bars = page.get_by_role("button", name=re.compile("^score_9: filter"))
    expect(last).to_have_count(0)
    expect(bars).to_have_count(0)
    page.locator("[data-column=variant]").focus()
    page.keyboard.press("End")
    expect(page.locator("[data-column=score_9]")).to_be_focused()
    expect(page.locator("[data-column=score_9]")).to_be_in_viewport(ratio=1)
    expect(last).to_have_text(f"{rows['score_9'][0]:.4f}")
    expect(last).to_be_in_viewport(ratio=1)
    expect(first).to_have_count(0)
    expect(bars).to_have_attribute("data-counted", "")
    page.keyboard.press("Tab")
    expect(bars).to_be_focused()
    page.keyboard.press("ArrowRight")
    expected = rows.filter(pl.col("score_9") < 1 / 40)
    expect(page.locator(".readout")).to_have_text(f"0 <= score_9 < 0.025: {len(expected):,}")
    page.locator(".grid").evaluate("(grid) => (grid.scrollLeft = 0)")
    expect(first).to_be_in_viewport()
    expect(bars).to_be_focused()
    page.keyboard.press("Enter")
    assert key(downloaded(page)) == key(expected)
    page.locator("[data-column=score_9]").focus()
    page.keyboard.press("Home")
    expect(page.locator("[data-column=variant]")).to_be_focused()
    expect(first).to_be_in_viewport()
    page.locator(".grid").focus()
    page.keyboard.press("Control+End")
    expect(page.locator(".grid-row.current .cell.score_9")).to_have_text(f"{expected['score_9'][-1]:.4f}")
    expect(page.locator(".grid-row.current .cell.score_9")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Control+Home")
    expect(first).to_be_in_viewport(ratio=1)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(last).to_be_in_viewport(ratio=1)


def test_headings_are_tabbed_through_to_the_last(page: Page, results: Path) -> None:
    opened(page, results / "explorer.html")
    page.locator("[data-column=variant]").focus()
    reached = []
    for _ in range(2 * 22 - 2):
        page.keyboard.press("Tab")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        reached.append(page.evaluate("document.activeElement.className"))
    expect(page.get_by_role("button", name=re.compile("^score_9: filter"))).to_be_focused()
    assert reached.count("plain sort") == 21
    assert reached.count("histogram plain") == 21


def test_a_condition_on_predictions_keeps_images_of_which_a_or_b_meets_it(
    page: Page, results: Path, rows: pl.DataFrame
) -> None:
    opened(page, results / "explorer.html", "#rows=joined&a=baseline:1&b=double:3&q=not+correct")
    both = joined(rows, ("baseline", 1), ("double", 3))
    assert_rows(downloaded(page), both.filter((pl.col("a.correct") == 0) | (pl.col("b.correct") == 0)))
    page.get_by_role("button", name="swap A and B").click()
    swapped = joined(rows, ("double", 3), ("baseline", 1))
    assert_rows(downloaded(page), swapped.filter((pl.col("a.correct") == 0) | (pl.col("b.correct") == 0)))


def test_columns_are_hidden_shown_and_moved(page: Page, results: Path) -> None:
    opened(page, results / "explorer.html")
    page.get_by_role("button", name="columns").click()
    page.get_by_role("checkbox", name="epoch", exact=True).uncheck()
    page.get_by_role("checkbox", name="margin", exact=True).uncheck()
    heads = page.locator(".sort")
    assert "epoch" not in heads.all_inner_texts()
    assert downloaded(page).columns[:3] == ["variant", "id", "guess"]
    page.locator("[data-column=guess]").focus()
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Alt+ArrowLeft")
    assert downloaded(page).columns[:3] == ["variant", "guess", "id"]
    page.locator("[data-column=truth]").drag_to(page.locator("[data-column=variant]"))
    assert downloaded(page).columns[:4] == ["truth", "variant", "guess", "id"]
    page.get_by_role("checkbox", name="epoch", exact=True).check()
    assert downloaded(page).columns[-1] == "epoch"


def test_rows_are_walked_copied_and_opened_by_keyboard(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#columns=id,guess,score_0")
    page.locator(".grid").focus()
    page.keyboard.press("End")
    expect(page.locator(".grid-row.current .cell").first).to_have_text("999")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+c")
    copied = pl.read_csv(io.StringIO(page.evaluate("navigator.clipboard.readText()")), separator="\t")
    assert_rows(copied, rows[1:3])
    page.keyboard.press("Enter")
    detail = page.get_by_role("complementary", name="image details")
    expect(detail).to_contain_text("Image 2")
    expect(detail).to_be_focused()
    for item in rows.filter(pl.col("id") == 2).iter_rows(named=True):
        line = detail.locator(f'[data-table="{item["variant"]}:{item["epoch"]}"]')
        expect(line).to_contain_text(f"{item['guess']} {'✓' if item['correct'] else '✗'}")
        best = sorted(((item[name], digit) for digit, name in enumerate(tables.SCORES)), reverse=True)[0]
        expect(line.locator("svg")).to_have_attribute("aria-label", re.compile(f"{best[1]}: {best[0]:.3f}"))
    expect(detail.locator("[data-table]")).to_have_count(8)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(page.locator(".grid")).to_be_focused()


def test_images_open_and_the_next_one_is_of_those_that_the_query_leaves(
    page: Page, results: Path, rows: pl.DataFrame
) -> None:
    opened(page, results / "explorer.html", "#q=not+correct+and+epoch+==+3")
    ids = sorted(set(rows.filter(pl.col("correct") == 0, pl.col("epoch") == 3)["id"].to_list()))
    page.locator("#line-0 .cell.image").click()
    detail = page.get_by_role("complementary", name="image details")
    expect(detail.locator("h2")).to_have_text(f"Image {ids[0]}")
    expect(detail.get_by_role("button", name="previous")).to_be_disabled()
    detail.get_by_role("button", name="next").click()
    expect(detail.locator("h2")).to_have_text(f"Image {ids[1]}")
    course = rows.filter(pl.col("id") == ids[1]).select("variant", "epoch", "true_score")
    titles = detail.locator(".chart circle title").all_text_contents()
    found = [re.fullmatch(r"(\w+), epoch (\d+): ([\d.e-]+)", title).groups() for title in titles]
    assert [(variant, int(epoch)) for variant, epoch, _ in found] == course.select("variant", "epoch").rows()
    assert [float(score) for *_, score in found] == pytest.approx(course["true_score"].to_list(), abs=6e-5)
    page.get_by_role("button", name="close the details").click()
    expect(detail).to_be_hidden()


def test_selected_rows_and_groups_are_copied(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#q=not+correct&group=guess&columns=variant,epoch,id,score_3")
    wrong = rows.filter(pl.col("correct") == 0)
    page.locator("#line-1").click()
    page.get_by_role("button", name="copy rows").click()
    chosen = wrong.filter(pl.col("guess") == wrong["guess"].unique().sort()[1])
    expect(page.locator(".toast")).to_have_text(f"{len(chosen)} rows copied")
    copied = pl.read_csv(io.StringIO(page.evaluate("navigator.clipboard.readText()")), separator="\t")
    assert_rows(copied, chosen)
    page.locator("#group").select_option("")
    page.locator(".grid").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    copied = pl.read_csv(io.StringIO(page.evaluate("navigator.clipboard.readText()")), separator="\t")
    assert_rows(copied, wrong)


@pytest.mark.parametrize(("a", "b"), [(("baseline", 1), ("double", 3)), (("baseline", 1), ("baseline", 5))])
def test_two_models(page: Page, results: Path, rows: pl.DataFrame, a: tuple[str, int], b: tuple[str, int]) -> None:
    opened(page, results / "explorer.html")
    page.get_by_role("link", name="Same images, two models").click()
    page.locator("#a").select_option(f"{a[0]}:{a[1]}")
    page.locator("#b").select_option(f"{b[0]}:{b[1]}")
    both = joined(rows, a, b)
    right_a, right_b = pl.col("a.correct") == 1, pl.col("b.correct") == 1
    cells = [both.filter(first, second).height for first in (right_a, ~right_a) for second in (right_b, ~right_b)]
    assert [int(text.replace(",", "")) for text in page.locator(".four tbody td").all_inner_texts()] == cells
    p = binomtest(cells[1], cells[1] + cells[2]).pvalue
    assert float(page.locator("#p-value").inner_text().split()[0]) == pytest.approx(p, rel=5e-3, abs=5e-5)
    expect(page.locator(".summary")).to_contain_text("McNemar 1947")
    differing = both.filter(pl.col("a.guess") != pl.col("b.guess")).sort("distance", descending=True)
    filters = {
        "all disagreements": pl.lit(True),
        "A right, B wrong": right_a & ~right_b,
        "A wrong, B right": ~right_a & right_b,
        "both wrong": ~right_a & ~right_b,
    }
    for name, condition in filters.items():
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        expected = differing.filter(condition)
        expect(page.get_by_role("button", name=name)).to_have_text(f"{name} {len(expected)}")
        expect(page.locator("main h2")).to_contain_text(f"{len(expected)} image")
        expect(page.locator(".card")).to_have_count(min(60, len(expected)))
        found = [int(card.get_attribute("data-id")) for card in page.locator(".card").all()]
        assert sorted(found) == sorted(expected["id"][: len(found)].to_list())
        assert len(found) == min(60, len(expected))
        apart = dict(expected.select("id", "distance").rows())
        assert all(apart[x] >= apart[y] - 1e-4 for x, y in itertools.pairwise(found))
        assert [int(text.replace(",", "")) for text in page.locator(".four tbody td").all_inner_texts()] == cells
    page.get_by_role("button", name="all disagreements").click()
    first = differing.filter(pl.col("id") == int(page.locator(".card").first.get_attribute("data-id")))
    label = page.locator(".card svg").first.get_attribute("aria-label")
    for side in "ab":
        best = sorted(((first[f"{side}.{name}"][0], digit) for digit, name in enumerate(tables.SCORES)), reverse=True)
        assert f"{side.upper()} " + ", ".join(f"{digit}: {score:.3f}" for score, digit in best[:2]) in label
        heights = bar_heights(page.locator(f".card svg .{side}").first.get_attribute("d"))
        scores = [first[f"{side}.{name}"][0] for name in tables.SCORES]
        assert heights == pytest.approx(scores, abs=0.002)


def test_every_disagreement_can_be_scrolled_to(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"one": 1, "two": 1}, images=5000)
    build(tmp_path, ["one", "two"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=compare")
    count = int(re.match(r"\d+", page.locator("main h2").inner_text())[0])
    assert count > 120
    while page.locator(".card").count() < count:
        before = page.locator(".card").count()
        page.locator(".end").scroll_into_view_if_needed()
        expect(page.locator(".card").nth(before)).to_be_attached()
    expect(page.locator(".end")).to_be_empty()
    shown = [card.get_attribute("data-id") for card in page.locator(".card").all()]
    assert len(set(shown)) == len(shown) == count


def bar_heights(path: str) -> list[float]:
    """The ten bars of a path as shares of the highest possible bar, 40 pixels."""
    return [float(height) / 40 for height in re.findall(r"v-?(\d+\.\d)h", path)]


def test_errors_over_time(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    page.get_by_role("link", name="Errors over time").first.click()
    errors = rows.group_by("variant", "epoch").agg(wrong=(pl.col("correct") == 0).sum())
    by_table = {(variant, epoch): wrong for variant, epoch, wrong in errors.rows()}
    lines = [line.split("\t") for line in page.locator("#errors-by-epoch tbody").inner_text().split("\n")]
    expected = [[name, *(str(by_table.get((name, epoch), "–")) for epoch in range(1, 6))] for name in VARIANTS]  # noqa: RUF001
    assert [[text.strip() for text in line] for line in lines] == expected
    points = page.locator(".chart circle title").all_text_contents()
    assert points == [
        f"{name}, epoch {epoch}: {by_table[name, epoch]}"
        for name, last in VARIANTS.items()
        for epoch in range(1, last + 1)
    ]
    page.locator("#from").select_option("2")
    page.locator("#to").select_option("4")
    wide = rows.filter(pl.col("variant") == "baseline").pivot("epoch", index="id", values="correct").sort("id")
    history = wide.drop("id").to_numpy()
    ids = wide["id"].to_numpy()
    right_before = np.maximum.accumulate(history, axis=1)[:, :-1]
    lists = {
        "learned": ids[(history[:, 1] == 0) & (history[:, 3] == 1)],
        "never": ids[(history == 0).all(axis=1)],
        "forgotten": ids[((right_before == 1) & (history[:, 1:] == 0)).any(axis=1)],
    }
    for name, wanted in lists.items():
        assert len(wanted) > 0
        assert page.locator(f"#{name}").get_attribute("data-ids").split() == [str(each) for each in wanted]
        expect(page.locator(f"#{name} h2 small")).to_have_text(re.compile(f"^{len(wanted)} images? of baseline; "))
    page.locator("#never").get_by_role("button", name="show in the table").click()
    assert sorted(set(downloaded(page)["id"].to_list())) == lists["never"].tolist()


def test_patterns_and_a_cell_that_filters(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    page.get_by_role("link", name="Patterns").first.click()
    expect(page.locator(".confusion[data-side=b] tbody td")).to_have_count(100)
    for side, (variant, epoch) in (("a", ("baseline", 5)), ("b", ("double", 3))):
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == epoch))
        counts = np.zeros((10, 10), int)
        np.add.at(counts, (own["truth"].to_numpy(), own["guess"].to_numpy()), 1)
        cells = page.locator(f".confusion[data-side={side}] tbody td").all_inner_texts()
        assert [int(text.replace("·", "0")) for text in cells] == counts.ravel().tolist()
        wrong = own.filter(pl.col("correct") == 0).group_by("guess").len().sort("guess")
        heads = page.locator(f".by-guess[data-side={side}] .guess-head").all_inner_texts()
        assert [tuple(int(number) for number in re.findall(r"\d+", head)) for head in heads] == wrong.rows()
        for (guess, _), item in zip(wrong.rows(), page.locator(f".by-guess[data-side={side}] > li").all(), strict=True):
            mistaken = own.filter(pl.col("correct") == 0, pl.col("guess") == guess)
            labels = re.findall(r"(\d) (\d+) times", item.locator(".labels").get_attribute("aria-label"))
            expected = mistaken.group_by("truth").len().sort("truth").rows()
            assert sorted((int(label), int(count)) for label, count in labels) == expected
            expect(item.get_by_role("button")).to_have_count(min(14, len(mistaken)))
            samples = [button.get_attribute("aria-label") for button in item.get_by_role("button").all()]
            assert [int(re.match(r"image (\d+),", text)[1]) for text in samples] == mistaken["id"].to_list()[:14]
    worst = rows.filter(pl.col("correct") == 0, pl.col("variant") == "baseline", pl.col("epoch") == 5)
    label, guess, _ = worst.group_by("truth", "guess").len().sort("len", "truth", "guess", descending=True).row(0)
    page.locator(".confusion[data-side=a]").get_by_role("button", name=f"labelled {label}, guessed {guess}:").click()
    expect(page.locator("#query")).to_have_value(f"truth == {label} and guess == {guess}")
    show(page, "Table")
    assert key(downloaded(page)) == key(rows.filter(pl.col("truth") == label, pl.col("guess") == guess))


def test_hard_images_and_likely_label_errors(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#view=images")
    hard = rows.group_by("id").agg(wrong=(pl.col("correct") == 0).sum(), loss=pl.col("loss").mean())
    hard = hard.filter(pl.col("wrong") > 0).sort("wrong", "loss", descending=True)
    shown = [int(tile.get_attribute("data-id")) for tile in page.locator("#hardest .tile").all()]
    assert shown == hard["id"][:48].to_list()
    expect(page.locator("#hardest h2 small")).to_contain_text(f"{len(hard)} images")
    last = joined(rows, ("baseline", 5), ("double", 3))
    sure = last.filter(pl.col("a.guess") == pl.col("b.guess"), pl.col("a.guess") != pl.col("truth"))
    sure = sure.with_columns(least=pl.min_horizontal("a.confidence", "b.confidence")).sort("least", descending=True)
    shown = [int(tile.get_attribute("data-id")) for tile in page.locator("#likely .tile").all()]
    assert len(sure) > 0
    assert shown == sure["id"].to_list()


def test_calibration(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#view=calibration")
    for side, (variant, epoch) in (("a", ("baseline", 5)), ("b", ("double", 3))):
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == epoch))
        part = np.ceil(own["confidence"].to_numpy() * 15).clip(1, 15)
        grouped = (
            own.with_columns(part=pl.Series(part)).group_by("part").agg(pl.len(), pl.mean("confidence", "correct"))
        )
        error = (grouped["len"] * (grouped["correct"] - grouped["confidence"]).abs()).sum() / len(own)
        text = page.locator(f"[data-calibration={side}]").inner_text()
        assert float(text.split()[0]) == pytest.approx(error, abs=6e-6)
        first = 2 if side == "a" else 5
        by_part = {int(part): numbers for part, *numbers in grouped.iter_rows()}
        for part in range(1, 16):
            line = page.locator("main .numbers tbody tr").nth(part - 1)
            cells = [line.locator(f":nth-child({first + column})").inner_text() for column in range(3)]
            expected = by_part.get(part)
            assert [float(cell.replace(",", "")) for cell in cells if cell != "–"] == (  # noqa: RUF001
                pytest.approx(expected, abs=6e-4) if expected else []
            )


def test_models_show_intervals_differences_and_provenance(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#view=models")
    for line in page.locator("#errors tbody tr").all():
        name, images, errors, share, interval, *_ = line.locator("th, td").all_inner_texts()
        variant, epoch = name.split(":")
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == int(epoch)))
        wrong = len(own) - own["correct"].sum()
        assert (images, errors, share) == ("1,000", str(wrong), f"{wrong / 10:.2f} %")
        wilson = binomtest(int(wrong), 1000).proportion_ci(method="wilson")
        assert [float(number) for number in re.findall(r"[\d.]+", interval)] == pytest.approx(
            [100 * wilson.low, 100 * wilson.high], abs=0.006
        )
    metrics = pl.concat(pl.read_parquet(results / name / "metrics.parquet") for name in VARIANTS)
    for title, column in (("Test loss", "loss"), ("Expected calibration error", "calibration_error")):
        chart = page.locator(".chart", has_text=title)
        points = [float(text.split(": ")[1]) for text in chart.locator("circle title").all_text_contents()]
        assert points == metrics[column].to_list()
    differing = page.locator("#configuration .differs th").all_inner_texts()
    assert sorted(differing) == ["epochs", "learning_rate", "variant"]
    expect(page.locator("#provenance")).to_contain_text("checkpoints / epoch_001.safetensors")
    expect(page.locator("#provenance")).to_contain_text(f"{1:064x}")
    recorded = json.loads((results / "baseline" / "train.json").read_text())
    for text in (
        "commit",
        "dirty",
        "software / numpy",
        recorded["software"]["numpy"],
        recorded["ended"],
        "predict / code",
    ):
        expect(page.locator("#provenance")).to_contain_text(text)
    data = json.loads((results / "data.json").read_text())
    for text in (data["dataset_sha256"], data["source"], data["outputs"]["images.parquet"]):
        expect(page.locator("#data-record")).to_contain_text(text)
    query(page, "truth == 3")
    images = rows.filter(pl.col("truth") == 3)["id"].n_unique()
    expect(page.locator("#errors tbody tr").first.locator("td").first).to_have_text(str(images))


def test_one_query_is_followed_by_every_view(page: Page, results: Path, rows: pl.DataFrame) -> None:
    left = rows.filter(pl.col("truth") == 8)
    opened(page, results / "explorer.html", "#q=truth+==+8&view=epochs")
    wrong = left.group_by("variant", "epoch").agg(wrong=(pl.col("correct") == 0).sum())
    line = page.locator("#errors-by-epoch tbody tr").first.inner_text().split("\t")
    expected = wrong.filter(pl.col("variant") == "baseline").sort("epoch")["wrong"].to_list()
    assert [int(text) for text in line[1:]] == expected
    for view in VIEWS:
        page.locator(".tabs a").nth(VIEWS.index(view)).click()
        expect(page.locator("#query")).to_have_value("truth == 8")
        if view == "compare":
            both = joined(left, ("baseline", 5), ("double", 3))
            expect(page.locator(".four tbody td").first).to_have_text(
                str(both.filter(pl.col("a.correct") == 1, pl.col("b.correct") == 1).height)
            )
            assert set(page.locator(".card-text span:nth-child(2)").all_inner_texts()) <= {"truth 8"}
        elif view == "patterns":
            own = left.filter(pl.col("variant") == "baseline", pl.col("epoch") == 5)
            filled = [text for text in page.locator(".confusion[data-side=a] td").all_inner_texts() if text.isdecimal()]
            assert sum(map(int, filled)) == len(own)
        elif view == "images":
            hard = left.filter(pl.col("correct") == 0)["id"].n_unique()
            expect(page.locator("#hardest h2 small")).to_contain_text(re.compile(f"^{hard} images?;"))
            page.locator("#hardest").get_by_role("button", name="show in the table").click()
            assert sorted(set(downloaded(page)["id"])) == sorted(set(left.filter(pl.col("correct") == 0)["id"]))
            page.go_back()
        elif view == "calibration":
            own = left.filter(pl.col("variant") == "baseline", pl.col("epoch") == 5)
            counts = page.locator("main .numbers tbody td:nth-child(2)").all_inner_texts()
            assert sum(int(text) for text in counts if text.isdecimal()) == len(own)
        elif view == "models":
            first = page.locator("#errors tbody tr").first
            expect(first.locator("td").nth(1)).to_have_text(str(expected[0]))


def test_help_lists_queries_that_work(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    for index in range(page.locator("#help dl a").count()):
        page.get_by_role("button", name="help").press("Enter")
        example = page.locator("#help dl a").nth(index)
        expect(example).to_be_visible()
        text = example.inner_text()
        example.press("Enter")
        expect(page.locator("#help")).to_be_hidden()
        expect(page.locator("#query")).to_have_value(text)
        expect(page.locator(".problem")).to_be_empty()
    page.get_by_role("button", name="help").press("Enter")
    page.locator("#help").get_by_text("margin < 0.1 or entropy > 1").click()
    expected = rows.filter((pl.col("margin") < 0.1) | (pl.col("entropy") > 1))
    assert key(downloaded(page)) == key(expected)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_that_nothing_is_left(page: Page, results: Path, view: str) -> None:
    opened(page, results / "explorer.html", f"#view={view}&q=epoch+==+99")
    expect(page.locator(".matches")).to_have_text("0 rows of 8,000")
    if view == "table":
        expect(page.locator(".empty")).to_have_text("No row matches the query.")
        page.get_by_role("button", name="clear", exact=True).click()
        expect(page.locator(".empty")).to_be_empty()
        expect(page.locator("#count")).to_have_text("8,000 rows")
    elif view == "compare":
        expect(page.locator("main h2")).to_have_text("0 images with different guesses of those that the query leaves")
        expect(page.locator("#p-value")).to_have_text("1.0000 no difference")
    else:
        expect(page.locator("main .view")).to_be_visible()
        assert "NaN" not in page.locator("main").inner_text()


def test_a_browser_that_cannot_unpack_is_told_so(browser: Browser, results: Path) -> None:
    page = browser.new_page()
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto((results / "explorer.html").as_uri())
    expect(page.get_by_role("alert")).to_contain_text("This browser has no DecompressionStream.")
    page.close()


def test_a_damaged_file_says_what_is_damaged(browser: Browser, results: Path, tmp_path: Path) -> None:
    text = (results / "explorer.html").read_text()
    place = text.index('id="data-score_3"') + 200
    (tmp_path / "damaged.html").write_text(f"{text[:place]}AAAAAAAA{text[place + 8 :]}")
    (tmp_path / "cut.html").write_text(text[: len(text) // 2])
    page = browser.new_page()
    page.goto((tmp_path / "damaged.html").as_uri())
    expect(page.get_by_role("alert")).to_contain_text("The column score_3 is damaged.")
    page.goto((tmp_path / "cut.html").as_uri())
    expect(page.locator(".loading")).to_contain_text("the file is not whole (copy it again)")
    page.close()


def test_address_holds_the_state(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html")
    query(page, "epoch == 2 and not correct")
    page.locator("[data-column=loss]").click()
    page.locator("#group").select_option("variant")
    address = page.url
    expected = downloaded(page)
    opened(page, results / "explorer.html", "#" + address.split("#")[1])
    assert downloaded(page).equals(expected)
    expect(page.locator(".grid-row.group")).to_have_count(2)
    page.locator("#group").select_option("")
    page.go_back()
    expect(page.locator(".grid-row.group")).to_have_count(2)
    state = (
        "#rows=joined&a=double:2&b=baseline:4&q=a.guess+!=+b.guess&sort=-distance&columns=distance,id,b.score_2&id=7"
    )
    opened(page, results / "explorer.html", state)
    both = joined(rows, ("double", 2), ("baseline", 4)).filter(pl.col("a.guess") != pl.col("b.guess"))
    found = downloaded(page)
    assert found.columns == ["distance", "id", "b.score_2"]
    assert_rows(found, both.sort("distance", descending=True, maintain_order=True))
    expect(page.get_by_role("complementary", name="image details")).to_contain_text("Image 7")


@pytest.mark.parametrize("view", [*VIEWS, "table&rows=joined&group=truth"])
def test_axe_finds_nothing_serious(page: Page, results: Path, view: str) -> None:
    opened(page, results / "explorer.html", f"#view={view}&id=3&q=not+correct")
    page.locator("[data-table]").first.wait_for()
    if view == "table":
        page.get_by_role("button", name="columns").click()
        page.get_by_role("button", name="help").click()
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious(page, {"runOnly": "color-contrast"}) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert serious(page, {"rules": {"color-contrast": {"enabled": False}}}) == []


def serious(page: Page, options: dict[str, object] | None = None) -> list[str]:
    """The violations that axe calls serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **(options or {})}).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in ("serious", "critical")
    ]


def test_narrow_pages_do_not_scroll_sideways(page: Page, results: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for view in VIEWS:
        opened(page, results / "explorer.html", f"#view={view}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, view
        expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
        if view == "patterns":
            expect(page.locator(".confusion[data-side=a] th", has_text="9").first).to_be_in_viewport(ratio=0.9)


def test_print_shows_the_view_without_its_controls(page: Page, results: Path) -> None:
    opened(page, results / "explorer.html", "#view=compare")
    page.emulate_media(media="print")
    expect(page.locator(".query")).to_be_hidden()
    expect(page.locator(".card").first).to_be_visible()


def test_print_shows_the_query_and_the_next_rows(page: Page, results: Path, rows: pl.DataFrame) -> None:
    opened(page, results / "explorer.html", "#q=not+correct&columns=id,guess")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#query")).to_be_visible()
    expect(page.get_by_role("button", name="clear", exact=True)).to_be_hidden()
    expected = rows.filter(pl.col("correct") == 0).select("id", "guess").head(200)
    assert [(int(id), int(guess)) for id, guess in visible(page)] == expected.rows()
    tops = [line.bounding_box()["y"] for line in page.locator(".grid-body .grid-row").all()[:3]]
    assert tops[0] < tops[1] < tops[2]
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#line-199")).to_have_count(0)
    assert page.locator(".grid-body .grid-row").count() < 50


def test_print_shows_every_column_and_counts_their_histograms(page: Page, results: Path) -> None:
    opened(page, results / "explorer.html", "#rows=joined")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#line-0 .cell")).to_have_count(34)
    assert page.locator(".grid-heading [data-counted]").count() == 33
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#line-0 .cell[aria-colindex='34']")).to_have_count(0)
    assert page.locator("#line-0 .cell").count() < 24


def test_hostile_names_are_text(page: Page, tmp_path: Path) -> None:
    name = '"><img src=x onerror=alert(1)><script>alert(2)<'
    generate(tmp_path, {name: 1, "plain": 2}, images=40)
    build(tmp_path, [name, "plain"], tmp_path / "explorer.html")
    for view in VIEWS:
        opened(page, tmp_path / "explorer.html", f"#view={view}&id=3")
        page.locator("[data-table]").first.wait_for()
        assert page.locator("img, #page script").count() == 0
    opened(page, tmp_path / "explorer.html")
    assert downloaded(page)["variant"].to_list() == [name] * 40 + ["plain"] * 80


def test_one_variant_with_one_epoch(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"only": 1}, images=60)
    build(tmp_path, ["only"], tmp_path / "explorer.html")
    for view in VIEWS:
        opened(page, tmp_path / "explorer.html", f"#view={view}")
        expect(page.locator("main .view")).to_be_visible()


def test_two_tables_that_agree_are_told_apart_from_one_table_twice(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"one": 1, "same": 1}, images=60)
    shutil.copy(tmp_path / "one" / "predictions.parquet", tmp_path / "same" / "predictions.parquet")
    build(tmp_path, ["one", "same"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=compare")
    expect(page.locator("main h2 small")).to_have_text("A and B agree on every image")
    expect(page.locator("#p-value")).to_have_text("1.0000 no difference")
    page.locator("#b").select_option("one:1")
    expect(page.locator("main h2 small")).to_have_text("A and B are the same table; choose another")
    opened(page, tmp_path / "explorer.html", "#sort=confidence&columns=variant,id,confidence")
    both = pl.read_parquet(tmp_path / "one" / "predictions.parquet").sort("id")
    twice = derived(pl.concat([both, both]).with_columns(rounded(name) for name in tables.SCORES))
    assert downloaded(page)["id"].to_list() == twice.sort("confidence", maintain_order=True)["id"].to_list()


def test_many_variants_with_long_names(page: Page, tmp_path: Path) -> None:
    names = [f"augment_affine-conv_kernel_5-label_smoothing_0.1-schedule_one_cycle-seed_{seed}" for seed in range(60)]
    generate(tmp_path, dict.fromkeys(names, 2), images=50)
    build(tmp_path, names, tmp_path / "explorer.html")
    wrong = {
        name: pl.read_parquet(tmp_path / name / "metrics.parquet").sort("epoch")["errors"].to_list() for name in names
    }
    opened(page, tmp_path / "explorer.html")
    expect(page.locator("#line-0 .cell.variant")).to_have_attribute("title", names[0])
    expect(page.locator("#line-0 .cell.variant")).to_have_text(re.compile("^augment.*….*seed_0$"))
    page.get_by_role("link", name="Errors over time").first.click()
    lines = [line.split("\t") for line in page.locator("#errors-by-epoch tbody").inner_text().split("\n")]
    assert [[name.strip(), *map(int, counts)] for name, *counts in lines] == [[name, *wrong[name]] for name in names]
    expect(page.locator(".legend li")).to_have_text([names[0], names[-1], "the other variants"])
    expect(page.locator(".line.grey")).to_have_count(58)
    page.set_viewport_size({"width": 390, "height": 844})
    for view in VIEWS:
        page.locator(".tabs a").nth(VIEWS.index(view)).click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390, view
    page.locator("#b").select_option(f"{names[7]}:1")
    expect(page.locator("#configuration thead")).to_contain_text(names[7])


def test_last_rows_are_reached_where_the_table_is_higher_than_an_element_may_be(page: Page, tmp_path: Path) -> None:
    variants = {f"variant_{number:02}": 12 for number in range(20)}
    generate(tmp_path, variants, images=1000)
    build(tmp_path, list(variants), tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#columns=variant,epoch,id")
    grid = page.locator(".grid")
    last = ["variant_19", "12", "999"]
    assert grid.evaluate("grid => grid.scrollHeight") < 240_000 * 36
    grid.focus()
    page.keyboard.press("End")
    expect(page.locator(".grid-row.current .cell")).to_have_text(last)
    page.keyboard.press("Home")
    expect(page.locator("#line-0")).to_be_visible()
    grid.evaluate("grid => (grid.scrollTop = grid.scrollHeight)")
    expect(page.locator("#line-239999 .cell")).to_have_text(last)
    inside = "([line, grid]) => line.getBoundingClientRect().bottom <= grid.getBoundingClientRect().bottom"
    assert page.evaluate(inside, [page.locator("#line-239999").element_handle(), grid.element_handle()])
    grid.hover()
    page.mouse.wheel(0, -360)
    page.wait_for_timeout(300)
    top = "Math.min(...[...document.querySelectorAll('.grid-body .grid-row')].map((row) => Number(row.dataset.line)))"
    before = page.evaluate(top)
    page.mouse.wheel(0, -360)
    page.wait_for_timeout(300)
    assert page.evaluate(top) == before - 10


def test_a_sampled_page_says_so_and_counts_exactly(
    page: Page, results: Path, rows: pl.DataFrame, tmp_path: Path
) -> None:
    build(results, list(VARIANTS), tmp_path / "explorer.html", row_limit=4000)
    opened(page, tmp_path / "explorer.html", "#view=compare&a=baseline:1&b=double:3")
    wrong = rows.filter(pl.col("correct") == 0)["id"].n_unique()
    expect(page.get_by_role("note")).to_contain_text(f"All {wrong} images that at least one table gets wrong")
    both = joined(rows, ("baseline", 1), ("double", 3))
    right_a, right_b = pl.col("a.correct") == 1, pl.col("b.correct") == 1
    cells = [both.filter(first, second).height for first in (right_a, ~right_a) for second in (right_b, ~right_b)]
    assert [int(text) for text in page.locator(".four tbody td").all_inner_texts()] == cells
    show(page, "Models")
    query(page, "truth == 3")
    threes = rows.filter(pl.col("truth") == 3).group_by("variant", "epoch", maintain_order=True)
    counts = threes.agg(pl.len(), wrong=(pl.col("correct") == 0).sum())
    for line, (variant, epoch, images, errors) in zip(
        page.locator("#errors tbody tr").all(), counts.iter_rows(), strict=True
    ):
        cells = line.locator("th, td").all_inner_texts()
        assert cells[:4] == [f"{variant}:{epoch}", str(images), str(errors), f"{100 * errors / images:.2f} %"]
    show(page, "Patterns")
    counted = page.locator(".confusion[data-side=b] tbody tr").nth(3).locator("td").all_inner_texts()
    last = rows.filter(pl.col("truth") == 3, pl.col("variant") == "double", pl.col("epoch") == 3)
    assert [int(text.replace("·", "0")) for text in counted] == [last.filter(guess=guess).height for guess in range(10)]
    show(page, "Table")
    query(page, "epoch == 1")
    page.locator("#group").select_option("truth")
    for truth in range(10):
        own = rows.filter(pl.col("truth") == truth, pl.col("epoch") == 1)
        rate = f"{100 * (1 - own['correct'].mean()):.2f} % wrong"
        expect(page.locator(f"#line-{truth}")).to_contain_text(rate)
    page.locator("#group").select_option("")
    query(page, "not correct")
    assert_rows(downloaded(page), rows.filter(pl.col("correct") == 0))
