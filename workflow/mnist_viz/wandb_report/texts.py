"""What the report says: two sentences on each question, with the numbers."""

from typing import Any

from mnist_viz.store.corrections import Corrections
from mnist_viz.terminal import counted
from mnist_viz.wandb_report.answers import MOST_PICTURES, Answer, Pair

MOST_NAMES = 10  # of variants that diverged

Epochs = dict[str, list[dict[str, Any]]]


def introduction(variants: int, dataset: str, diverged: list[str], corrections: Corrections | None = None) -> str:
    """What the report is of, and of what not."""
    shown = ", ".join(diverged[:MOST_NAMES])
    more = f" and {len(diverged) - MOST_NAMES:,} more" if len(diverged) > MOST_NAMES else ""
    without = (
        f" {shown}{more} diverged; nothing here is of {'it' if len(diverged) == 1 else 'these'}." if diverged else ""
    )
    labels = f" Their labels: {corrections}." if corrections else ""
    return (
        f"The predictions of {counted(variants, 'variant')} on the test images of {dataset}, compared.{labels}{without}"
    )


def disagreements(pairs: list[Pair], answer: Answer, images: int, reference: str) -> str:
    """Which two models disagree the most, and what the table has of all."""
    if not pairs:
        return (
            f"No two models have different guesses of the {counted(images, 'test image')}: there is one variant with "
            "one epoch, or all agree. So the table is empty."
        )
    most = max(pairs, key=lambda pair: pair.images)
    neither = most.images - most.only_a - most.only_b - most.unknown
    unknown = f"; of {most.unknown:,} the truth is not known" if most.unknown else ""
    told = (
        f"{most.a} and {most.b} disagree the most, on {counted(most.images, 'image')} of {images:,}: "
        f"{most.only_a:,} only {most.a} gets right, {most.only_b:,} only {most.b}, {neither:,} neither{unknown}."
    )
    compared = f"of {counted(len(pairs), 'pair')} with {reference}"
    return f"{told} {_extent(answer, compared, 'the furthest apart first')}"


def errors_over_time(epochs: Epochs, answer: Answer, images: int) -> str:
    """Which variant is best and worst, and what the best has learned and forgotten."""
    if not epochs:
        return "No variant has all its epochs. So the table is empty."
    last = {variant: rows[-1] for variant, rows in epochs.items()}
    best = min(last, key=lambda variant: last[variant]["errors"])
    worst = max(last, key=lambda variant: last[variant]["errors"])
    learned, forgotten, never = (f"{last[best][name]:,}" for name in ("learned", "forgotten", "never_learned"))
    course = f"{best} has learned {learned} images since its first epoch, forgotten {forgotten} again"
    others = "" if best == worst else f", and {worst} the most, {last[worst]['errors']:,}"
    fewest = f"{best} makes the fewest errors after its last epoch, {last[best]['errors']:,} of {images:,}{others}"
    told = f"{fewest}; {course} and never learned {never}."
    compared = f"of {counted(len(epochs), 'variant')}"
    return f"{told} {_extent(answer, compared, 'the most errors first')}"


def errors_by_guess(answer: Answer) -> str:
    """What is mistaken for what most often."""
    if not answer.rows:
        return "No variant makes an error after its last epoch. So the table is empty."
    first = answer.rows[0]
    truth, guess = (f"a {each}" if isinstance(each, int) else each for each in (first["truth"], first["guess"]))
    told = (
        f"The most frequent error is of {first['variant']}, which takes {truth} for {guess} on "
        f"{counted(first['count'], 'image')}."
    )
    return f"{told} {_extent(answer, 'after the last epochs', 'the most frequent first')}"


def _extent(answer: Answer, of_what: str, order: str) -> str:
    """How much of a table is shown."""
    shown, rest = counted(answer.total, "row"), ""
    if answer.left_out:
        shown, rest = f"{len(answer.rows):,} of {shown}", f"; {answer.left_out:,} are left out"
    pictures = "" if answer.name == "disagreements" else f", with {MOST_PICTURES} pictures in a cell at most"
    return f"The table has {shown} {of_what}, {order}{pictures}{rest}."
