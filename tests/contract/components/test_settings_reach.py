"""Row 29 of the pitfalls: a setting that is declared and never used.

Every field of every settings model is changed once, and something must come of it: another resource, another lookup,
or another instruction for the gate.
"""

import ast
import functools
import types
import typing
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pulumi
import pytest

import strata
from strata import (
    Alarms,
    Backup,
    Certificate,
    ContainerImage,
    ContainerService,
    Database,
    FileStore,
    ImagePipeline,
    ImmutableService,
    Ingress,
    MachineImage,
    MaintainedFleet,
    Network,
    ObjectStore,
    ReadReplica,
    RuntimeConfig,
    Secret,
    Stack,
    testing,
)
from strata.components.secret import ensure_value
from strata.rollout.gated_service import GatedService, NoGate
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.server_spec import ServerSpec
from strata.settings.models import (
    AlarmSettings,
    AnswerSettings,
    BackupSettings,
    CertificateSettings,
    ContainerImageSettings,
    ContainerRolloutSettings,
    ContainerServiceSettings,
    DatabaseSettings,
    FileStoreSettings,
    GeneratedSettings,
    ImagePipelineSettings,
    ImageProofSettings,
    ImageSettings,
    IngressSettings,
    MaintainedFleetSettings,
    NetworkSettings,
    ObjectStoreSettings,
    ReplicaSettings,
    RolloutSettings,
    RunOnceSettings,
    RuntimeSettings,
    SecretSettings,
    ServiceSettings,
    Settings,
    StackSettings,
    VerifySettings,
)
from strata.settings.parts import place_of

from .conftest import CERTIFICATE, IMAGE, ROOT, ROTATOR, TOPIC

NETWORK = {"cidr": "10.0.0.0/16", "flow_logs": {"enabled": True}}
NETWORK_CHANGES = {
    "cidr": "10.1.0.0/16",
    "zones": 3,
    "nat": "none",
    "endpoints": ["s3"],
    "flow_logs.enabled": False,
    "flow_logs.retention_days": 90,
    "tags": {"team": "shop"},
    "protect": True,
}

INGRESS = {"certificate_arn": CERTIFICATE, "access_logs": {"bucket": "shop-logs"}}
INGRESS_CHANGES = {
    "internal": True,
    "certificate_arn": None,
    "tls_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "allowed_cidrs": ["203.0.113.0/24"],
    "idle_timeout_seconds": 90,
    "access_logs.bucket": "other-logs",
    "access_logs.prefix": "alb",
    "deletion_protection": True,
    "tags": {"team": "shop"},
    "protect": True,
}

SERVICE = {
    "routes": [{"priority": 10, "hosts": ["shop.example.com"], "paths": ["/a"]}],
    "scaling": {"requests_per_server": 900},
    "schedules": {"night": {"recurrence": "0 22 * * *"}},
    "refresh_every": {"recurrence": "0 3 * * 0"},
    "disk": {"type": "gp3"},
    "rollout": {"checkpoint_percentages": [50, 100], "auto_rollback": True},
}
SERVICE_CHANGES = {
    "instance_type": "t3.large",
    "capacity.min": 3,
    "capacity.max": 9,
    "capacity.initial": 4,
    "port": 9090,
    "routes.0.priority": 11,
    "routes.0.hosts": ["www.example.com"],
    "routes.0.paths": ["/b"],
    "boot_seconds": 61,
    "health.path": "/ready",
    "health.codes": "200-299",
    "health.interval_seconds": 15,
    "health.timeout_seconds": 6,
    "health.healthy_threshold": 3,
    "health.unhealthy_threshold": 4,
    "drain_seconds": 61,
    "disk.size_gib": 30,
    "disk.type": "io2",
    "disk.iops": 4000,
    "disk.throughput_mib": 250,
    "scaling.cpu_percent": 70,
    "scaling.requests_per_server": 901,
    "schedules.night.recurrence": "0 23 * * *",
    "schedules.night.time_zone": "Europe/Berlin",
    "schedules.night.min": 1,
    "schedules.night.max": 9,
    "schedules.night.desired": 3,
    "max_instance_lifetime_days": 7,
    "refresh_every.recurrence": "0 4 * * 0",
    "refresh_every.time_zone": "Europe/Berlin",
    "refresh_every.window_minutes": 60,
    "log_retention_days": 60,
    "environment": {"A": "b"},
    "alarms.error_rate_percent": 6.0,
    "alarms.latency_p95_seconds": 3.0,
    "alarms.period_seconds": 120,
    "alarms.periods": 3,
    "rollout.min_healthy_percent": 90,
    "rollout.max_healthy_percent": 160,
    "rollout.auto_rollback": False,
    "rollout.bake_seconds": 1,
    "rollout.checkpoint_percentages": [20, 100],
    "rollout.checkpoint_delay_seconds": 7,
    "rollout.alarms": "off",
    "rollout.heartbeat_minutes": 5,
    "rollout.keep_failed": "2h",
    "rollout.scale_in_protected": "ignore",
    "rollout.standby": "replace",
    "notify_topic_arn": TOPIC,
    "tags": {"team": "shop"},
    "protect": True,
}

