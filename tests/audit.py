"""Audit the locked packages for known vulnerabilities: `python -m tests.audit`.

pip-audit calls a lock clean whose packages it could not look up. Here that is said instead, with the reason; the exit
status is 1 for vulnerabilities alone.
"""

import json
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
COMMAND = ["pip-audit", "--requirement", "requirements.txt", "--requirement", "tests/requirements.txt"]
OPTIONS = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]


def verdict(answer: str, errors: str) -> tuple[str, int]:
    """What to print and the exit status, from what pip-audit wrote to standard output and standard error."""
    try:
        packages = json.loads(answer)["dependencies"]
    except ValueError:
        reason = errors.strip().splitlines()[-1] if errors.strip() else "pip-audit wrote nothing"
        return f"Not audited: {reason}", 0
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    known = len(packages) - len(unknown)
    if not known:
        return (
            f"Not audited: the database of known vulnerabilities has none of the {len(packages)} packages, "
            "or cannot be reached from here.",
            0,
        )
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none'}"
        for package in packages
        for found in package.get("vulns", [])
    ]
    status = 1 if lines else 0
    lines.append(f"{known} of {len(packages)} packages audited, {len(lines)} known vulnerabilities.")
    if unknown:
        lines.append(f"Not audited, because the database does not have them: {', '.join(unknown)}")
    return "\n".join(lines), status


def main() -> None:
    command = [str(Path(sys.executable).with_name(COMMAND[0])), *COMMAND[1:], *OPTIONS]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    text, status = verdict(done.stdout, done.stderr)
    print(text)
    sys.exit(status)


if __name__ == "__main__":
    main()
