"""Upload a variant to Weights & Biases: its run, a table of test images at every epoch, its versioned artifacts.

Everything is made from the files of the earlier stages, so a run made offline can be uploaded later and from another
machine. What is uploaded is read back, and only then is there a receipt. W&B's own files stay under results/wandb/.

`variant` and `artifacts` say what is uploaded, `offline` and `online` how; `readback` what the server has; `client` how
this project uses W&B's client, `variables` which of its environment variables, `wandb_internals` what of it that is not
public; `errors` what a user is told.
"""

from mnist_viz.job import environment
from mnist_viz.upload import variables

MODES = ("offline", "online", "disabled")


def mode(configured: str) -> str:
    """The mode that counts: W&B's own variable WANDB_MODE wins over the configuration.

    ValueError if it is none, or if it is online and WANDB_BASE_URL is no address of a server.
    """
    chosen = environment.get("WANDB_MODE") or configured
    if chosen not in MODES:
        raise ValueError(f"WANDB_MODE is {chosen}; it can be {', '.join(MODES[:-1])} or {MODES[-1]}")
    if chosen == "online":
        variables.check_server()
    return chosen
