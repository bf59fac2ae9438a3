"""What the explorer's page answers to absurd queries and addresses."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.explorer.browser import opened, query, show


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 5000 + "correct" + ")" * 5000, "nested more than 100 levels deep (at character 101)"),
        ("not " * 20_000 + "correct", "nested more than 100 levels deep (at character 401)"),
        ("1" + " + 1" * 20_000 + " == 1", "a query has at most 200 operations"),
        ("a" * 99_999, f"no column is called {'a' * 40}… (at character 1)"),
        ("variant == baseline", 'no column is called baseline; write a text in quotes: "baseline" (at character 12)'),
        ("guess == 3 AND epoch == 1", "expected and, or, or the end; write and instead of AND (at character 12)"),
    ],
)
def test_absurd_queries_get_a_message_and_the_last_right_one_stays(
    page: Page, explored: Path, text: str, message: str
) -> None:
    opened(page, explored / "explorer.html")
    query(page, "epoch == 1")
    query(page, text)
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.locator("#count")).to_contain_text("2,000 rows")
    query(page, "epoch == 1 and guess == 3")
    expect(page.locator(".problem")).to_be_empty()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("a=nope&b=double:2", "A “nope” (shown: baseline:5)."),
        ("b=double:9", "B “double:9” (shown: double:3)."),
        ("view=constructor", "view “constructor” (shown: "),
        ("rows=__proto__", "rows “__proto__” (shown: all predictions)."),
        ("id=99999&view=epochs&variant=gone&from=7", "image “99999”, variant “gone” (shown: baseline), epoch “7”."),
        (
            "sort=-nothing,loss&columns=id,what&group=score_3",
            "sorting by “nothing”, columns “what”, grouping by “score_3”.",
        ),
        ("only=mine~1.a.zzz", "1 of 3 images: mine."),
        ("only=foo", "choice of images “foo”."),
        ("only=x~1.!!.2", "choice of images “x~1.!!.2”."),
        ("id=%20", "image “ ”."),
        ("ensembles=zzz", "1 ensemble (“zzz”)."),
        ("off=score_99+>+3&q=epoch+==+1", "conditions switched off “score_99 > 3”."),
        ("threshold=abc&view=threshold", "threshold “abc” (shown: 0.9)."),
        ("threshold=2&size=7&pictures=huge", "threshold “2” (shown: 0.9), size “7”, pictures “huge” (shown: small)."),
        ("titles=nope%3D1", "title of a view “nope”."),
        (f"a={'x' * 50_000}", f"A “{'x' * 40}…” (shown: baseline:5)."),
    ],
)
def test_a_stale_link_says_what_it_could_not_find(page: Page, explored: Path, state: str, message: str) -> None:
    opened(page, explored / "explorer.html", f"#{state}")
    notice = page.locator(".stale .notice")
    expect(notice).to_contain_text(message)
    expect(page.locator("main .view")).to_be_visible()
    notice.get_by_role("button", name="forget it").click()
    expect(notice).to_have_count(0)
    page.go_back()
    expect(notice).to_contain_text(message)


def test_a_link_that_finds_everything_says_nothing(page: Page, explored: Path) -> None:
    for state in (
        "#view=threshold&threshold=1e-3&size=64",
        "#view=gallery&sort=-distance&titles=gallery%3Dx&off=loss>1",
    ):
        opened(page, explored / "explorer.html", state)
        expect(page.get_by_text("The link names what is not here")).to_have_count(0)
    state = "#rows=joined&a=double:2&b=baseline:4&sort=-distance,a.loss&columns=id,b.score_2&group=a.guess&id=7&from=2"
    opened(page, explored / "explorer.html", state)
    expect(page.get_by_role("complementary", name="image details")).to_contain_text("Image 7")
    expect(page.get_by_text("The link names what is not here")).to_have_count(0)


def test_without_scripts_the_page_says_so_first(browser: Browser, explored: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1360, "height": 860})
    page = context.new_page()
    page.goto((explored / "explorer.html").as_uri())
    words = page.locator("noscript p")
    expect(words).to_contain_text("This page needs JavaScript, which is switched off here")
    expect(words).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Reading the predictions")).to_be_hidden()
    context.close()


def test_a_query_that_is_none_stays_to_be_mended(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&q=epoch+==+1")
    query(page, "epoch == 1 and guess == ")
    page.locator(".grid-body .digit").first.click()
    expect(page.get_by_role("complementary", name="image details")).to_be_visible()
    expect(page.locator("#query")).to_have_value("epoch == 1 and guess == ")
    expect(page.get_by_role("alert")).to_contain_text("(at character ")
    query(page, "epoch == 2 and guess == 3")
    expect(page.locator(".problem")).to_be_empty()
    query(page, "\N{SLIGHTLY SMILING FACE}")
    expect(page.get_by_role("alert")).to_contain_text("\N{SLIGHTLY SMILING FACE}” has no meaning here")
    page.get_by_role("button", name="clear", exact=True).click()
    expect(page.locator("#query")).to_have_value("")
    expect(page.locator(".problem")).to_be_empty()
    query(page, "nope")
    page.get_by_role("button", name="clear", exact=True).click()
    expect(page.locator("#query")).to_have_value("")
    expect(page.locator(".problem")).to_be_empty()


def test_what_is_typed_counts_where_one_goes_on_at_once(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table")
    page.locator("#query").press_sequentially("epoch == 2")
    show(page, "Models")
    expect(page.locator("#query")).to_have_value("epoch == 2")
    expect(page.locator("#count, .query output").first).to_contain_text("2,000 rows of 8,000")
