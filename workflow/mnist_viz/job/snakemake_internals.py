"""What the pipeline changes inside Snakemake (9.27.1) and its plugins, which have no interface for it.

Importing this module changes nothing; its functions do, for the process that calls them.
"""

import json
import logging
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import snakemake_executor_plugin_slurm
import snakemake_storage_plugin_s3
from snakemake import dag, io, persistence
from snakemake.deployment.conda import CondaEnvFileSpec
from snakemake.exceptions import CliException
from snakemake.logging import ColorizingTextHandler, DefaultFormatter, get_event
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.settings.enums import Quietness
from snakemake.settings.types import OutputSettings
from snakemake.workflow import Workflow
from snakemake_interface_logger_plugins.common import LogEvent

from mnist_viz.job import gpus, slots
from mnist_viz.job.console import Console
from mnist_viz.job.plan import Plan
from mnist_viz.job.stop import Interrupt, signals
from mnist_viz.stages import STAGES, stage
from mnist_viz.terminal import in_any_locale


class Changed:
    """Stands where Snakemake has the parameters that changed, and is shown as the reason why a job runs."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


def plan_by_records(root: Path) -> None:
    """Let records decide what runs again, instead of Snakemake's private folder and time stamps.

    Snakemake knows only what itself has made in this place: results that were copied, cloned or restored count as up
    to date for any configuration. A job runs if an output is missing, if its record differs from the plan (see
    `Plan.change`) or if a job before it runs.
    """
    plan = Plan(root)
    rules = {row.rule for row in STAGES}

    def params_changed(_self: object, job: Any, file: object = None) -> Changed:
        if job.rule.name not in rules:
            return Changed("")
        return Changed(plan.change(Path(job.output.record), json.loads(job.params.key)))

    async def is_newer(_self: object, _time: float) -> bool:
        return False

    async def check_output_mtime(_self: object, _job: object, _outputs: object) -> None:
        """No clock decides whether an output is right, so none has to be right."""

    kept = persistence.PersistenceBase
    kept.params_changed = params_changed
    kept.has_metadata = lambda _self, _job: True
    kept.has_outdated_metadata = lambda _self, _job: False
    kept.input_changed = kept.code_changed = kept.software_stack_changed = lambda _self, _job, file=None: ()
    Workflow.log_provenance_info = lambda _self: None  # how to go by time stamps or wipe the private folder instead
    io._IOFile.is_newer = is_newer
    dag.DAG.check_output_mtime = check_output_mtime


def allow_braces_in_path() -> None:
    """Let the project lie in a folder whose path has braces, which Snakemake takes for wildcards of a conda file.

    The rules' conda files have no wildcards.
    """
    CondaEnvFileSpec.apply_wildcards = lambda self, _wildcards: self


def end_as_on_interrupt(workflow: Workflow) -> None:
    """Let SIGTERM and SIGHUP end this run as Ctrl-C does, which the terminal sends to the jobs as well.

    Snakemake lets all running jobs finish on SIGTERM, however long they take, and dies of SIGHUP without unlocking the
    folder. Nothing changes in the Snakemake that a job of a cluster starts: there the scheduler tells all processes.
    """
    if not workflow.is_main_process:
        return
    interrupt = Interrupt()
    JobScheduler.exit_gracefully = lambda _self, *_: interrupt()  # it handles SIGTERM while jobs run
    if threading.current_thread() is threading.main_thread():
        for number in signals():
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, interrupt)


def end_as_told(workflow: Workflow, stages: Iterable[str], said: Callable[[Iterable[Path]], str]) -> None:
    """Let a run that made everything, or had nothing to do, end with status 1 and what is `said` of its records.

    `said` is given the records of the `stages` that the run's targets need, whether their jobs ran or not. Snakemake's
    own hooks know neither these jobs nor a run with nothing to do, and --no-hooks leaves them out. Not of a dry run,
    and not in the Snakemake that a job of a cluster starts.
    """
    if not workflow.is_main_process:
        return
    execute, rules = workflow.execute, {stage(name).rule for name in stages}

    def execute_and_tell(*arguments: Any, **settings: Any) -> None:
        execute(*arguments, **settings)
        if workflow.dryrun or workflow.touch:
            return
        records = [job.output.record for job in workflow.dag.jobs if job.rule.name in rules]
        stored = [record for record in records if record.is_storage]
        for record in stored:
            workflow.async_run(record.storage_object.managed_retrieve())
        text = said(map(Path, records))
        if stored and not workflow.storage_settings.keep_storage_local:
            workflow.async_run(workflow.dag.cleanup_storage_objects())
        if text:
            raise CliException(text)  # which is shown without a place in the code

    workflow.execute = execute_and_tell


def share_gpus(workflow: Workflow) -> None:
    """Let the jobs of a run on this machine share its GPUs, and start no more of them than there are slots.

    To be called on start, when Snakemake knows what there is to do. The rules' resource gpu_jobs is limited to the
    number of GPUs times `jobs_per_gpu`, which the profile may set. Raises ValueError if that is no number of jobs,
    OSError if the GPUs can't be listed.
    """
    if not workflow.is_main_process:
        return
    each = slots.PER_GPU
    if "jobs_per_gpu" in workflow.global_resources:
        each = workflow.global_resources["jobs_per_gpu"].value
        if not isinstance(each, int) or each < 1:
            raise ValueError(f"jobs_per_gpu={each}: how many jobs compute on a GPU at a time is a number from 1")
    shared = gpus.to_share() if workflow.local_exec else []
    slots.hand_on(shared, each)
    if shared:
        for limits in (workflow.scheduler.global_resources, workflow.scheduler.resources):
            limits.setdefault("gpu_jobs", len(shared) * each)


def mend_plugins() -> None:
    """Two plugins leave out what the pipeline needs of them.

    The slurm plugin (2.8.0) does not tell a job how many variants are packed into it (--group-components), and the job
    starts another Snakemake for each. The S3 plugin (0.3.6) keeps the answer that a folder is not there, even when a
    job that shares no disk with this machine has made it since.
    """
    snakemake_executor_plugin_slurm.common_settings.pass_group_args = True
    snakemake_storage_plugin_s3.StorageObject.is_dir = _is_folder


def _is_folder(stored: Any) -> bool:
    """Whether there are objects beneath this one."""
    stored._is_dir = stored._is_dir or any(stored.get_subkeys())
    return bool(stored._is_dir)


def compact_console(workflow: Workflow) -> None:
    """Show this run in a line a job (see `console`), not in Snakemake's blocks; its log file stays as it is.

    The blocks list every job's inputs and reason, which for 1,000 variants are thousands of paths; `--quiet rules`
    would hide also which job failed and its log. A logger plugin has to be an installed package, found before the
    Snakefile is read; this package is found by the Snakefile. So Snakemake's own handler is replaced.

    Nothing changes with --verbose or --debug-dag, with a logger plugin that writes to the terminal, and in the
    Snakemake that a job of a cluster starts. What --quiet names is left out as ever.
    """
    in_any_locale()
    settings = workflow.output_settings
    if not workflow.is_main_process or settings.verbose or settings.debug_dag:
        return
    logging.raiseExceptions = False  # where the disk is full, the log file in .snakemake/ ends without a traceback
    logger = workflow.logger_manager.logger
    for handler in list(logger.handlers):
        if type(handler) is ColorizingTextHandler:
            logger.removeHandler(handler)
            logger.addHandler(_CompactHandler(handler, settings))


class _CompactHandler(ColorizingTextHandler):  # type: ignore[misc]  # Snakemake has no types
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


class _CompactFormatter(DefaultFormatter):  # type: ignore[misc]  # Snakemake has no types
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
