"""Stand-ins for the programs of NVIDIA's driver, on the PATH of what a test starts."""

import os
from pathlib import Path

LISTED = """\
#!/bin/sh
[ "$*" = -L ] && cat {answer}
"""


def nvidia_smi(folder: Path, text: str) -> dict[str, str]:
    """The environment in which `nvidia-smi -L` answers with `text`; the program is made in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "gpus.txt").write_text(text)
    return program(folder, "nvidia-smi", LISTED.format(answer=folder / "gpus.txt"))


def program(folder: Path, name: str, text: str) -> dict[str, str]:
    """The environment in which the program `name` is the one that is made in `folder`."""
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def whole(*names: str) -> str:
    """What nvidia-smi says of GPUs of these names."""
    return "".join(f"GPU {number}: NVIDIA H100 80GB HBM3 (UUID: GPU-{name})\n" for number, name in enumerate(names))


# As man nvidia-cuda-mps-control says; beside it, it keeps a log of when daemons start and end, and on which GPUs.
MPS = """\
#!/bin/sh
pipe=${{CUDA_MPS_PIPE_DIRECTORY:-{folder}/default}}
pid="$pipe/nvidia-cuda-mps-control.pid"
runs() {{ kill -0 "$(cat "$pid" 2> /dev/null)" 2> /dev/null; }}
if [ "$1" = -d ]; then
  runs && echo "An instance of this daemon is already running" && exit 1
  [ -d "$pipe" ] || {{ echo "no $pipe"; exit 1; }}
  echo "starts ${{CUDA_VISIBLE_DEVICES-all}}" >> {folder}/log.txt
  sleep 100000 > /dev/null 2>&1 < /dev/null &
  echo $! > "$pid"
else
  runs || {{ echo "Cannot find MPS control daemon process"; exit 1; }}
  while read -r command options; do
    [ "$command" = quit ] || continue
    kill -KILL "$(cat "$pid")"
    rm "$pid"
    echo "quits ${{CUDA_VISIBLE_DEVICES-all}}" >> {folder}/log.txt
  done
fi
"""


def mps(folder: Path) -> dict[str, str]:
    """The environment in which MPS is to be had; log.txt in `folder` says what its daemons did."""
    folder.mkdir(exist_ok=True)
    (folder / "log.txt").touch()
    return {**program(folder, "nvidia-cuda-mps-control", MPS.format(folder=folder)), "TMPDIR": str(folder)}