PIN = {"version": "1.4.2", "digest": f"sha256:{'a' * 64}"}
PIN_CHANGES = {
    "version": "1.4.3",
    "digest": f"sha256:{'b' * 64}",
    "reference": f"shop/web@sha256:{'b' * 64}",
    "repository": "shop/web",
    "keep_images": 7,
    "untagged_days": 9,
    "scan_on_push": False,
    "force_destroy": True,
    "tags": {"team": "shop"},
    "protect": False,
}

EXAMPLE_IMAGE = str(ROOT / "examples" / "container_service")
BUILD = {"build": {"context": EXAMPLE_IMAGE, "secrets": {"night": {"env": "PIP"}}}}
BUILD_CHANGES = {
    "build.context": str(ROOT / "examples" / "container_service" / ".." / "container_service"),
    "build.dockerfile": f"{EXAMPLE_IMAGE}/../container_service/Dockerfile",
    "build.target": "build",
    "build.platform": "linux/arm64",
    "build.args": {"VERSION": "2"},
    "build.cache_from": ["shop/web:cache"],
    "build.secrets.night.env": "OTHER",
    "build.secrets.night.file": "pip.conf",
}

CONTAINERS = {
    "routes": [{"priority": 10, "hosts": ["shop.example.com"], "paths": ["/a"]}],
    "container_health": {"command": ["probe"]},
    "scaling": {"cpu_percent": 60},
    "rollout": {"strategy": "canary"},
    "sidecars": {"night": {"image": f"shop/agent@sha256:{'a' * 64}", "health": {"command": ["probe"]}}},
}
CONTAINERS_CHANGES = {
    "cpu": 512,
    "memory_mib": 1024,
    "ephemeral_gib": 30,
    "platform": "linux/arm64",
    "platform_version": "1.5.0",
    "capacity.min": 3,
    "capacity.max": 9,
    "capacity.initial": 4,
    "port": 9090,
    "entry_point": ["/init"],
    "command": ["serve"],
    "user": "10002",
    "writable_paths": ["/srv"],
    "open_files": 4096,
    "routes.0.priority": 11,
    "routes.0.hosts": ["www.example.com"],
    "routes.0.paths": ["/b"],
    "boot_seconds": 61,
    "health.path": "/ready",
    "health.codes": "200-299",
    "health.interval_seconds": 15,
    "health.timeout_seconds": 6,
    "health.healthy_threshold": 3,
    "health.unhealthy_threshold": 4,
    "container_health.command": ["other"],
    "container_health.interval_seconds": 15,
    "container_health.timeout_seconds": 6,
    "container_health.retries": 4,
    "drain_seconds": 61,
    "stop_seconds": 31,
    "scaling.cpu_percent": 70,
    "scaling.memory_percent": 70,
    "execute_command": True,
    "log_retention_days": 60,
    "environment": {"A": "b"},
    "sidecars.night.image": f"shop/agent@sha256:{'b' * 64}",
    "sidecars.night.essential": True,
    "sidecars.night.awaited": "healthy",
    "sidecars.night.cpu": 64,
    "sidecars.night.memory_mib": 64,
    "sidecars.night.boot_seconds": 31,
    "sidecars.night.entry_point": ["/init"],
    "sidecars.night.command": ["agent"],
    "sidecars.night.user": "10002",
    "sidecars.night.writable_paths": ["/srv"],
    "sidecars.night.shared_paths": {"/run/config": "sidecar"},
    "sidecars.night.health.command": ["other"],
    "sidecars.night.health.interval_seconds": 15,
    "sidecars.night.health.timeout_seconds": 6,
    "sidecars.night.health.retries": 4,
    "sidecars.night.stop_seconds": 31,
    "sidecars.night.environment": {"A": "b"},
    "alarms.error_rate_percent": 6.0,
    "alarms.latency_p95_seconds": 3.0,
    "alarms.period_seconds": 120,
    "alarms.periods": 3,
    "rollout.min_healthy_percent": 90,
    "rollout.auto_rollback": False,
    "rollout.strategy": "blue-green",
    "rollout.bake_minutes": 7,
    "rollout.canary_percent": 20,
    "rollout.canary_bake_minutes": 7,
    "rollout.alarms": "off",
    "notify_topic_arn": TOPIC,
    "tags": {"team": "shop"},
    "protect": True,
}
LINEAR = {**CONTAINERS, "rollout": {"strategy": "linear"}}
LINEAR_CHANGES = {"rollout.linear_step_percent": 20, "rollout.linear_bake_minutes": 7}
TESTED = {
    **CONTAINERS,
    "rollout": {"strategy": "canary", "verify": {"path": "/a"}, "test_rule": {"priority": 5}, "bake_minutes": 5},
}
TESTED_CHANGES = {
    "rollout.test_rule.priority": 6,
    "rollout.test_rule.header": "X-Trial",
    "rollout.test_rule.value": "yes",
}
ROLLING = {**CONTAINERS, "rollout": {"strategy": "rolling"}}
ROLLING_CHANGES = {"rollout.max_healthy_percent": 175, "scaling.requests_per_task": 900}

