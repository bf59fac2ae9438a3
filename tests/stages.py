"""The jobs of a run on the sample, offline, as `Outcome.jobs` names them: those of every stage that it makes."""

from mnist_viz.stages import STAGES

# The others: what the sample needs no download for, what is off unless it is asked for, what needs W&B.
MADE = tuple(stage for stage in STAGES if stage.name not in ("download", "map", "wandb_report"))
OF_ALL = {stage.rule for stage in MADE if not stage.of_variants and stage.name != "data"}
CHAIN = [stage for stage in MADE if stage.of_variants]
NAMES = [stage.name for stage in CHAIN]


def after(stage: str, *variants: str) -> set[str]:
    """A stage of these variants (train, predict, upload) and all that follows from it."""
    following = CHAIN[NAMES.index(stage) :] if stage != "upload" else [CHAIN[NAMES.index(stage)]]
    own = {f"{each.rule}:{variant}" for each in following for variant in variants}
    return own | ({"provenance"} if stage == "upload" else OF_ALL)


def everything(*variants: str) -> set[str]:
    """All jobs."""
    return {"data", *after("train", *variants)}
