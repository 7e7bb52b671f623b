"""The way to the local AWS of a client that may die at any of its calls, or at whose call somebody does something."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.rehearsal.cloud.direct_calls import Application

__all__ = ["Death", "Killed", "Meanwhile", "MortalWay"]

_READING = ("Describe", "Get", "List", "BatchGet", "Simulate")


class Killed(BaseException):
    """The process is gone: nothing that it catches runs any more."""


@dataclass(frozen=True)
class Death:
    """When a client dies.

    Args:
        at: at which of its calls, from 0.
        changing: whether only calls that change something are counted.
        after: whether AWS still does what that call asks for.
    """

    at: int
    changing: bool
    after: bool


@dataclass
class Meanwhile:
    """What somebody else does while a client works.

    Args:
        at: right before which of its calls, from 0.
        does: what is done.
        seen_by: what is in a request that would see it.
        done: whether it was done.
        seen: whether the client has asked since in such a way that it must know.
    """

    at: int
    does: Callable[[], object]
    seen_by: str
    done: bool = False
    seen: bool = False
    _calls: int = field(default=0, init=False)

    def before(self, environ: dict[str, Any]) -> None:
        """The client makes a call."""
        if not self.done and self._calls == self.at:
            self.done = True
            self.does()
        self._calls += 1
        self.seen = self.seen or (self.done and self.seen_by in environ["wsgi.input"].getvalue().decode())


class MortalWay:
    """What requests go through, in place of `Aws.application`.

    Args:
        application: the local AWS.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._death: Death | None = None
        self._calls = 0
        self._meanwhile: Meanwhile | None = None
        self.dead = False

    def begin(self, death: Death | None, meanwhile: Meanwhile | None = None) -> None:
        """A fresh client begins its work."""
        self._death, self._meanwhile, self._calls, self.dead = death, meanwhile, 0, False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Ask AWS, or die."""
        if self.dead:
            raise Killed
        if self._meanwhile is not None:
            self._meanwhile.before(environ)
        if not self._is_the_last(environ):
            return self._application(environ, start_response)
        self.dead = True
        if self._death is not None and self._death.after:
            self._application(environ, start_response)
        raise Killed

    def _is_the_last(self, environ: dict[str, Any]) -> bool:
        if self._death is None or (self._death.changing and _reads(environ)):
            return False
        self._calls += 1
        return self._calls > self._death.at


def _reads(environ: dict[str, Any]) -> bool:
    """Whether a request only reads: by its target, or by the action in its body."""
    target = str(environ.get("HTTP_X_AMZ_TARGET") or "").rpartition(".")[2]
    body = environ["wsgi.input"].getvalue().decode()
    return (target or body.partition("Action=")[2]).startswith(_READING)
