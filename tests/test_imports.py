"""What importing the package does: it takes only what is used, and changes nothing in the process."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT, Project

PACKAGE = PROJECT / "workflow" / "mnist_viz"
MODULES = sorted(
    ".".join(("mnist_viz", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for file in PACKAGE.rglob("*.py")
)


def python(program: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A program run by a Python of its own, with the package on its path."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={"PYTHONPATH": str(PROJECT / "workflow"), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("train", ["torchvision", "wandb", "pyarrow.dataset", "pandas", "matplotlib", "mlxtend"]),
        ("predict", ["torchvision", "wandb", "pandas", "mlxtend"]),
        ("data", ["torch", "torchvision", "wandb"]),
        ("explorer", ["torch", "torchvision", "wandb"]),
        ("summary", ["torch", "torchvision", "wandb"]),
        ("comparison.__main__", ["torch", "torchvision", "wandb", "pandas"]),
        ("provenance", ["torch", "torchvision", "wandb"]),
        ("verify", ["torch", "torchvision", "wandb", "pandas", "mlxtend"]),
        ("wandb_report.__main__", ["torch", "torchvision", "wandb", "wandb_workspaces"]),
        ("upload", ["torch", "torchvision", "wandb"]),
        ("config", ["torch", "numpy", "pyarrow"]),
        ("training.models", ["torch"]),
        ("job.keys", ["torch", "numpy", "pyarrow"]),
    ],
)
def test_a_job_imports_only_what_it_uses(module: str, absent: list[str]) -> None:
    done = python(f"import sys, mnist_viz.{module}; print([name for name in {absent!r} if name in sys.modules])")
    assert done.stdout.strip() == "[]"


def test_the_whole_of_a_training_imports_no_compiler(undisturbed: Path) -> None:
    imported = {line.rpartition("|")[2].strip() for line in (undisturbed / "imported.txt").read_text().splitlines()}
    assert "torch.optim.adamw" in imported
    assert imported.isdisjoint({"torch._dynamo", "torch._inductor", "sympy", "triton"})


def used_at_once() -> list[str]:
    """The modules of others that the package's modules import when they are imported themselves."""
    names: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
    return sorted(name for name in names if name.split(".")[0] != "mnist_viz")


CHANGES = """
import importlib, json, logging, os, signal, sys, threading, warnings
import snakemake.api  # has to be the first of the modules of Snakemake

def state():
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "signals": [str(signal.getsignal(number)) for number in signal.valid_signals()],
        "threads": [str(thread) for thread in threading.enumerate()],
        "hooks": [str(sys.excepthook), str(threading.excepthook), str(sys.unraisablehook)],
        "warnings": [str(entry) for entry in warnings.filters],
        "path": list(sys.path),
        "log": [str(handler) for handler in logging.getLogger("mnist_viz").handlers + logging.root.handlers],
    }

theirs, ours = json.loads(sys.argv[1])
for name in theirs:
    importlib.import_module(name)
before = state()
for name in ours:
    importlib.import_module(name)
after = state()
print(json.dumps([key for key in before if before[key] != after[key]]))
"""


def test_importing_the_package_changes_nothing_in_the_process() -> None:
    """What it imports of others is imported before: that may change something."""
    assert {"mnist_viz.train", "mnist_viz.job.orphan", "mnist_viz.upload.__main__"} <= set(MODULES)
    assert {"torch", "numpy"} <= set(used_at_once())
    done = python(CHANGES, json.dumps([used_at_once(), MODULES]))
    assert json.loads(done.stdout) == []


AS_A_JOB = """
import subprocess, sys
from mnist_viz.job import environment

environment.set_for_jobs()
for module in ("train", "predict"):
    subprocess.run([sys.executable, "-m", f"mnist_viz.{module}", "--help"], stdout=subprocess.DEVNULL, check=True)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="the threads of torch are not those of GNU's OpenMP")


def shown(name: str, text: str) -> list[str]:
    """The values of a variable that OpenMP shows where it is loaded."""
    return re.findall(rf"{name} = '(.*)'", text)


@linux
@pytest.mark.parametrize(
    ("wanted", "policy", "spins"),
    [
        ({}, "PASSIVE", "1000"),
        ({"OMP_WAIT_POLICY": "active"}, "ACTIVE", "30000000000"),
        ({"GOMP_SPINCOUNT": "7"}, "PASSIVE", "7"),
    ],
)
def test_waiting_threads_leave_the_cpu_to_others(wanted: dict[str, str], policy: str, spins: str) -> None:
    said = python(AS_A_JOB, OMP_DISPLAY_ENV="verbose", **wanted).stderr
    assert shown("OMP_WAIT_POLICY", said) == [policy, policy]
    assert shown("GOMP_SPINCOUNT", said) == [spins, spins]


@linux
def test_jobs_of_snakemake_have_that_environment(project: Project) -> None:
    predicted = project.folder / "demo/results/double/predict.json"
    for path in (predicted, predicted.with_name("train.json")):
        path.unlink()
    theirs = {"OMP_THREAD_LIMIT": "1", "OMP_DYNAMIC": "true", "OMP_PROC_BIND": "true"}
    target = str(predicted.relative_to(project.folder))
    outcome = project.snakemake(target, OMP_DISPLAY_ENV="verbose", **theirs)
    assert outcome.status == 0, outcome.text
    assert "begins: train_variant double" in outcome.text and "begins: predict_variant double" in outcome.text
    policies = shown("OMP_WAIT_POLICY", outcome.text)
    assert len(policies) >= 2 and set(policies) == {"PASSIVE"}
    assert set(shown("GOMP_SPINCOUNT", outcome.text)) == {"1000"}
    for name, value in theirs.items():
        values = shown(name, outcome.text)
        assert len(values) >= 2 and value.upper() not in values
