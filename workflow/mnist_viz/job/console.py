"""What the terminal shows of a run: a line when a job begins and one when it ends, what failed, and no lists of files.

Pure text: nothing of Snakemake is imported. The names of events and of their fields are Snakemake's.
"""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mnist_viz.job.reasons import brief, listed, shorten

VARIANTS_SHOWN = 8
FAILURES_SHOWN = 20
LOG_LINES_SHOWN = 60
COMMAND_LENGTH = 240
RULE_WIDTH = 80

# What Snakemake says at every start, whatever is run.
_SAID_ALWAYS = {
    "Assuming unrestricted shared filesystem usage.",
    "Conda environments: ignored",
    "Group jobs: inactive (local execution)",
    "Select jobs to execute...",
    "Singularity containers: ignored",
}
_SHELL = "Using shell: "
_THE_END = "Exiting because a job execution failed."
_COMMAND_FAILED = re.compile(
    r"CalledProcessError.*?Command '(.*)' (returned non-zero exit status \d+|died with [^\n]+?)\.(?:\n|$)", re.DOTALL
)


class Console:
    """The text of a run's events, one after the other; `dry_run` says what would run instead."""

    def __init__(self, dry_run: bool, with_reasons: bool, with_failed_logs: bool) -> None:
        self._dry_run = dry_run
        self._with_reasons = with_reasons
        self._with_failed_logs = with_failed_logs
        self._names: dict[object, str] = {}  # by Snakemake's number of the job
        self._finished: list[str] = []  # since the last line of progress
        self._failed: dict[object, str] = {}
        self._indent = ""  # of the jobs of a group
        self._tables = 0

    def note(self, event: str | None, fields: Mapping[str, Any]) -> None:
        """Take down what later lines need of an event, which itself may not be shown."""
        if event == "job_info":
            self._names[fields["jobid"]] = " ".join([fields["rule_name"], *fields["wildcards"].values()])
            self._failed.pop(fields["jobid"], None)  # it runs again
        elif event == "job_error":
            self._failed[fields["jobid"]] = self._line(fields)

    def text(self, event: str | None, fields: Mapping[str, Any]) -> str | None:
        """What to show for an event, "" for nothing, and None for what Snakemake itself would show.

        `fields` are those of the event and its message `msg`; a group's `jobs` are the rule and wildcards of each.
        """
        if event is None:
            return self._message(fields["msg"])
        show = {
            "error": self._exception,
            "group_error": self._group_error,
            "group_info": self._group,
            "job_error": self._job_error,
            "job_finished": self._job_finished,
            "job_info": self._job,
            "job_started": _nothing,
            "progress": self._progress,
            "resources_info": self._resources,
            "run_info": self._table,
        }.get(event)
        return show(fields) if show else None

    def _message(self, message: object) -> str | None:
        if not isinstance(message, str):
            return None
        if message in _SAID_ALWAYS or message.startswith(_SHELL):
            return ""
        if message.startswith(_THE_END) and self._failed:
            failures = sorted(self._failed.values())
            left = len(failures) - FAILURES_SHOWN
            more = [f"    … and {left:,} more"] if left > 0 else []
            return "\n".join([f"{message}:", *(f"    {line}" for line in failures[:FAILURES_SHOWN]), *more])
        return None

    def _resources(self, fields: Mapping[str, Any]) -> str | None:
        return None if "cores" in fields or "nodes" in fields else ""

    def _table(self, fields: Mapping[str, Any]) -> str | None:
        """The table of jobs; that of a dry run, which Snakemake shows first and last, at the end only."""
        self._tables += 1
        return "" if self._dry_run and self._tables == 1 else None

    def _group(self, fields: Mapping[str, Any]) -> str:
        jobs = fields["jobs"]
        variants = sorted({" ".join(wildcards.values()) for _, wildcards in jobs})
        named = f"{fields['group_id']}: {_count(jobs)} of {listed(variants, VARIANTS_SHOWN)}"
        if not self._dry_run:
            return f"{_now()}  begins: {named}"
        # Jobs of one variant are one job on a cluster alone, which a dry run does not know.
        self._indent = "    " if len(variants) > 1 else ""
        return f"together, as {named}" if self._indent else ""

    def _job(self, fields: Mapping[str, Any]) -> str:
        rule, wildcards = fields["rule_name"], fields["wildcards"]
        if self._dry_run:
            indent = self._indent if fields["indent"] else ""
            lines = [f"{indent}{_heading(rule, wildcards)}"]
            if self._with_reasons:
                lines.append(f"{indent}    reason: {brief(fields['reason'])}")
            return "\n".join(lines)
        if fields["indent"] or not fields["shellcmd"]:  # named by its group, or a target that only collects
            return ""
        return f"{_now()}  begins: {self._name(fields['jobid'])} (job {fields['jobid']})"

    def _job_finished(self, fields: Mapping[str, Any]) -> str:
        self._finished.append(self._name(fields["job_id"]))
        return ""

    def _progress(self, fields: Mapping[str, Any]) -> str:
        done, total = fields["done"], fields["total"]
        finished, self._finished = self._finished, []
        return (
            f"{_now()}  {done:,} of {total:,} steps ({100 * done // total}%) done: {listed(finished, VARIANTS_SHOWN)}"
        )

    def _exception(self, fields: Mapping[str, Any]) -> str | None:
        """A failed command: how it ended. Any other error is left as it is."""
        failed = _COMMAND_FAILED.search(fields["msg"])
        return f"Command '{shorten(failed[1], COMMAND_LENGTH)}' {failed[2]}." if failed else None

    def _job_error(self, fields: Mapping[str, Any]) -> str:
        if fields["indent"]:  # shown with its group
            return ""
        logs = fields["log"]
        lines = [f"{_now()}  Error in rule {self._name(fields['jobid'])} (job {fields['jobid']}):"]
        lines += _details({"message": fields["rule_msg"], "log": ", ".join(logs), "conda-env": fields["conda_env"]})
        lines += _details(fields["aux"])
        if not logs and fields["shellcmd"]:
            lines += _details({"shell": shorten(fields["shellcmd"], COMMAND_LENGTH)})
        return "\n".join(lines + (_contents(logs) if self._with_failed_logs else []))

    def _group_error(self, fields: Mapping[str, Any]) -> str:
        """A group of jobs that ran as one. Which of them failed is in the logs: those of jobs that never began lack."""
        jobs = fields["job_error_info"]
        lines = [f"{_now()}  Error in group {fields['groupid']} of {_count(jobs)}:"]
        lines += _details({"external_jobid": fields.get("external_jobid"), "log": ", ".join(fields["aux_logs"])})
        lines += [f"    {self._line(job)}" for job in jobs]
        if self._with_failed_logs:
            logs = [*fields["aux_logs"], *(log for job in jobs for log in job["log"])]
            lines += _contents([log for log in logs if Path(log).exists()])
        return "\n".join(lines)

    def _line(self, job: Mapping[str, Any]) -> str:
        """A job that failed, and its logs."""
        return f"{self._name(job['jobid'])}  {', '.join(job['log'])}".rstrip()

    def _name(self, number: object) -> str:
        """The rule and wildcards of a job; its number, where Snakemake never said that it begins."""
        return self._names.get(number, f"job {number}")


