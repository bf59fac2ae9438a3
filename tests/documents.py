"""README.md and the pages of docs/: their code blocks, their links, and the edits of the project that they show."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.conftest import PROJECT, Project

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]

_EDIT = re.compile(r"<!-- (file|into) (\S+)(?: before `(.*?)`)? -->\n```\w+\n(.*?)```\n", re.DOTALL)


class Edit(NamedTuple):
    """A code block that is a file of its own, or stands in a file before a text."""

    path: str
    before: str
    """Empty for a file of its own."""
    code: str

    def make(self, project: Project) -> None:
        """Make the edit. The text that follows it must be there once."""
        file = project.folder / self.path
        if not self.before:
            assert not file.exists(), file
            file.write_text(self.code)
            return
        text = file.read_text()
        assert text.count(self.before) == 1, (self.path, self.before)
        file.write_text(text.replace(self.before, self.code + self.before))


def edits(page: str, heading: str) -> list[Edit]:
    """The edits that a part of a page shows."""
    part = (PROJECT / page).read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = _EDIT.findall(part)
    assert len(found) == part.count("<!-- ")
    return [Edit(path, before.replace("\\n", "\n"), code) for _, path, before, code in found]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in that language, but those that are edits."""
    return re.findall(rf"^```{language}\n(.*?)^```", _EDIT.sub("", page.read_text()), re.DOTALL | re.MULTILINE)


def links(page: Path) -> list[str]:
    """The addresses of a page's links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text())


def anchors(page: Path) -> set[str]:
    """The names of a page's headings in addresses, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
