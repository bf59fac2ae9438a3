"""Why something failed, of errors that libraries wrap in one another: TLS in a connection in a request."""

from collections.abc import Iterator


def innermost(error: BaseException) -> str:
    """The cause of all others: what the system or TLS said, without the addresses of objects in memory."""
    *_, last = _chain(error)
    said = getattr(last, "verify_message", None) or getattr(last, "strerror", None) or str(last)
    return " ".join(str(said).split()) or type(last).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it wraps, what that wraps, and so on."""
    seen: set[int] = set()
    inner: object = error
    while isinstance(inner, BaseException) and id(inner) not in seen:
        seen.add(id(inner))
        yield inner
        wrapped = [getattr(inner, "reason", None), *inner.args, inner.__cause__, inner.__context__]
        inner = next((one for one in wrapped if isinstance(one, BaseException)), None)
