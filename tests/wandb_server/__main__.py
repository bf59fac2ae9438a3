"""Start the stand-in server and say what arrives: `python -m tests.wandb_server`."""

import argparse
import threading

from tests.wandb_server import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.wandb_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port; 0, the default, takes a free one")
    port = parser.parse_args().port
    try:
        serve(port)
    except KeyboardInterrupt:
        print()


def serve(port: int) -> None:
    """Serve until the process is interrupted."""
    with Server(port) as server:
        server.listen = lambda line: print(line, flush=True)
        settings = " ".join(f"{name}={value}" for name, value in server.environment().items())
        print(f"Upload to it from the project's folder, in another terminal, by\n\n  {settings} \\", flush=True)
        print("  WANDB_MODE=online snakemake --cores 2 upload\n\nCtrl-C ends it; nothing is kept.", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
