"""The digest of a stage's code follows imports and sees content alone."""

import ast
from pathlib import Path

import pytest

from mnist_viz.job import digest


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two stages and what they import; the digests are computed anew after each change."""
    folder = tmp_path / "mnist_viz"
    (folder / "page").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "first.py").write_text("from mnist_viz import shared\n")
    (folder / "second.py").write_text("def f():\n    import mnist_viz.deep\n    from mnist_viz.page import build\n")
    (folder / "shared.py").write_text("import os\nfrom mnist_viz.deep import x\n")
    (folder / "deep.py").write_text("x = 'a'\n")
    (folder / "page" / "__init__.py").write_text("def build(): ...\n")
    (folder / "page" / "grid.js").write_text("let a = 1\n")
    monkeypatch.setattr(digest, "PACKAGE", folder)
    return folder


def both(package: Path) -> tuple[str, str]:
    for cached in (digest.stage_digest, digest._content, digest._imports, digest._parse):
        cached.cache_clear()
    return digest.stage_digest("first"), digest.stage_digest("second")


@pytest.mark.parametrize(
    ("file", "text", "changed"),
    [
        ("shared.py", "import os\nfrom mnist_viz.deep import x\ny = 1\n", (True, False)),
        ("deep.py", "x = 'b'\n", (True, True)),
        ("page/grid.js", "let a = 2\n", (False, True)),
        ("page/__init__.py", "def build(): return 1\n", (False, True)),
        ("deep.py", '"""Says what it is."""\n\n# And why.\nx = (\n    "a"\n)\n', (False, False)),
        ("unused.py", "x = 3\n", (False, False)),
    ],
)
def test_a_change_reaches_the_stages_that_import_it(
    package: Path, file: str, text: str, changed: tuple[bool, bool]
) -> None:
    before = both(package)
    (package / file).write_text(text)
    after = both(package)
    assert tuple(old != new for old, new in zip(before, after, strict=True)) == changed


def test_a_moved_file_is_a_change(package: Path) -> None:
    before = both(package)
    (package / "page" / "grid.js").rename(package / "page" / "table.js")
    assert both(package)[1] != before[1]


def test_a_relative_import_is_refused(package: Path) -> None:
    (package / "first.py").write_text("from . import shared\n")
    with pytest.raises(ValueError, match=r"first.py: line 1"):
        both(package)


def test_digests_do_not_depend_on_the_python_that_computes_them() -> None:
    tree = ast.parse("def f(a, *, b=1):\n    return [a, b]\nclass C: pass\n")
    assert digest._canonical(tree) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='a')],kwonlyargs=[arg(arg='b')],"
        "kw_defaults=[Constant(value=1)]),body=[Return(value=List(elts=[Name(id='a',ctx=Load()),"
        "Name(id='b',ctx=Load())],ctx=Load()))]),ClassDef(name='C',body=[Pass()])])"
    )