OBJECTS = {"lifecycle": {"noncurrent_days": 30, "transitions": [{}]}, "object_lock": {}}
OBJECTS_CHANGES = {
    "versioning": "suspended",
    "lifecycle.noncurrent_days": 31,
    "lifecycle.noncurrent_versions": 3,
    "lifecycle.incomplete_upload_days": 8,
    "lifecycle.expire_days": 400,
    "lifecycle.transitions.0.after_days": 31,
    "lifecycle.transitions.0.storage_class": "GLACIER",
    "object_lock.days": 31,
    "force_destroy": True,
    "tags": {"team": "shop"},
    "protect": False,
}

FILES: dict[str, Any] = {"throughput": "provisioned", "provisioned_mib": 64}
FILES_CHANGES = {
    "throughput": "bursting",
    "provisioned_mib": 65,
    "ia_after_days": 60,
    "archive_after_days": 90,
    "return_on_access": True,
    "automatic_backups": False,
    "subnets": "private",
    "zones": 1,
    "access_point.path": "/srv",
    "access_point.uid": 1001,
    "access_point.gid": 1001,
    "access_point.permissions": "0770",
    "tags": {"team": "shop"},
    "protect": False,
}

BACKUP = {"lock": "compliance", "daily": {"keep_days": 7}, "weekly": {"keep_days": 60}, "monthly": {"keep_days": 400}}
BACKUP_CHANGES = {
    "enabled": False,
    "start_time": "02:30",
    "daily.keep_days": 8,
    "daily.cold_after_days": 30,
    "weekly.keep_days": 61,
    "weekly.cold_after_days": 30,
    "monthly.keep_days": 401,
    "monthly.cold_after_days": 30,
    "lock": "off",
    "changeable_for_days": 15,
    "tags": {"team": "shop"},
    "protect": False,
}
CONFIRMS = {"compliance_retention_days"}
"""A rule reads it: it says once more what another setting says."""
STEPS = "examples/image_pipeline/image"
PARENT = "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/2026.11.1/1"
PIPELINE = {
    "parent": IMAGE.id,
    "verify": [f"{STEPS}/verify.sh"],
    "copies": {"eu-central-1": {}, "night": {}},
    "packages": "tests/data/playbook/packages.lock",
}
PIPELINE_CHANGES = {
    "app": "other",
    "parent": PARENT,
    "parent_owners": ["self", "210987654321"],
    "instance_types": ["t3.medium"],
    "artifact": "s3://builds/web/{version}.zip",
    "reports": "s3://builds/reports",
    "packages": None,
    "provision": [f"{STEPS}/install.sh"],
    "playbook": "tests/data/playbook/site.yml",
    "baseline": False,
    "harden": [f"{STEPS}/harden.sh"],
    "verify": [f"{STEPS}/verify.sh", f"{STEPS}/test.sh"],
    "test": [f"{STEPS}/test.sh"],
    "volume.size_gib": 20,
    "volume.type": "gp2",
    "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/0f1e",
    "accounts": ["210987654321"],
    "copies.night.kms_key_arn": "arn:aws:kms:eu-central-1:123456789012:key/0f1e",
    "test_minutes": 90,
    "scan": True,
    "lifecycle.delete_after_days": 90,
    "lifecycle.keep_images": 5,
    "lifecycle.spare_launched_days": 90,
    "log_retention_days": 60,
    "tags": {"team": "shop"},
    "protect": True,
}
# customer_key is read by a rule alone
BUILDER_PIPELINE = {**PIPELINE, "parent": PARENT}
BUILDER_CHANGES = {"volume.device_name": "/dev/sda1"}

RUNTIME = {"values": {"night": {"value": "on"}}}
RUNTIME_CHANGES = {
    "values.night.value": "off",
    "values.night.restart": True,
    "tier": "advanced",
    "tags": {"team": "shop"},
}

SECRET = {"rotation": {"lambda_arn": ROTATOR}}
SECRET_CHANGES = {
    "external_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:partner-a1b2c3",
    "key_arn": "arn:aws:kms:eu-west-1:123456789012:key/0f1e",
    "description": "SMTP login",
    "rotation.lambda_arn": f"{ROTATOR}-monthly",
    "rotation.schedule": "rate(60 days)",
    "rotation.window_hours": 3,
    "recovery_window_days": 30,
    "protect": False,
    "tags": {"team": "shop"},
}

READ_BY_THE_VALUE = {"generated.length": 40, "generated.exclude_characters": "/", "generated.exclude_punctuation": True}
"""What the first value of a secret is like: it is made by AWS, and no resource has it."""

SHOP = {
    "domain": "shop.example.com",
    "alternative_names": ["eu.example.com"],
    "zone_id": "Z0",
    "zones": [{"domain": "eu.example.com", "id": "Z2"}],
}
CERTIFICATE_CHANGES = {
    "external_arn": CERTIFICATE,
    "domain": "www.example.com",
    "alternative_names": ["www.example.com"],
    "zone_id": "Z1",
    "zones.0.domain": "shop.example.com",
    "zones.0.id": "Z3",
    "key_algorithm": "EC_prime256v1",
    "protect": False,
    "tags": {"team": "shop"},
}

