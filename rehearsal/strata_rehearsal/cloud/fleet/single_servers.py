"""Servers that RunInstances launches from a launch template, outside of any group, and the commands that run on them.

No operating system runs on them: a command ends well after a while, or as the faults of its server have it. One that is
sent for the second time ends with the first, as a script does that waits for the run before.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

from strata_rehearsal.cloud.faults import SLOWER, FaultKind, has_fault
from strata_rehearsal.cloud.fleet import ec2
from strata_rehearsal.cloud.machine_images import BOOT_SECONDS_TAG
from strata_rehearsal.cloud.scaling_groups import Configuration
from strata_rehearsal.cloud.sent_commands import AgentState, CommandOutcome
from strata_rehearsal.cloud.single_server import CommandEnd, SingleServer
from strata_rehearsal.cloud.state import DEFAULT_BOOT_SECONDS, Cloud

__all__ = ["boot_waiting_singles", "end_single", "launch_single", "play_on_single"]

COMMAND_SECONDS: Final = 60.0
SERVICE_TAG: Final = "strata:service"


def launch_single(
    cloud: Cloud,
    account: str,
    region: str,
    configuration: Configuration,
    *,
    subnet: str | None,
    tags: Mapping[str, str],
    token: str,
    asked: str,
) -> SingleServer:
    """Launch one.

    Args:
        cloud: the local AWS.
        account: whose it is.
        region: where.
        configuration: the launch template and its version.
        subnet: where it is; None for the default one.
        tags: those of the request, which go before the template's.
        token: the client token of the request; empty without one.
        asked: the rest of the request.

    Raises:
        CannotLaunchError: EC2 refuses.
    """
    place: Any = SimpleNamespace(account=account, region=region)
    found = ec2.resolve(place, configuration)
    zone = ec2.backend(place).get_subnet(subnet).availability_zone if subnet else f"{region}a"
    launched = {each["Key"]: each["Value"] for kind in _tagged(found.data) for each in kind["Tags"]}
    service = {**launched, **tags}.get(SERVICE_TAG, "")
    faults = cloud.faults.of(service, found.image)
    if has_fault(faults, FaultKind.NO_CAPACITY):
        raise ec2.CannotLaunchError(
            f"We currently do not have sufficient {found.instance_type} capacity in the Availability Zone you "
            f"requested ({zone}). Our system will be working on provisioning additional capacity."
        )
    (instance,) = ec2.start(ec2.backend(place), region, found, subnet, zone, 1, tags)
    instance.client_token = token or None
    single = SingleServer(instance, service, found.image, token, asked, faults)
    cloud.single_servers[instance.id] = single
    if has_fault(faults, FaultKind.UNHEALTHY):
        cloud.agents[instance.id] = AgentState.ABSENT
    _record(cloud, single, "pending")
    _boot(cloud, single)
    return single


def _tagged(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in data.get("TagSpecifications") or () if each["ResourceType"] == "instance"]


def boot_waiting_singles(cloud: Cloud, service: str) -> None:
    """Let those of a service that are booting take as long from now on as is said of it now."""
    for single in cloud.single_servers.values():
        if single.service == service and single.boot is not None:
            single.boot.cancel()
            _boot(cloud, single)


def _boot(cloud: Cloud, single: SingleServer) -> None:
    tagged = single.instance.ec2_backend.tags.get(single.image, {}).get(BOOT_SECONDS_TAG)
    seconds = cloud.boot_seconds.get(single.service, DEFAULT_BOOT_SECONDS) if tagged is None else float(tagged)
    slower = SLOWER if has_fault(single.faults, FaultKind.SLOW) else 1
    single.boot = cloud.world.after(seconds * slower, lambda: _booted(cloud, single))


def _booted(cloud: Cloud, single: SingleServer) -> None:
    single.boot = None
    if single.instance.state == "pending":
        ec2.boot(single.instance)
        _record(cloud, single, "running")


def end_single(cloud: Cloud, instance: str) -> None:
    """One was terminated: it is described for an hour yet."""
    single = cloud.single_servers.pop(instance, None)
    if single is None:
        return
    if single.boot is not None:
        single.boot.cancel()
    _record(cloud, single, "terminated")
    ec2.terminate(single.instance)
    cloud.world.after(ec2.TERMINATED_SHOWN_SECONDS, lambda: ec2.forget(single.instance))


def play_on_single(cloud: Cloud, script: str, instance: Any) -> CommandOutcome | None:
    """What a script comes to on a server by itself; None for any other server.

    Args:
        cloud: the local AWS.
        script: what the server is to run.
        instance: moto's instance.
    """
    single = cloud.single_servers.get(instance.id)
    if single is None:
        return None
    if script not in single.commands:
        single.commands[script] = _end_of(cloud, single)
    end = single.commands[script]
    return CommandOutcome(end.output, code=end.code, seconds=max(0.0, end.at - cloud.world.now))


def _end_of(cloud: Cloud, single: SingleServer) -> CommandEnd:
    crash = min((each.delay for each in single.faults if each.kind is FaultKind.CRASH), default=None)
    seconds = COMMAND_SECONDS * (SLOWER if has_fault(single.faults, FaultKind.SLOW) else 1)
    if crash is not None and crash <= seconds:
        return CommandEnd(cloud.world.now + crash, 1, "beginning\nfatal: unhandled exception\n")
    return CommandEnd(cloud.world.now + seconds, 0, "done\n")


def _record(cloud: Cloud, single: SingleServer, state: str) -> None:
    cloud.world.record("single_server", single.instance.id, state, service=single.service or None, image=single.image)
