"""The jobs of a run, as `Outcome.jobs` names them."""

OF_ALL = {"explorer", "summary", "comparison", "provenance"}
CHAIN = ("train", "predict", "upload")


def after(stage: str, *variants: str) -> set[str]:
    """A stage of these variants (train, predict, upload) and all that follows from it."""
    own = {f"{name}_variant:{variant}" for name in CHAIN[CHAIN.index(stage) :] for variant in variants}
    return own | ({"provenance"} if stage == "upload" else OF_ALL)


def everything(*variants: str) -> set[str]:
    """All jobs but the download."""
    return {"data", *after("train", *variants)}
