"""Why something failed, of errors that libraries wrap in one another: TLS in a connection in a request."""

import errno
import os
import resource
from collections.abc import Callable, Iterator


def innermost(error: BaseException) -> str:
    """The cause of all others: what the system or TLS said, without the addresses of objects in memory."""
    *_, last = _chain(error, wrapped)
    said = getattr(last, "verify_message", None) or getattr(last, "strerror", None) or str(last)
    return " ".join(str(said).split()) or type(last).__name__


def no_more_threads(error: BaseException) -> str:
    """That the system starts no further thread or process, and what to do; empty if an error has another cause."""
    for one in _chain(error, lambda one: [*wrapped(one), one.__context__]):
        if "can't start new thread" in str(one) or os.strerror(errno.EAGAIN) in str(one):
            return (
                f"the system starts no further thread or process ({thread_limit()}; a cgroup may allow fewer). Raise "
                "the limit, end other processes, or run fewer jobs side by side"
            )
    return ""


def thread_limit() -> str:
    """How many threads and processes this user may have at a time, in words."""
    most = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    return "ulimit -u is unlimited" if most == resource.RLIM_INFINITY else f"ulimit -u is {most:,}"


def wrapped(error: BaseException) -> list[object]:
    """What an error says it was caused by. What else was being handled then may have nothing to do with it."""
    return [getattr(error, "reason", None), *error.args, error.__cause__]


def _chain(error: BaseException, within: Callable[[BaseException], list[object]]) -> Iterator[BaseException]:
    """The error, what is within it, what is within that, and so on."""
    seen: set[int] = set()
    inner: object = error
    while isinstance(inner, BaseException) and id(inner) not in seen:
        seen.add(id(inner))
        yield inner
        inner = next((one for one in within(inner) if isinstance(one, BaseException)), None)
