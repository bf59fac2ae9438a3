"""Which of a CPU's instructions torch uses: a variable can limit them, and sums are then rounded otherwise."""

import torch


def instructions(device: torch.device) -> dict[str, str]:
    """What torch's own kernels are compiled for, as ATEN_CPU_CAPABILITY left it, for the records; of a GPU, nothing."""
    return {"cpu_capability": torch.backends.cpu.get_cpu_capability()} if device.type == "cpu" else {}
