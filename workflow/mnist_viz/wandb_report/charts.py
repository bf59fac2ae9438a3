"""The charts of the comparison's run: errors over time as lines, errors by guess as bars."""

from typing import Any, NamedTuple

from mnist_viz.wandb_report.answers import MOST_ROWS, Row

MOST_BARS = 20


class Chart(NamedTuple):
    """A chart of W&B's own kinds, and the rows that it is drawn from."""

    key: str
    """Under which it is logged; its rows are under `table_key`."""
    kind: str
    """The chart's name at W&B."""
    columns: list[str]
    rows: list[list[Any]]
    fields: dict[str, str]
    """What the kind draws -> column."""
    title: str

    @property
    def table_key(self) -> str:
        """Under which W&B's client logs the chart's rows."""
        return f"{self.key}_table"

    def drawn(self) -> Any:
        """The chart as the client logs it, a wandb.CustomChart."""
        import wandb

        table = wandb.Table(columns=[*self.columns], data=self.rows)
        return wandb.plot_table(self.kind, table, self.fields, {"title": self.title})


def over_time(epochs: dict[str, list[Row]], most: int = MOST_ROWS) -> Chart:
    """The errors of every variant by epoch: of those with the most errors at the end, as many as give `most` rows."""
    rows: list[list[Any]] = []
    for variant in sorted(epochs, key=lambda variant: -epochs[variant][-1]["errors"]):
        own = [[variant, row["epoch"], row["errors"]] for row in epochs[variant]]
        if len(rows) + len(own) > most:
            break
        rows += own
    fields = {"x": "epoch", "y": "errors", "stroke": "variant"}
    title = "Images guessed wrong after each epoch"
    return Chart("errors_over_time_chart", "wandb/line/v0", ["variant", "epoch", "errors"], rows, fields, title)


def by_guess(rows: list[Row]) -> Chart:
    """The most frequent errors, of the rows of the table errors_by_guess, the worst first."""
    bars = [[f"{row['variant']}: {row['truth']} taken for {row['guess']}", row["count"]] for row in rows[:MOST_BARS]]
    fields = {"label": "error", "value": "images"}
    title = f"The {len(bars)} most frequent errors after the last epoch"
    return Chart("errors_by_guess_chart", "wandb/bar/v0", ["error", "images"], bars, fields, title)
