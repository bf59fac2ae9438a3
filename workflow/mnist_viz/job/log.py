"""One log a job: every line of a stage goes to the terminal and, with its time, to the rule's log file."""

import logging
import sys
from pathlib import Path
from traceback import format_exception
from types import TracebackType

from mnist_viz.job.causes import no_more_threads
from mnist_viz.store.files import FULL
from mnist_viz.terminal import harmless

logger = logging.getLogger("mnist_viz")


class _MessageOnly(logging.Formatter):
    """The message without the traceback, which the log file holds."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(record.getMessage())


class _Complete(logging.Formatter):
    """Time, message and traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


class _LogFile(logging.FileHandler):
    """A file that, once it can't be written, for instance on a full disk, is given up with one line on the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:
        logger.removeHandler(self)
        logger.warning("%s is not written any further: %s", self.baseFilename, sys.exception())


def start(path: Path | str | None) -> None:
    """Send the stage's lines to standard error and, if `path` is given, to that file, made anew.

    Text from outside commands no terminal, and no address shows its password (see `terminal.harmless`).

    Each line is written whole, so that the lines of jobs that run side by side do not mix. An error that ends the
    stage is one line on the terminal; its traceback is in the log file. ValueError, OSError and ArithmeticError are
    the errors that a user can mend; any other is a defect of the program and shows its traceback in both.
    """
    logging.raiseExceptions = False  # libraries whose own logs can't be written say so in no traceback of theirs
    logger.setLevel(logging.INFO)
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(_MessageOnly())
    logger.handlers = [terminal]
    sys.excepthook = _log_error
    if path is not None:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # another file than the one that a job of a killed Snakemake may still write to
        file = _LogFile(path, encoding="utf-8")
        file.setFormatter(_Complete())
        logger.addHandler(file)


def _log_error(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        logger.error("interrupted")
    elif isinstance(error, OSError) and error.errno in FULL:
        logger.error(
            "error: %s; free some space and run again: %s", FULL[error.errno], error, exc_info=(kind, error, traceback)
        )
    elif limit := no_more_threads(error):
        logger.error("error: %s: %s", limit, error, exc_info=(kind, error, traceback))
    elif issubclass(kind, (ValueError, OSError, ArithmeticError)):
        logger.error("error: %s", error, exc_info=(kind, error, traceback))
    else:
        logger.error("unexpected error: %s", error, exc_info=(kind, error, traceback))
        sys.stderr.write(harmless("".join(format_exception(kind, error, traceback))))
