"""Write the explorer of predictions made elsewhere: a table, or a folder of tables.

The table has a row a prediction: truth, guess, and a score or logit of each class, in columns named score_cat,
prob_cat, logit_cat or cat. Columns variant, epoch, id and image may be there.
"""

import argparse
import sys
from pathlib import Path

from mnist_viz import terminal
from mnist_viz.explore import explore
from mnist_viz.store.files import WriteError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.explore", description=__doc__)
    parser.add_argument("table", type=Path, help="a CSV, Parquet or .table.json file, a folder of them or of results")
    parser.add_argument("--images", type=Path, help="the folder of the pictures, where the table names them by paths")
    parser.add_argument("--output", type=Path, default=Path("explorer.html"), help="the HTML file to write")
    arguments = parser.parse_args()
    try:
        page = explore(arguments.table, arguments.images)
        page.write(arguments.output)
    except (ValueError, WriteError) as error:
        sys.exit(terminal.harmless(f"explore: {error}"))
    for note in page.notes:
        terminal.show(terminal.harmless(f"note: {note}"))
    terminal.show(terminal.harmless(f"{arguments.output}: {len(page.html) / 1e6:.1f} MB"))


if __name__ == "__main__":
    main()