READ_TO_VERIFY = {f"rollout.verify.{field}" for field in VerifySettings.model_fields if field != "expect"}
"""What a release is asked: the gate itself asks it, or runs the command."""

READ_OF_ANSWERS = {f"rollout.verify.expect.{field}" for field in AnswerSettings.model_fields}
"""What it compares the answers with."""

READ_BY_THE_GATE = {
    *("rollout.on_in_progress", "rollout.retry"),
    *("rollout.progress_deadline_seconds", "rollout.outage_deadline_seconds"),
}
"""Instructions for the gate that are no preference of AWS's: its own tests show what they do."""

READ_BY_THE_GATE_OF_CONTAINERS = READ_BY_THE_GATE | {"rollout.pause_minutes", "rollout.min_ready_seconds"}
"""The same; the gate itself sets the hook at which a deployment pauses, and answers it."""

READ_BEFORE_A_ROLLOUT = {f"rollout.before.{field}" for field in RunOnceSettings.model_fields}
"""What runs once: the gate itself asks AWS for it."""

READ_OF_SERVERS = READ_BY_THE_GATE | READ_BEFORE_A_ROLLOUT | READ_TO_VERIFY | READ_OF_ANSWERS
READ_OF_CONTAINERS = READ_BY_THE_GATE_OF_CONTAINERS | READ_BEFORE_A_ROLLOUT | READ_TO_VERIFY | READ_OF_ANSWERS

READ_BY_THE_STACK = {"image"}
"""The name of a pin: `Stack.image` follows it."""

PROOF = {f"proof.{field}" for field in ImageProofSettings.model_fields}
"""Where a pin ran before: the rules of stack files ask for it, and nothing that runs depends on it."""

READ_BY_PROMOTION = {"promotion"}
"""What `strata image` and the rules of stack files ask of a pin."""

READ_BY_EVERY_GATE = {"freezes"}
"""When a stack gets no other release: a test below shows that the gates of both kinds of services are told."""

READ_BY_THE_GUARD = {"guard", "teardown"}
"""Terms a plan is judged by; a teardown also switches off every `protect` before a program sees it."""

IMAGE_CHANGES = {
    "version": "1.5.0",
    "id": "ami-0a6d2be49c8170f35",
    "parameter": "/images/web",
    "app": "other",
    "owners": ["210987654321"],
}


MAINTAINED = {
    "routes": [{"priority": 10, "hosts": ["shop.example.com"], "paths": ["/a"]}],
    "disk": {"type": "gp3"},
    "playbook": {
        "archive": "s3://builds/legacy/1.tar.gz",
        "sha256": "ab" * 32,
        "before": {"name": "migrate", "file": "migrate.yml"},
    },
    "changes": {"window": {"at": "03:00"}},
    "patching": {"window": {"at": "04:00"}},
}
MAINTAINED_CHANGES = {
    "instance_type": "t3.large",
    "capacity.min": 3,
    "capacity.max": 9,
    "capacity.initial": 4,
    "port": 9090,
    "routes.0.priority": 11,
    "routes.0.hosts": ["www.example.com"],
    "routes.0.paths": ["/b"],
    "boot_seconds": 601,
    "health.path": "/ready",
    "health.codes": "200-299",
    "health.interval_seconds": 15,
    "health.timeout_seconds": 6,
    "health.healthy_threshold": 3,
    "health.unhealthy_threshold": 4,
    "drain_seconds": 61,
    "disk.size_gib": 30,
    "disk.type": "io2",
    "disk.iops": 4000,
    "disk.throughput_mib": 250,
    "playbook.archive": "s3://builds/legacy/2.tar.gz",
    "playbook.sha256": "cd" * 32,
    "playbook.file": "shop/site.yml",
    "playbook.variables": {"colour": "red"},
    "playbook.timeout_seconds": 600,
    "playbook.before.name": "upgrade",
    "playbook.before.file": "upgrade.yml",
    "playbook.before.timeout_seconds": 600,
    "changes.at_a_time_percent": 50,
    "changes.max_errors": 1,
    "changes.healthy_command": "systemctl is-active web",
    "changes.healthy_within_seconds": 60,
    "changes.window.at": "04:00",
    "changes.window.day": "sun",
    "changes.only_in_window": True,
    "patching.system": "UBUNTU",
    "patching.security_only": False,
    "patching.approve_after_days": 14,
    "patching.window.at": "05:00",
    "patching.window.day": "sun",
    "patching.time_zone": "Europe/Berlin",
    "patching.duration_hours": 6,
    "patching.cutoff_hours": 2,
    "patching.reboot": False,
    "log_retention_days": 14,
    "environment": {"LOG_LEVEL": "info"},
    "tags": {"team": "shop"},
    "protect": False,
}
FROM_GITHUB = {**MAINTAINED, "playbook": {"repository": "shop/servers", "commit": "c0" * 20}}
FROM_GITHUB_CHANGES = {"playbook.repository": "shop/machines", "playbook.commit": "d0" * 20}

