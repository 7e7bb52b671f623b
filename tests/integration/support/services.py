"""Services as a stack file describes them, small ones: two servers, no bake time, no scaling by load."""

from typing import Any

__all__ = ["routed", "worker"]


def worker(capacity: tuple[int, int] = (2, 4), **settings: Any) -> dict[str, Any]:
    """A service without a load balancer.

    Args:
        capacity: servers at least and at most.
        settings: further settings; those of `rollout` are added to the small ones.
    """
    rollout = {"bake_seconds": 0, **settings.pop("rollout", {})}
    return {"capacity": {"min": capacity[0], "max": capacity[1]}, "scaling": None, "rollout": rollout, **settings}


def routed(priority: int, capacity: tuple[int, int] = (2, 4), **settings: Any) -> dict[str, Any]:
    """A service behind the load balancer, with a path of its own.

    Args:
        priority: of its route; names the path too.
        capacity: servers at least and at most.
        settings: as for a worker.
    """
    return {**worker(capacity, **settings), "routes": [{"priority": priority, "paths": [f"/{priority}/*"]}]}
