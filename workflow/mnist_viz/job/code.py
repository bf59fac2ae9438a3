"""What a stage's code is: one digest of the modules that compute its results, and of all that these import.

Snakemake does not follow imports. Comments, docstrings, formatting, type hints, log lines, what an error says, a
command's arguments (`main`) and time stamps do not count. Nor do the packages that carry a stage or hold its formats
and settings: formats have versions, and settings count by value.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
CARRIES = ("job", "store", "config", "stages.py")
"""Beneath the package: what no result depends on, but by a format's version or a setting's value."""
FACTS = {"DATASET", "NAMES", "__all__"}
"""Names of module constants that do not count: what a dataset says of itself, what there is to choose from."""
ASSETS = {".js", ".css", ".html"}

_ASSET = re.compile(r"""["'/]([\w.-]+\.(?:js|css|html))["']""")  # as Python and JavaScript name one in a text


@cache
def code_digest(modules: tuple[str, ...]) -> str:
    """The SHA-256 of the code of `modules` (names beneath this package), as 16 hexadecimal digits.

    Covers what they import of this package, directly or not, and those of the page's assets in the folders of packages
    that these files or other such assets name. The order of `modules` does not count. Raises ValueError if one does not
    exist.
    """
    digest = hashlib.sha256()
    for file in sorted(_reached([_locate(f"{PACKAGE.name}.{module}") for module in modules])):
        content = _content(file)
        digest.update(f"{file.relative_to(PACKAGE).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _reached(waiting: list[Path]) -> set[Path]:
    found: set[Path] = set()
    assets: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file in found or file.relative_to(PACKAGE).parts[0] in CARRIES:
            continue
        found.add(file)
        if file.name == "__init__.py" and file.parent != PACKAGE:
            assets.update(asset for asset in file.parent.rglob("*") if asset.suffix in ASSETS)
        waiting.extend(_locate(name) for name in _imports(file))
    return found | _named(found, assets)


def _named(files: set[Path], assets: set[Path]) -> set[Path]:
    """The assets whose file name stands in these files, or in such an asset."""
    found: set[Path] = set()
    waiting = list(files) if assets else []
    while waiting:
        names = set(_ASSET.findall(_content(waiting.pop()).decode()))
        new = {asset for asset in assets - found if asset.name in names}
        found |= new
        waiting.extend(new)
    return found


@cache
def _tree(file: Path) -> ast.Module:
    tree = _Counting().visit(ast.parse(file.read_bytes(), filename=str(file)))
    assert isinstance(tree, ast.Module)
    return tree


@cache
def _content(file: Path) -> bytes:
    return canonical(_tree(file)).encode() if file.suffix == ".py" else file.read_bytes()


@cache
def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise ValueError(f"{file}: line {node.lineno}: import by the full name, mnist_viz.…, not relatively")
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.split(".")[0] == PACKAGE.name and any(_candidates(name))}


def _candidates(name: str) -> Iterator[Path]:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists())


def _locate(name: str) -> Path:
    found = next(_candidates(name), None)
    if found is None:
        raise ValueError(f"there is no module {name} in {PACKAGE.parent}")
    return found


class _Counting(ast.NodeTransformer):
    """Takes out of a module what does not count."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        call = node.value
        if isinstance(call, ast.Constant) and isinstance(call.value, str):
            return None  # docstrings, those of attributes too
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            owner = call.func.value
            if (isinstance(owner, ast.Name) and owner.id == "logger") or (
                isinstance(owner, ast.Attribute) and owner.attr == "logger"
            ):
                return None
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call):
            node.exc = node.exc.func
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        node.returns = None
        return None if node.name == "main" else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        facts = any(isinstance(target, ast.Name) and target.id in FACTS for target in node.targets)
        return None if facts else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        command = isinstance(node.test, ast.Compare) and ast.unparse(node.test) == "__name__ == '__main__'"
        return None if checking or command else self.generic_visit(node)


def canonical(node: object) -> str:
    """A syntax tree as text, without positions and empty fields (which differ between Pythons)."""
    if isinstance(node, ast.AST):
        fields = [f"{name}={canonical(value)}" for name, value in ast.iter_fields(node) if value not in (None, [])]
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(canonical, node))}]"
    return repr(node)
