"""The configuration: read from YAML, checked and completed by typed models, expanded to named variants."""

from mnist_viz.config.document import read
from mnist_viz.config.hyperparameters import Hyperparameters, identity
from mnist_viz.config.messages import ConfigError
from mnist_viz.config.resolved import Resolved, load, resolve

__all__ = ["ConfigError", "Hyperparameters", "Resolved", "identity", "load", "read", "resolve"]
