"""What touches private parts of Snakemake 9.27.1. Importing this changes nothing.

`compact_console`: Snakemake prints every job's inputs and reason, which for 1,000 variants are thousands of paths, and
`--quiet rules` hides also which job failed and its log. A logger plugin could say it otherwise, but has to be an
installed package, found before the Snakefile is read; this package is found by the Snakefile. So Snakemake's own
handler of the terminal is replaced. Private are `output_settings` and `logger_manager` of the workflow, the classes of
`snakemake.logging`, and the fields of its records.
"""

import logging

from snakemake.logging import ColorizingTextHandler, DefaultFormatter, get_event
from snakemake.settings.enums import Quietness
from snakemake.settings.types import OutputSettings
from snakemake.workflow import Workflow
from snakemake_interface_logger_plugins.common import LogEvent

from mnist_viz.job.console import Console


def compact_console(workflow: Workflow) -> None:
    """Show this run in a line a job instead of Snakemake's blocks (see `console`); its log file stays as it is.

    Nothing changes with --verbose or --debug-dag, with a logger plugin that writes to the terminal, and in the
    Snakemake that a job of a cluster starts. What --quiet names is left out as ever.
    """
    settings = workflow.output_settings
    if not workflow.is_main_process or settings.verbose or settings.debug_dag:
        return
    logger = workflow.logger_manager.logger
    for handler in list(logger.handlers):
        if type(handler) is ColorizingTextHandler:
            logger.removeHandler(handler)
            logger.addHandler(_CompactHandler(handler, settings))


class _CompactHandler(ColorizingTextHandler):
    """Snakemake's handler of the terminal, without the empty line before a job."""

    def __init__(self, replaced: ColorizingTextHandler, settings: OutputSettings) -> None:
        quiet = set(settings.quiet or ())
        self._console = Console(
            dry_run=settings.dryrun,
            with_reasons=not quiet & {Quietness.REASON, Quietness.ALL},
            with_failed_logs=settings.show_failed_logs,
        )
        formatter = _CompactFormatter(self._console, quiet, settings.show_failed_logs)
        super().__init__(nocolor=replaced.nocolor, stream=replaced.stream, formatter=formatter)
        self.name = replaced.name
        self.setLevel(replaced.level)
        for condition in replaced.filters:
            self.addFilter(condition)

    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        self._console.note(get_event(record), vars(record))
        kept: bool | logging.LogRecord = super().filter(record)
        return kept

    def emit(self, record: logging.LogRecord) -> None:
        self.last_msg_was_job_info = True
        super().emit(record)


class _CompactFormatter(DefaultFormatter):
    """Snakemake's formatter, for what `Console` does not say otherwise."""

    def __init__(self, console: Console, quiet: set[Quietness], show_failed_logs: bool) -> None:
        super().__init__(quiet, show_failed_logs)
        self._console = console

    def format(self, record: logging.LogRecord) -> str:
        event, fields = get_event(record), dict(vars(record))
        if event == LogEvent.GROUP_INFO:
            fields["jobs"] = [(job.rule.name, job.wildcards_dict) for job in fields["jobs"]]
        text = self._console.text(event, fields)
        return super().format(record) if text is None else text
