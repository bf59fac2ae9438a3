"""Check a configuration and print every variant's complete configuration, as JSON."""

import argparse
from pathlib import Path

from mnist_viz.config import ConfigError, load
from mnist_viz.config.schema import as_yaml
from mnist_viz.terminal import show


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.config", description=__doc__)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("file", type=Path, nargs="?", help="the configuration, for instance config.yaml")
    wanted.add_argument("--schema", action="store_true", help="print the JSON schema for editors instead, as YAML")
    arguments = parser.parse_args()
    if arguments.schema:
        show(as_yaml().rstrip("\n"))
        return
    try:
        show(load(arguments.file).model_dump_json(indent=2))
    except (ConfigError, OSError) as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
