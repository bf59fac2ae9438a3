"""What a person reads in a terminal: in any locale, without what could command the terminal, and whoever reads it."""

import errno
import os
import re
import sys
from io import TextIOWrapper

GONE = {errno.EPIPE, errno.EIO}  # a pipe that nobody reads; a terminal that is closed

_PASSWORD = re.compile(r"(?<=://)[^/\s]+(?=@)")  # of an address, with the user's name


def harmless(text: str) -> str:
    """The text with control characters and invisible ones escaped, but for line ends and tabs, and with *** for the
    user and password of an address.
    """
    shown = "".join(char if char.isprintable() or char in "\n\t" else _escaped(char) for char in text)
    return _PASSWORD.sub("***", shown)


def on_one_line(text: str) -> str:
    """The text with all that is not printable escaped, line ends and tabs, too: for the cell of a table."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def counted(count: int, what: str) -> str:
    """A number of something: `1 row`, `2,000 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def in_any_locale() -> None:
    """Let standard output write as an escape what its encoding has no character for, as standard error does."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def show(text: str) -> None:
    """Print to standard output. That nobody reads it, or not to its end, is no failure; OSError if it is another."""
    in_any_locale()
    try:
        print(text, flush=True)
    except OSError as error:
        if error.errno not in GONE:
            raise
        # Else Python, at its end, would write the rest once more, and make another exit status of that.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