DATABASE = {
    "version": "16.4",
    "parameters": {"night": {"value": "1"}},
    "restore": {"source": "orders-old", "time": "2026-01-31T08:30:00Z"},
}
DATABASE_CHANGES = {
    "engine": "mysql",
    "version": "16",
    "instance_class": "db.m7g.large",
    "database": "shop",
    "username": "owner",
    "port": 5433,
    "storage.size_gib": 50,
    "storage.max_gib": 200,
    "storage.type": "gp2",
    "storage.iops": 12_000,
    "storage.throughput_mib": 500,
    "multi_az": True,
    "backup_retention_days": 8,
    "backup_window": "04:00-05:00",
    "maintenance_window": "mon:03:30-mon:04:30",
    "apply_immediately": False,
    "performance_insights_days": 731,
    "log_exports": ["upgrade"],
    "iam_users": ["app"],
    "parameters.night.value": "2",
    "parameters.night.apply_method": "pending-reboot",
    "replicated": True,
    "blue_green_update": True,
    "deletion_protection": False,
    "final_snapshot": False,
    "restore.snapshot": "orders-last",
    "restore.source": "orders-older",
    "restore.time": "2026-01-31T09:30:00Z",
    "alarms.cpu_percent": 81.0,
    "alarms.free_storage_percent": 11.0,
    "alarms.freeable_memory_mib": 129,
    "alarms.connections": 100,
    "alarms.period_seconds": 60,
    "alarms.periods": 4,
    "notify_topic_arn": TOPIC,
    "tags": {"team": "shop"},
    "protect": False,
}

REPLICA = {"source": "orders"}
REPLICA_CHANGES = {
    "source": "carts",
    "instance_class": "db.m7g.large",
    "multi_az": True,
    "backup_retention_days": 1,
    "alarms.cpu_percent": 81.0,
    "alarms.free_storage_percent": 11.0,
    "alarms.freeable_memory_mib": 129,
    "alarms.connections": 100,
    "alarms.period_seconds": 60,
    "alarms.periods": 4,
    "lag_seconds": 61,
    "notify_topic_arn": TOPIC,
    "tags": {"team": "shop"},
}


def leaves(model: type[Settings], at: str = "") -> Iterator[str]:
    """Paths of all fields, with 0 for the items of a list and `night` for those of a mapping."""
    for name, field in model.model_fields.items():
        yield from _below(field.annotation, f"{at}{name}")


def _below(annotation: Any, path: str) -> Iterator[str]:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield from leaves(annotation, f"{path}.")
    elif origin in {typing.Union, types.UnionType} and any(_is_settings(it) for it in arguments):
        yield from _below(next(it for it in arguments if _is_settings(it)), path)
    elif origin is tuple and _is_settings(arguments[0]):
        yield from _below(arguments[0], f"{path}.0")
    elif origin is dict and _is_settings(arguments[1]):
        yield from _below(arguments[1], f"{path}.night")
    else:
        yield path


def _is_settings(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Settings)


