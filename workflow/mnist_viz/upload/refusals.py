"""What never heals, told apart from what passes, and the ways out of it."""

import re
from typing import NamedTuple

KEY = "Set WANDB_API_KEY to a key that this server accepts, or keep the run on disk: mode: offline"


class Refusal(NamedTuple):
    """A refusal of W&B's that stays, however often it is asked again."""

    said: str
    """A pattern of what W&B, or its client, says."""
    way_out: str
    """What to do; {another} stands for how to make another run."""


PERMANENT = (
    # W&B says this of the run's id, which it calls a name, and gives no id again (wandb#4948, #1192).
    Refusal(r"previously created and deleted", "Undelete the run on its project's page, or {another}"),
    Refusal(r"not found during upsertBucket", "Set wandb: entity: to a user or a team of this server"),
    Refusal(r"\b(401|403)\b", KEY),
)


def way_out(said: str, attempt: int) -> str | None:
    """What to do about an error of W&B's that stays; None for one that may pass, so that uploading again helps.

    `attempt` is that of the run (see `variant.run_id`).
    """
    found = next((refusal for refusal in PERMANENT if re.search(refusal.said, said)), None)
    return found and found.way_out.format(another=another_run(attempt))


def is_permanent(said: str) -> bool:
    """Whether an error of W&B's stays, however long one waits."""
    return way_out(said, attempt=1) is not None


def another_run(attempt: int) -> str:
    """How to make another run of the same variant, beside the one of this attempt."""
    return f"set wandb: attempt: {attempt + 1}, which makes another run of the same training"


def incompletable(variant: str, path: str, why: str, attempt: int, *ways: str) -> ValueError:
    """The error for a run whose history is another than what is to be sent; `ways` are ways out of this one alone."""
    out = ", or ".join([*ways, another_run(attempt), "upload to another wandb: project:"])
    return ValueError(f"upload {variant}: the run {path} {why}. W&B cannot replace a run's history. {_capital(out)}.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
