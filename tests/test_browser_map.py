"""The map in a browser: places, colours, pointing, what a line chooses, similar images; by hand and by keys."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from mnist_viz.explorer import build
from mnist_viz.job import records
from mnist_viz.mapping.table import columns
from mnist_viz.store import tables
from mnist_viz.store.maps import MAP
from tests.explorer.browser import downloaded, opened, painted
from tests.explorer.generate import generate
from tests.test_browser_takeaway import saved, texts

MARGIN = 14
CLASS_3 = (13, 148, 116)


def with_map(folder: Path, variant: str, images: int, layer: str = "linear") -> None:
    """A map of features that are made of the truth, so that classes lie apart."""
    truth = pl.read_parquet(folder / "images.parquet").sort("id")["truth"].to_numpy()
    random = np.random.default_rng(5)
    features = random.normal(0, 1, (images, 24)) + 9 * np.eye(24)[truth]
    path = folder / variant / "map.parquet"
    tables.write(path, columns(features.astype(np.float32)), MAP, "sample")
    facts = {"variant": variant, "epoch": 2, "layer": layer, "features": 24}
    records.write(folder / variant / "map.json", "map", 0, {}, [path], facts)


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mapped")
    generate(folder, {"one": 2, "two": 1}, images=400)
    with_map(folder, "one", 400)
    build(folder, ["one", "two"], folder / "explorer.html", maps=["one"])
    return folder


def places(page: Page, folder: Path) -> pl.DataFrame:
    """Where each image of the map is, in pixels of the window, as it is shown at first."""
    box = page.locator(".scatter").bounding_box()
    inner = page.locator(".scatter").evaluate("(each) => [each.clientWidth, each.clientHeight, each.clientLeft]")
    width, height, border = inner
    extent = min(width, height) - 2 * MARGIN
    return pl.read_parquet(folder / "one" / "map.parquet").with_columns(
        left=box["x"] + border + width / 2 + (pl.col("x") / 65_535 - 0.5) * extent,
        top=box["y"] + border + height / 2 + (pl.col("y") / 65_535 - 0.5) * extent,
    )


def truths(folder: Path) -> np.ndarray:
    return pl.read_parquet(folder / "images.parquet").sort("id")["truth"].to_numpy()


def rows(folder: Path, variant: str, epoch: int) -> pl.DataFrame:
    return pl.read_parquet(folder / variant / "predictions.parquet").filter(pl.col("epoch") == epoch).sort("id")


def alone(found: pl.DataFrame) -> int:
    """The image that is farthest from its nearest other one, so that no other can be meant."""
    spots = found.select("left", "top").to_numpy()
    apart = np.linalg.norm(spots[:, None] - spots, axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(axis=1).argmax())


def legend(page: Page) -> dict[str, int]:
    lines = page.locator(".kinds button").all_inner_texts()
    return {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1].replace(",", "")) for line in lines}


def test_a_page_without_a_map_has_no_such_view(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=map&id=3")
    expect(page.get_by_role("link", name="Map", exact=True)).to_have_count(0)
    expect(page.locator(".stale")).to_contain_text("view “map”")
    expect(page.locator(".similar")).to_have_count(0)
    assert 'id="data-map_0"' not in (explored / "explorer.html").read_text()


def test_colours_and_counts_are_those_of_the_tables(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map&a=one:2&b=two:1")
    truth = truths(mapped)
    assert legend(page) == {f"truth {each}": int((truth == each).sum()) for each in range(10)}
    expect(page.locator(".map > .source").last).to_contain_text(
        "The 24 features that the last layer of one after epoch 2, linear"
    )
    found = places(page, mapped)
    image = alone(found)
    pixel = "([x, y]) => { const c = document.querySelector('.scatter canvas'), b = c.getBoundingClientRect(),"
    pixel += (
        " r = devicePixelRatio; return [...c.getContext('2d').getImageData((x - b.x) * r, (y - b.y) * r, 1, 1).data]; }"
    )
    own = page.evaluate(pixel, [found["left"][image], found["top"][image]])
    mark = page.locator(".kinds li", has_text=f"truth {truth[image]}").locator(".mark")
    shown = mark.evaluate("(each) => getComputedStyle(each).backgroundColor")
    assert own[3] == 255 and own[:3] == pytest.approx([int(each) for each in re.findall(r"\d+", shown)[:3]], abs=1)

    a, b = rows(mapped, "one", 2), rows(mapped, "two", 1)
    page.locator("#colour").select_option("b")
    assert legend(page) == {f"guess {each}": int((b["guess"] == each).sum()) for each in range(10)}
    page.locator("#colour").select_option("verdict")
    right = [(each["guess"] == each["truth"]).to_numpy() for each in (a, b)]
    four = {
        "both right": right[0] & right[1],
        "A right, B wrong": right[0] & ~right[1],
        "A wrong, B right": ~right[0] & right[1],
        "both wrong": ~right[0] & ~right[1],
    }
    assert legend(page) == {name: int(those.sum()) for name, those in four.items() if those.any()}
    page.get_by_role("button", name="A wrong, B right:").click()
    assert sorted(downloaded(page)["id"].to_list()) == np.flatnonzero(four["A wrong, B right"]).tolist()


def test_pointing_tells_and_a_click_opens(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map&a=one:1&b=two:1")
    found = places(page, mapped)
    image = alone(found)
    spot = (found["left"][image], found["top"][image])
    page.mouse.move(*spot)
    guesses = [rows(mapped, name, 1)["guess"][image] for name in ("one", "two")]
    truth = truths(mapped)[image]
    marks = ["✓" if guess == truth else "✗" for guess in guesses]
    expect(page.locator(".tip")).to_have_text(
        f"id {image}truth {truth}A {guesses[0]} {marks[0]}B {guesses[1]} {marks[1]}"
    )
    page.mouse.wheel(0, -400)
    page.mouse.move(*(each + 1 for each in spot))
    expect(page.locator(".tip")).to_contain_text(f"id {image}truth")  # it stays below the pointer
    page.mouse.click(*spot)
    expect(page.get_by_role("complementary", name="image details")).to_contain_text(f"Image {image}")
    expect(page.locator(".place")).to_have_text(f"{image + 1} of 400, Map")


def test_a_line_around_images_chooses_exactly_them(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map&a=one:2&b=two:1&q=truth+!=+4")
    found = places(page, mapped)
    truth = truths(mapped)
    expect(page.locator(".map h2")).to_contain_text(f"{int((truth != 4).sum())} images")
    own = found.filter(pl.Series(truth == 7))
    left, right = own["left"].min() - 4.3, own["left"].max() + 4.3
    top, bottom = own["top"].min() - 4.3, own["top"].max() + 4.3
    within = pl.col("left").is_between(left, right) & pl.col("top").is_between(top, bottom)
    expected = found.filter(within, pl.Series(truth != 4))["id"].to_list()
    assert len(expected) >= len(own) > 20
    page.mouse.move(left, top)
    page.mouse.down()
    for spot in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(*spot, steps=3)
    page.mouse.up()
    expect(page.locator(".chosen-images span")).to_have_text(f"{len(expected)} images: chosen on the map")
    expect(page.locator(".map h2")).to_contain_text(f"{len(expected)} images")
    page.get_by_role("button", name="open in the table", exact=True).click()
    table = downloaded(page)
    assert sorted(table["id"].to_list()) == sorted(expected) and "a.guess" in table.columns
    page.go_back()
    page.go_back()
    expect(page.locator(".chosen-images")).to_have_count(0)
    expect(page.locator(".map h2")).to_contain_text(f"{int((truth != 4).sum())} images")


def test_a_line_around_nothing_says_so(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map&q=truth+==+4")
    box = page.locator(".scatter canvas").bounding_box()
    left, top = box["x"] + 1, box["y"] + 1
    page.mouse.move(left, top)
    page.mouse.down()
    for spot in ((left + 5, top), (left + 5, top + 5), (left, top + 5), (left, top)):
        page.mouse.move(*spot, steps=3)
    page.mouse.up()
    expect(page.locator(".toast")).to_have_text("No image lies there: nothing is chosen.")
    expect(page.locator(".chosen-images")).to_have_count(0)


def test_all_of_it_by_keyboard(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map")
    scatter = page.get_by_role("application", name="map of the images")
    page.keyboard.press("Tab")
    scatter.focus()
    found = places(page, mapped)
    box = page.locator(".scatter canvas").bounding_box()
    cross = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    spots = found.select("left", "top").to_numpy()
    right, down = (int(each) for each in np.rint((spots[alone(found)] - cross) / 16))
    for count, keys in ((right, ("ArrowRight", "ArrowLeft")), (down, ("ArrowDown", "ArrowUp"))):
        for _ in range(abs(count) // 5):
            page.keyboard.press(f"Shift+{keys[count < 0]}")
        for _ in range(abs(count) % 5):
            page.keyboard.press(keys[count < 0])
    cross += (16 * right, 16 * down)
    distance = np.linalg.norm(spots - cross, axis=1)
    near = np.flatnonzero(distance <= 60)
    assert 0 < len(near) < 400 and np.abs(distance - 60).min() > 0.01
    page.keyboard.press(" ")
    expect(page.locator(".chosen-images span")).to_have_text(re.compile(rf"^{len(near)} images?: chosen on the map$"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="image details")).to_contain_text(f"Image {distance.argmin()}")
    page.keyboard.press("Escape")
    expect(scatter).to_be_focused()
    page.keyboard.press("+")
    page.keyboard.press("0")
    painted(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="image details")).to_contain_text(f"Image {distance.argmin()}")


def test_similar_images_are_the_neighbours_of_the_file(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=table&id=17")
    expected = pl.read_parquet(mapped / "one" / "map.parquet")["neighbours"][17].to_list()
    pictures = page.locator(".similar .digit")
    expect(pictures).to_have_count(10)
    assert [int(each.get_attribute("data-image")) for each in pictures.all()] == expected
    captions = page.locator(".similar figcaption").all_inner_texts()
    assert captions == [str(truths(mapped)[each]) for each in expected]
    pictures.nth(3).click()
    expect(page.get_by_role("complementary", name="image details")).to_contain_text(f"Image {expected[3]}")
    page.go_back()
    page.locator(".similar").get_by_role("button", name="open in the table", exact=True).click()
    assert set(downloaded(page)["id"].to_list()) == set(expected)


def test_from_a_similar_image_one_comes_back_to_the_list(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=table&id=17&q=17+<=+id+<=+19")
    detail = page.get_by_role("complementary", name="image details")
    near = pl.read_parquet(mapped / "one" / "map.parquet")["neighbours"][17].to_list()
    other = next(each for each in near if each not in (18, 19))
    detail.locator(f".similar [data-image='{other}']").click()
    expect(detail.locator(".place")).to_have_text("not among the 3, Table")
    page.keyboard.press("j")
    expect(detail.locator("h2")).to_have_text("Image 18")


def test_a_sample_says_which_neighbours_it_lacks(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"one": 2, "two": 1}, images=400)
    with_map(tmp_path, "one", 400, layer="scores")
    with_map(tmp_path, "two", 400)
    build(tmp_path, ["one", "two"], tmp_path / "explorer.html", row_limit=600, maps=["one", "two"])
    opened(page, tmp_path / "explorer.html", "#view=map&map=two")
    expect(page.locator(".map > .source").last).to_contain_text("last layer of two after epoch 2")
    page.locator("#map-of").select_option("one")
    expect(page.locator(".map > .source").last).to_contain_text(
        "The 24 scores of one after epoch 2, as it has no layer"
    )
    kept = page.locator(".map h2").inner_text()
    ids = downloaded_ids(page)
    assert kept.startswith(f"{len(ids)} images") and len(ids) < 400
    own = pl.read_parquet(tmp_path / "one" / "map.parquet")["neighbours"]
    image = next(each for each in ids if 0 < len(set(own[each].to_list()) - set(ids)) < 10)
    here = [each for each in own[image].to_list() if each in ids]
    opened(page, tmp_path / "explorer.html", f"#view=table&id={image}&map=one")
    expect(page.locator(".similar .digit")).to_have_count(len(here))
    labels = [each.get_attribute("aria-label") for each in page.locator(".similar .digit").all()]
    assert [int(re.match(r"image (\d+)", label)[1]) for label in labels] == here
    expect(page.locator(".similar .source")).to_have_text(
        re.compile(rf"^{10 - len(here)} images? of 10 not among those of this page\.$")
    )


def downloaded_ids(page: Page) -> list[int]:
    page.get_by_role("button", name="open in the table", exact=True).click()
    ids: list[int] = sorted(downloaded(page)["id"].unique().to_list())
    page.go_back()
    return ids


def test_nothing_left_is_said_and_narrow_screens_and_axe_find_nothing(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map&colour=verdict&id=4")
    for width, scheme in ((1360, "light"), (320, "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        painted(page)
        violations = Axe().run(page).response["violations"]
        assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened(page, mapped / "explorer.html", "#view=map&q=truth+>+99")
    expect(page.locator(".kinds .empty")).to_have_text("The query leaves no image of A or B.")
    expect(page.get_by_role("button", name="open in the table", exact=True)).to_have_count(0)


def test_it_is_saved_with_every_point_and_colour(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map&q=truth+in+(3,+5)")
    title = "Map as seen by one, by truth"
    files = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        painted(page)
        files[scheme] = saved(page, title, "SVG")[1].decode()
    assert files["light"] == files["dark"]
    truth = truths(mapped)
    counts = [int((~np.isin(truth, (3, 5))).sum()), int((truth == 3).sum()), int((truth == 5).sum())]
    assert [path.count("M") for path in re.findall(r'<path d="([^"]*)"', files["light"])] == counts
    assert f"truth 3 {counts[1]}" in texts(files["light"].encode()) and "where truth in (3, 5)" in files["light"]
    name, picture = saved(page, title, "PNG")
    assert name.endswith(".png") and picture.startswith(b"\x89PNG")
    expect(page.locator(".plane > svg")).to_have_count(0)


def test_a_dark_map_is_printed_in_the_light_colours_of_its_legend(page: Page, mapped: Path) -> None:
    opened(page, mapped / "explorer.html", "#view=map")
    painted(page)
    dots = """(canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        const found = new Set();
        for (let at = 0; at < data.length; at += 4)
            if (data[at + 3] === 255) found.add(`rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`);
        return [...found];
    }"""
    marks = "(all) => all.map((each) => getComputedStyle(each).backgroundColor)"
    canvas, legend = page.locator(".scatter canvas"), page.locator(".kinds .mark")
    light = set(legend.evaluate_all(marks))
    page.emulate_media(color_scheme="dark")
    painted(page)
    dark = set(legend.evaluate_all(marks))
    assert len(light) == len(dark) == 10 and not light & dark
    assert dark <= set(canvas.evaluate(dots))
    # Before the style sheet of paper is there, as the picture that the browser prints is painted then.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert light <= set(canvas.evaluate(dots))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert dark <= set(canvas.evaluate(dots))
    page.emulate_media(media="print", color_scheme="dark")
    assert set(legend.evaluate_all(marks)) == light
    expect(page.locator("#map-help")).to_be_hidden()
