"""Being told to stop, by SIGTERM, SIGINT or SIGHUP: the work under way ends and is saved, and jobs are told."""

import signal

import psutil

TERMINATED = 143  # exit status of a job that saved its state on SIGTERM, as a shell reports the signal


def signals() -> list[signal.Signals]:
    """What tells this process to stop. SIGHUP, as when a connection drops, unless it is ignored (`nohup`)."""
    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, signal.SIGINT, *hangup]


class StopRequest:
    """Becomes `requested` when the process is told to stop."""

    def __init__(self) -> None:
        self.requested = False
        for number in signals():
            signal.signal(number, self._request)

    def _request(self, *_: object) -> None:
        self.requested = True


class Interrupt:
    """Handles a signal as Ctrl-C in the process that starts the jobs: they are told, and it is interrupted, once."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self, *_: object) -> None:
        if not self._told:
            self._told = True
            tell_jobs()
            raise KeyboardInterrupt


def tell_jobs() -> None:
    """Send SIGTERM to the commands of this process's jobs: to what each job's shell runs, not to the shell, which would
    end without them."""
    for shell in psutil.Process().children():
        try:
            for command in shell.children() or [shell]:
                command.terminate()
        except psutil.NoSuchProcess:
            continue  # it has ended meanwhile
