"""Nothing that is read can run code: no pickle in what the package imports, checkpoints checked against their model."""

import argparse
import ast
import json
import pickle
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_viz import predict
from mnist_viz.datasets import sample
from mnist_viz.job import records
from mnist_viz.store import tensors
from mnist_viz.store.files import write_json
from mnist_viz.training import split, weights
from mnist_viz.training.models.network import Network
from tests.audit import verdict
from tests.conftest import PROJECT, Project, run

PACKAGE = PROJECT / "workflow" / "mnist_viz"
MODULES = {
    "pickle",
    "_pickle",
    "cPickle",
    "cloudpickle",
    "dill",
    "joblib",
    "shelve",
    "marshal",
    "copyreg",
    "torch.package",
}
BUILTINS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    *("torch.load", "torch.save", "torch.jit.load", "torch.hub.load", "np.load", "numpy.load", "np.save", "numpy.save"),
    *("yaml.load", "yaml.full_load", "yaml.unsafe_load", "pd.read_pickle", "pandas.read_pickle"),
}


def unsafe(source: str) -> Iterator[str]:
    """What of a Python source could run what a file holds."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            names = set()
        yield from sorted(names & (MODULES | METHODS))
        yield from sorted({name.split(".")[0] for name in names} & MODULES - names)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            safe = called == "yaml.load" and "SafeLoader" in _bases(tree, node)
            if called in BUILTINS | METHODS and not safe:
                yield called
        if isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "weights_only"):
            yield node.arg


def _bases(tree: ast.Module, call: ast.Call) -> str:
    """The loader that a call of yaml.load names, and what that derives from if it is a class of the same source."""
    loader = (
        ast.unparse(call.args[1] if len(call.args) > 1 else call.keywords[0].value)
        if len(call.args) + len(call.keywords) > 1
        else ""
    )
    own = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == loader]
    return " ".join([loader, *(ast.unparse(base) for node in own for base in node.bases)])


def test_no_pickle_in_any_module() -> None:
    files = list(PACKAGE.rglob("*.py"))
    assert len(files) > 20 and PACKAGE / "store" / "tensors.py" in files
    assert {file.name: found for file in files if (found := list(unsafe(file.read_text())))} == {}


def test_no_evaluated_text_in_the_explorer() -> None:
    scripts = [file for file in PACKAGE.rglob("*") if file.suffix in (".js", ".html")]
    assert len(scripts) > 10
    pattern = r"\beval\(|\bnew Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write"
    assert {file.name: found for file in scripts if (found := re.findall(pattern, file.read_text()))} == {}


PLANTED = [
    "import pickle",
    "from pickle import loads",
    "import joblib.externals",
    "def f():\n    from dill import load",
    "from torch import load",
    "torch.load('x')",
    "np.load('x', allow_pickle=True)",
    "from numpy import load",
    "eval('1')",
    "exec(text)",
    "yaml.load(text)",
    "yaml.load(text, yaml.Loader)",
    "yaml.load(text, Loader=yaml.UnsafeLoader)",
    "class Mine(yaml.Loader): pass\nyaml.load(text, Mine)",
    "__import__('os')",
]


@pytest.mark.parametrize("source", PLANTED)
def test_each_of_these_would_be_found(source: str) -> None:
    assert list(unsafe(source))
    assert not list(
        unsafe("network.eval()\nfrom safetensors.numpy import load\nload(x)\nre.compile('x')\nyaml.safe_load(x)")
    )


CONFIG = {"epochs": 1, "l1_size": 4, "l2_size": 8, "conv_kernel": 5, "threads": 1}
METADATA = {"variant": "small", "epoch": "1", "dataset_sha256": "0" * 64}


def renamed(arrays: dict[str, np.ndarray]) -> None:
    arrays["linear.weights"] = arrays.pop("linear.weight")


def reshaped(arrays: dict[str, np.ndarray]) -> None:
    arrays["conv1.weight"] = arrays["conv1.weight"][:, :, :3, :3]


def retyped(arrays: dict[str, np.ndarray]) -> None:
    arrays["linear.bias"] = arrays["linear.bias"].astype(np.float64)


def added(arrays: dict[str, np.ndarray]) -> None:
    arrays["more"] = np.zeros(1, np.float32)


@pytest.mark.parametrize(
    ("change", "metadata", "message"),
    [
        (renamed, {}, r"epoch_001\.safetensors holds the tensors .*linear\.weights"),
        (added, {}, r"epoch_001\.safetensors holds the tensors .*more"),
        (reshaped, {}, r"epoch_001\.safetensors: conv1\.weight is torch\.float32 \[4, 1, 3, 3\], not .*\[4, 1, 5, 5\]"),
        (retyped, {}, r"epoch_001\.safetensors: linear\.bias is torch\.float64 \[10\], not torch\.float32"),
        (lambda arrays: None, {"variant": "other"}, r"epoch_001\.safetensors is of other, epoch 1, not of small"),
        (lambda arrays: None, {"epoch": "2"}, r"epoch_001\.safetensors is of small, epoch 2, not of small, epoch 1"),
        (lambda arrays: None, {"dataset_sha256": "1" * 64}, r"of another dataset than .*epoch_001\.safetensors"),
    ],
    ids=["renamed", "one more", "reshaped", "another type", "another variant", "another epoch", "another dataset"],
)
def test_a_whole_checkpoint_of_another_model_is_refused(
    tmp_path: Path, change: object, metadata: dict[str, str], message: str
) -> None:
    folder = tmp_path / "small"
    test, config, checkpoint = tmp_path / "test.safetensors", folder / "config.json", folder / "epoch_001.safetensors"
    split.write(test, *sample.read([])[1], {"dataset": "sample", "dataset_sha256": "0" * 64})
    records.write(tmp_path / "data.json", "data", 0, {}, [test], {})
    arrays = weights.of(Network(4, 8, 5))
    change(arrays)
    tensors.write(checkpoint, arrays, {**METADATA, **metadata})
    write_json(config, {"variant": "small", "dataset": "sample", **CONFIG})
    facts = {"variant": "small", "checkpoints": {checkpoint.name: ""}}
    records.write(folder / "train.json", "train", 0, {}, [config, checkpoint], facts)
    arguments = argparse.Namespace(
        train_record=folder / "train.json",
        config=config,
        checkpoints=folder,
        test=test,
        data_record=tmp_path / "data.json",
        predictions=folder / "predictions.parquet",
        metrics=folder / "metrics.parquet",
        device="cpu",
        gpu_mps=False,
        gpu_percent=100,
        model="network",
        model_args={},
    )
    with pytest.raises(ValueError, match=message):
        predict.work(arguments)
    assert not arguments.predictions.exists()


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_a_pickle_in_the_place_of_a_checkpoint_is_never_read_as_one(project: Project, tmp_path: Path) -> None:
    """Also when it is recorded as if training had made it."""
    folder = project.folder / "demo/results/double"
    checkpoint = folder / "checkpoints/epoch_001.safetensors"
    checkpoint.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    record = records.read(folder / "train.json")
    facts = {key: record[key] for key in ("variant", "dataset", "dataset_sha256")}
    facts["checkpoints"] = {checkpoint.name: records.sha256(checkpoint)}
    outputs = [checkpoint, folder / "config.json", folder / "history.parquet"]
    records.write(folder / "train.json", "train", time.time(), {}, outputs, facts)
    command = [sys.executable, "-m", "mnist_viz.predict", "--train-record", "train.json", "--config", "config.json"]
    command += ["--checkpoints", "checkpoints", "--test", "../../resources/mnist/test.safetensors"]
    command += ["--data-record", "../data.json", "--predictions", "p", "--metrics", "m", "--record", "o"]
    outcome = run(command, folder, PYTHONPATH=str(PROJECT / "workflow"))
    assert outcome.status == 1
    assert outcome.text.startswith("error: checkpoints/epoch_001.safetensors is damaged"), outcome.text
    assert not (tmp_path / "exploded").exists()


SKIPPED = {"name": "a", "skip_reason": "not found"}
CLEAN = {"name": "b", "version": "1", "vulns": []}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"], "aliases": [], "description": ""}]}


@pytest.mark.parametrize(
    ("packages", "said", "status"),
    [
        ([CLEAN], "1 of 1 packages audited, 0 known vulnerabilities.", 0),
        ([CLEAN, SKIPPED], "Not audited, because the database does not have them: a", 0),
        ([SKIPPED, SKIPPED], "Not audited: the database of known vulnerabilities has none of the 2 packages", 0),
        ([CLEAN, BAD], "c 2: CVE-1, fixed in 3", 1),
    ],
)
def test_audit_says_what_was_and_what_was_not_audited(packages: list[dict], said: str, status: int) -> None:
    text, found = verdict(json.dumps({"dependencies": packages, "fixes": []}), "")
    assert said in text and found == status


def test_audit_without_a_network_says_so() -> None:
    errors = "Traceback (most recent call last):\n  ...\nrequests.exceptions.ConnectionError: no route"
    assert verdict("", errors) == ("Not audited: requests.exceptions.ConnectionError: no route", 0)
