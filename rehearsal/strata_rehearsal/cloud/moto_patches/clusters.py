"""moto makes a cluster twice, deletes one with services in it, lists it ever after, and counts no services."""

from collections.abc import Callable
from typing import Any

from moto.ecs.exceptions import ClusterNotFoundException
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, ecs_backends

from strata_rehearsal.cloud.moto_patches.container_refusals import cluster_in_use
from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Make a cluster once, keep it while it has services, and let it be gone when it is deleted."""
    wrap(EC2ContainerServiceBackend, "create_cluster", _once)
    wrap(EC2ContainerServiceBackend, "delete_cluster", _unless_in_use)
    wrap(EC2ContainerServiceBackend, "_get_cluster", _active)
    replace(EC2ContainerServiceBackend, "list_clusters", _list_clusters)
    replace(Cluster, "active_services_count", property(_active_services, _ignore))
    replace(Cluster, "running_tasks_count", property(lambda cluster: _tasks(cluster, "running_count"), _ignore))
    replace(Cluster, "pending_tasks_count", property(lambda cluster: _tasks(cluster, "pending_count"), _ignore))


def _once(original: Callable[..., Cluster]) -> Callable[..., Cluster]:
    def create_cluster(self: Any, cluster_name: str, *args: Any, **others: Any) -> Cluster:
        there: Cluster | None = self.clusters.get(cluster_name)
        if there is not None and there.status == "ACTIVE":
            return there
        return original(self, cluster_name, *args, **others)

    return create_cluster


def _unless_in_use(original: Callable[..., Cluster]) -> Callable[..., Cluster]:
    def delete_cluster(self: Any, cluster_str: str) -> Cluster:
        if self._get_cluster(cluster_str).active_services_count:
            raise cluster_in_use()
        return original(self, cluster_str)

    return delete_cluster


def _active(original: Callable[..., Cluster]) -> Callable[..., Cluster]:
    def _get_cluster(self: Any, name: str) -> Cluster:
        found = original(self, name)
        if found.status == "INACTIVE":
            raise ClusterNotFoundException
        return found

    return _get_cluster


def _list_clusters(self: Any) -> list[str]:
    return [cluster.arn for cluster in self.clusters.values() if cluster.status != "INACTIVE"]


def _active_services(cluster: Any) -> int:
    return len(_services(cluster))


def _tasks(cluster: Any, counter: str) -> int:
    return sum(getattr(service, counter) for service in _services(cluster))


def _services(cluster: Any) -> list[Any]:
    _, _, _, region, account, _ = cluster.arn.split(":")
    services = ecs_backends[account][region].services.values()
    return [each for each in services if each.cluster_name == cluster.name and each.status != "INACTIVE"]


def _ignore(_cluster: Any, _number: int) -> None:
    """Moto counts by itself, and wrongly."""
