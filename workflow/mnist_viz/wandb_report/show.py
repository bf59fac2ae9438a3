"""The questions with their answers, and both shown: the run made, the report saved."""

from pathlib import Path
from typing import Any, NamedTuple

from mnist_viz.store.comparisons import KINDS
from mnist_viz.upload.client import Destination
from mnist_viz.wandb_report import answers, charts, page, run, texts
from mnist_viz.wandb_report.answers import Answer
from mnist_viz.wandb_report.page import Page, Question
from mnist_viz.wandb_report.run import Comparison


class Images(NamedTuple):
    """How many test images there are."""

    all: int
    known: int
    """Those whose truth is known."""


def questions(folder: Path, shown: dict[str, Answer], images: Images, reference: str) -> list[Question]:
    """The three questions with their answers. `folder` holds the tables, `shown` what the report shows of them."""
    courses = answers.epochs(folder)
    pairs = answers.pairs(folder)
    disagreeing, over_time, by_guess = (shown[name] for name in KINDS)
    return [
        Question(
            "Same images, two models: where do they disagree?",
            texts.disagreements(pairs, disagreeing, images.all, reference),
            disagreeing.name,
            None,
        ),
        Question(
            "Errors over time: what is learned, what forgotten?",
            texts.errors_over_time(courses, over_time, images.known),
            over_time.name,
            charts.over_time(courses),
        ),
        Question(
            "Error patterns: what is mistaken for what?",
            texts.errors_by_guess(by_guess),
            by_guess.name,
            charts.by_guess(by_guess.rows),
        ),
    ]


def show(
    comparison: Comparison, asked: list[Question], diverged: list[str], destination: Destination
) -> dict[str, Any]:
    """Make the run and the report, and say where they are. `diverged` are the variants that are in neither."""
    made, want, version = run.make(comparison, destination)
    title = page.title(comparison.dataset)
    shown = Page(
        place=comparison.place,
        title=title,
        introduction=texts.introduction(len(comparison.runs), comparison.dataset, diverged, comparison.corrections),
        runs=[each.run for each in comparison.runs],
        run=comparison.run_id,
        artifact=comparison.artifact,
        version=version,
        questions=asked,
    )
    identity, url = page.save(shown, destination)
    return {
        "run": comparison.run_id,
        "run_path": f"{comparison.place}/{comparison.run_id}",
        "run_url": made.url,
        "report": {"id": identity, "title": title, "url": url},
        "artifact": {"name": f"{want.name}:{version}", "digest": want.digest, "files": want.files, "bytes": want.bytes},
        "tables": {
            answer.name: {"rows": len(answer.rows), "left_out": answer.left_out} for answer in comparison.answers
        },
        "used": comparison.used,
    }
