"""Adam with decoupled weight decay, over all parameters at once."""

import numpy as np
import torch
from torch import nn
from torch.optim.adamw import adamw

# Into how many pieces the update is split. On a GPU, a block of threads works on up to 65,536 numbers of a tensor: a
# small model in one piece would keep two of a hundred multiprocessors busy.
PIECES = {"cpu": 1, "cuda": 32}
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # as in torch


class Adam:
    """All parameters of a network that are trained in one tensor, their gradients in another, and Adam's state.

    torch.optim.AdamW does the same, but imports torch's compiler first, which takes as long as torch itself. Source:
    Kingma and Ba, 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101.
    """

    def __init__(self, network: nn.Module, weight_decay: float) -> None:
        """Each parameter of `network` stays what it was, in its own layout, as a view of its stretch of one tensor.

        One that requires no gradient is left alone.
        """
        self.parameters, self.gradients = flatten(network)
        self.weight_decay = weight_decay
        device = self.parameters.device
        self.rate = torch.zeros((), device=device)
        self.moments = {
            "step": torch.zeros(PIECES[device.type], device=device),  # the count of steps, once for each piece
            "exp_avg": torch.zeros_like(self.parameters),
            "exp_avg_sq": torch.zeros_like(self.parameters),
        }
        self.steps = list(self.moments["step"].unbind())
        whole = (self.parameters, self.gradients, self.moments["exp_avg"], self.moments["exp_avg_sq"])
        self.pieces = [list(tensor.tensor_split(len(self.steps))) for tensor in whole]

    def zero_gradients(self) -> None:
        """Forget the gradients of the step before."""
        self.gradients.zero_()

    def update(self) -> None:
        """Move the parameters by their gradients, at the present learning rate."""
        parameters, gradients, means, squares = self.pieces
        adamw(
            *(parameters, gradients, means, squares, [], self.steps),
            fused=True,
            amsgrad=False,
            beta1=BETA1,
            beta2=BETA2,
            lr=self.rate,
            weight_decay=self.weight_decay,
            eps=EPSILON,
            maximize=False,
        )

    def saved(self) -> dict[str, np.ndarray]:
        """Copies of the moments."""
        return {name: tensor.cpu().numpy().copy() for name, tensor in self.moments.items()}

    def load(self, saved: dict[str, np.ndarray]) -> None:
        """Put saved moments back, in place."""
        for name, tensor in self.moments.items():
            tensor.copy_(torch.from_numpy(saved[name]))


def flatten(network: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Move all parameters that are trained into one tensor and all gradients into another: one update instead of one a
    parameter."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    flat = torch.empty(sum(parameter.numel() for parameter in parameters), device=parameters[0].device)
    gradients = torch.zeros_like(flat)
    start = 0
    for parameter in parameters:
        layout = parameter.shape, torch.empty_like(parameter).stride(), start  # its own, where that has no gaps
        parameter.data = flat.as_strided(*layout).copy_(parameter.detach())
        parameter.grad = gradients.as_strided(*layout)
        start += parameter.numel()
    return flat, gradients
