"""Training and inference give the same bits however many cores Snakemake may use."""

import shutil

from tests.conftest import SMALL, Project

VARIANTS = ["baseline", "double"]


def test_core_count_does_not_change_a_bit(project: Project) -> None:
    threads = [*SMALL, "defaults={epochs: 1, batch_size: 500, threads: 2}"]
    results = project.folder / "demo/results"
    files = ["predictions.parquet", "metrics.parquet", "history.parquet", "checkpoints/epoch_001.safetensors"]
    made = []
    for cores in ("1", "4"):
        for variant in VARIANTS:
            shutil.rmtree(results / variant)
        outcome = project.snakemake("predict", "--cores", cores, config=threads)
        assert outcome.status == 0, outcome.text
        made.append({f"{name}/{file}": (results / name / file).read_bytes() for name in VARIANTS for file in files})
    assert made[0] == made[1]
