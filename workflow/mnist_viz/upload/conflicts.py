"""What a run on the server holds that is not what is to be sent, and that W&B cannot replace: its history.

Everything else can be: the configuration and the name of a run, its end, the aliases of artifacts.
"""

from mnist_viz.upload import readback, refusals, wandb_internals
from mnist_viz.upload.artifacts import TABLE
from mnist_viz.upload.variant import Row, Variant


def check(variant: Variant, rows: list[Row], path: str) -> None:
    """ValueError, with the ways out, if `rows`, the history of the server's run, can't be completed to the variant's.

    Only what is beyond the last of the rows can still be sent.
    """
    there: dict[int, list[Row]] = {}
    for row in rows:
        there.setdefault(row["_step"], []).append(row)
    for step, wanted in [*variant.training, *variant.evaluation]:
        if step > max(there, default=0):
            continue
        if step not in there:
            why = f"lacks step {step}, though it goes on to step {max(there)}"
            raise refusals.incompletable(variant.name, path, why, variant.attempt)
        for row in there[step]:
            _check_row(variant, wanted, row, path)


def check_next_step(variant: Variant, next_step: int, last_step: int, path: str) -> None:
    """ValueError if W&B takes no row of a run before `next_step`, though its history ends with `last_step`."""
    if next_step > last_step + 1:
        why = f"takes rows only from step {next_step} on, though its history ends with step {last_step}"
        raise refusals.incompletable(variant.name, path, why, variant.attempt)


def _check_row(variant: Variant, wanted: Row, there: Row, path: str) -> None:
    for name in readback.different(wanted, there):
        why = f"holds another training of the same configuration: its {name} at step {there['_step']} is "
        why += f"{there.get(name)}, here it is {wanted[name]}"
        raise refusals.incompletable(variant.name, path, why, variant.attempt, "give the variant another seed")
    if "epoch" in wanted:
        shown, wants = wandb_internals.table_height(there.get(TABLE, {})), variant.logged_rows(wanted["epoch"])
        if shown != wants:
            why = f"holds other tables: that of epoch {wanted['epoch']} shows {shown} images, here {wants}"
            back = [f"let tables: images: choose {shown} again" if shown and wants else "let tables: choose as before"]
            raise refusals.incompletable(variant.name, path, why, variant.attempt, *back)
