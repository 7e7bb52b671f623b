"""A listener rule as ELB describes it, and what the rule of test requests is to be by the settings (pure)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strata.settings.models import ContainerServiceSettings, RouteSettings

__all__ = ["ListenerRule", "RuleTerms"]

_HOST: Final = "host-header"
_PATH: Final = "path-pattern"
_HEADER: Final = "http-header"
_CONFIGS: Final = ("HostHeaderConfig", "PathPatternConfig", "HttpHeaderConfig", "HttpRequestMethodConfig")
_WITHOUT_CASE: Final = (_HOST, _HEADER)
"""What ELB compares without case; a path it does not."""
_ANY_PATH: Final = "*"


@dataclass(frozen=True)
class RuleTerms:
    """A listener rule as the settings want it.

    Args:
        priority: its order among the rules of the listener.
        conditions: what a request must meet to match, one text for each kind of condition.
    """

    priority: int
    conditions: tuple[str, ...]

    @classmethod
    def of_test_rule(cls, settings: ContainerServiceSettings) -> "RuleTerms | None":
        """The rule of test requests that the settings of a service want; None where they want none.

        Args:
            settings: its settings.
        """
        tested = settings.rollout.test_rule
        if tested is None or not settings.strategy.shifts_traffic:
            return None
        header = _condition(f"{_HEADER} {tested.header}:", (tested.value,))
        return cls(tested.priority, (*_of_route(settings.routes[0]), header))

    def same_conditions(self, rule: "ListenerRule") -> bool:
        """Whether a rule matches the same requests."""
        return set(map(_compared, self.conditions)) == set(map(_compared, rule.conditions))


@dataclass(frozen=True)
class ListenerRule:
    """A listener rule as it is.

    Args:
        priority: its order among the rules of the listener; None for what is done where no rule matches.
        conditions: as `RuleTerms` has them.
        actions: what is done with a request, in AWS's words.
    """

    priority: int | None
    conditions: tuple[str, ...]
    actions: Sequence[Mapping[str, Any]]

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "ListenerRule":
        """Read one rule of DescribeRules."""
        priority = str(found.get("Priority") or "")
        return cls(
            priority=int(priority) if priority.isdecimal() else None,
            conditions=tuple(map(_read, found.get("Conditions") or ())),
            actions=found.get("Actions") or (),
        )


def _of_route(route: RouteSettings) -> Iterator[str]:
    """The conditions of a route; one of every request needs one, too (ELB)."""
    if route.hosts:
        yield _condition(_HOST, route.hosts)
    if route.paths or not route.hosts:
        yield _condition(_PATH, route.paths or (_ANY_PATH,))


def _read(condition: Mapping[str, Any]) -> str:
    field = str(condition.get("Field") or "")
    config: Mapping[str, Any] = next((condition[each] for each in _CONFIGS if condition.get(each)), {})
    if field == _HEADER:
        field = f"{field} {config.get('HttpHeaderName')}:"
    values = config.get("Values") or condition.get("Values")
    if values and not config.get("RegexValues"):
        return _condition(field, [str(each) for each in values])
    # of a kind that no settings ask for: as AWS has it
    return f"{field} {json.dumps(condition, sort_keys=True)}"


def _condition(field: str, values: Sequence[str]) -> str:
    return f"{field} {' or '.join(sorted(values))}"


def _compared(condition: str) -> str:
    return condition.lower() if condition.startswith(_WITHOUT_CASE) else condition
