"""The explorer's page as a whole: its address, damage, odd data, narrow screens, paper, accessibility."""

import re
from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from mnist_viz.explorer import build
from tests.explorer.browser import VIEWS, downloaded, opened, query, show
from tests.explorer.expected import VARIANTS, assert_rows, joined
from tests.explorer.generate import generate


def test_address_holds_the_state(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    query(page, "epoch == 2 and not correct")
    page.locator("[data-column=loss]").click()
    page.locator("#group").select_option("variant")
    address = page.url
    expected = downloaded(page)
    opened(page, explored / "explorer.html", "#" + address.split("#")[1])
    assert downloaded(page).equals(expected)
    expect(page.locator(".grid-row.group")).to_have_count(2)
    page.locator("#group").select_option("")
    page.go_back()
    expect(page.locator(".grid-row.group")).to_have_count(2)
    state = (
        "#rows=joined&a=double:2&b=baseline:4&q=a.guess+!=+b.guess&sort=-distance&columns=distance,id,b.score_2&id=7"
    )
    opened(page, explored / "explorer.html", state)
    both = joined(rows, ("double", 2), ("baseline", 4)).filter(pl.col("a.guess") != pl.col("b.guess"))
    found = downloaded(page)
    assert found.columns == ["distance", "id", "b.score_2", "a.variant", "a.epoch", "b.variant", "b.epoch"]
    assert_rows(found, both.sort("distance", descending=True, maintain_order=True))
    expect(page.get_by_role("complementary", name="image details")).to_contain_text("Image 7")


def test_a_browser_that_cannot_unpack_is_told_so(browser: Browser, explored: Path) -> None:
    page = browser.new_page()
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto((explored / "explorer.html").as_uri())
    expect(page.get_by_role("alert")).to_contain_text("This browser has no DecompressionStream.")
    page.close()


def test_a_damaged_file_says_what_is_damaged(browser: Browser, explored: Path, tmp_path: Path) -> None:
    text = (explored / "explorer.html").read_text()
    place = text.index('id="data-score_3"') + 200
    (tmp_path / "damaged.html").write_text(f"{text[:place]}AAAAAAAA{text[place + 8 :]}")
    (tmp_path / "cut.html").write_text(text[: len(text) // 2])
    page = browser.new_page()
    page.goto((tmp_path / "damaged.html").as_uri())
    expect(page.get_by_role("alert")).to_contain_text("The column score_3 is damaged.")
    page.goto((tmp_path / "cut.html").as_uri())
    expect(page.locator(".loading")).to_contain_text("the file is not whole (copy it again)")
    page.close()


def test_hostile_names_are_text(page: Page, tmp_path: Path) -> None:
    name = '"><img src=x onerror=alert(1)><script>alert(2)<'
    generate(tmp_path, {name: 1, "plain": 2}, images=40)
    build(tmp_path, [name, "plain"], tmp_path / "explorer.html")
    for view in VIEWS:
        opened(page, tmp_path / "explorer.html", f"#view={view}&id=3")
        page.locator(".detail summary").first.click()
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
        show(page, VIEWS[view])
        assert page.evaluate("document.documentElement.scrollWidth") == 390, view
    page.locator("#b").select_option(f"{names[7]}:1")
    expect(page.locator("#configuration thead")).to_contain_text(names[7])


def test_a_sampled_page_says_so_and_counts_exactly(
    page: Page, explored: Path, rows: pl.DataFrame, tmp_path: Path
) -> None:
    build(explored, list(VARIANTS), tmp_path / "explorer.html", row_limit=4000)
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


@pytest.mark.parametrize("view", [*VIEWS, "table&rows=joined&group=truth"])
def test_axe_finds_nothing_serious(page: Page, explored: Path, view: str) -> None:
    opened(page, explored / "explorer.html", f"#view={view}&id=3&q=not+correct")
    page.locator(".detail summary").first.click()
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