def _nothing(fields: Mapping[str, Any]) -> str:
    return ""


def _now() -> str:
    return time.strftime("%H:%M:%S")


def _count(jobs: Sequence[object]) -> str:
    return f"{len(jobs):,} job{'s' if len(jobs) != 1 else ''}"


def _heading(rule: str, wildcards: Mapping[str, str]) -> str:
    values = ", ".join(f"{key}={value}" for key, value in wildcards.items())
    return f"rule {rule}: {values}".rstrip()


def _details(values: Mapping[str, object]) -> list[str]:
    return [f"    {name}: {value}" for name, value in values.items() if value]


def _contents(logs: list[str]) -> list[str]:
    """The last lines of each log, between rules."""
    shown = []
    for log in logs:
        if not Path(log).exists():
            shown.append(f"Logfile {log} not found.")
            continue
        lines = Path(log).read_text(encoding="utf-8", errors="replace").splitlines()
        if not lines:
            shown.append(f"Logfile {log}: empty file")
            continue
        left = len(lines) - LOG_LINES_SHOWN
        more = [f"… {left:,} lines before these"] if left > 0 else []
        shown += [f"Logfile {log}:", "=" * RULE_WIDTH, *more, *lines[-LOG_LINES_SHOWN:], "=" * RULE_WIDTH]
    return shown
