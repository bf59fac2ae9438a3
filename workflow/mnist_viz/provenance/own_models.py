"""The code of models of the user's own in the crate, as it is read by the digest that the trainings' records hold."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rocrate.rocrate import ROCrate

from mnist_viz.job import model_code
from mnist_viz.provenance.entities import Reference
from mnist_viz.provenance.formats import media_type
from mnist_viz.store.files import sha256
from mnist_viz.training import models

FOLDER = "models"


def copy_models(crate: ROCrate, named: Iterable[str], recorded: set[str]) -> dict[str, list[Reference]]:
    """Add the files of the models that are the user's own, by the names of the configuration, each to models/{digest}/.

    Returns them by the digest. Code that no record is of, as after an edit, is left out: it made nothing here.
    """
    added: dict[str, list[Reference]] = {}
    for model in sorted(set(named)):
        own, digest = models.file_and_name(model), model_code.digest(model)
        if own is None or digest is None or digest not in recorded or digest in added:
            continue
        folder = Path(own[0]).absolute().parent
        added[digest] = [_add(crate, path, folder, digest) for path in model_code.files(model)]
    return added


def _add(crate: ROCrate, path: Path, folder: Path, digest: str) -> Reference:
    name = path.relative_to(folder).as_posix()
    properties: dict[str, Any] = {
        "@type": ["File", "SoftwareSourceCode"],
        "name": name,
        "description": "Of a model of the user's own.",
        "sha256": sha256(path),
        "encodingFormat": media_type(path, "text/plain"),
    }
    file = crate.add_file(io.BytesIO(path.read_bytes()), f"{FOLDER}/{digest}/{name}", properties=properties)
    return {"@id": file.id}
