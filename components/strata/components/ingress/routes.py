"""Which service of a shared load balancer answers which request."""

from collections.abc import Sequence

from strata.errors import UsageError
from strata.settings.models import RouteSettings

__all__ = ["RouteTable", "describe"]


class RouteTable:
    """The routes claimed on one load balancer in this program.

    AWS refuses two rules with one priority only while it applies them, half way through an `up`; and two rules with
    equal conditions it accepts, the second never matching. Both are refused here.
    """

    def __init__(self, ingress: str) -> None:
        self._ingress = ingress
        self._claims: list[tuple[str, RouteSettings]] = []

    def claim(self, service: str, routes: Sequence[RouteSettings]) -> None:
        """Take routes for a service.

        Raises:
            UsageError: a route has the priority or the conditions of one that is taken; the message names both.
        """
        for route in routes:
            for owner, taken in self._claims:
                self._refuse_clash(service, route, owner, taken)
            self._claims.append((service, route))

    def _refuse_clash(self, service: str, route: RouteSettings, owner: str, taken: RouteSettings) -> None:
        both = f"{owner}: {describe(taken)}; {service}: {describe(route)}"
        if route.priority == taken.priority:
            raise UsageError(
                f"two routes of ingress {self._ingress!r} have priority {route.priority} ({both})",
                fix="Give each route a priority of its own.",
            )
        if _conditions(route) == _conditions(taken):
            raise UsageError(
                f"two routes of ingress {self._ingress!r} match the same requests ({both})",
                fix="Change the hosts or paths of one of them: the later one would never match.",
            )


def describe(route: RouteSettings) -> str:
    """A route in one line."""
    hosts = ", ".join(route.hosts) or "every host"
    paths = ", ".join(route.paths) or "every path"
    return f"priority {route.priority}, {hosts}, {paths}"


def _conditions(route: RouteSettings) -> tuple[frozenset[str], frozenset[str]]:
    # host names compare without case, paths with it (ELB)
    return frozenset(host.lower() for host in route.hosts), frozenset(route.paths)
