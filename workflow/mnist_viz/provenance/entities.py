"""What the crate describes without holding it: a flat list of entities that refer to each other."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from mnist_viz.provenance.formats import media_type

Reference = dict[str, str]  # {"@id": …}


class Entities:
    """The entities of a crate. The same one may be added again: it is there once."""

    def __init__(self, crate: ROCrate, root: Path, folder: Path) -> None:
        """`root` holds the results and the resources, `folder` beneath it is the crate's."""
        self.crate, self.root = crate, root
        self.up = "../" * len(folder.relative_to(root).parts)
        self.added: set[str] = set()

    def add(self, identifier: str, kind: str, /, **properties: Any) -> Reference:
        """Add an entity of a type and return the reference to it."""
        if identifier not in self.added:
            self.added.add(identifier)
            self.crate.add(ContextEntity(self.crate, identifier, {"@type": kind, **properties}))
        return {"@id": identifier}

    def add_result(self, path: Path, digest: str, **properties: Any) -> Reference:
        """Add a file beneath `root` that stays where it is, with its SHA-256."""
        place = path.relative_to(self.root).as_posix()
        described = {"name": place, "sha256": digest, "contentUrl": f"{self.up}{place}"}
        described["encodingFormat"] = media_type(path, "application/octet-stream")
        if path.exists():
            described["contentSize"] = str(path.stat().st_size)
        return self.add(f"#{quote(place)}", "File", **described, **properties)


def moment(text: str) -> str:
    """A record's moment, with its offset in figures, as the profile wants it."""
    return text.replace("Z", "+00:00")
