"""What a stage's code is: one digest of everything that the stage's module imports from this package.

Snakemake does not follow imports. The rules have this digest among their parameters, so that a stage reruns when
code that it uses changes, and only then: comments, docstrings, formatting and time stamps do not count.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


@cache
def stage_digest(stage: str) -> str:
    """The SHA-256 of the code of the command `python -m mnist_viz.<stage>`, as 16 hexadecimal digits.

    Covers the stage's module, the modules of this package that it imports, directly or not, and the data files (page
    templates, scripts) that lie in the folders of those that are packages.
    """
    digest = hashlib.sha256()
    for file in sorted(_reached(_locate(f"{PACKAGE.name}.{stage}"))):
        content = _content(file)
        digest.update(f"{file.relative_to(PACKAGE).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _reached(start: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        if file.name == "__init__.py" and file.parent != PACKAGE:
            found.update(data for data in file.parent.rglob("*") if data.is_file() and data.suffix in _DATA)
            waiting.extend(command for command in [file.with_name("__main__.py")] if command.exists())
        if file.suffix == ".py":
            waiting.extend(_locate(name) for name in _imports(file))
    return found


_DATA = {".js", ".css", ".html"}


@cache
def _parse(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes(), filename=str(file))


@cache
def _content(file: Path) -> bytes:
    return _canonical(_parse(file)).encode() if file.suffix == ".py" else file.read_bytes()


@cache
def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_parse(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{file}: line {node.lineno}: import by the full name, mnist_viz.…, not relatively")
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    inside = {name for name in names if name == PACKAGE.name or name.startswith(f"{PACKAGE.name}.")}
    return {name for name in inside if _exists(name)}


def _candidates(name: str) -> tuple[Path, Path]:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py"), path / "__init__.py"


def _exists(name: str) -> bool:
    return any(path.exists() for path in _candidates(name))


def _locate(name: str) -> Path:
    for path in _candidates(name):
        if path.exists():
            return path
    raise ValueError(f"there is no module {name} in {PACKAGE.parent}")


def _canonical(node: object) -> str:
    """The syntax tree as text, without positions, docstrings and empty fields (which differ between Pythons)."""
    if isinstance(node, ast.AST):
        fields = []
        for name, value in ast.iter_fields(node):
            if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
                value = value[1:]
            if value is not None and value != []:
                fields.append(f"{name}={_canonical(value)}")
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(_canonical, node))}]"
    return repr(node)


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
