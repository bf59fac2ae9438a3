"""The configuration as it is used: checked, complete, every variant by its name."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mnist_viz.config.document import check_extent, read, refuse_foreign
from mnist_viz.config.fields import Section
from mnist_viz.config.hyperparameters import Hyperparameters
from mnist_viz.config.messages import ConfigError, refusal, shown
from mnist_viz.config.models import Configuration, Dataset, Explorer, Name, Tables, Wandb
from mnist_viz.config.variants import expand


class Resolved(Section):
    """A complete configuration: sweeps and seeds are expanded, every variant has all its hyperparameters."""

    dataset: Dataset
    tables: Tables
    wandb: Wandb
    explorer: Explorer
    variants: dict[Name, Hyperparameters]
    """Sorted by name."""
    groups: dict[str, list[str]]
    """The name that each variant has without its seed, to its replicates by their seeds; sorted by name."""
    reference: str
    """The group that the others are compared with: baseline, or the first that is written if none is called so."""

    @property
    def maps(self) -> list[str]:
        """The variants that have a map."""
        return (self.explorer.map_of or self.groups[self.reference][:1]) if self.explorer.map else []


def resolve(config: Any, source: str) -> Resolved:
    """Check the content of a configuration and complete it. `source` names the file in messages.

    Raises ConfigError at the first wrong value.
    """
    check_extent(config, source)
    if not isinstance(config, dict):
        raise ConfigError(f"{source}: {shown(config)} where keys with values are needed, such as variants:")
    refuse_foreign(config, source)
    # A section without anything in it is null.
    empty = {key for key in Configuration.model_fields if config.get(key, key) is None}
    written = {key: value for key, value in config.items() if key not in empty}
    try:
        configuration = Configuration.model_validate(written)
    except ValidationError as error:
        raise refusal(error, Configuration, source) from None
    replicates = expand(configuration, source)
    variants = {name: variant for members in replicates.values() for name, variant in members.items()}
    for name in configuration.explorer.map_of:
        if name not in variants:
            raise ConfigError(
                f"{source}: explorer: map_of: {shown(name)} is no variant. Allowed: {', '.join(sorted(variants))}"
            )
    try:
        return Resolved(
            dataset=configuration.dataset,
            tables=configuration.tables,
            wandb=configuration.wandb,
            explorer=configuration.explorer,
            variants=dict(sorted(variants.items())),
            groups={name: list(members) for name, members in sorted(replicates.items())},
            reference="baseline" if "baseline" in replicates else next(iter(replicates)),
        )
    except ValidationError as error:
        raise refusal(error, Resolved, source) from None


def load(path: Path | str) -> Resolved:
    """Read and resolve a configuration file. Raises ConfigError."""
    return resolve(read(path), str(path))
