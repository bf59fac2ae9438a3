"""What may import what in the package, and how large a function of the numeric core and a file may be."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import PROJECT

PACKAGE = PROJECT / "workflow" / "mnist_viz"
ENDINGS = (".py", ".js", ".mjs", ".css", ".smk", ".html")
CORE = sorted((PACKAGE / "training").rglob("*.py"))


def for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def statements(node: ast.AST, typing: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The imports beneath a node, and whether each is for types only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, typing
        else:
            yield from statements(child, typing or for_types(child))


def imported(source: str, typing: bool) -> set[str]:
    """What a source imports of the package beneath `mnist_viz.`, for types only or in earnest, as `folder.module`."""
    found: set[str] = set()
    for node, only_typing in statements(ast.parse(source)):
        if only_typing == typing:
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                names = [alias.name for alias in node.names]
            found.update(name.partition(".")[2] for name in names if name.split(".")[0] == "mnist_viz")
    return found


def part(name: str) -> str:
    """The folder or module beneath the package in which a name lies."""
    return name.split(".")[0]


def graph(package: Path) -> dict[str, set[str]]:
    """By folder or module beneath the package, the others that it imports, also when it runs."""
    parts: dict[str, set[str]] = {}
    for file in package.rglob("*.py"):
        own = part(".".join(file.relative_to(package).with_suffix("").parts))
        if own != "__init__":
            parts.setdefault(own, set()).update({part(name) for name in imported(file.read_text(), False)} - {own})
    return parts


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_the_numeric_core_imports_only_itself_and_the_files(file: Path) -> None:
    text = file.read_text()
    assert {part(name) for name in imported(text, typing=False)} <= {"training", "store"}
    assert {part(name) for name in imported(text, typing=True)} <= {"training", "store", "config"}


def test_no_two_folders_import_each_other() -> None:
    parts = graph(PACKAGE)
    assert {"training", "store", "job", "train"} <= parts.keys() and "training" in parts["train"]
    list(TopologicalSorter(parts).static_order())


def test_a_circle_would_be_found(tmp_path: Path) -> None:
    for name, text in {
        "a/one.py": "from mnist_viz import b\n",
        "b/__init__.py": "def f():\n    import mnist_viz.c.two\n",
        "c/two.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mnist_viz.a.one import x\n",
    }.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    assert graph(tmp_path) == {"a": {"b"}, "b": {"c"}, "c": set()}
    list(TopologicalSorter(graph(tmp_path)).static_order())
    (tmp_path / "c/two.py").write_text("from mnist_viz.a.one import x\n")
    with pytest.raises(CycleError):
        list(TopologicalSorter(graph(tmp_path)).static_order())


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_functions_of_the_core_are_short_and_take_few_parameters(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = node.args
            names = {argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
            names |= {argument.arg for argument in (given.vararg, given.kwarg) if argument}
            assert len(names - {"self", "cls"}) <= 5, node.name
            assert node.end_lineno is not None and node.end_lineno - node.lineno < 50, node.name


def too_long(folder: Path, most: int) -> dict[str, int]:
    """The source files beneath a folder that have more lines than `most`, with how many."""
    found = (path for path in folder.rglob("*") if path.suffix in ENDINGS and "node_modules" not in path.parts)
    lines = {path.relative_to(folder).as_posix(): len(path.read_bytes().splitlines()) for path in found}
    return {name: count for name, count in lines.items() if count > most}


@pytest.mark.parametrize(("folder", "most"), [("workflow", 300), ("tests", 400)])
def test_no_file_is_long(folder: str, most: int) -> None:
    assert too_long(PROJECT / folder, most) == {}
    assert too_long(PROJECT / folder, 250)
