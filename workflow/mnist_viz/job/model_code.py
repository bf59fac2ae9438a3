"""What the code of a model of the user's own is: one digest of its file and of the neighbours that this imports.

It is read as text and never run: also where a workflow is planned, or results are verified. Comments, docstrings and
formatting do not count. Modules that lie elsewhere are not followed, nor what is imported by a computed name.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from mnist_viz.job.code import canonical
from mnist_viz.training import models


@cache
def digest(model: str) -> str | None:
    """The SHA-256 of a model's code, as 16 hexadecimal digits; None of one that is not the user's own.

    In a process the first answer stays. ValueError names a file that is missing or no Python, and says what to do.
    """
    named = models.file_and_name(model)
    if named is None:
        return None
    file = Path(named[0]).absolute()
    if not file.is_file():
        raise ValueError(f"model: there is no {file}, which {model} names. Correct the path, or put the file there")
    _check_name(file.stem, file, file.parent)
    whole = hashlib.sha256()
    for each, content in _followed(file).items():
        whole.update(f"{each.relative_to(file.parent).as_posix()}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()[:16]


def files(model: str) -> list[Path]:
    """The files of a model of the user's own that `digest` is of, in the order of their paths; of another none."""
    named = models.file_and_name(model)
    return list(_followed(Path(named[0]).absolute())) if named else []


def _followed(file: Path) -> dict[Path, bytes]:
    """The content that counts of a file and of the neighbours that it imports, directly or not, by path."""
    found: dict[Path, bytes] = {}
    waiting = [file]
    while waiting:
        each = waiting.pop()
        if each not in found:
            tree = _tree(each)
            found[each] = canonical(tree).encode()
            waiting += _neighbours(tree, each, file.parent)
    return dict(sorted(found.items()))


def _tree(file: Path) -> ast.AST:
    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        said = error.msg if isinstance(error, SyntaxError) else error
        raise ValueError(f"{file}{line}: {said}. Correct the model's code") from error
    return _WithoutDocstrings().visit(tree)  # type: ignore[no-any-return]


class _WithoutDocstrings(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node


def _neighbours(tree: ast.AST, file: Path, folder: Path) -> Iterator[Path]:
    """The files in `folder` that a file there imports, the packages around them included."""
    package = file.relative_to(folder).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level > len(package):
                raise ValueError(
                    f"{file}, line {node.lineno}: an import that begins with a dot, of a file in no package. "
                    "Import by the name: from layers import Block"
                )
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            names = [base, *((*base, alias.name) for alias in node.names)]
        else:
            continue
        for name in names:
            for end in range(1, len(name) + 1):
                place = folder.joinpath(*name[:end])
                candidates = (place / "__init__.py", place.with_name(f"{place.name}.py"))
                local = [each for each in candidates if each.is_file()]
                if local and end == 1:
                    _check_name(name[0], local[0], folder)
                yield from local


def _check_name(name: str, file: Path, folder: Path) -> None:
    """Raise ValueError if a file of the user's is called as a module that Python finds elsewhere, and takes."""
    found = None if name in sys.stdlib_module_names else PathFinder.find_spec(name)
    own = found is not None and found.origin is not None and folder in Path(found.origin).parents
    if name in sys.stdlib_module_names or not (found is None or found.loader is None or own):
        raise ValueError(f"{file} has the name of an installed module, {name}, which would be taken instead. Rename it")
