"""What is private in W&B's client is named by one module, and its version is the one that this was read in."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import wandb

from mnist_viz.upload import wandb_internals
from tests.conftest import PROJECT

PACKAGE = PROJECT / "workflow" / "mnist_viz"
INTERNALS = PACKAGE / "upload" / "wandb_internals.py"
UPLOAD = sorted(path for path in INTERNALS.parent.glob("*.py") if path != INTERNALS)
REPORT = sorted((PACKAGE / "wandb_report").glob("*.py"))
# What wandb's own list of public names lacks, though its documentation has it.
PUBLIC = {*wandb.__all__, "errors", "Artifact", "Settings"}
PRIVATE_ATTRIBUTES = {"manifest", "local_path", "exc"}  # of artifacts, of manifest entries, of CommError
OWN = {"self", "cls", "os"}  # os._exit


def private_uses(source: str) -> list[str]:
    """The places in a module's source that use what is private in W&B's client, with their lines."""
    return [f"line {node.lineno}: {ast.unparse(node)}" for node in ast.walk(ast.parse(source)) if _is_private(node)]


def _is_private(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(alias.name.startswith("wandb.") for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            inside = module == "wandb" and any(alias.name not in PUBLIC for alias in names)
            return inside or (module.startswith("wandb.") and module != "wandb.errors")
        case ast.Attribute(value=ast.Name(id="wandb"), attr=name):
            return name not in PUBLIC
        case ast.Attribute(attr=name) if name in PRIVATE_ATTRIBUTES:
            return True
        case ast.Attribute(value=value, attr=name) if name.startswith("_") and not name.endswith("__"):
            return not (isinstance(value, ast.Name) and value.id in OWN)
        case ast.keyword(arg=str(name)):
            return name.startswith("x_")
        case ast.Constant(value=str(text)):
            return text.startswith("x_") or "debug-internal" in text or "debug-core" in text or text == "leet"
    return False


def imported(source: str) -> set[str]:
    """The modules that a module imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_wandb_is_imported_by_the_upload_and_the_report_alone() -> None:
    of_wandb = {
        path
        for path in PACKAGE.rglob("*.py")
        if any(name.partition(".")[0] in ("wandb", "wandb_workspaces") for name in imported(path.read_text()))
    }
    assert of_wandb and of_wandb <= {*UPLOAD, *REPORT, INTERNALS}


@pytest.mark.parametrize("path", [*UPLOAD, *REPORT], ids=lambda path: path.name)
def test_no_other_module_uses_what_is_private(path: Path) -> None:
    assert private_uses(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "from wandb.sdk.lib import runid",
        "import wandb.apis.public",
        "from wandb import util",
        "wandb.sdk.wandb_setup.singleton()",
        "run._log_artifact(artifact)",
        "artifact.manifest.entries",
        "entry.local_path = ''",
        "wandb.Settings(x_disable_stats=True)",
        "SETTINGS = {'x_disable_stats': True}",
        "folder.glob('run-*/logs/debug-internal.log')",
    ],
)
def test_every_kind_of_private_use_is_seen(line: str) -> None:
    assert private_uses(line)


def test_internals_are_those_of_the_installed_client() -> None:
    """After an update: read again what `wandb_internals` uses, run tests/uploads, then name the new version there."""
    assert wandb.__version__ == wandb_internals.VERSION


def test_what_is_uploaded_does_not_depend_on_logs_and_records() -> None:
    code = "import sys, mnist_viz.upload.online, mnist_viz.upload.offline; print('mnist_viz.job' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PROJECT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
