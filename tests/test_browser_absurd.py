"""What the explorer's page answers to absurd queries and addresses."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.explorer.browser import opened, query


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
