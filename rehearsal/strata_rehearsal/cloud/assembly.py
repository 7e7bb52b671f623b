"""Putting the local AWS together: a cloud with its world, and moto patched to live in it."""

import sys
from collections.abc import Iterator
from typing import Any

from strata.clock import Clock
from strata_rehearsal.cloud.state import Cloud, use
from strata_rehearsal.cloud.world import World, WorldLog

__all__ = ["assemble", "patch_moto"]


def assemble(clock: Clock, log: WorldLog | None = None) -> Cloud:
    """A new, empty cloud that this process' moto answers from; whatever moto knew before is forgotten.

    Args:
        clock: simulated time.
        log: where events go; default nowhere but memory.
    """
    cloud = Cloud(World(clock, log))
    use(cloud)
    patch_moto()

    from moto.core.base_backend import BackendDict

    from strata_rehearsal.cloud.alarm_states import drive, evaluate_later
    from strata_rehearsal.cloud.association_runs import apply_to_new, play_playbook
    from strata_rehearsal.cloud.fleet.balance import settle
    from strata_rehearsal.cloud.fleet.health import judge
    from strata_rehearsal.cloud.fleet.single_servers import play_on_single
    from strata_rehearsal.cloud.moto_patches.image_marks import prove
    from strata_rehearsal.cloud.server_contents_play import play_comparison
    from strata_rehearsal.cloud.tasks.service_keeping import settle_service

    def changed(target: str) -> None:
        for task in cloud.tasks_at.get(target, ()):
            cloud.touch_service(task.service)
            evaluate_later(cloud, task.service.account, task.service.region)
        server = cloud.servers.get(target)
        if server is not None:
            judge(cloud, server)
            if server.group.refresh is not None:
                # whether the floor can spare a server has to be found out again
                cloud.touch(server.group)
            evaluate_later(cloud, server.group.account, server.group.region)

    # moto would first fill its old backends again, then throw them away, but for those that others ask for meanwhile
    for backends in _moto_backends():
        if backends.service_name == "s3":
            # each object is in an open file, which only a reset closes
            for of_an_account in backends.values():
                of_an_account.reset()
        backends.clear()
    instances: list[Any] = BackendDict._instances  # noqa: SLF001  # pyright: ignore[reportGeneralTypeIssues]
    instances.clear()
    cloud.look_after = lambda group: settle(cloud, group)
    cloud.look_after_service = lambda service: settle_service(cloud, service)
    cloud.look_at_alarms = lambda: drive(cloud)
    cloud.targets.on_change = changed
    cloud.images.prove = prove
    cloud.script_players.append(lambda script, instance: play_comparison(cloud, script, instance))
    cloud.script_players.append(lambda script, instance: play_on_single(cloud, script, instance))
    cloud.script_players.append(lambda script, instance: play_playbook(cloud, script, instance))
    cloud.greet = lambda account, region, instance: apply_to_new(cloud, account, region, instance)
    return cloud


def _moto_backends() -> Iterator[Any]:
    """The backends of all services that are loaded: moto's own list forgets some of them when it is reset."""
    from moto.core.base_backend import BackendDict

    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and name.endswith(".models"):
            yield from (each for each in vars(module).values() if isinstance(each, BackendDict))


def patch_moto() -> None:
    """Close the gaps of moto that a rehearsal cannot live with; doing it twice changes nothing more."""
    from strata_rehearsal.cloud.moto_patches import disk_reads

    disk_reads.patch()

    from strata_rehearsal.cloud.moto_patches import offerings

    offerings.patch()

    from strata_rehearsal.cloud import alarm_states
    from strata_rehearsal.cloud.moto_patches import (
        allowed_images,
        association_answers,
        associations,
        auto_scaling,
        balancers,
        clusters,
        command_api,
        consoles,
        container_tasks,
        containers,
        databases,
        document_layouts,
        iam,
        image_marks,
        image_origins,
        image_references,
        image_scans,
        instances,
        key_states,
        maintenance_windows,
        member_names,
        networks,
        not_simulated,
        patch_baselines,
        registries,
        repeated_work,
        scalable_targets,
        schedules,
        secrets_and_parameters,
        shared_images,
        shared_keys,
        single_servers,
        stores,
        tagged_kinds,
        task_definitions,
        templates,
        time,
        zones,
    )

    servers = (
        alarm_states,
        auto_scaling,
        balancers,
        command_api,
        consoles,
        instances,
        networks,
        single_servers,
        templates,
    )
    parameters = (association_answers, associations, secrets_and_parameters, tagged_kinds)
    patching = (maintenance_windows, patch_baselines)
    others = (databases, iam, key_states, schedules, shared_keys, stores, time, zones)
    quicker = (document_layouts, member_names, repeated_work)
    tasks = (clusters, container_tasks, containers, not_simulated, registries, scalable_targets, task_definitions)
    images = (allowed_images, image_marks, image_origins, image_references, image_scans, shared_images)
    for gap in (*servers, *tasks, *parameters, *patching, *others, *images, *quicker):
        gap.patch()
