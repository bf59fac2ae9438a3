"""Every stage on object storage, with a real S3 API on this machine (moto's server)."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient
from moto.server import ThreadedMotoServer

from tests.conftest import SMALL, Outcome, Project, copy_project

pytestmark = pytest.mark.timeout(900)

BUCKET = "mnist-viz"
STORAGE = ["--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{BUCKET}/sweeps"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


def connect(address: str) -> BaseClient:
    return boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )


def objects(address: str) -> dict[str, str]:
    """The names in the bucket, and what identifies their content."""
    client = connect(address)
    if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET)
    return {entry["Key"]: entry["ETag"] for entry in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def assert_same_results(finished_project: Project, address: str, prefix: str) -> None:
    """A table and a checkpoint in the bucket have the bytes of those on disk."""
    for file in ("baseline/predictions.parquet", "double/checkpoints/epoch_001.safetensors"):
        stored = connect(address).get_object(Bucket=BUCKET, Key=f"{prefix}/demo/results/{file}")["Body"].read()
        assert stored == (finished_project.folder / "demo/results" / file).read_bytes()


def snakemake(project: Project, address: str, *arguments: str, config: list[str] = SMALL) -> Outcome:
    settings = {"ENDPOINT_URL": address, "ACCESS_KEY": "key", "SECRET_KEY": "secret"}
    environment = {f"SNAKEMAKE_STORAGE_S3_{name}": value for name, value in settings.items()}
    return project.snakemake(*STORAGE, *arguments, config=config, **environment)


def test_every_stage(finished_project: Project, tmp_path: Path, address: str) -> None:
    project = copy_project(tmp_path / "project")
    assert objects(address) == {}
    outcome = snakemake(project, address)
    assert outcome.status == 0, outcome.text
    made = objects(address)
    expected = [
        "results/explorer.html",
        "results/double/wandb.json",
        "results/double/checkpoints/epoch_001.safetensors",
    ]
    assert [name for name in expected if f"sweeps/demo/{name}" not in made] == []
    assert not (project.folder / "demo").exists()
    assert_same_results(finished_project, address, "sweeps")

    assert snakemake(project, address, "-n").jobs() == set()
    connect(address).put_object(Bucket=BUCKET, Key="sweeps/demo/results/double/history.parquet", Body=b"another")
    assert snakemake(project, address, "-n", "explorer").jobs() == {"explorer"}

    changed = [*SMALL, "variants={double: {l1_size: 3}}"]
    outcome = snakemake(project, address, "predict", config=changed)
    assert outcome.status == 0, outcome.text
    now = objects(address)
    again = {name for name in now if now[name] != made.get(name) and "/results/" in name}
    assert "sweeps/demo/results/double/predictions.parquet" in again
    assert not [name for name in again if "/double/" not in name]


def test_a_variant_that_diverges_at_once_is_named_by_every_run(
    finished_project: Project, tmp_path: Path, address: str
) -> None:
    """It has no checkpoint, and so its folder of them is nothing that object storage would keep."""
    project = copy_project(tmp_path / "project")
    apart = ["--default-storage-prefix", f"s3://{BUCKET}/diverged"]
    assert not [name for name in objects(address) if name.startswith("diverged/")]  # and the bucket is there
    diverging = "at_once: {learning_rate: 10, weight_decay: 1, batch_size: 20}"
    config = [*SMALL[:2], f"variants={{double: {{l1_size: 8, l2_size: 16}}, {diverging}}}", *SMALL[3:]]
    for _ in range(2):
        outcome = snakemake(project, address, "summary", *apart, config=config)
        assert outcome.status == 1, outcome.text
        assert "1 variant diverged; all else is made:\nat_once  0 of 1 epochs: the loss is nan" in outcome.text
        assert not [*project.folder.rglob("predict.json")]
    assert "Nothing to be done" in outcome.text
    assert "diverged/demo/results/summary.md" in objects(address)
    assert_same_results(finished_project, address, "diverged")


def test_jobs_that_share_no_disk_with_the_submitting_machine(
    finished_project: Project, tmp_path: Path, address: str
) -> None:
    project = copy_project(tmp_path / "project")
    apart = ["--executor", "cluster-generic", "--jobs", "2", "--default-storage-prefix", f"s3://{BUCKET}/apart"]
    apart += ["--cluster-generic-submit-cmd", "sh -c 'sh $0 > $0.log 2>&1 & echo $$'"]
    apart += ["--shared-fs-usage", "persistence", "software-deployment", "sources", "source-cache"]
    assert not [name for name in objects(address) if name.startswith("apart/")]  # and the bucket is there
    outcome = snakemake(project, address, "predict", *apart)
    assert outcome.status == 0, outcome.text
    assert outcome.text.count("with external jobid") == 2
    assert_same_results(finished_project, address, "apart")
