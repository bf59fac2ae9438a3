"""Which errors of W&B's stay, and what is said of them; all others may pass."""

import pytest

from mnist_viz.upload.refusals import is_permanent, way_out

STAYS = {
    "HTTP 409: run person/mnist-viz/ab was previously created and deleted; try a new run name": "wandb: attempt: 4",
    "HTTP 404: entity nobody not found during upsertBucket": "wandb: entity:",
    "HTTP 401: user is not logged in": "WANDB_API_KEY",
    "permission denied (HTTP status 403 Forbidden)": "WANDB_API_KEY",
}
PASSES = (
    "HTTP 409: Conflict",
    "HTTP 429: too many requests",
    "HTTP 500: Internal Server Error",
    "dial tcp 127.0.0.1:24010: connect: connection refused",
    "context deadline exceeded",
)


@pytest.mark.parametrize(("said", "way"), STAYS.items())
def test_what_stays_has_a_way_out(said: str, way: str) -> None:
    assert way in (way_out(said, attempt=3) or "") and is_permanent(said)


@pytest.mark.parametrize("said", PASSES)
def test_what_may_pass_has_none(said: str) -> None:
    assert way_out(said, attempt=1) is None and not is_permanent(said)
