"""The hyperparameters: type, default, limits and description of each are one field, and a new one is one more."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from mnist_viz.config.fields import AS_WHOLE, Number, Odd, Section, Whole
from mnist_viz.config.model import Arguments, Model
from mnist_viz.training import models

Seed = Annotated[int, Field(ge=0, le=2**32 - 1), AS_WHOLE]


class Hyperparameters(Section):
    """What makes a variant. Each of these values reruns the variant's training when it changes."""

    epochs: Whole = Field(default=5, ge=1, le=999, description="Passes over the training images.")
    batch_size: Whole = Field(default=32, ge=1, le=60_000, description="Images of one optimizer step.")
    learning_rate: Number = Field(default=0.001, gt=0, le=10, description="Adam's step size.")
    model: Annotated[str, Model(models.NAMES)] = Field(
        default="network",
        description="The architecture, a module in training/models. network: two convolutions, each with batch norm, "
        "ReLU and max-pooling, and a linear layer. Or one of your own, a Python file and a class in it: my_net.py:Net.",
    )
    model_args: Annotated[dict[str, Any], Arguments()] = Field(
        default={},
        description="What a model of your own is called with, besides shape=(C, H, W) and classes=K: names and values.",
    )
    l1_size: Whole = Field(default=32, ge=1, le=4096, description="Channels of the first convolution.")
    l2_size: Whole = Field(default=64, ge=1, le=4096, description="Channels of the second convolution.")
    conv_kernel: Annotated[Whole, Odd()] = Field(
        default=5,
        ge=1,
        le=55,
        description="Width and height of both convolutions' kernels, in pixels. Odd, so that "
        '"same" padding is the same on all sides.',
    )
    seed: Seed = Field(
        default=0, description="Determines the first weights and the order of the images in every epoch."
    )
    threads: Whole = Field(
        default=2,
        ge=1,
        le=256,
        description="CPU threads of the training. Not a matter of speed alone: sums depend on it, so the results do.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: the GPU where there is one, the CPU elsewhere."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Type of the convolutions and the linear layer in training. auto: bfloat16 where the hardware has "
        "it natively, float32 elsewhere. Inference is always float32.",
    )
    schedule: Literal["constant", "one_cycle"] = Field(
        default="constant",
        description="constant: learning_rate in every step. one_cycle: from 1/25 of it up to it over the first 30 % of "
        "the steps, then down to 1/250,000 of it (Smith and Topin, 2018, https://arxiv.org/abs/1708.07120).",
    )
    weight_decay: Number = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Decoupled weight decay (AdamW, Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101); "
        "0 is plain Adam.",
    )
    label_smoothing: Number = Field(
        default=0.0, ge=0, lt=1, description="Share of each label that is spread evenly over all classes."
    )
    augment: Literal["none", "affine"] = Field(
        default="none",
        description="none, or affine: each training image is shifted by up to 2 of 28 pixels and turned by up to 10 "
        "degrees, anew in every epoch.",
    )


# Closed: a hyperparameter that is not among these was added when there were runs without it.
FIRST = frozenset(
    {
        *("batch_size", "learning_rate", "epochs", "l1_size", "l2_size", "conv_kernel", "seed", "threads", "device"),
        *("precision", "schedule", "weight_decay", "label_smoothing", "augment"),
    }
)


def identity(hyperparameters: Hyperparameters | Mapping[str, object]) -> dict[str, object]:
    """The hyperparameters by which a training is told from others, by name: what its key and its W&B run's id hold.

    Those that were added later are among them where they are not at their defaults, so that the trainings and runs from
    before them keep their keys and ids. What a mapping holds besides (config.json: variant, dataset) stays in it.
    """
    fields = (type(hyperparameters) if isinstance(hyperparameters, Hyperparameters) else Hyperparameters).model_fields
    added = {name: field.default for name, field in fields.items() if name not in FIRST}
    return {name: value for name, value in dict(hyperparameters).items() if name not in added or value != added[name]}
