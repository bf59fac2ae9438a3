"""What a number depends on besides its configuration: the device, its type of arithmetic and the software."""

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from mnist_viz.config import Hyperparameters

# Instruction sets that change how torch sums on a CPU, as torch.cpu.get_capabilities names them.
_FLAGS = ("avx2", "avx512_f", "avx512_bf16", "avx512_fp16", "amx_bf16", "neon", "bf16", "sve")
_NATIVE_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}


class Machine(NamedTuple):
    """Where a stage computes."""

    device: torch.device
    precision: torch.dtype
    """Of the training; inference is float32."""
    environment: dict[str, str]
    """What the results depend on, for the records."""


def prepare(settings: "Hyperparameters", device: str, precision: str, gpu_percent: int) -> Machine:
    """Set torch up to give the same bits each time, on `device` with `precision`, each named or auto.

    `gpu_percent` is the share of the GPU's memory that may be taken. ValueError if a GPU is wanted where there is none.
    """
    make_deterministic(settings.threads)
    keep_freed_memory()
    chosen = choose_device(device)
    limit_gpu_memory(gpu_percent, chosen)
    used = choose_precision(precision, chosen)
    return Machine(chosen, used, describe(chosen, used, settings.threads))


def cpu_flags() -> tuple[str, ...]:
    """The CPU's instruction sets that matter here."""
    capabilities = torch.cpu.get_capabilities()
    return tuple(flag for flag in _FLAGS if capabilities.get(flag))


def choose_device(wanted: str) -> torch.device:
    """The device for `auto`, `cpu` or `cuda`. ValueError if a GPU is wanted where there is none."""
    usable = _gpu_assigned() and torch.cuda.is_available()
    if wanted == "cuda" and not usable:
        job = f"in SLURM job {os.environ['SLURM_JOB_ID']}, " if "SLURM_JOB_ID" in os.environ else ""
        assigned = os.environ.get("CUDA_VISIBLE_DEVICES", "not set")
        raise ValueError(
            f"device: cuda is asked for, but torch sees no GPU here ({job}CUDA_VISIBLE_DEVICES: {assigned}). "
            "Set device: auto or cpu, or run on a machine (in a job) that has a GPU."
        )
    return torch.device("cuda", 0) if wanted != "cpu" and usable else torch.device("cpu")


def _gpu_assigned() -> bool:
    """Whether the GPUs that torch sees may be used.

    SLURM names the GPUs of a job in CUDA_VISIBLE_DEVICES. A job that was given none sees all of the node if the cluster
    does not fence them off.
    """
    return "SLURM_JOB_ID" not in os.environ or bool(os.environ.get("CUDA_VISIBLE_DEVICES"))


def limit_gpu_memory(percent: int, device: torch.device) -> None:
    """Let this process have at most `percent` (1 to 100) of the GPU's memory, so that several can share it.

    Beyond it torch raises OutOfMemoryError, as it does on a GPU that is full.
    """
    if device.type == "cuda":
        torch.cuda.set_per_process_memory_fraction(percent / 100, device)


@contextmanager
def explain_out_of_memory(stage: str, percent: int) -> Iterator[None]:
    """Raise ValueError, with what to do, where the GPU's memory does not suffice for what runs inside."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ValueError(
            f"{stage}: the {percent} % of the GPU's memory that it may take, or what others have left of them, do not "
            "suffice. Raise gpu_percent in the profile, let fewer variants share the GPU, or lower the batch_size. "
            f"torch says: {error}"
        ) from error


def choose_precision(wanted: str, device: torch.device) -> torch.dtype:
    """The type for `auto`, `float32` or `bfloat16`: auto is bfloat16 where the hardware multiplies it natively."""
    if wanted != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[wanted]
    if device.type == "cuda":
        native = torch.cuda.get_device_capability(device) >= (8, 0)
    else:
        native = not _NATIVE_BFLOAT16.isdisjoint(cpu_flags())
    return torch.bfloat16 if native else torch.float32


def make_deterministic(threads: int) -> None:
    """Fix the thread count and let torch use only algorithms that give the same bits each time."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # read when CUDA starts
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms(True), without importing a compiler
    # Against bugs in torch, for a tenth of a training step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # torch hides it
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def keep_freed_memory() -> None:
    """Let the C library keep what is freed for the next buffer, where it is GNU's; others do so by themselves.

    It hands large buffers back to the system, and every step would get the same ones again, page by page: a fifth of
    its time. Source of the numbers: glibc's malloc.h; https://man7.org/linux/man-pages/man3/mallopt.3.html.
    """
    trim_threshold, mmap_max = -1, -4
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(mmap_max, 0)
        library.mallopt(trim_threshold, -1)


def describe(device: torch.device, precision: torch.dtype, threads: int) -> dict[str, str]:
    """What the results depend on, for the records."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = str(torch.cpu.get_capabilities().get("cpu_name", platform.machine()))
    return {
        "torch": torch.__version__,
        "device": device.type,
        "device_name": name,
        "cpu_flags": " ".join(cpu_flags()),
        "precision": str(precision).removeprefix("torch."),
        "threads": str(threads),
    }
