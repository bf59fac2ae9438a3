"""Dry runs of the real Snakemake in forks of one process that has imported it: each is spared the import, two seconds.

A dry run starts no job, so that nothing but the import is shared with a Snakemake of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

IMPORTED = """
import json, os, sys
from snakemake import cli

cli.get_argument_parser()
for line in sys.stdin:
    arguments, folder, environment, output = json.loads(line)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            file = os.open(output, os.O_WRONLY)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(file, 1)
            os.dup2(file, 2)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            sys.path[0] = folder
            sys.argv = ["snakemake", *arguments]
            cli.main()
        except SystemExit as end:
            status = int(end.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def _imported() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", IMPORTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=os.sep
    )


def snakemake(arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run Snakemake and return its exit status and what it printed."""
    process = _imported()
    assert process.stdin is not None and process.stdout is not None
    with tempfile.NamedTemporaryFile("r") as output:
        process.stdin.write(json.dumps([arguments, str(folder), environment, output.name]) + "\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        return status, output.read()
