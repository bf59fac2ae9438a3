"""The stage map: whose features, which neighbours, the same bits each time, and nothing where it is not asked for."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from mnist_viz.config import ConfigError, Hyperparameters, resolve
from mnist_viz.job import records
from mnist_viz.mapping import layout, neighbours
from mnist_viz.mapping.features import SCORES, features
from mnist_viz.mapping.table import columns
from mnist_viz.store import tables
from mnist_viz.store.maps import MAP
from mnist_viz.training import models
from tests.conftest import PROJECT, SMALL, Project, inherited

IMAGES = torch.randint(0, 256, (120, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
MAPPED = [*SMALL, "explorer={map: true}"]


class Twice(nn.Module):
    """Two layers, of which the one that is made first is called last."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(20, 10)
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 20), nn.Tanh())

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.body(pixels)).clamp(-5, 5)
        return logits


class Bare(nn.Module):
    """Weights of its own, and no layer that has any."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(28 * 28, 10))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return nn.functional.relu(pixels.flatten(1) @ self.weight)


def seen(network: nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        made: torch.Tensor = network(IMAGES.float() / 255)
    return made


def test_features_are_the_input_of_the_layer_that_is_called_last() -> None:
    torch.manual_seed(0)
    network = Twice()
    found, layer = features(network, IMAGES)
    assert layer == "head" and found.dtype == np.float32
    assert np.allclose(found, seen(network.body).numpy(), atol=1e-6)
    found, layer = features(models.build(Hyperparameters(l2_size=8)), IMAGES)
    assert (layer, found.shape) == ("linear", (120, 8 * 7 * 7))
    assert (found >= 0).all() and (found > 0).any()  # behind a rectifier


def test_features_are_the_scores_where_no_layer_has_parameters() -> None:
    found, layer = features(Bare(), IMAGES)
    assert layer == SCORES and np.allclose(found, seen(Bare()).softmax(dim=1).numpy(), atol=1e-6)


def test_neighbours_are_those_of_brute_force_ties_in_order() -> None:
    points = np.random.default_rng(3).integers(-4, 5, (1300, 3)).astype(np.float64)  # many at the same distance
    found, squared = neighbours.nearest(points, 10)
    whole = points.astype(np.int64)
    for row in range(len(whole)):
        distance = ((whole - whole[row]) ** 2).sum(axis=1)
        distance[row] = np.iinfo(np.int64).max
        expected = np.argsort(distance, kind="stable")[:10]
        assert found[row].tolist() == expected.tolist()
        assert squared[row].tolist() == distance[expected].tolist()


def test_levels_change_no_neighbour_that_is_nearer_by_more_than_their_rounding() -> None:
    own = np.random.default_rng(0).gamma(1, 1, (400, 64)).astype(np.float32)
    found, _ = neighbours.nearest(neighbours.levels(own), 10)
    distance = np.linalg.norm(own[:, None].astype(float) - own, axis=2)
    np.fill_diagonal(distance, np.inf)
    expected = np.sort(distance, axis=1)[:, :10]
    assert np.abs(np.take_along_axis(distance, found.astype(int), axis=1) - expected).max() < 1e-2
    assert np.abs(neighbours.levels(own)).max() == neighbours.MOST_LEVELS
    assert not neighbours.levels(np.zeros((3, 2), np.float32)).any()


def digest(path: Path, own: np.ndarray) -> str:
    tables.write(path, columns(own), MAP, "sample")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_bits_again_and_by_other_numbers_of_threads(tmp_path: Path) -> None:
    network = models.build(Hyperparameters())
    threads = torch.get_num_threads()
    found = []
    try:
        for count in (1, 2, 4):
            torch.set_num_threads(count)
            with threadpool_limits(count):
                found.append(digest(tmp_path / f"{count}.parquet", features(network, IMAGES)[0]))
    finally:
        torch.set_num_threads(threads)
    assert len(set(found)) == 1
    table = pl.read_parquet(tmp_path / "1.parquet")
    assert table["id"].to_list() == list(range(120))
    assert {len(each) for each in table["neighbours"]} == {10}
    sides = [(table[name].min(), table[name].max()) for name in ("x", "y")]
    assert (0, layout.LARGEST) in sides and table.select("x", "y").n_unique() > 100


SHOW = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))} if sys.argv[1] == "one" else os.sched_getaffinity(0))
import numpy as np
from mnist_viz.mapping.table import columns
found = columns(np.random.default_rng(0).gamma(1, 1, (400, 16)).astype(np.float32))
print(found["x"].tolist(), found["y"].tolist())
"""


