"""Where a task runs: a subnet with room, and a network interface with an address of it."""

from collections import Counter
from typing import Any

from moto.ec2.models import ec2_backends

from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.state import Cloud

__all__ = ["attach", "place", "release"]


def place(task: SimulatedTask) -> tuple[str | None, str | None]:
    """The subnet and zone for a task: where the fewest of its service are, of those with room if there are any."""
    subnets = _configured(task).get("subnets") or []
    if not subnets:
        return None, f"{task.service.region}a"
    crowd = Counter(each.subnet for each in task.service.tasks.values() if each.active and each is not task)
    ec2 = _ec2(task)
    found = [ec2.get_subnet(each) for each in subnets]
    # moto counts the addresses of interfaces only, instances keep theirs in the subnet
    best = min(found, key=lambda subnet: (subnet.available_ip_address_count <= 0, crowd[subnet.id]))
    return best.id, best.availability_zone


def attach(cloud: Cloud, task: SimulatedTask) -> bool:
    """Give the task an interface of its own; False if its subnet has no address left."""
    if task.subnet is None:
        return True
    ec2 = _ec2(task)
    subnet = ec2.get_subnet(task.subnet)
    if subnet.available_ip_address_count <= 0:
        return False
    address = subnet.get_available_subnet_ip(None)
    groups = _configured(task).get("securityGroups") or []
    interface = ec2.create_network_interface(subnet, address, group_ids=groups, description=task.arn)
    interface.status = "in-use"
    task.interface = interface
    cloud.tasks_at.setdefault(address, []).append(task)
    return True


def release(cloud: Cloud, task: SimulatedTask) -> None:
    """Its interface is deleted, and its address is free again."""
    if task.interface is None:
        return
    address = str(task.address)
    _ec2(task).enis.pop(task.interface.id, None)
    task.interface.subnet.del_subnet_ip(address)
    others = [each for each in cloud.tasks_at.pop(address, []) if each is not task]
    if others:
        cloud.tasks_at[address] = others


def _configured(task: SimulatedTask) -> dict[str, Any]:
    network = task.revision.parameters.get("networkConfiguration") or {}
    return network.get("awsvpcConfiguration") or {}


def _ec2(task: SimulatedTask) -> Any:
    return ec2_backends[task.service.account][task.service.region]
