"""The variants that a configuration asks for: its own, the combinations of the sweep, and the replicates of each."""

import itertools
import math
import re
from collections.abc import Iterator

from mnist_viz.config.hyperparameters import Hyperparameters
from mnist_viz.config.messages import ConfigError
from mnist_viz.config.models import Configuration
from mnist_viz.config.sweep import Sweep
from mnist_viz.training import models

MOST_VARIANTS = 10_000

Own = dict[str, object]
"""The hyperparameters in which a variant differs from the defaults."""


def expand(configuration: Configuration, source: str) -> dict[str, dict[str, Hyperparameters]]:
    """The replicates of each group of variants, by the group's name: the variant's without its seed.

    The groups are in the order of the configuration, the sweep's after the others; the replicates in that of their
    seeds. `source` names the file in messages. Raises ConfigError if there are none or too many, or if two have one
    name.
    """
    defaults, seeds = configuration.defaults, configuration.seeds
    _check_count(configuration, source)
    _check_exceptions(configuration.sweep, source)
    groups = {name: _own(variant) for name, variant in configuration.variants.items()}
    for name, own in _combinations(configuration.sweep):
        if name in groups:
            raise ConfigError(f"{source}: variants: {name} is also the name of a combination of the sweep; rename it")
        groups[name] = own
    if not groups:
        raise ConfigError(f"{source}: no variant to train. Name one under variants:, for instance `baseline: {{}}`")
    seeded = [name for name, own in groups.items() if "seed" in own]
    if seeds and seeded:
        raise ConfigError(
            f"{source}: variants: {seeded[0]}: seed is set here and by seeds: at once; keep one of the two"
        )
    replicates = {
        name: {f"{name}-seed_{seed}": {**own, "seed": seed} for seed in sorted(seeds)} if seeds else {name: own}
        for name, own in groups.items()
    }
    _check_capitals(sorted(itertools.chain.from_iterable(replicates.values())), source)
    # Each of these values has been checked.
    complete = {
        group: {name: defaults.model_copy(update=_with_arguments(own, defaults)) for name, own in members.items()}
        for group, members in replicates.items()
    }
    _check_arguments(complete, source)
    return complete


def _own(variant: Hyperparameters) -> Own:
    return {key: value for key, value in variant if key in variant.model_fields_set}


def _with_arguments(own: Own, defaults: Hyperparameters) -> Own:
    """What a variant has of its own. The defaults' `model_args` are those of the defaults' model, and of no other."""
    return own if own.get("model", defaults.model) == defaults.model else {"model_args": {}, **own}


def _check_arguments(groups: dict[str, dict[str, Hyperparameters]], source: str) -> None:
    for members in groups.values():
        for name, settings in members.items():
            if settings.model_args and models.file_and_name(settings.model) is None:
                raise ConfigError(
                    f"{source}: variants: {name}: model_args are for a model of your own (model: my_net.py:Net), and "
                    f"this one is {settings.model}. Remove them"
                )


def _combinations(sweep: Sweep) -> Iterator[tuple[str, Own]]:
    for entries in itertools.product(*sweep.values.values()) if sweep.values else ():
        combination = dict(zip(sweep.values, entries, strict=True))
        if any(exception.items() <= combination.items() for exception in sweep.exceptions):
            continue
        name = "-".join(f"{key}_{_in_a_name(entry.spelling)}" for key, entry in sorted(combination.items()))
        yield name, {key: entry.value for key, entry in combination.items()}


def _in_a_name(spelling: str) -> str:
    """A value as a part of a variant's name, which is a folder's: a model of the user's own without / and :."""
    return re.sub(r"[/:]+", "-", spelling).lstrip("-.") if ":" in spelling else spelling


def _check_count(configuration: Configuration, source: str) -> None:
    sweep = configuration.sweep.values
    combinations = math.prod(map(len, sweep.values())) if sweep else 0
    count = (len(configuration.variants) + combinations) * max(1, len(configuration.seeds))
    if count > MOST_VARIANTS:
        excepted = ", those that except: names included" if configuration.sweep.exceptions else ""
        raise ConfigError(
            f"{source}: variants, sweep and seeds make {count:,} variants{excepted}; at most {MOST_VARIANTS:,} are "
            "allowed"
        )


def _check_exceptions(sweep: Sweep, source: str) -> None:
    for index, exception in enumerate(sweep.exceptions):
        place = f"{source}: sweep: except: {index}"
        if not exception:
            raise ConfigError(f"{place}: {{}} would leave out every combination. Name values of the sweep")
        for name, entry in exception.items():
            if name not in sweep.values:
                swept = ", ".join(sweep.values) or "nothing"
                raise ConfigError(
                    f"{place}: {name} does not vary in the sweep, of which this leaves out a part. In it: {swept}"
                )
            if entry not in sweep.values[name]:
                allowed = ", ".join(each.spelling for each in sweep.values[name])
                raise ConfigError(f"{place}: {name}: {entry.spelling} is not in the sweep. Allowed: {allowed}")


def _check_capitals(names: list[str], source: str) -> None:
    spelt: dict[str, str] = {}
    for name in names:
        if (other := spelt.setdefault(name.casefold(), name)) != name:
            raise ConfigError(
                f"{source}: variants: {other} and {name} differ in capitals alone, and their folders on some disks "
                "not at all; rename one"
            )
