"""One log a job: every line of a stage goes to the terminal and, with its time, to the rule's log file."""

import logging
import sys
from pathlib import Path

logger = logging.getLogger("mnist_viz")


def start(path: Path | str | None) -> None:
    """Send the stage's lines to standard error and, if `path` is given, to that file, made anew.

    Each line is written whole, so that the lines of jobs that run side by side do not mix. An error that ends the
    stage is logged too: a ValueError, OSError or RuntimeError is a message for the user, anything else a traceback.
    """
    logger.setLevel(logging.INFO)
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(logging.Formatter("%(message)s"))
    logger.handlers = [terminal]
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(path, mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(file)
    sys.excepthook = _log_error


def _log_error(kind: type[BaseException], error: BaseException, traceback: object) -> None:
    expected = issubclass(kind, (ValueError, OSError, RuntimeError))
    if issubclass(kind, KeyboardInterrupt):
        logger.error("interrupted")
    elif expected:
        logger.error("error: %s", error)
    else:
        logger.error("unexpected error", exc_info=(kind, error, traceback))
