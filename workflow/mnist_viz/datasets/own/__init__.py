"""A dataset of the user's own: class folders, four IDX files or Parquet, as the section `dataset` describes them.

`listing` finds the files, `folders`, `arrays` and `rows` say what is in them, `pictures` decodes one picture and
`decoding` all of them; `read` puts it together.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEST = 0.2


@dataclass(frozen=True)
class Source:
    """Where the pictures are, and what is made of them."""

    name: str
    path: str
    size: tuple[int, int] | None = None
    """Height and width that the network sees; None for the pictures' own."""
    channels: int | None = None
    """1 or 3; None for what the pictures have."""
    test: float = TEST
    """The share that is kept for testing, where there is no test split."""
    classes: tuple[str, ...] | None = None
    """Their names in their order; None for those that are found, in natural order."""

    @classmethod
    def of(cls, section: dict[str, Any]) -> "Source":
        """Of the section `dataset` of the configuration."""
        return cls.from_config({**section, "dataset": section["name"]})

    @property
    def place(self) -> Path:
        """The path, from the user's folder on where it begins with ~."""
        return Path(self.path).expanduser()

    def config(self) -> dict[str, Any]:
        """What the results depend on, besides the files' contents."""
        lists = {"size": self.size and list(self.size), "classes": self.classes and list(self.classes)}
        return {"dataset": self.name, "path": self.path, "channels": self.channels, "test": self.test, **lists}

    def to_json(self) -> str:
        """As a command's argument."""
        return json.dumps(self.config(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Source":
        """From a command's argument."""
        return cls.from_config(json.loads(text))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Source":
        """From what `config` gives."""
        size, classes = config["size"], config["classes"]
        return cls(
            name=config["dataset"],
            path=config["path"],
            size=None if size is None else (size[0], size[1]),
            channels=config["channels"],
            test=config["test"],
            classes=None if classes is None else tuple(classes),
        )
