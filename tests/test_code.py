"""The digest of a stage's code follows imports, and changes with what computes the results alone."""

import ast
import importlib.util
import shutil
from pathlib import Path

import pytest

from mnist_viz.job import code
from tests.conftest import PROJECT

STEP = '''"""One step."""

import math
from typing import TYPE_CHECKING

from mnist_viz.job.log import logger
from mnist_viz.shared import x

if TYPE_CHECKING:
    from mnist_viz.config import Settings

NAMES = ("a",)
RATE: float = 0.1


class Step:
    """A step."""

    size: int = 3
    """How large it is."""

    def run(self, count: int) -> float:
        """Take it."""
        if count < 0:
            raise ValueError(f"{count} is negative")
        logger.info("at %d", count)
        return math.sqrt(count) * RATE


def main() -> None:
    print("help")


if __name__ == "__main__":
    main()
'''
OTHERS = {
    "__init__.py": "",
    "first.py": "from mnist_viz.step import Step\n",
    "second.py": "def f():\n    import mnist_viz.deep\n    from mnist_viz.page import build\n",
    "shared.py": "import os\nfrom mnist_viz.deep import x\nfrom mnist_viz.store.files import write\n",
    "deep.py": "x = 'a'\n",
    "page/__init__.py": "def build(entry='main.js'): ...\n",
    "page/main.js": 'import { a } from "./grid.js";\n',
    "page/grid.js": "let a = 1\n",
    "job/log.py": "logger = None\n",
    "store/files.py": "def write(): ...\n",
    "config/__init__.py": "class Settings: ...\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of two stages and what they import, and in it the module that is tested."""
    folder = tmp_path / "mnist_viz"
    for name, text in {"step.py": STEP, **OTHERS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shutil.copy(PROJECT / "workflow/mnist_viz/job/code.py", folder / "job")
    return folder


def digest(package: Path, *modules: str) -> str:
    """What the package's own module says, which is loaded anew: it remembers the files that it has read."""
    spec = importlib.util.spec_from_file_location("code_of_the_package", package / "job/code.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.code_digest(modules)


def both(package: Path) -> tuple[str, str]:
    return digest(package, "first"), digest(package, "second")


@pytest.mark.parametrize(
    ("file", "text", "changed"),
    [
        ("shared.py", "import os\nfrom mnist_viz.deep import x\ny = 1\n", (True, False)),
        ("deep.py", "x = 'b'\n", (True, True)),
        ("page/grid.js", "let a = 2\n", (False, True)),
        ("page/main.js", 'import { a } from "./grid.js";\nlet b = a\n', (False, True)),
        ("page/unused.js", "let c = 1\n", (False, False)),
        ("page/unused.css", "main {}\n", (False, False)),
        ("page/__init__.py", "def build(entry='main.js'): return 1\n", (False, True)),
        ("deep.py", '"""Says what it is."""\n\n# And why.\nx = (\n    "a"\n)\n', (False, False)),
        ("unused.py", "x = 3\n", (False, False)),
        ("job/log.py", "logger = 1\n", (False, False)),
        ("store/files.py", "def write(): return 1\n", (False, False)),
        ("config/__init__.py", "class Settings: rate = 1\n", (False, False)),
    ],
)
def test_a_change_reaches_the_stages_that_import_it(
    package: Path, file: str, text: str, changed: tuple[bool, bool]
) -> None:
    before = both(package)
    (package / file).write_text(text)
    after = both(package)
    assert tuple(old != new for old, new in zip(before, after, strict=True)) == changed


def changes(package: Path, old: str, new: str) -> bool:
    """Whether the digest changes with a change of step.py."""
    before = digest(package, "first")
    assert old in STEP
    (package / "step.py").write_text(STEP.replace(old, new))
    return digest(package, "first") != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""One step."""', '"""A step of many."""'),
        ('"""A step."""', '"""A step of many."""\n    # of which'),
        ('"""How large it is."""', '"""Its size."""'),
        ('        """Take it."""\n', ""),
        ("return math.sqrt(count) * RATE", "return (\n            math.sqrt(count)\n            * RATE\n        )"),
        ("count: int) -> float", "count) -> int"),
        ("RATE: float", "RATE: int"),
        ('f"{count} is negative"', '"less than 0"'),
        ('"at %d", count', '"so far: %d", count'),
        ('        logger.info("at %d", count)\n', ""),
        ('print("help")', 'print("usage")'),
        ('NAMES = ("a",)', 'NAMES = ("a", "b")'),
        ("import Settings", "import Settings as Mine"),
        ('if __name__ == "__main__":\n    main()\n', ""),
    ],
)
def test_what_does_not_count(package: Path, old: str, new: str) -> None:
    assert not changes(package, old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE: float = 0.1", "RATE: float = 0.2"),
        ("size: int = 3", "size: int = 4"),
        ("count < 0", "count <= 0"),
        ("raise ValueError", "raise TypeError"),
        ('raise ValueError(f"{count} is negative")', "count = 0"),
        ("count: int)", "count: int = 1)"),
        ("math.sqrt(count)", "math.cbrt(count)"),
        ("import math", "import cmath as math"),
        ("def run", "def walk"),
        ('logger.info("at %d", count)', "self.log(count)"),
        ("def main", "def other"),
        ("if TYPE_CHECKING:", "if True:"),
    ],
)
def test_what_counts(package: Path, old: str, new: str) -> None:
    assert changes(package, old, new)


def test_what_a_dataset_says_of_itself_does_not_count(package: Path) -> None:
    path = package / "deep.py"
    path.write_text("x = 'a'\nDATASET = dict(title='A', read=x)\n")
    before = both(package)
    path.write_text("x = 'a'\nDATASET = dict(title='B', read=x)\n")
    assert both(package) == before


def test_the_order_of_the_modules_does_not_count(package: Path) -> None:
    assert digest(package, "first", "second") == digest(package, "second", "first")
    assert digest(package, "first", "second") not in both(package)


def test_a_moved_file_is_a_change(package: Path) -> None:
    before = both(package)
    (package / "page" / "grid.js").rename(package / "page" / "table.js")
    assert both(package)[1] != before[1]


def test_a_relative_import_is_refused(package: Path) -> None:
    (package / "first.py").write_text("from . import shared\n")
    with pytest.raises(ValueError, match=r"first.py: line 1"):
        both(package)


def test_a_module_that_does_not_exist_is_named(package: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no module mnist_viz\.third in "):
        digest(package, "third")


def test_digests_do_not_depend_on_the_python_that_computes_them() -> None:
    tree = ast.parse("def f(a, *, b=1):\n    return [a, b]\nclass C: pass\n")
    assert code.canonical(tree) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='a')],kwonlyargs=[arg(arg='b')],"
        "kw_defaults=[Constant(value=1)]),body=[Return(value=List(elts=[Name(id='a',ctx=Load()),"
        "Name(id='b',ctx=Load())],ctx=Load()))]),ClassDef(name='C',body=[Pass()])])"
    )