def test_the_same_bits_on_one_core_and_whatever_openmp_is_told() -> None:
    found = set()
    for cores, told in (("one", None), ("all", None), ("one", "1"), ("all", "4")):
        variables = inherited(PYTHONPATH=str(PROJECT / "workflow"), OMP_WAIT_POLICY="passive")
        variables.pop("OMP_NUM_THREADS", None)
        variables |= {"OMP_NUM_THREADS": told} if told else {}
        found.add(subprocess.check_output([sys.executable, "-c", SHOW, cores], env=variables, text=True))
    assert len(found) == 1 and len(found.pop()) > 2000


def test_groups_of_features_lie_apart() -> None:
    random = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 60)
    found = columns((random.normal(0, 1, (180, 12)) + 12 * np.eye(12)[group]).astype(np.float32))
    places = np.stack([np.asarray(found[name], float) for name in ("x", "y")], axis=1)
    centres = np.stack([places[group == each].mean(axis=0) for each in range(3)])
    nearest = np.linalg.norm(places[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == group).all()


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 14])
def test_few_images(count: int, tmp_path: Path) -> None:
    own = np.random.default_rng(0).normal(size=(count, 1)).astype(np.float32)
    digest(tmp_path / "map.parquet", own)
    table = pl.read_parquet(tmp_path / "map.parquet")
    assert [len(each) for each in table["neighbours"]] == [max(0, min(10, count - 1))] * count
    alike = columns(np.ones((count, 3), np.float32))
    assert len(alike["id"]) == count


def test_a_missing_library_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(ValueError, match=r"needs scikit-learn, which is not installed.*pip install scikit-learn"):
        columns(np.zeros((20, 2), np.float32))


def test_the_configuration_names_whose_maps() -> None:
    own = {"variants": {"one": {}, "two": {}}, "seeds": [3, 1]}
    assert resolve(own, "c").maps == []
    assert resolve(own | {"explorer": {"map": "true"}}, "c").maps == ["one-seed_1"]
    assert resolve(own | {"explorer": {"map": True, "map_of": ["two-seed_3"]}}, "c").maps == ["two-seed_3"]
    with pytest.raises(ConfigError, match=r"^c: explorer: map_of: .?two.? is no variant. Allowed: one-seed_1,"):
        resolve(own | {"explorer": {"map_of": ["two"]}}, "c")


def test_nothing_changes_unless_it_is_asked_for(project: Project) -> None:
    page, crate = (project.folder / "demo" / "results" / name for name in ("explorer.html", "provenance.json"))
    before = page.read_bytes()
    assert project.dry_run() == set()
    assert project.dry_run(config=[*SMALL, "explorer={map: false, map_of: [double]}"]) == set()
    assert project.dry_run(config=MAPPED) == {"map_variant:baseline", "explorer", "provenance"}
    assert b"map.json" not in crate.read_bytes() and b'"maps"' not in before

    outcome = project.snakemake(config=MAPPED)
    assert outcome.status == 0, outcome.text
    assert project.dry_run(config=MAPPED) == set()
    record = records.read(page.parent / "baseline" / "map.json")
    assert (record["layer"], record["epoch"], record["features"]) == ("linear", 1, 8 * 7 * 7)
    assert "scikit-learn" in record["software"] and record["threads"] == "2"
    assert b"map.json" in crate.read_bytes() and page.read_bytes() != before
    assert not (page.parent / "double" / "map.json").exists()

    assert project.dry_run() == {"explorer", "provenance"}
    outcome = project.snakemake("explorer")
    assert outcome.status == 0, outcome.text
    assert page.read_bytes() == before
