"""Being told to stop: the signal is remembered, so that the work under way can end and be saved."""

import signal

TERMINATED = 143  # exit status of a job that saved its state on SIGTERM, as a shell reports the signal


class StopRequest:
    """Becomes `requested` when the process is told to stop (SIGTERM, SIGINT)."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request)

    def _request(self, *_: object) -> None:
        self.requested = True
