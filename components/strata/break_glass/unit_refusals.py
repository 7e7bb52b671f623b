"""What keeps break-glass from a server as from a task: a rollout that runs, and too few others that serve."""

from strata.errors import BusyError, RefusedError

__all__ = ["refuse_below_floor", "refuse_while_rolling"]


def refuse_while_rolling(stack: str, service: str, why: str) -> None:
    """Refuse since a rollout runs.

    Args:
        stack: as people name it.
        service: the service.
        why: what the rollout has to do with the server or task, as a clause after it.

    Raises:
        BusyError: always.
    """
    raise BusyError(
        f"a rollout of {service} is running, and {why}",
        fix=f"Wait for its end (`strata rollout watch {stack} {service}`), or take it back "
        f"(`strata rollout rollback {stack} {service} --now`).",
    )


def refuse_below_floor(what: str, units: str, begins: str, *, others: int, desired: int, fix: str) -> None:
    """Refuse where too little would serve: one less than wanted may until a fresh one does, and never none.

    Args:
        what: must not happen, as a clause, such as `i-1 must not be ended`.
        units: what the others are, such as `servers of web`.
        begins: what a fresh one does until it serves, such as `boots`.
        others: how many others are healthy.
        desired: how many are wanted.
        fix: what to do.

    Raises:
        RefusedError: too few others are healthy.
    """
    least = max(1, desired - 1)
    if others < least:
        raise RefusedError(
            f"{what}: {others} other {units} are healthy, and while a fresh one {begins} {least} must be, of {desired} "
            "that are wanted",
            fix=fix,
        )
