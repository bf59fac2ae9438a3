"""The report in W&B: a page that reads like W&B's tutorial, of the variants' runs and of the comparison's."""

import time
from typing import Any, NamedTuple

from mnist_viz.upload.client import Destination
from mnist_viz.upload.online import waits
from mnist_viz.wandb_report.charts import Chart

WIDE, HIGH = 24, 12  # of the page's grid
MOST_LINES = 100  # of a plot; W&B draws ten unless it is told
QUERY: dict[str, Any] = {
    "id": {},
    "name": {},
    "_defaultColorIndex": {},
}  # beside the table, as W&B's own charts have it


class Question(NamedTuple):
    """One of the questions that the report answers."""

    heading: str
    text: str
    table: str
    """The key of its table."""
    chart: Chart | None


class Page(NamedTuple):
    """What the report is of."""

    place: str
    """The user or team and the project, as in `person/mnist-viz`."""
    title: str
    introduction: str
    runs: list[str]
    """The ids of the variants' runs."""
    run: str
    """The id of the comparison's run."""
    artifact: str
    version: str
    """Of the artifact that holds the tables."""
    questions: list[Question]


def title(dataset: str) -> str:
    """The report's title, by which it is found again."""
    return f"Which images of {dataset} are guessed wrong?"


def report(page: Page) -> Any:
    """The report, not saved."""
    from wandb_workspaces import expr
    from wandb_workspaces.reports import v2

    wr: Any = v2  # whose types are not exported
    entity, _, project = page.place.partition("/")

    def grid(runs: list[str], name: str, *panels: Any) -> Any:
        chosen = wr.Runset(entity=entity, project=project, name=name, filters=[expr.Metric("ID").isin(runs)])
        return wr.PanelGrid(runsets=[chosen], panels=list(panels), hide_run_sets=len(runs) == 1)

    lines = min(len(page.runs), MOST_LINES)
    half = wr.Layout(w=WIDE // 2, h=HIGH)
    curves = grid(
        page.runs,
        "variants",
        wr.LinePlot(title="Training loss", x="Step", y=["loss"], max_runs_to_show=lines, layout=half),
        wr.LinePlot(title="Accuracy on the test images", x="epoch", y=["acc"], max_runs_to_show=lines, layout=half),
    )
    blocks = [wr.P(page.introduction), wr.H1("How well do the models learn?"), curves]
    for question in page.questions:
        panels = [
            wr.WeavePanelArtifactVersionedFile(
                artifact=page.artifact,
                version=page.version,
                file=f"{question.table}.table.json",
                layout=wr.Layout(w=WIDE, h=HIGH),
            )
        ]
        if (chart := question.chart) is not None:
            drawn = wr.CustomChart(
                query=QUERY | {"summaryTable": {"tableKey": chart.table_key}},
                chart_name=chart.kind,
                chart_fields=chart.fields,
                chart_strings={"title": chart.title},
                layout=wr.Layout(w=WIDE, h=HIGH),
            )
            panels.insert(0, drawn)
        blocks += [wr.H1(question.heading), wr.P(question.text), grid([page.run], "comparison", *panels)]
    return wr.Report(entity=entity, project=project, title=page.title, blocks=blocks, width="fluid")


def save(page: Page, destination: Destination) -> tuple[str, str]:
    """Save the report, in the place of the one of the same title if there is one; returns its id and address.

    OSError if W&B then lacks it.
    """
    made = report(page)
    if earlier := [each for each in saved(page, destination) if each.display_name == page.title]:
        made.id = earlier[0].id
    made.save()
    for seconds in waits(destination.patience):
        time.sleep(seconds)
        for each in saved(page, destination):
            if each.id == made.id:
                return each.id, each.url
    raise OSError(f"the report {page.title!r} was saved, but W&B lacks it. Make it again")


def saved(page: Page, destination: Destination) -> list[Any]:
    """The reports of the project, read anew: the client keeps those that it has read."""
    import wandb

    return list(wandb.Api(timeout=destination.patience).reports(page.place))
