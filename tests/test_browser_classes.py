"""Named classes, however many, in a real browser: what is shown, what a query says, whose picture is whose."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from mnist_viz.explore import explore
from mnist_viz.explorer import build
from mnist_viz.predict import columns
from mnist_viz.store import tables
from tests.explored import ANY, HOSTILE, NAMES, predictions
from tests.explorer.browser import VIEWS, downloaded, opened, painted, query, show, visible
from tests.explorer.generate import generate

DASH = "\N{EN DASH}"


def numbered(count: int) -> list[str]:
    return [f"class {number}" for number in range(count)]


def written(folder: Path, names: Sequence[str], rows: int = 200) -> Path:
    """The page of two variants on the same images."""
    return explore({name: predictions(names, rows, seed) for seed, name in enumerate("ab")}).write(folder / "page.html")


def matches(page: Page, count: int) -> None:
    expect(page.locator(".matches")).to_contain_text(f"{count:,} row" + "s" * (count != 1))


def test_names_are_shown_and_asked_for_as_texts(page: Page, tmp_path: Path) -> None:
    file = written(tmp_path, NAMES)
    rows = pl.concat([predictions(NAMES, 200, seed) for seed in (0, 1)])
    opened(page, file)
    assert {cells[4] for cells in visible(page)} <= set(NAMES)
    assert [cells[4:6] for cells in visible(page)[:8]] == [list(row) for row in rows[:8, ["guess", "truth"]].rows()]
    query(page, 'truth == "quote \\" < & >\\\\"')
    matches(page, len(rows.filter(truth=HOSTILE)))
    query(page, 'guess in ("cat", "ünï code") and guess != truth')
    matches(page, len(rows.filter(pl.col("guess").is_in(["cat", "ünï code"]), pl.col("guess") != pl.col("truth"))))
    query(page, 'truth == "cow"')
    expect(page.get_by_role("alert")).to_contain_text('no truth is called "cow"; there are cat, dog')
    query(page, "truth == 3")
    expect(page.get_by_role("alert")).to_contain_text("truth (a text) cannot be compared with a number")
    query(page, "variant == truth")
    expect(page.get_by_role("alert")).to_contain_text("have no text in common")


def test_a_cell_of_the_matrix_asks_for_names_of_any_characters(page: Page, tmp_path: Path) -> None:
    names = [HOSTILE, "new\nline"]
    opened(page, written(tmp_path, names), "#view=patterns")
    rows = predictions(names, 200)
    expected = len(rows.filter(truth=names[1], guess=HOSTILE))
    cell = page.locator("#a-1-0")
    expect(cell).to_have_text(str(expected))
    cell.click()
    expect(page.locator("#query")).to_have_value('truth == "new\\nline" and guess == "quote \\" < & >\\\\"')
    expect(page.locator("#a-1-0")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".chosen[data-side=a] h3")).to_have_text(
        f"{expected} image{'s' * (expected != 1)} of A in the chosen cell"
    )


def test_names_of_any_characters_are_asked_for_as_they_are_printed(page: Page, tmp_path: Path) -> None:
    rows = pl.concat([predictions(ANY, 200, seed) for seed in (0, 1)])
    opened(page, written(tmp_path, ANY), "#view=table&group=guess")
    for number in range(len(ANY)):
        opened(page, tmp_path / "page.html", "#view=table&group=guess")
        line = page.locator(f"#line-{number}")
        value = line.locator("strong").evaluate("(each) => each.textContent").removeprefix("guess ")
        line.get_by_role("button", name="only these").click()
        matches(page, len(rows.filter(guess=value)))
    assert {row[5] for row in visible(page)} <= set(ANY)


def test_names_that_are_their_numbers_stay_numbers(page: Page, tmp_path: Path) -> None:
    names = [str(number) for number in range(12)]
    opened(page, written(tmp_path, names))
    rows = pl.concat([predictions(names, 200, seed) for seed in (0, 1)])
    query(page, "truth > 9 and guess == 11")
    matches(page, len(rows.filter(pl.col("truth").is_in(["10", "11"]), guess="11")))


@pytest.mark.parametrize(("count", "bars"), [(12, 12), (13, 6)])
def test_up_to_twelve_classes_have_bars_and_of_more_the_truth_and_the_highest(
    page: Page, tmp_path: Path, count: int, bars: int
) -> None:
    names = numbered(count)
    opened(page, written(tmp_path, names), "#view=table&id=3")
    row = predictions(names, 200)[3]
    shown = page.locator(".detail .pair .bars text title").all_text_contents()
    assert len(shown) == bars and row["truth"].item() in shown
    heads = page.locator(".detail .scores thead th").all_inner_texts()
    assert heads == shown
    numbers = page.locator(".detail .scores tr[data-side=a] td").all_inner_texts()
    expected = [row[f"score_{name}"].item() for name in shown]
    assert np.abs(np.array([float(number) for number in numbers]) - expected).max() < 0.0006
    if count > bars:
        both = [predictions(names, 200, seed)[3].select(pl.col("^score_.*$")).row(0) for seed in (0, 1)]
        others = [max(pair) for name, *pair in zip(names, *both, strict=True) if name not in shown]
        own = [max(pair) for name, *pair in zip(names, *both, strict=True) if name in shown and name != row[0, "truth"]]
        assert min(own) >= max(others)


@pytest.mark.parametrize("names", [NAMES, [str(number) for number in range(10)]], ids=["names", "numbers"])
def test_a_missing_truth_is_shown_and_never_counted(page: Page, tmp_path: Path, names: Sequence[str]) -> None:
    lost = pl.col("id") % 4 == 1
    frames = [predictions(names, 200, seed).with_columns(pl.when(~lost).then("truth")) for seed in (0, 1)]
    file = explore(dict(zip("ab", frames, strict=True))).write(tmp_path / "page.html")
    rows = pl.concat(frames)
    a, b = (frame["truth"] == frame["guess"] for frame in frames)
    cells = [int((x & y).sum()) for x, y in [(a, b), (a, ~b), (~a, b), (~a, ~b)]]
    assert sum(cells) == 150
    opened(page, file)
    shown = visible(page)[1]
    assert shown[5:7] == ["not known" if names == NAMES else DASH, DASH] and shown[9:11] == [DASH, DASH]
    wrong = len(rows.filter(pl.col("truth") != pl.col("guess")))
    for text, count in {
        "": 400,
        "correct": 300 - wrong,
        "not correct": wrong,
        "guess != truth": wrong,
        "loss < 0.5 or loss >= 0.5": 300,
        "a.correct or not a.correct": 300,
        'truth == "not known"' if names == NAMES else "truth == -1": 100,
    }.items():
        query(page, text)
        matches(page, count)
    query(page, "")
    assert downloaded(page)["truth"].cast(pl.String).to_list() == rows["truth"].to_list()
    show(page, "Two models")
    texts = page.locator("table.four tbody td").all_inner_texts()
    assert [int(text) for text in texts] == cells
    show(page, "Models")
    errors = page.locator("#errors tbody tr").evaluate_all("(rows) => rows.map((row) => row.children[2].innerText)")
    images = page.locator("#errors tbody tr").evaluate_all("(rows) => rows.map((row) => row.children[1].innerText)")
    assert errors == [str(int((~a).sum())), str(int((~b).sum()))] and images == ["150", "150"]
    show(page, "Patterns")
    counts = page.locator("table.confusion[data-side=a] button").all_inner_texts()
    assert sum(int(count) for count in counts if count != "·") == 150
    show(page, "Errors over time")
    show(page, "Hard images")
    ids = set(page.locator("article.tile").evaluate_all("(tiles) => tiles.map((tile) => Number(tile.dataset.id))"))
    assert ids and not {each for each in ids if each % 4 == 1}
    opened(page, file, "#view=table&id=1")
    expect(page.locator(".detail header p")).to_have_text("labelled not known")
    expect(page.locator(".detail .pair")).not_to_contain_text("✗")
    expect(page.locator(".detail .pair .bars .truth")).to_have_count(0)
    opened(page, file, "#view=table&group=guess")
    first = sorted(set(rows["guess"]), key=list(names).index if names != NAMES else str)[0]
    own = rows.filter(guess=first)
    share = len(own.filter(pl.col("truth") != first)) / own["truth"].count()
    expect(page.locator("#line-0")).to_contain_text(f"{100 * share:.2f} % wrong")


def test_above_25_classes_pairs_are_ranked_in_place_of_the_matrix(page: Page, tmp_path: Path) -> None:
    opened(page, written(tmp_path, numbered(25)), "#view=patterns")
    expect(page.locator("table.confusion")).to_have_count(2)
    expect(page.locator(".confused")).to_have_count(0)
    names = numbered(26)
    opened(page, written(tmp_path, names, 3000), "#view=patterns")
    expect(page.locator("table.confusion")).to_have_count(0)
    sides = [predictions(names, 3000, seed).filter(pl.col("truth") != pl.col("guess")) for seed in (0, 1)]
    counts = [{key: len(part) for key, part in side.group_by("truth", "guess")} for side in sides]
    expected = sorted(-sum(side.get(key, 0) for side in counts) for key in {*counts[0], *counts[1]})
    cells = page.locator(".confused tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText))"
    )
    assert len(cells) == 50
    assert [-int(a) - int(b) for _, a, b in cells] == expected[:50]
    for pair, a, b in cells:
        truth, guess = pair.split(" taken for ")
        assert [counts[side].get((truth, guess), 0) for side in (0, 1)] == [int(a), int(b)]
    pair, a, _ = cells[0]
    truth, guess = pair.split(" taken for ")
    page.get_by_role("button", name=pair, exact=True).click()
    expect(page.locator("#query")).to_have_value(f'truth == "{truth}" and guess == "{guess}"')
    expect(page.get_by_role("button", name=pair, exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".chosen[data-side=a] h3")).to_contain_text(f"{a} image")


def test_a_distance_by_the_highest_scores_is_said_to_be_approximate(page: Page, tmp_path: Path) -> None:
    names, images = numbered(101), 40
    generate(tmp_path, {"a": 1, "b": 1}, images)
    truth = np.arange(images, dtype=np.int32)
    pictures = tables.read(tmp_path / "images.parquet", tables.images)
    about = {"id": pictures["id"], "image": pictures["image"], "truth": tables.labels(truth, 101)}
    tables.write(tmp_path / "images.parquet", about, tables.images, "pets", names)
    for seed, name in enumerate("ab"):
        scores = np.random.default_rng(seed).dirichlet(np.full(101, 0.1), images).astype(np.float32)
        made = columns(name, [scores], truth, 101)
        tables.write(tmp_path / name / "predictions.parquet", made, tables.predictions, "pets", names)
    build(tmp_path, ["a", "b"], tmp_path / "page.html")
    opened(page, tmp_path / "page.html", "#view=compare")
    expect(page.locator(".card .distance").first).to_contain_text("apart ≈ 0.")
    expect(page.locator("h2 small")).to_contain_text("approximately, by the 10 highest scores of each")
    page.locator("#lacking summary").click()
    expect(page.locator("#lacking")).to_contain_text("distance and entropy are approximate")


def test_every_view_draws_a_thousand_classes(page: Page, tmp_path: Path) -> None:
    file = written(tmp_path, numbered(1000), 2000)
    for view, title in VIEWS.items():
        opened(page, file, f"#view={view}")
        expect(page.locator("[aria-current=page]")).to_have_text(title)
        expect(page.locator("main section").first).to_be_visible()
        if view == "patterns":
            assert page.evaluate("document.querySelectorAll('*').length") < 5000
    query(page, 'truth == "class 999"')
    show(page, "Table")
    matches(page, 2 * len(predictions(numbered(1000), 2000).filter(truth="class 999")))


def colour(number: int) -> tuple[int, int, int]:
    return (number * 37 % 200 + 30, number * 91 % 200 + 30, number * 53 % 200 + 30)


def picture(number: int, side: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), colour(number)).save(file, "PNG")
    return file.getvalue()


def seen(page: Page) -> np.ndarray:
    """The pixel in the middle of the large picture."""
    painted(page)
    shot = Image.open(io.BytesIO(page.locator(".detail > .digit").screenshot())).convert("RGB")
    return np.array(shot.getpixel((shot.width // 2, shot.height // 2)))


def test_pictures_lie_on_tiles_and_each_is_its_images(page: Page, tmp_path: Path) -> None:
    count = 42 * 42 + 150  # a tile of 4,096 pixels holds 42 pictures of 96 pixels across; four lines are left
    frame = predictions(NAMES, count).with_columns(image=pl.Series([picture(number, 96) for number in range(count)]))
    file = explore(frame).write(tmp_path / "page.html")
    for number in (0, 41, 42, 42 * 42 - 1, 42 * 42, count - 1):
        opened(page, file, f"#view=table&id={number}")
        assert page.locator(".detail > .digit").evaluate("(each) => getComputedStyle(each).imageRendering") == "auto"
        page.wait_for_function(
            """async (tiles) => {
              for (let tile = 0; tile < tiles; tile += 1) {
                const image = new Image();
                image.src = getComputedStyle(document.documentElement).getPropertyValue(`--tile-${tile}`).slice(5, -2);
                await image.decode();
                if (image.width > 4096 || image.height > 4096) throw new Error("too large");
              }
              return true;
            }""",
            arg=2,
        )
        assert np.abs(seen(page) - colour(number)).max() <= 8, number


def test_small_grey_pictures_show_their_pixels(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&id=0")
    shown = page.locator(".detail > .digit")
    assert shown.evaluate("(each) => getComputedStyle(each).imageRendering") == "pixelated"


def test_what_is_missing_is_said_on_the_page(page: Page, tmp_path: Path) -> None:
    opened(page, written(tmp_path, NAMES), "#view=overview")
    page.locator("#lacking summary").click()
    expect(page.locator("#lacking")).to_contain_text("no pictures: there is no column image or file_name")
    expect(page.locator("#lacking")).to_contain_text("no column epoch")


def test_a_notebook_shows_the_page_in_a_frame(browser: Browser, tmp_path: Path) -> None:
    shown = explore({name: predictions(NAMES, seed=seed) for seed, name in enumerate("ab")})
    (tmp_path / "notebook.html").write_text(f"<!doctype html><body>{shown._repr_html_()}</body>")
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    notebook = context.new_page()
    failures: list[str] = []
    notebook.on("console", lambda message: failures.append(message.text))
    notebook.on("pageerror", lambda error: failures.append(str(error)))
    notebook.goto((tmp_path / "notebook.html").as_uri())
    frame = notebook.frame_locator("iframe[title=explorer]")
    expect(frame.locator("[aria-current=page]")).to_have_text("Overview")
    frame.get_by_role("link", name="Table", exact=True).click()
    expect(frame.locator("[aria-current=page]")).to_have_text("Table")
    frame.locator("#query").fill('truth == "cat"')
    frame.locator("#query").press("Enter")
    expect(frame.locator(".matches")).to_contain_text(f"{2 * len(predictions(NAMES).filter(truth='cat'))} rows")
    context.close()
    assert failures == []


def test_without_any_truth_everything_is_shown_and_nothing_is_counted(page: Page, tmp_path: Path) -> None:
    frames = [predictions(NAMES, 200, seed).drop("truth") for seed in (0, 1)]
    file = explore(dict(zip("ab", frames, strict=True))).write(tmp_path / "page.html")
    opened(page, file)
    assert {cells[5] for cells in visible(page)} == {"not known"}
    for text, count in {"": 400, "correct": 0, "not correct": 0, "loss >= 0": 0, 'guess == "cat"': None}.items():
        query(page, text)
        matches(page, len(pl.concat(frames).filter(guess="cat")) if count is None else count)
    query(page, "")
    differing = int((frames[0]["guess"] != frames[1]["guess"]).sum())
    for view, title in VIEWS.items():
        show(page, title)
        text = page.locator("main").inner_text()
        assert "NaN" not in text and "Infinity" not in text and "0.00 %" not in text, view
        assert page.locator("main .chart svg").count() == (view == "plot"), view
        if view == "compare":
            expect(page.locator("main h2").first).to_contain_text(f"{differing} images with different guesses")
            expect(page.get_by_role("button", name="all disagreements")).to_contain_text(str(differing))
            expect(page.locator(".figures")).to_have_count(0)
        if view == "plot":
            expect(page.locator("main .legend li")).to_have_text(["rows"])
            page.locator("#x").select_option("loss")
            expect(page.locator("main .empty")).to_have_text("Of 400 rows none has a value to draw.")
        if view in ("overview", "compare", "epochs", "classes", "patterns", "calibration"):
            expect(page.locator("main")).to_contain_text("whose truth is known")
        if view == "table":
            drawn = {name: page.locator(f".histogram[aria-label^='{name}: ']") for name in ("guess", "correct")}
            for histogram in drawn.values():
                expect(histogram).to_have_attribute("data-counted", "")
            assert [bool(each.locator(".all").get_attribute("d")) for each in drawn.values()] == [True, False]
        if view == "images":
            expect(page.locator("main")).to_contain_text("no label is known")
    errors = page.locator("#errors tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText))"
    )
    assert [row[1:] for row in errors] == [["0", *[DASH] * 5]] * 2
    page.locator("#lacking summary").click()
    expect(page.locator("#lacking")).to_contain_text("no truth is known")
    opened(page, file, "#view=table&id=3")
    expect(page.locator(".detail header p")).to_have_text("labelled not known")
    expect(page.locator(".detail .chart")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1440])
def test_long_names_stay_where_they_belong(page: Page, tmp_path: Path, width: int) -> None:
    names = [f"Haliaeetusleucocephalus alascanus {number}" for number in range(40)]
    page.set_viewport_size({"width": width, "height": 860})
    file = written(tmp_path, names, 400)
    for state, cells in {
        "#view=overview": ".tile, .tile > div",
        "#view=images": ".tile, .tile > div",
        "#view=compare": ".card, .card-text",
        "#view=patterns": ".pairs-list th, .labels",
        "#view=table&id=3": ".scores th, .folds summary",
    }.items():
        opened(page, file, state)
        found = page.locator(cells)
        expect(found.first).to_be_visible()
        over = found.evaluate_all("(all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length")
        assert over == 0, state
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