def changed(base: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of nested values with one of them replaced."""
    head, _, rest = path.partition(".")
    if not rest:
        return {**base, head: value}
    below = base.get(head, {})
    if isinstance(below, list):
        index, _, further = rest.partition(".")
        return {**base, head: [changed(below[int(index)], further, value)]}
    return {**base, head: changed(below, rest, value)}


def fingerprint(graph: testing.Graph) -> list[tuple[Any, ...]]:
    return sorted((it.type, it.name, repr(it.inputs), repr(it.options)) for it in graph)


def existing() -> Any:
    return Network.from_ids(
        "main",
        vpc_id="vpc-1",
        cidr="10.0.0.0/16",
        private_subnet_ids=["a", "b"],
        public_subnet_ids=["c", "d"],
        isolated_subnet_ids=["e", "f"],
    )


def network(values: dict[str, Any]) -> Any:
    return fingerprint(testing.run(lambda: Network("main", NetworkSettings.model_validate(values))))


def ingress(values: dict[str, Any]) -> Any:
    settings = IngressSettings.model_validate(values)
    return fingerprint(testing.run(lambda: Ingress("public", settings, network=existing())))


def container_image(values: dict[str, Any]) -> Any:
    settings = ContainerImageSettings.model_validate(values)
    graph = testing.run(lambda: ContainerImage("web", settings))
    return fingerprint(graph), repr(graph.outputs)


def objects(values: dict[str, Any]) -> Any:
    settings = ObjectStoreSettings.model_validate(values)
    return fingerprint(testing.run(lambda: ObjectStore("uploads", settings)))


def pipeline(values: dict[str, Any]) -> Any:
    """What is made, and what is looked up of the parent."""
    values = {**values, "copies": {key.replace("night", "eu-north-1"): copy for key, copy in values["copies"].items()}}
    settings = ImagePipelineSettings.model_validate(values)
    asked = []

    class Listening(testing.CloudMocks):
        def call(self, args):
            asked.append((args.token, repr(args.args)))
            return super().call(args)

    graph = testing.run(lambda: ImagePipeline("web", settings, network=existing()), mocks=Listening(images=[IMAGE]))
    return fingerprint(graph), sorted(asked)


def files(values: dict[str, Any]) -> Any:
    settings = FileStoreSettings.model_validate(values)
    return fingerprint(testing.run(lambda: FileStore("shared", settings, network=Network("main", NetworkSettings()))))


def backup(values: dict[str, Any]) -> Any:
    settings = BackupSettings.model_validate(values)
    return fingerprint(testing.run(lambda: Backup("backup", settings)))


class Asking(NoGate):
    """Keeps what the gate is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def bind_record(self, gated: GatedService) -> None:
        spec = gated.spec
        assert isinstance(spec, ServerSpec)
        self.told.append((preferences_for(spec, alarms=("alarm",)), spec.topic, spec.drain_seconds))


def service(values: dict[str, Any]) -> Any:
    settings = ServiceSettings.model_validate(values)
    gate = Asking()

    def program() -> None:
        ground = existing()
        balancer = Ingress("public", IngressSettings(), network=ground)
        image = MachineImage("web", ImageSettings(version=IMAGE.version, id=IMAGE.id))
        ImmutableService("web", settings, image=image, network=ground, ingress=balancer, gate=gate)

    return fingerprint(testing.run(program, mocks=testing.CloudMocks(images=[IMAGE]))), gate.told


def maintained(values: dict[str, Any]) -> Any:
    settings = MaintainedFleetSettings.model_validate(values)

    def program() -> None:
        ground = existing()
        balancer = Ingress("public", IngressSettings(), network=ground)
        image = MachineImage("web", ImageSettings(version=IMAGE.version, id=IMAGE.id))
        MaintainedFleet("web", settings, image=image, network=ground, ingress=balancer)

    return fingerprint(testing.run(program, mocks=testing.CloudMocks(images=[IMAGE])))


def container_service(values: dict[str, Any]) -> Any:
    settings = ContainerServiceSettings.model_validate(values)

    def program() -> None:
        ground = existing()
        balancer = Ingress("public", IngressSettings(), network=ground)
        image = f"ghcr.io/shop/web@sha256:{'a' * 64}"
        ContainerService("web", settings, image=image, network=ground, ingress=balancer)

    return fingerprint(testing.run(program))


def runtime(values: dict[str, Any]) -> Any:
    """The parameters, and what a service that reads them is told."""
    settings = RuntimeSettings.model_validate(values)
    told: list[str] = []

    def program() -> None:
        environment = RuntimeConfig("web", settings).access.environment
        pulumi.Output.json_dumps(environment).apply(told.append)

    return fingerprint(testing.run(program)), told


def secret(values: dict[str, Any]) -> Any:
    return fingerprint(testing.run(lambda: Secret("mail", SecretSettings.model_validate(values))))


def certificate(values: dict[str, Any]) -> Any:
    return fingerprint(testing.run(lambda: Certificate("shop", CertificateSettings.model_validate(values))))


def database(values: dict[str, Any]) -> Any:
    settings = DatabaseSettings.model_validate(values)
    return fingerprint(testing.run(lambda: Database("orders", settings, network=existing())))


def replica(values: dict[str, Any]) -> Any:
    settings = ReplicaSettings.model_validate(values)

    def program() -> None:
        ground = existing()
        source = Database(settings.source, DatabaseSettings(version="16.4", replicated=True), network=ground)
        ReadReplica("reader", settings, source=source, network=ground)

    return fingerprint(testing.run(program))


def lookups(values: dict[str, Any]) -> Any:
    """What a pin asks AWS for, and what comes of it."""
    asked = []

    class Listening(testing.CloudMocks):
        def call(self, args):
            asked.append((args.token, repr(args.args)))
            return super().call(args)

    settings = ImageSettings.model_validate(values)
    try:
        testing.run(
            lambda: MachineImage("web", settings),
            mocks=Listening(images=[IMAGE], parameters={"/images/web": IMAGE.id}),
        )
    except strata.StrataError as refusal:
        asked.append(("refused", str(refusal)))
    return sorted(asked)


@dataclass(frozen=True)
class Reach:
    """How every setting of one model is shown to matter.

    Args:
        model: the settings.
        outcome: what comes of some values, to be compared.
        base: the values a change is made to.
        changes: another value for every field, by path.
        elsewhere: fields that something else reads, with tests of its own below.
    """

    model: type[Settings]
    outcome: Callable[[dict[str, Any]], Any]
    base: dict[str, Any]
    changes: dict[str, Any]
    elsewhere: Collection[str] = ()


REACH = {
    "network": Reach(NetworkSettings, network, NETWORK, NETWORK_CHANGES),
    "ingress": Reach(IngressSettings, ingress, INGRESS, INGRESS_CHANGES),
    "image": Reach(ImageSettings, lookups, {"version": IMAGE.version, "id": IMAGE.id}, IMAGE_CHANGES, PROOF),
    "service": Reach(ServiceSettings, service, SERVICE, SERVICE_CHANGES, READ_OF_SERVERS | READ_BY_THE_STACK),
    "maintained": Reach(
        MaintainedFleetSettings,
        maintained,
        MAINTAINED,
        MAINTAINED_CHANGES,
        READ_BY_THE_STACK | FROM_GITHUB_CHANGES.keys(),
    ),
    "from-github": Reach(
        MaintainedFleetSettings,
        maintained,
        FROM_GITHUB,
        FROM_GITHUB_CHANGES,
        READ_BY_THE_STACK | MAINTAINED_CHANGES.keys(),
    ),
    "pin": Reach(ContainerImageSettings, container_image, PIN, PIN_CHANGES, BUILD_CHANGES.keys() | PROOF),
    "build": Reach(ContainerImageSettings, container_image, BUILD, BUILD_CHANGES, PIN_CHANGES.keys() | PROOF),
    "containers": Reach(
        ContainerServiceSettings,
        container_service,
        CONTAINERS,
        CONTAINERS_CHANGES,
        READ_OF_CONTAINERS | READ_BY_THE_STACK | {*LINEAR_CHANGES, *ROLLING_CHANGES, *TESTED_CHANGES},
    ),
    "linear": Reach(
        ContainerServiceSettings,
        container_service,
        LINEAR,
        LINEAR_CHANGES,
        READ_OF_CONTAINERS | READ_BY_THE_STACK | {*CONTAINERS_CHANGES, *ROLLING_CHANGES, *TESTED_CHANGES},
    ),
    "rolling": Reach(
        ContainerServiceSettings,
        container_service,
        ROLLING,
        ROLLING_CHANGES,
        READ_OF_CONTAINERS | READ_BY_THE_STACK | {*CONTAINERS_CHANGES, *LINEAR_CHANGES, *TESTED_CHANGES},
    ),
    "tested": Reach(
        ContainerServiceSettings,
        container_service,
        TESTED,
        TESTED_CHANGES,
        READ_OF_CONTAINERS | READ_BY_THE_STACK | {*CONTAINERS_CHANGES, *LINEAR_CHANGES, *ROLLING_CHANGES},
    ),
    "pipelines": Reach(
        ImagePipelineSettings, pipeline, PIPELINE, PIPELINE_CHANGES, BUILDER_CHANGES.keys() | {"customer_key"}
    ),
    "builder": Reach(
        ImagePipelineSettings,
        pipeline,
        BUILDER_PIPELINE,
        BUILDER_CHANGES,
        PIPELINE_CHANGES.keys() | {"customer_key"},
    ),
    "objects": Reach(ObjectStoreSettings, objects, OBJECTS, OBJECTS_CHANGES),
    "files": Reach(FileStoreSettings, files, FILES, FILES_CHANGES),
    "backup": Reach(BackupSettings, backup, BACKUP, BACKUP_CHANGES, CONFIRMS),
    "runtime": Reach(RuntimeSettings, runtime, RUNTIME, RUNTIME_CHANGES),
    "secret": Reach(SecretSettings, secret, SECRET, SECRET_CHANGES, READ_BY_THE_VALUE.keys()),
    "certificate": Reach(CertificateSettings, certificate, SHOP, CERTIFICATE_CHANGES),
    "database": Reach(DatabaseSettings, database, DATABASE, DATABASE_CHANGES),
    "replica": Reach(ReplicaSettings, replica, REPLICA, REPLICA_CHANGES),
}


@pytest.fixture(scope="module")
def unchanged() -> Callable[[str], Any]:
    return functools.cache(lambda part: REACH[part].outcome(REACH[part].base))


def test_pitfall_29_no_field_is_left_out_of_the_tables():
    for reach in REACH.values():
        assert set(leaves(reach.model)) == set(reach.changes) | set(reach.elsewhere), reach.model.__name__
    assert {place_of(reach.model) for reach in REACH.values()} | {
        "stage",
        "tags",
    } | READ_BY_THE_GUARD | READ_BY_PROMOTION | READ_BY_EVERY_GATE == set(StackSettings.model_fields)


def test_pitfall_29_the_windows_of_a_stack_reach_the_gate_of_every_service():
    told: dict[str, list[str]] = {}

    class Frozen(NoGate):
        def bind_record(self, gated: GatedService) -> None:
            told[gated.service] = [each.reason for each in gated.spec.freezes]

    def program() -> None:
        ground = existing()
        image = MachineImage("web", ImageSettings(version=IMAGE.version, id=IMAGE.id))
        ImmutableService("web", ServiceSettings(), image=image, network=ground, gate=Frozen())
        reference = f"ghcr.io/shop/api@sha256:{'a' * 64}"
        ContainerService("api", ContainerServiceSettings(), image=reference, network=ground, gate=Frozen())

    config = {"strata:freezes": [{"reason": "the sale", "start": "2026-12-18", "until": "2027-01-03"}]}
    testing.run(program, mocks=testing.CloudMocks(images=[IMAGE]), config=config)
    assert told == {"web": ["the sale"], "api": ["the sale"]}


@pytest.mark.parametrize("part, path", [(part, path) for part, reach in REACH.items() for path in reach.changes])
def test_pitfall_29_every_setting_reaches_a_resource_a_lookup_or_the_gate(part, path, unchanged):
    reach = REACH[part]
    assert reach.outcome(changed(reach.base, path, reach.changes[path])) != unchanged(part)


@pytest.mark.parametrize("path", READ_BY_THE_VALUE)
def test_pitfall_29_what_a_value_is_like_reaches_secrets_manager(path):
    def asked(generated: GeneratedSettings) -> Any:
        secrets = MagicMock()
        secrets.describe_secret.return_value = {}
        secrets.exceptions.ResourceExistsException = KeyError
        ensure_value(secrets, "arn", generated)
        return secrets.get_random_password.call_args

    field = path.removeprefix("generated.")
    changed_one = GeneratedSettings.model_validate({field: READ_BY_THE_VALUE[path]})
    assert asked(changed_one) != asked(GeneratedSettings())


@functools.cache
def attributes_of_rollouts() -> set[str]:
    sources = Path(strata.__file__).parent.joinpath("rollout").rglob("*.py")
    return {
        node.attr
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize(
    "model, path",
    [
        *((RolloutSettings, path) for path in sorted(READ_BY_THE_GATE)),
        *((ContainerRolloutSettings, path) for path in sorted(READ_BY_THE_GATE_OF_CONTAINERS)),
        *((RunOnceSettings, path) for path in sorted(READ_BEFORE_A_ROLLOUT)),
        *((VerifySettings, path) for path in sorted(READ_TO_VERIFY - {"rollout.verify.timeout_seconds"})),
        *((VerifySettings, path) for path in ("request_seconds", "command_seconds")),
        *((AnswerSettings, path) for path in sorted(READ_OF_ANSWERS)),
    ],
)
def test_pitfall_29_the_gate_reads_what_only_it_can_use(model, path):
    field = path.rpartition(".")[2]
    assert field in dir(model) or field in model.model_fields
    assert field in attributes_of_rollouts()


def test_pitfall_29_an_alarms_setting_reaches_an_alarm_made_directly():
    def graph(settings: AlarmSettings) -> Any:
        return fingerprint(
            testing.run(lambda: Alarms("web", settings, target_group="targetgroup/a/1", load_balancer="app/a/1"))
        )

    plain = graph(AlarmSettings())
    changes = {path.removeprefix("alarms."): SERVICE_CHANGES[path] for path in SERVICE_CHANGES if "alarms." in path}
    for field in AlarmSettings.model_fields:
        if field in changes:
            assert graph(AlarmSettings.model_validate({field: changes[field]})) != plain, field
    assert set(AlarmSettings.model_fields) <= set(changes)


def test_pitfall_29_every_part_of_a_stack_file_can_be_had_from_the_stack():
    seen: dict[str, Any] = {}
    config = {
        "strata:stage": "dev",
        "strata:tags": {"team": "shop"},
        "strata:images": {"web": {"version": IMAGE.version, "id": IMAGE.id}},
        "strata:services": {"jobs": {"image": "web"}},
        "strata:maintained": {
            "legacy": {
                "image": "web",
                "playbook": {"repository": "shop/servers", "commit": "c0" * 20},
                "changes": {"healthy_command": "systemctl is-active web"},
            }
        },
        "strata:container_images": {"web": {}},
        "strata:image_pipelines": {"web": {"parent": IMAGE.id, "verify": ["verify.sh"]}},
        "strata:container_services": {"api": {}},
        "strata:object_stores": {"uploads": {}},
        "strata:file_stores": {"shared": {}},
        "strata:runtime": {"jobs": {"values": {"BANNER": "on"}}},
        "strata:secrets": {"mail": {}},
        "strata:certificates": {"shop": {"domain": "shop.example.com"}},
        "strata:databases": {"orders": {"version": "16"}},
        "strata:replicas": {"reader": {"source": "orders"}},
    }

    def program() -> None:
        stack = Stack.load()
        seen.update(
            stage=stack.stage,
            network=stack.network.tags,
            ingress=stack.ingress.tags,
            services=stack.services["jobs"].tags,
            maintained=stack.maintained["legacy"].tags,
            runtime=stack.runtime["jobs"].tags,
            secrets=stack.secrets["mail"].tags,
            certificates=stack.certificates["shop"].tags,
            databases=stack.databases["orders"].tags,
            replicas=stack.replicas["reader"].tags,
            images=stack.image("jobs").pulumi_resource_name,
            image_pipelines=stack.image_pipelines["web"].tags,
            container_images=stack.container_images["web"].tags,
            container_services=stack.container_services["api"].tags,
            object_stores=stack.object_stores["uploads"].tags,
            file_stores=stack.file_stores["shared"].tags,
            backup=stack.backup.tags,
        )

    testing.run(program, config=config)
    tags = {"strata:stage": "dev", "team": "shop"}
    single = {"stage": "dev", "images": "web"}
    assert seen == {**single, **dict.fromkeys(seen.keys() - single.keys(), tags)}
    read_elsewhere = READ_BY_THE_GUARD | READ_BY_PROMOTION | READ_BY_EVERY_GATE
    assert set(seen) | {"tags"} | read_elsewhere == set(StackSettings.model_fields)
