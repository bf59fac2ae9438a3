"""Models of torchvision in a user's file: trained and continued to the same bits, or refused with what to do."""

from pathlib import Path

import numpy as np
import pytest

from mnist_viz.training import models, weights
from mnist_viz.training.evaluate import predict
from mnist_viz.training.loader import channels_first
from tests import nets

TEXT = """
import torchvision.models as tv


def Net(shape, classes, name, **more):
    return getattr(tv, name)(num_classes=classes, **more)
"""
VIT = {"image_size": 32, "patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 16, "mlp_dim": 32}
TRAINED = {
    "resnet18": {},
    "mobilenet_v3_small": {},
    "shufflenet_v2_x0_5": {},
    "squeezenet1_1": {},
    "mnasnet0_5": {},
    "regnet_y_400mf": {},
    "efficientnet_b0": {},
    "densenet121": {},
    "VisionTransformer": {**VIT, "dropout": 0.1},
}


@pytest.mark.parametrize("name", TRAINED)
def test_trained_alone_or_interrupted_to_the_same_bits(tmp_path: Path, name: str) -> None:
    file = nets.write(tmp_path / f"net_{name}.py", TEXT)
    arguments = {"name": name, **TRAINED[name]}
    if name == "VisionTransformer":
        file.write_text(file.read_text().replace("(tv, name)", "(tv.vision_transformer, name)"))
    own = nets.settings(file, model_args=arguments, batch_size=4)
    images = nets.examples(count=8, shape=(32, 32, 3))
    whole = nets.train(own, tmp_path / "whole", images).state
    continued = nets.train(own, tmp_path / "continued", images, stop_at=3).state
    assert np.array_equal(whole.losses, continued.losses) and np.isfinite(whole.losses).all()
    assert all(np.array_equal(array, continued.weights[each]) for each, array in whole.weights.items())
    network = models.build(own, (3, 32, 32), images.classes)
    weights.load(network, whole.weights, "these")
    assert predict(network, channels_first(images.images)).shape == (8, 3)


def test_several_outputs_in_training_are_refused(tmp_path: Path) -> None:
    file = nets.write(tmp_path / "net_googlenet.py", TEXT)
    own = nets.settings(file, model_args={"name": "googlenet", "init_weights": False})
    with pytest.raises(ValueError, match=r"returns, in training, a GoogLeNetOutputs. Let forward return one tensor"):
        nets.train(own, tmp_path / "r", nets.examples(count=8, shape=(64, 64, 3)))
