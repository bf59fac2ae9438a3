"""Join the page's JavaScript modules into one script, without a build step.

A module imports by name only, from a path relative to it:

    import { name, other } from "../folder/module.js";

and exports functions, classes and constants where it declares them. Only the module that the page begins with may
await, as it alone does not become a function.
"""

import posixpath
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

_IMPORT = re.compile(r'^import \{(?P<names>[\w\s,]+)\} from "(?P<path>\.[^"]*)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?P<kind>async function|function\*?|class|const) (?P<name>\w+)", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*|(?<![\w.])import(?:\(|\.meta\b).*", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def script(entry: str = "main.js") -> str:
    """The modules in `web` that `entry` imports, each after the ones that it needs, as one module.

    Each but `entry` becomes a function that is called once and returns what the module exports; an import takes the
    names from there. Raises ValueError, naming the file, for an import or export of another form, of a module or name
    that does not exist, or in a circle.
    """
    return join(_texts(files(__package__) / "web"), entry)


def join(texts: Mapping[str, str], entry: str) -> str:
    """The same for modules given as text by path, in which folders are separated by slashes."""
    done: dict[str, str] = {}
    exports: dict[str, list[str]] = {}

    def add(module: str, importers: tuple[str, ...]) -> None:
        if module in importers:
            circle = " → ".join([*importers[importers.index(module) :], module])
            raise ValueError(f"{module}: imports itself, {circle}; break the circle")
        text = texts[module]
        for found in _IMPORT.finditer(text):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(module), found["path"]))
            if imported not in texts:
                raise ValueError(f'{module}: imports "{found["path"]}", which does not exist')
            if imported not in done:
                add(imported, (*importers, module))
            for name in _names(found["names"]):
                if name not in exports[imported]:
                    raise ValueError(f'{module}: imports {name} from "{found["path"]}", which does not export it')
        exports[module] = [found["name"] for found in _EXPORT.finditer(text)]
        body = _IMPORT.sub(lambda found: _taken(module, found), _EXPORT.sub(r"\g<kind> \g<name>", text))
        _check(module, body)
        returned = f"return {{ {', '.join(exports[module])} }};"
        done[module] = body if module == entry else f"const {_variable(module)} = (() => {{\n{body}{returned}\n}})();"

    add(entry, ())
    return "\n".join(done.values())


def _texts(folder: Traversable, path: str = "") -> dict[str, str]:
    """The modules in `folder` and the folders in it, by path."""
    found: dict[str, str] = {}
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            found |= _texts(each, f"{path}{each.name}/")
        elif each.name.endswith(".js"):
            found[f"{path}{each.name}"] = each.read_text(encoding="utf-8")
    return found


def _names(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(",")) if name]


def _taken(module: str, found: re.Match[str]) -> str:
    imported = posixpath.normpath(posixpath.join(posixpath.dirname(module), found["path"]))
    return f"const {{ {', '.join(_names(found['names']))} }} = {_variable(imported)};"


def _variable(module: str) -> str:
    return "$" + re.sub(r"\W", "_", module.removesuffix(".js"))


def _check(module: str, body: str) -> None:
    """Refuse what is left of imports and exports in the code of a module."""
    for line in _OTHER.findall(_COMMENT.sub("", body)):
        raise ValueError(
            f'{module}: "{line}" is not supported; import as in import {{ name }} from "./module.js"; and export '
            "functions, classes and constants where they are declared"
        )
