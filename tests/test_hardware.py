"""The device and its memory: what is chosen, and what is said where it does not suffice. tests/gpu has a real one."""

import pytest
import torch

from mnist_viz.training import hardware


def test_a_gpu_is_named_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.cuda.set_per_process_memory_fraction takes no other; tests/gpu has the rest, on a real one."""
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert hardware.choose_device("auto") == hardware.choose_device("cuda") == torch.device("cuda", 0)
    assert hardware.choose_device("cpu") == torch.device("cpu")


def test_too_little_gpu_memory_is_explained() -> None:
    message = "train wide: the 25 % of the GPU's memory .* Raise gpu_percent in the profile.* torch says: out of memory"
    with pytest.raises(ValueError, match=message), hardware.explain_out_of_memory("train wide", 25):
        raise torch.OutOfMemoryError("out of memory")
