"""A stand-in for a Weights & Biases server, on loopback, for the real, unmodified client.

It speaks what wandb 0.31 says over the wire (GraphQL by operation name, the file stream, file uploads and downloads)
and keeps state in memory as W&B does: runs with resume, content-addressed files, artifact versions, aliases, lineage.
It proves what this project sends and reads back. It is no proof about W&B itself: where W&B's own behaviour is not
public, the stricter reading was taken (a version is refused at its commit unless every byte of it has arrived).

`python -m tests.wandb_server` starts one to look at.
"""

from tests.wandb_server.history import Export
from tests.wandb_server.http import Fault, Server

__all__ = ["Export", "Fault", "Server"]
