"""Every cross-field rule finds what it should, and nothing in values that are just right."""

import string
import time
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from strata.clock import utc_text
from strata.errors import SettingsError
from strata.problem import Path, Problem
from strata.settings.load import load
from strata.settings.models import StackSettings
from strata.settings.parts import parts
from strata.settings.rules import RULES
from strata.settings.rules.stage_and_region import ARNS
from strata.tags import USER_TAG_LIMIT
from tests.unit.settings.stacks import REGION, changed, complete, in_days, proof

WEB: Path = ("services", "web")
LEGACY: Path = ("maintained", "legacy")
PLAYBOOK: Path = (*LEGACY, "playbook")
PATCHING: Path = (*LEGACY, "patching")
JOBS: Path = ("services", "jobs")
ALLOWED: Path = ("guard", "allow", 0)
NIGHT: Path = (*WEB, "schedules", "night")
SALE: Path = ("freezes", 0)
WEEKEND: Path = ("freezes", 1)
PIPELINE: Path = ("image_pipelines", "web")
UPLOADS: Path = ("object_stores", "uploads")
MOVES: Path = (*UPLOADS, "lifecycle", "transitions")
FRESH: Path = (*WEB, "refresh_every")
MORNING: Path = (*WEB, "schedules", "morning")
SHARED: Path = ("file_stores", "shared")
BACKUP: Path = ("backup",)
CONFIRMED: Path = ("backup", "compliance_retention_days")
CONFIG: Path = ("runtime", "web")
IMAGES: Path = ("container_images",)
API: Path = ("container_services", "api")
AGENT: Path = (*API, "sidecars", "agent")
TESTED: Path = (*API, "rollout", "test_rule")
MAILER: Path = ("container_services", "mailer")
BUILD: Path = (*IMAGES, "shop", "build")
MAIL: Path = ("secrets", "mail")
SHOP: Path = ("certificates", "shop")
ORDERS: Path = ("databases", "orders")
CARTS: Path = ("databases", "carts")
READER: Path = ("replicas", "orders-reader")
STORAGE: Path = (*ORDERS, "storage")
VERIFY: Path = (*WEB, "rollout", "verify")
SMOKE = {"command": ["./smoke.sh"]}

IN_GIT = {"repository": "shop/servers", "commit": "c0" * 20}

Changes = dict[Path, Any]

TAGGED = [
    path
    for path, part in parts(load(complete(), source="the test", region=REGION).settings)
    if hasattr(part, "tags") and not getattr(part, "external_arn", None)
]
"""Every part of the example that makes something, and so takes tags."""

BROKEN: dict[str, list[tuple[Changes, Path]]] = {
    "pin-exists": [
        ({(*WEB, "image"): "wbe"}, (*WEB, "image")),
        ({("services", "api"): {}}, ("services", "api", "image")),
    ],
    "pin-source": [
        ({("images", "web"): {}}, ("images", "web")),
        ({("stage",): "dev", ("images", "web", "parameter"): "/images/web"}, ("images", "web", "parameter")),
        (
            {("stage",): "dev", ("images", "web"): {"id": "ami-01234567", "parameter": "/images/web"}},
            ("images", "web", "parameter"),
        ),
    ],
    "pin-id": [({("images", "web"): {"version": "1.4.2"}}, ("images", "web", "id"))],
    "pin-proof": [
        *(
            ({(*pin, "proof", "release"): "1.4.1"}, (*pin, "proof", "release"))
            for pin in (("images", "web"), (*IMAGES, "pinned"))
        ),
        ({("images", "web", "proof", "image"): "ami-01234567"}, ("images", "web", "proof", "image")),
        ({("images", "web", "id"): "ami-01234567"}, ("images", "web", "proof", "image")),
        ({(*IMAGES, "pinned", "digest"): f"sha256:{'0c' * 32}"}, (*IMAGES, "pinned", "proof", "image")),
        (
            {(*IMAGES, "prebuilt", "proof"): proof("1.4.2", f"sha256:{'0c' * 32}")},
            (*IMAGES, "prebuilt", "proof", "image"),
        ),
    ],
    "pin-unproven": [
        *(
            ({("promotion", "require_proof"): True, **change}, (*pin, "proof"))
            for pin, change in (
                (("images", "jobs"), {}),
                ((*IMAGES, "pinned"), {(*IMAGES, "pinned", "proof"): None}),
                ((*IMAGES, "prebuilt"), {}),
            )
        ),
        (
            {("promotion", "require_proof"): True, (*IMAGES, "pinned", "proof"): proof("1.4.2")},
            (*IMAGES, "pinned", "proof", "image"),
        ),
    ],
    "pin-proof-moment": [
        ({("promotion", "require_proof"): True, ("images", "web", "proof", "at"): at}, ("images", "web", "proof", "at"))
        # tests are collected long before the last of them runs
        for at in ("2999-01-31T08:30:00Z", "2026-02-31T08:30:00Z", utc_text(time.time() + 86_400))
    ],
    "pin-proof-soak": [
        (
            {("promotion", "require_proof"): True, ("promotion", "min_soak_minutes"): 91},
            ("images", "web", "proof", "soaked"),
        ),
        (
            {
                ("promotion", "require_proof"): True,
                (*IMAGES, "pinned", "proof", "soaked"): 299,
                (*IMAGES, "pinned", "proof", "min_soak"): 300,
            },
            (*IMAGES, "pinned", "proof", "soaked"),
        ),
    ],
    "pin-parameter": [({("images", "web"): {"parameter": "/images/web"}}, ("images", "web", "parameter"))],
    "network-size": [
        ({("network", "cidr"): "10.0.0.0/15"}, ("network", "cidr")),
        ({("network", "cidr"): "10.0.0.0/21"}, ("network", "cidr")),
    ],
    "network-range": [
        ({("network", "cidr"): cidr}, ("network", "cidr"))
        for cidr in ("127.0.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "0.0.0.0/16")
    ],
    "ingress-tls": [
        ({("ingress", "tls_policy"): policy}, ("ingress", "tls_policy"))
        for policy in ("ELBSecurityPolicy-TLS13-1-2-2021-6", "ELBSecurityPolicy-TLS-1-3-2020-01")
    ],
    "ingress-ranges": [
        ({("ingress", "allowed_cidrs"): ["10.0.0.0/8", "10.0.0.0/8"]}, ("ingress", "allowed_cidrs", 1)),
    ],
    "route-wildcards": [
        (
            {(*WEB, "routes", 0): {"priority": 10, "hosts": ["*.?.example.com"], "paths": ["/*/*", "/a/*", "/b?"]}},
            (*WEB, "routes", 0),
        ),
    ],
    "internal-access": [
        (
            {("ingress", "internal"): True, ("ingress", "allowed_cidrs"): ["10.0.0.0/8", cidr]},
            ("ingress", "allowed_cidrs"),
        )
        for cidr in ("0.0.0.0/0", "8.8.8.0/24")
    ],
    "route-condition": [({(*WEB, "routes"): [{"priority": 10}]}, (*WEB, "routes", 0))],
    "route-values": [
        ({(*WEB, "routes", 0, "paths"): [f"/{index}" for index in range(5)]}, (*WEB, "routes", 0)),
    ],
    "route-priority": [
        ({(*JOBS, "routes"): [{"priority": 10, "paths": ["/jobs"]}]}, (*JOBS, "routes", 0, "priority")),
        ({(*API, "rollout", "test_rule", "priority"): 10}, (*API, "rollout", "test_rule", "priority")),
        (
            {
                (*WEB, "routes"): [
                    {"priority": 7, "paths": ["/a"]},
                    {"priority": 7, "paths": ["/b"]},
                ]
            },
            (*WEB, "routes", 1, "priority"),
        ),
    ],
    "route-conflict": [
        (
            {(*JOBS, "routes"): [{"priority": 11, "hosts": ["SHOP.example.com"], "paths": ["/*"]}]},
            (*JOBS, "routes", 0),
        ),
    ],
    "arn-partition": [
        (
            {(*WEB, "notify_topic_arn"): f"arn:aws-cn:sns:{REGION}:123456789012:releases"},
            (*WEB, "notify_topic_arn"),
        ),
        (
            {("ingress", "certificate_arn"): "arn:aws:acm:us-gov-west-1:123456789012:certificate/abc"},
            ("ingress", "certificate_arn"),
        ),
    ],
    "arn-region": [
        *(
            ({(*part, "notify_topic_arn"): "arn:aws:sns:us-east-1:123456789012:on-call"}, (*part, "notify_topic_arn"))
            for part in (API, ORDERS, READER)
        ),
        (
            {("ingress", "certificate_arn"): "arn:aws:acm:us-east-1:123456789012:certificate/abc"},
            ("ingress", "certificate_arn"),
        ),
    ],
    "capacity-order": [({(*WEB, "capacity"): {"min": 5, "max": 4}}, (*WEB, "capacity", "max"))],
    "capacity-initial": [
        ({(*WEB, "capacity", "initial"): 3}, (*WEB, "capacity", "initial")),
        ({(*WEB, "capacity", "initial"): 9}, (*WEB, "capacity", "initial")),
    ],
    "scaling-target": [({(*WEB, "scaling"): {"cpu_percent": None}}, (*WEB, "scaling"))],
    "scaling-requests": [
        ({(*JOBS, "scaling"): {"requests_per_server": 10}}, (*JOBS, "scaling", "requests_per_server")),
    ],
    "schedule-order": [
        ({(*NIGHT, "min"): 9}, (*NIGHT, "min")),
        ({NIGHT: {"recurrence": "0 22 * * *", "max": 3}}, (*NIGHT, "max")),
        ({(*NIGHT, "desired"): 1}, (*NIGHT, "desired")),
        ({(*NIGHT, "desired"): 9}, (*NIGHT, "desired")),
    ],
    "freeze-times": [
        ({(*SALE, "until"): "07:00"}, (*SALE, "until")),
        ({(*WEEKEND, "start"): "2026-12-18"}, (*WEEKEND, "start")),
    ],
    "freeze-date": [
        ({(*SALE, "start"): "2026-02-30"}, (*SALE, "start")),
        ({(*SALE, "until"): "2027-02-29T17:00:00Z"}, (*SALE, "until")),
        ({(*SALE, "until"): "9999-12-31"}, (*SALE, "until")),
    ],
    "freeze-order": [
        ({(*SALE, "until"): "2026-12-17"}, (*SALE, "until")),
        ({(*SALE, "until"): "2026-12-18T16:00Z"}, (*SALE, "until")),
        ({(*WEEKEND, "days"): "fri"}, (*WEEKEND, "until")),
    ],
    "freeze-zone": [
        ({(*WEEKEND, "time_zone"): "Europe/Berln"}, (*WEEKEND, "time_zone")),
        ({(*SALE, "time_zone"): "Europe/Berlin"}, (*SALE, "time_zone")),
    ],
    "schedule-purpose": [({NIGHT: {"recurrence": "0 22 * * *"}}, NIGHT)],
    "schedule-zone": [({(*NIGHT, "time_zone"): "Europe/Berln"}, (*NIGHT, "time_zone"))],
    "schedule-cron": [
        ({(*NIGHT, "recurrence"): recurrence}, (*NIGHT, "recurrence"))
        for recurrence in (
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "30-10 * * * *",
            "*/0 * * * *",
            "x * * * *",
            "1,,2 * * * *",
            "* * * mon *",
        )
    ],
    "refresh-zone": [({FRESH: {"recurrence": "0 3 * * 0", "time_zone": "Europe/Berln"}}, (*FRESH, "time_zone"))],
    "refresh-cron": [({FRESH: {"recurrence": "0 24 * * 0"}}, (*FRESH, "recurrence"))],
    "refresh-often": [
        ({FRESH: {"recurrence": recurrence}}, (*FRESH, "recurrence")) for recurrence in ("0,30 3 * * *", "* 3 * * *")
    ],
    "refresh-days": [({FRESH: {"recurrence": "0 3 1 * 0"}}, (*FRESH, "recurrence"))],
    "playbook-source": [
        ({PLAYBOOK: {"file": "site.yml"}}, PLAYBOOK),
        ({(*PLAYBOOK, "repository"): "shop/servers", (*PLAYBOOK, "commit"): "c0" * 20}, (*PLAYBOOK, "repository")),
    ],
    "playbook-pinned": [
        ({PLAYBOOK: {"archive": "s3://builds/legacy.zip"}}, (*PLAYBOOK, "sha256")),
        ({PLAYBOOK: {"repository": "shop/servers"}}, (*PLAYBOOK, "commit")),
        ({(*PLAYBOOK, "commit"): "c0" * 20}, (*PLAYBOOK, "commit")),
    ],
    "playbook-secret": [
        ({(*PLAYBOOK, "variables"): {"db_password": "x1y2z3"}}, (*PLAYBOOK, "variables", "db_password"))
    ],
    "in-place-window": [
        ({(*LEGACY, "changes"): {"only_in_window": True}}, (*LEGACY, "changes", "only_in_window")),
    ],
    "patching-zone": [({(*PATCHING, "time_zone"): "Europe/Berlim"}, (*PATCHING, "time_zone"))],
    "patching-cutoff": [({(*PATCHING, "cutoff_hours"): 4}, (*PATCHING, "cutoff_hours"))],
    "patching-days": [
        ({(*PATCHING, "system"): "UBUNTU", (*PATCHING, "approve_after_days"): 7}, (*PATCHING, "approve_after_days"))
    ],
    "in-place-health": [({(*LEGACY, "routes"): []}, (*LEGACY, "changes", "healthy_command"))],
    "in-place-braces": [
        ({(*LEGACY, "changes", "healthy_command"): "test {{ x }}"}, (*LEGACY, "changes", "healthy_command")),
        ({(*LEGACY, "health", "path"): "/{{x}}"}, (*LEGACY, "health", "path")),
    ],
    "playbook-before": [
        ({(*PLAYBOOK, "before"): {"name": "migrate", "file": "site.yml"}}, (*PLAYBOOK, "before", "file")),
    ],
    "maintained-name": [
        (
            {("maintained", name): {"image": "web", "playbook": IN_GIT, "changes": {"healthy_command": "true"}}},
            ("maintained", name),
        )
        for name in ("web", "api")
    ],
    "refresh-window": [
        ({FRESH: {"recurrence": "0 * * * *", "window_minutes": 60}}, (*FRESH, "window_minutes")),
        ({FRESH: {"recurrence": "0 3,5 * * 1", "window_minutes": 120}}, (*FRESH, "window_minutes")),
        ({FRESH: {"recurrence": "0 3 * * *", "window_minutes": 1440}}, (*FRESH, "window_minutes")),
        ({FRESH: {"recurrence": "0 3 30 feb *"}}, (*FRESH, "recurrence")),
    ],
    "schedule-apart": [
        ({MORNING: {"recurrence": recurrence, "time_zone": zone, "min": 3}}, (*MORNING, "recurrence"))
        for recurrence, zone in (
            ("0 22 * * *", "UTC"),
            ("0 22 * * 1-5", "UTC"),
            ("*/30 * 29 feb *", "UTC"),
            ("0 23 * dec *", "Europe/Berlin"),
        )
    ],
    "health-timeout": [
        ({(*WEB, "health"): {"timeout_seconds": 10, "interval_seconds": 10}}, (*WEB, "health", "timeout_seconds")),
    ],
    "health-codes": [
        ({(*WEB, "health", "codes"): codes}, (*WEB, "health", "codes")) for codes in ("299-200", "200-210-220")
    ],
    "disk-iops": [
        ({(*WEB, "disk"): {"type": "io2"}}, (*WEB, "disk", "iops")),
        ({(*WEB, "disk"): {"type": "gp2", "iops": 3000}}, (*WEB, "disk", "iops")),
        ({(*WEB, "disk"): {"iops": 2999}}, (*WEB, "disk", "iops")),
        ({(*WEB, "disk"): {"iops": 16_001, "size_gib": 100}}, (*WEB, "disk", "iops")),
    ],
    "disk-ratio": [
        ({(*WEB, "disk"): {"iops": 5001, "size_gib": 10}}, (*WEB, "disk", "iops")),
        ({(*WEB, "disk"): {"type": "io2", "iops": 4001, "size_gib": 4}}, (*WEB, "disk", "iops")),
    ],
    "disk-throughput": [
        ({(*WEB, "disk"): {"throughput_mib": 751}}, (*WEB, "disk", "throughput_mib")),
        ({(*WEB, "disk"): {"type": "gp2", "throughput_mib": 125}}, (*WEB, "disk", "throughput_mib")),
    ],
    "disk-size": [({(*WEB, "disk"): {"type": "io2", "iops": 100, "size_gib": 3}}, (*WEB, "disk", "size_gib"))],
    "retention": [
        ({(*LEGACY, "log_retention_days"): 31}, (*LEGACY, "log_retention_days")),
        ({(*WEB, "log_retention_days"): 31}, (*WEB, "log_retention_days")),
        ({("network", "flow_logs", "retention_days"): 4000}, ("network", "flow_logs", "retention_days")),
    ],
    "environment-size": [({(*WEB, "environment", "LARGE"): "x" * 12_000}, (*WEB, "environment"))],
    "environment-lines": [
        ({(*WEB, "environment", "KEY"): text}, (*WEB, "environment", "KEY")) for text in ("a\nb", "a\0b", "a\r")
    ],
    "environment-secret": [({(*WEB, "environment", "DB_PASSWORD"): "x1y2z3"}, (*WEB, "environment", "DB_PASSWORD"))],
    "service-name": [({("services", name): {"image": "web"}}, ("services", name)) for name in ("sg-proxy", "proxy-")],
    "rollout-span": [
        (
            {(*WEB, "rollout"): {"min_healthy_percent": 50, "max_healthy_percent": 151}},
            (*WEB, "rollout", "max_healthy_percent"),
        ),
    ],
    "keep-failed-span": [
        ({(*WEB, "rollout"): {"keep_failed": "14m"}}, (*WEB, "rollout", "keep_failed")),
        ({(*WEB, "rollout"): {"keep_failed": "8d"}}, (*WEB, "rollout", "keep_failed")),
    ],
    "heartbeat-rollback": [
        (
            {(*WEB, "rollout"): {"heartbeat_minutes": 5, "auto_rollback": False, "alarms": "on"}},
            (*WEB, "rollout", "heartbeat_minutes"),
        ),
    ],
    "heartbeat-alarms": [
        (
            {(*WEB, "rollout"): {"heartbeat_minutes": 5, "alarms": "off"}},
            (*WEB, "rollout", "heartbeat_minutes"),
        ),
    ],
    "rollout-floor": [
        (
            {(*WEB, "rollout"): {"min_healthy_percent": 90, "max_healthy_percent": 100}},
            (*WEB, "rollout", "min_healthy_percent"),
        ),
        (
            {(*JOBS, "rollout"): {"min_healthy_percent": 50, "max_healthy_percent": 100}},
            (*JOBS, "rollout", "min_healthy_percent"),
        ),
    ],
    "container-service-name": [
        ({("container_services", "web"): {}}, ("container_services", "web")),
    ],
    "container-image-exists": [({(*API, "image"): "pined"}, (*API, "image"))],
    "container-size": [
        ({(*API, "cpu"): 500}, (*API, "cpu")),
        ({(*API, "memory_mib"): 512}, (*API, "memory_mib")),
        ({(*API, "memory_mib"): 1500}, (*API, "memory_mib")),
        ({(*API, "cpu"): 16_384}, (*API, "memory_mib")),
    ],
    "container-worker": [
        ({(*MAILER, "rollout"): {"strategy": strategy}}, (*MAILER, "rollout", "strategy"))
        for strategy in ("blue-green", "linear", "canary")
    ],
    "container-route": [
        (
            {
                (*API, "routes"): [{"priority": number, "hosts": [f"{number}.example.com"]} for number in (20, 21)],
                (*API, "rollout"): {"strategy": strategy},
            },
            (*API, "routes"),
        )
        for strategy in ("blue-green", "linear", "canary")
    ],
    "container-scaling-target": [({(*API, "scaling"): {"cpu_percent": None}}, (*API, "scaling"))],
    "container-scaling-requests": [
        ({(*API, "scaling"): {"requests_per_task": 100}}, (*API, "scaling", "requests_per_task")),
        ({(*MAILER, "scaling"): {"requests_per_task": 100}}, (*MAILER, "scaling", "requests_per_task")),
    ],
    "container-room": [
        (
            {
                (*MAILER, "capacity"): {"min": tasks, "max": tasks},
                (*MAILER, "rollout"): {"min_healthy_percent": low, "max_healthy_percent": high},
            },
            (*MAILER, "rollout", "max_healthy_percent"),
        )
        # one task at 100/150: the maximum is rounded down
        for tasks, low, high in ((1, 100, 150), (1, 50, 199), (1, 100, 100), (2, 100, 149), (3, 70, 130))
    ],
    "container-health-command": [
        *(
            ({(*API, "container_health", "command"): command}, (*API, "container_health", "command", 0))
            for command in (["CMD-SHELL", "curl -f localhost"], ["CMD", "curl"], ["NONE"], ["curl -f localhost"])
        ),
        ({(*AGENT, "health", "command"): ["CMD-SHELL", "agent check"]}, (*AGENT, "health", "command", 0)),
    ],
    "container-health-timing": [
        ({(*API, "container_health", "timeout_seconds"): 15}, (*API, "container_health", "timeout_seconds")),
        ({(*API, "boot_seconds"): 301}, (*API, "boot_seconds")),
    ],
    "container-paths": [
        ({(*API, "writable_paths"): ["/srv", "/srv"]}, (*API, "writable_paths", 1)),
        ({(*AGENT, "writable_paths"): ["/srv", "/run/config"]}, (*AGENT, "writable_paths", 1)),
    ],
    "container-environment-size": [
        ({(*API, "environment"): {"TEXT": "x" * 40_000}}, (*API, "environment")),
        (
            {
                (*API, "environment"): {"TEXT": "x" * 20_000},
                (*AGENT, "environment"): {"TEXT": "x" * 20_000},
            },
            (*API, "environment"),
        ),
    ],
    "container-sidecar-name": [({(*API, "sidecars", "api"): {}}, (*API, "sidecars", "api"))],
    "container-sidecar-awaited": [({(*AGENT, "health"): None}, (*AGENT, "awaited"))],
    "container-sidecar-room": [
        ({(*AGENT, "cpu"): 480}, (*AGENT, "cpu")),
        ({(*API, "sidecars", "shipper", "memory_mib"): 896}, (*API, "sidecars", "shipper", "memory_mib")),
    ],
    "container-sidecar-paths": [
        (
            {(*AGENT, "shared_paths"): {"/run/shop": "sidecar"}},
            (*AGENT, "shared_paths", "/run/shop"),
        ),
        (
            {(*API, "sidecars", "shipper", "shared_paths"): {"/run/config": "application"}},
            (*API, "sidecars", "shipper", "shared_paths", "/run/config"),
        ),
    ],
    "rollout-shares": [({(*API, "rollout", "canary_percent"): 10.25}, (*API, "rollout", "canary_percent"))],
    "verify-kind": [({(*MAILER, "rollout"): {"verify": {}}}, (*MAILER, "rollout", "verify"))],
    "verify-fields": [
        ({(*MAILER, "rollout"): {"verify": {**SMOKE, field: value}}}, (*MAILER, "rollout", "verify", field))
        for field, value in (
            ("host", "shop.example.com"),
            ("headers", {"X-Check": "smoke"}),
            ("expect", {"status": 204}),
            ("requests", 2),
        )
    ],
    "verify-timeout": [
        (
            {(*VERIFY, "timeout_seconds"): 31, (*WEB, "rollout", "bake_seconds"): 3600},
            (*VERIFY, "timeout_seconds"),
        )
    ],
    "verify-secret": [({(*VERIFY, "headers", "X-Api-Key"): "x1y2z3w4v5"}, (*VERIFY, "headers", "X-Api-Key"))],
    "verify-rollback": [({(*API, "rollout", "auto_rollback"): False}, (*API, "rollout", "verify"))],
    "verify-time": [
        ({(*WEB, "rollout", "bake_seconds"): 139}, (*WEB, "rollout", "bake_seconds")),
        ({(*API, "rollout", "bake_minutes"): 2, TESTED: None}, (*API, "rollout", "bake_minutes")),
        (
            {(*API, "rollout", "bake_minutes"): 1, (*API, "rollout", "verify", "command"): ["check"]},
            (*API, "rollout", "bake_minutes"),
        ),
    ],
    "rollout-test-rule": [({(*API, "rollout", "verify"): None}, TESTED)],
    "test-rule-host": [({(*TESTED, "header"): "Host"}, (*TESTED, "header"))],
    "test-rule-route": [
        ({(*TESTED, "priority"): 21}, (*TESTED, "priority")),
        ({(*API, "routes", 0, "hosts"): [f"{name}.example.com" for name in "abcd"]}, TESTED),
        ({(*API, "routes"): [], (*API, "rollout", "verify"): {"command": ["check"]}}, TESTED),
    ],
    "verify-test-time": [({(*API, "rollout", "pause_minutes"): 2}, (*API, "rollout", "pause_minutes"))],
    "verify-test-header": [
        (
            {(*API, "rollout", "verify", "headers"): {"x-strata-test": "no"}},
            (*API, "rollout", "verify", "headers", "x-strata-test"),
        )
    ],
    "verify-route": [
        ({(*MAILER, "rollout"): {"verify": {"path": "/version"}}}, (*MAILER, "rollout", "verify", "path")),
        ({(*VERIFY, "host"): "other.example.com"}, (*VERIFY, "path")),
        ({(*API, "routes", 0, "paths"): ["/api/*"]}, (*API, "rollout", "verify", "path")),
        ({(*WEB, "routes", 0, "hosts"): ["*.example.com"]}, (*VERIFY, "path")),
    ],
    "once-command": [
        (
            {(*API, "rollout"): {"before": {"name": "migrate", "command": ["x" * 9000]}}},
            (*API, "rollout", "before", "command"),
        )
    ],
    "once-rollback": [
        (
            {
                (*API, "rollout"): {
                    "auto_rollback": True,
                    "before": {"name": "migrate", "command": ["migrate"], "compatible": "none"},
                }
            },
            (*API, "rollout", "auto_rollback"),
        )
    ],
    "rollout-min-ready": [
        ({(*API, "rollout"): {"strategy": "canary", **rollout}}, (*API, "rollout", "min_ready_seconds"))
        for rollout in (
            {"min_ready_seconds": 3000},
            {"min_ready_seconds": 241, "pause_minutes": 5},
            {"min_ready_seconds": 30, "pause_minutes": 0},
        )
    ],
    "rollout-strategy-fields": [
        ({(*API, "rollout"): {"strategy": strategy, field: 100}}, (*API, "rollout", field))
        for strategy, field in (
            ("canary", "max_healthy_percent"),
            ("rolling", "bake_minutes"),
            ("rolling", "pause_minutes"),
            ("rolling", "min_ready_seconds"),
            ("linear", "canary_percent"),
            ("blue-green", "canary_bake_minutes"),
            ("canary", "linear_step_percent"),
            ("rolling", "linear_bake_minutes"),
        )
    ],
    "checkpoints-order": [
        ({(*WEB, "rollout", "checkpoint_percentages"): shares}, (*WEB, "rollout", "checkpoint_percentages"))
        for shares in ([50, 20, 100], [50, 50, 100], [100, 50])
    ],
    "checkpoints-end": [
        ({(*WEB, "rollout", "checkpoint_percentages"): [20, 50]}, (*WEB, "rollout", "checkpoint_percentages")),
    ],
    "checkpoints-delay": [
        (
            {(*JOBS, "rollout", "checkpoint_delay_seconds"): 60},
            (*JOBS, "rollout", "checkpoint_delay_seconds"),
        ),
    ],
    "object-lock": [({(*UPLOADS, "versioning"): "suspended"}, (*UPLOADS, "versioning"))],
    "object-noncurrent": [
        ({(*UPLOADS, "lifecycle", "noncurrent_days"): None}, (*UPLOADS, "lifecycle", "noncurrent_versions")),
    ],
    "object-transition-days": [
        ({MOVES: [{"after_days": 29, "storage_class": name}]}, (*MOVES, 0, "after_days"))
        for name in ("STANDARD_IA", "ONEZONE_IA")
    ],
    "object-transition-order": [
        ({MOVES: [{"after_days": 30, "storage_class": first}, then]}, (*MOVES, 1))
        for first, then in (
            ("GLACIER", {"after_days": 60, "storage_class": "STANDARD_IA"}),
            ("GLACIER", {"after_days": 60, "storage_class": "GLACIER"}),
            ("GLACIER", {"after_days": 30, "storage_class": "DEEP_ARCHIVE"}),
            ("STANDARD_IA", {"after_days": 59, "storage_class": "GLACIER"}),
        )
    ],
    "object-expiry": [({(*UPLOADS, "lifecycle", "expire_days"): 90}, (*UPLOADS, "lifecycle", "expire_days"))],
    "container-image-source": [
        ({(*IMAGES, "shop", "digest"): f"sha256:{'0c' * 32}"}, (*IMAGES, "shop", "digest")),
        (
            {(*IMAGES, "pinned", "reference"): f"registry.example.com/shop@sha256:{'0c' * 32}"},
            (*IMAGES, "pinned", "reference"),
        ),
    ],
    "container-image-tag": [
        ({(*IMAGES, "prebuilt", "reference"): reference}, (*IMAGES, "prebuilt", "reference"))
        for reference in ("registry.example.com/shop:latest", "registry.example.com/shop:1.4.2", "shop")
    ],
    "container-image-digest": [({(*IMAGES, "pinned"): {"version": "1.4.2"}}, (*IMAGES, "pinned", "version"))],
    "container-image-repository": [
        ({(*IMAGES, "prebuilt", "repository"): "shop"}, (*IMAGES, "prebuilt", "repository"))
    ],
    "build-secret-source": [
        ({(*BUILD, "secrets", "token"): {}}, (*BUILD, "secrets", "token", "env")),
        (
            {(*BUILD, "secrets", "token"): {"env": "PACKAGE_TOKEN", "file": "token.txt"}},
            (*BUILD, "secrets", "token", "env"),
        ),
    ],
    "build-argument-secret": [({(*BUILD, "args", "API_PASSWORD"): "hunter2"}, (*BUILD, "args", "API_PASSWORD"))],
    "image-destroy": [
        ({("stage",): stage, (*IMAGES, "shop", "force_destroy"): True}, (*IMAGES, "shop", "force_destroy"))
        for stage in ("staging", "prod")
    ],
    "object-destroy": [
        ({("stage",): stage, (*UPLOADS, "force_destroy"): True}, (*UPLOADS, "force_destroy"))
        for stage in ("staging", "prod")
    ],
    "bucket-name": [
        *(
            ({("ingress", "access_logs", "bucket"): name}, ("ingress", "access_logs", "bucket"))
            for name in ("192.168.1.1", "my..bucket", "xn--logs", "sthree-logs", "logs-s3alias", "logs--x-s3")
        ),
        ({("object_stores", "sthree-data"): {}}, ("object_stores", "sthree-data")),
    ],
    "image-parent": [
        ({(*PIPELINE, "parent"): parent}, (*PIPELINE, "parent"))
        for parent in (
            "latest",
            "ssm:/images/base",
            "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/x.x.x",
            "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/2026.x.x",
            "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/2026.11",
            "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/2026.11.1",
        )
    ],
    "image-parent-owner": [
        ({(*PIPELINE, "parent"): f"arn:aws:imagebuilder:eu-west-1:{owner}:image/base/1.2.3/1"}, (*PIPELINE, "parent"))
        for owner in ("aws", "210987654321")
    ],
    "image-architecture": [
        ({(*PIPELINE, "instance_types"): ["m7g.large", "m7i.large"]}, (*PIPELINE, "instance_types", 1))
    ],
    "image-shared-key": [
        ({(*PIPELINE, "kms_key_arn"): None}, (*PIPELINE, "kms_key_arn")),
        (
            {(*PIPELINE, "copies"): {"eu-central-1": {}}},
            (*PIPELINE, "copies", "eu-central-1", "kms_key_arn"),
        ),
    ],
    "image-customer-key": [
        (
            {(*PIPELINE, "kms_key_arn"): None, (*PIPELINE, "accounts"): [], (*PIPELINE, "customer_key"): True},
            (*PIPELINE, "kms_key_arn"),
        ),
        (
            {
                (*PIPELINE, "copies"): {"eu-central-1": {}},
                (*PIPELINE, "accounts"): [],
                (*PIPELINE, "customer_key"): True,
            },
            (*PIPELINE, "copies", "eu-central-1", "kms_key_arn"),
        ),
    ],
    "image-playbook-folder": [({(*PIPELINE, "playbook"): "site.yml"}, (*PIPELINE, "playbook"))],
    "image-playbook-lock": [({(*PIPELINE, "packages"): None}, (*PIPELINE, "packages"))],
    "image-pipeline-name": [
        ({("image_pipelines", name): {"parent": "ami-01234567", "verify": ["v.sh"]}}, ("image_pipelines", name))
        for name in ("sg-web", "web-")
    ],
    "image-copy-region": [
        ({(*PIPELINE, "copies"): {REGION: {"kms_key_arn": None}}}, (*PIPELINE, "copies", REGION)),
        (
            {(*PIPELINE, "copies", "eu-central-1", "kms_key_arn"): f"arn:aws:kms:{REGION}:123456789012:key/1"},
            (*PIPELINE, "copies", "eu-central-1", "kms_key_arn"),
        ),
    ],
    "file-throughput": [
        ({(*SHARED, "throughput"): "provisioned"}, (*SHARED, "provisioned_mib")),
        ({(*SHARED, "provisioned_mib"): 64}, (*SHARED, "provisioned_mib")),
    ],
    "file-days": [
        ({(*SHARED, key): days}, (*SHARED, key)) for key in ("ia_after_days", "archive_after_days") for days in (0, 45)
    ],
    "file-archive": [
        ({(*SHARED, "throughput"): "bursting"}, (*SHARED, "archive_after_days")),
        ({(*SHARED, "archive_after_days"): 14}, (*SHARED, "archive_after_days")),
    ],
    "file-zones": [({(*SHARED, "zones"): 3}, (*SHARED, "zones"))],
    "backup-cold": [({(*BACKUP, "monthly", "keep_days"): 119}, (*BACKUP, "monthly", "keep_days"))],
    "backup-compliance": [
        ({(*BACKUP, "lock"): "compliance"}, CONFIRMED),
        ({(*BACKUP, "lock"): "compliance", CONFIRMED: 60}, CONFIRMED),
        ({(*BACKUP, "lock"): "governance", CONFIRMED: 14}, CONFIRMED),
    ],
    "runtime-values": [({(*CONFIG, "values"): {}}, (*CONFIG, "values"))],
    "runtime-key": [
        ({(*CONFIG, "values", key): "x"}, (*CONFIG, "values", key)) for key in ("/".join("abcdefghijk"), "a" * 513)
    ],
    "runtime-size": [
        ({(*CONFIG, "values", "BANNER"): "x" * 8193}, (*CONFIG, "values", "BANNER")),
        ({(*CONFIG, "values", "BANNER"): ""}, (*CONFIG, "values", "BANNER")),
        ({(*CONFIG, "tier"): "standard", (*CONFIG, "values", "A"): "\u00e4" * 2049}, (*CONFIG, "values", "A")),
    ],
    "runtime-reference": [({(*CONFIG, "values", "A"): "{{ssm:other}}"}, (*CONFIG, "values", "A"))],
    "runtime-secret": [
        ({(*CONFIG, "values", key): value}, (*CONFIG, "values", key))
        for key, value in (
            ("DB_PASSWORD", "hunter2"),
            ("api/token", "abc"),
            ("SIGNING_KEY", "abc"),
            ("URL", "postgres://shop:hunter2@db/orders"),
            ("KEY", "-----BEGIN RSA PRIVATE KEY-----"),
            ("ID", "AKIAIOSFODNN7EXAMPLE"),
        )
    ],
    "secret-external": [
        ({("secrets", "partner", "description"): "x"}, ("secrets", "partner", "description")),
        ({("secrets", "partner", "generated"): {"length": 9}}, ("secrets", "partner", "generated")),
    ],
    "secret-recovery": [({(*MAIL, "recovery_window_days"): 6}, (*MAIL, "recovery_window_days"))],
    "secret-recovery-stage": [({(*MAIL, "recovery_window_days"): 0}, (*MAIL, "recovery_window_days"))],
    "secret-charset": [
        ({(*MAIL, "generated", "exclude_characters"): characters}, (*MAIL, "generated", "exclude_characters"))
        for characters in (string.digits, string.punctuation, string.ascii_letters)
    ],
    "rotation-schedule": [
        ({(*MAIL, "rotation", "schedule"): schedule}, (*MAIL, "rotation", "schedule"))
        for schedule in (
            "rate(3 hours)",
            "rate(1000 days)",
            "cron(5 3 1 * ? *)",
            "cron(0 3 1 * ? 2030)",
            "cron(0 3 1 * ?  )",
        )
    ],
    "rotation-window": [({(*MAIL, "rotation", "window_hours"): 13}, (*MAIL, "rotation", "window_hours"))],
    "certificate-source": [
        ({("certificates", "legacy"): {}}, ("certificates", "legacy", "domain")),
        ({("certificates", "legacy", "domain"): "shop.example.com"}, ("certificates", "legacy", "domain")),
    ],
    "certificate-external": [
        ({("certificates", "legacy", "zone_id"): "Z0"}, ("certificates", "legacy", "zone_id")),
    ],
    "certificate-length": [
        ({(*SHOP, "domain"): f"{'a' * 60}.example.com"}, (*SHOP, "domain")),
        (
            {(*SHOP, "alternative_names"): [".".join(["a" * 50] * 5) + ".com"]},
            (*SHOP, "alternative_names", 0),
        ),
    ],
    "certificate-names": [
        ({(*SHOP, "alternative_names"): ["shop.example.com"]}, (*SHOP, "alternative_names", 0)),
        ({(*SHOP, "alternative_names"): ["a.example.com", "a.example.com"]}, (*SHOP, "alternative_names", 1)),
    ],
    "certificate-zones": [
        ({(*SHOP, "zones", 0, "domain"): "example.net"}, (*SHOP, "zones", 0, "domain")),
        ({(*SHOP, "zones"): [{"domain": "example.org", "id": "Z1"}] * 2}, (*SHOP, "zones", 1, "domain")),
    ],
    "certificate-one-zone": [
        ({(*SHOP, "zones"): []}, (*SHOP, "alternative_names", 1)),
        ({(*SHOP, "alternative_names"): ["a.com", "shop.example.org"]}, (*SHOP, "alternative_names", 0)),
    ],
    "certificate-count": [
        (
            {(*SHOP, "alternative_names"): [f"n{index}.example.com" for index in range(100)]},
            (*SHOP, "alternative_names"),
        ),
    ],
    "database-name": [
        *(({("databases", name): {"version": "16"}}, ("databases", name)) for name in ("a--b", "a-", "sg-a")),
        ({("replicas", "a--b"): {"source": "orders"}}, ("replicas", "a--b")),
    ],
    "database-version": [
        *(({(*ORDERS, "version"): version}, (*ORDERS, "version")) for version in ("16.4.1", "9.6.24")),
        *(({(*CARTS, "version"): version}, (*CARTS, "version")) for version in ("8", "8-rds")),
        ({(*CARTS, "engine"): "mariadb", (*CARTS, "version"): "11"}, (*CARTS, "version")),
    ],
    "database-username": [
        *(({(*ORDERS, "username"): name}, (*ORDERS, "username")) for name in ("admin", "RDSAdmin", "pg_owner", "user")),
        ({(*CARTS, "username"): "a" * 17}, (*CARTS, "username")),
        ({(*CARTS, "username"): "root"}, (*CARTS, "username")),
    ],
    "database-database": [
        *(({(*ORDERS, "database"): name}, (*ORDERS, "database")) for name in ("db", "postgres", "a" * 64, "order")),
        ({(*CARTS, "database"): "Groups"}, (*CARTS, "database")),
        ({("databases", "table"): {"version": "16"}}, ("databases", "table", "database")),
        ({("databases", "sys"): {"engine": "mysql", "version": "8.4"}}, ("databases", "sys", "database")),
    ],
    "database-static": [
        (
            {(*name, "parameters", parameter): {"value": "1"}},
            (*name, "parameters", parameter, "apply_method"),
        )
        for name, parameter in ((ORDERS, "max_connections"), (CARTS, "innodb_log_file_size"))
    ],
    "database-logs": [
        ({(*ORDERS, "log_exports"): ["postgresql", "slowquery"]}, (*ORDERS, "log_exports", 1)),
        ({(*ORDERS, "log_exports"): ["upgrade", "upgrade"]}, (*ORDERS, "log_exports", 1)),
        ({(*CARTS, "log_exports"): ["postgresql"]}, (*CARTS, "log_exports", 0)),
    ],
    "database-window": [
        ({(*ORDERS, "backup_window"): "02:00-02:29"}, (*ORDERS, "backup_window")),
        ({(*ORDERS, "backup_window"): "02:00-02:00"}, (*ORDERS, "backup_window")),
        ({(*ORDERS, "maintenance_window"): "sun:23:50-mon:00:10"}, (*ORDERS, "maintenance_window")),
        ({(*ORDERS, "maintenance_window"): "sun:04:00-tue:04:00"}, (*ORDERS, "maintenance_window")),
    ],
    "database-windows": [
        ({(*ORDERS, "backup_window"): backup, (*ORDERS, "maintenance_window"): window}, (*ORDERS, "maintenance_window"))
        for backup, window in (
            ("02:00-03:00", "mon:02:30-mon:03:30"),
            ("02:00-03:00", "sun:01:00-sun:02:01"),
            ("02:00-03:00", "sun:23:00-mon:02:30"),
            ("23:30-00:30", "mon:00:00-mon:01:00"),
            ("23:30-00:30", "sun:23:00-mon:00:00"),
        )
    ],
    "database-backups": [
        ({(*ORDERS, "backup_retention_days"): 0}, (*ORDERS, "backup_retention_days")),
        (
            {(*CARTS, "backup_retention_days"): 0, (*CARTS, "blue_green_update"): True},
            (*CARTS, "backup_retention_days"),
        ),
    ],
    "database-blue-green": [({(*ORDERS, "blue_green_update"): True}, (*ORDERS, "blue_green_update"))],
    "database-restore": [
        ({(*ORDERS, "restore"): {}}, (*ORDERS, "restore")),
        ({(*ORDERS, "restore"): {"snapshot": "a", "source": "b"}}, (*ORDERS, "restore")),
        (
            {(*ORDERS, "restore"): {"snapshot": "a", "time": "2026-01-31T08:30:00Z"}},
            (*ORDERS, "restore", "time"),
        ),
    ],
    "replica-source": [
        ({(*READER, "source"): "order"}, (*READER, "source")),
        ({(*ORDERS, "replicated"): False}, (*READER, "source")),
    ],
    "replica-name": [({("replicas", "carts"): {"source": "orders"}}, ("replicas", "carts"))],
    "database-storage": [({STORAGE: {"type": "io1", "size_gib": 99, "iops": 1000}}, (*STORAGE, "size_gib"))],
    "database-autoscaling": [
        ({STORAGE: {"size_gib": 95}}, (*STORAGE, "max_gib")),
        ({STORAGE: {"size_gib": 101, "max_gib": 111}}, (*STORAGE, "max_gib")),
    ],
    "database-iops": [
        ({STORAGE: values}, (*STORAGE, "iops"))
        for values in (
            {"type": "io2", "size_gib": 100, "max_gib": None},
            {"type": "gp2", "iops": 3000},
            {"type": "gp3", "iops": 12_000},
            {"type": "gp3", "size_gib": 400, "max_gib": 500, "iops": 11_999},
            {"type": "gp3", "size_gib": 400, "max_gib": 500, "iops": 64_001},
            {"type": "io1", "size_gib": 100, "max_gib": None, "iops": 5001},
            {"type": "io2", "size_gib": 100, "max_gib": None, "iops": 100_001},
            {"type": "io1", "size_gib": 4000, "max_gib": None, "iops": 1999},
        )
    ],
    "database-throughput": [
        ({(*STORAGE, "iops"): 12_000, (*STORAGE, "throughput_mib"): 3001}, (*STORAGE, "throughput_mib")),
        ({STORAGE: {"throughput_mib": 500}}, (*STORAGE, "throughput_mib")),
        (
            {STORAGE: {"type": "io2", "size_gib": 400, "max_gib": None, "iops": 1000, "throughput_mib": 500}},
            (*STORAGE, "throughput_mib"),
        ),
    ],
    "database-insights": [
        ({(*ORDERS, "performance_insights_days"): days}, (*ORDERS, "performance_insights_days"))
        for days in (0, 8, 94, 744)
    ],
    "database-insights-class": [
        ({(*CARTS, "instance_class"): "db.t4g.small"}, (*CARTS, "instance_class")),
        (
            {("replicas", "carts-reader"): {"source": "carts", "instance_class": "db.t4g.micro"}},
            ("replicas", "carts-reader", "instance_class"),
        ),
    ],
    "tag-reserved": [
        ({(*part, "tags", key): "x"}, (*part, "tags", key))
        for part in ((), *TAGGED)
        for key in ("strata:owner", "aws:owner", "AWS:owner", "Name")
    ],
    "tag-key": [({("tags", key): "x"}, ("tags", key)) for key in ("", "a" * 129, "a|b")],
    "tag-value": [({("tags", "a"): value}, ("tags", "a")) for value in ("x" * 257, "a|b", "a\nb")],
    "tag-count": [
        ({("tags",): {f"k{index}": "" for index in range(USER_TAG_LIMIT + 1)}}, ("tags",)),
        ({(*WEB, "tags"): {f"k{index}": "" for index in range(USER_TAG_LIMIT)}}, (*WEB, "tags")),
    ],
    "tag-case": [
        ({("tags", "Cost-Centre"): "42"}, ("tags", "Cost-Centre")),
        ({(*WEB, "tags", "Cost-Centre"): "42"}, (*WEB, "tags", "Cost-Centre")),
    ],
    "until-day": [
        ({(*ALLOWED, "until"): "2026-02-30"}, (*ALLOWED, "until")),
        ({("teardown", "until"): "2026-13-01"}, ("teardown", "until")),
    ],
    "until-near": [
        ({(*ALLOWED, "until"): in_days(31)}, (*ALLOWED, "until")),
        ({("teardown", "until"): in_days(8)}, ("teardown", "until")),
    ],
    "teardown-over": [({("teardown", "until"): in_days(-1)}, ("teardown", "until"))],
}
"""For every rule, changes to the example that break it, and where the problem is then found."""

RIGHT: list[Changes] = [
    {("stage",): "dev", ("images", "web"): {"version": "1.4.2"}},
    {("stage",): "dev", ("images", "web"): {"parameter": "/images/web"}},
    {(*WEB, "image"): "jobs"},
    {("network", "cidr"): "10.0.0.0/20"},
    {("ingress", "internal"): True},
    {(*WEB, "routes", 0, "paths"): ["/a", "/b", "/c", "/d"]},
    {(*JOBS, "routes"): [{"priority": 11, "hosts": ["shop.example.com"], "paths": ["/jobs"]}]},
    {(*WEB, "capacity"): {"min": 3, "max": 3, "initial": 3}, (*WEB, "schedules"): {}},
    {(*NIGHT, "recurrence"): "0,30 8-18/2 1-15 jan-mar MON-FRI", (*NIGHT, "time_zone"): "America/New_York"},
    {(*NIGHT, "recurrence"): "*/15 * * * 7"},
    {MORNING: {"recurrence": "0 6 * * *", "min": 4}},
    {FRESH: {"recurrence": "30 */6 * * *", "time_zone": "Europe/Berlin", "window_minutes": 359}},
    {FRESH: {"recurrence": "0 3 29 feb *", "window_minutes": 1440}},
    {(*NIGHT, "recurrence"): "0 22 1 jan *", MORNING: {"recurrence": "0 22 * feb-dec *", "min": 4}},
    {(*NIGHT, "time_zone"): "Asia/Tokyo", MORNING: {"recurrence": "0 22 * * *", "min": 4}},
    {("network", "cidr"): "172.20.0.0/16"},
    {("ingress", "tls_policy"): "ELBSecurityPolicy-FS-1-2-Res-2020-10"},
    {("ingress", "tls_policy"): "ELBSecurityPolicy-TLS13-1-3-XY-2031-02"},
    {
        (*WEB, "routes", 0): {"priority": 10, "hosts": ["*.my_shop.example.com"], "paths": ["/*/?", "/a*", "/b?"]},
        (*VERIFY, "host"): "www.my_shop.example.com",
    },
    {(*MAILER, "rollout"): {"verify": SMOKE}},
    {(*VERIFY, "timeout_seconds"): 30, (*WEB, "rollout", "bake_seconds"): 300},
    {("ingress", "access_logs", "bucket"): "logs.of.192.168.1.1"},
    {(*ORDERS, "parameters", "max_connections"): {"value": "90", "apply_method": "pending-reboot"}},
    {(*CARTS, "username"): "admin", (*CARTS, "database"): "users"},
    {(*ALLOWED, "until"): in_days(-100)},
    {("teardown", "until"): f"{in_days(0)}T00:00:00Z"},
    {NIGHT: {"recurrence": "0 22 * * *", "min": 9, "max": 12, "desired": 10}},
    {(*WEB, "health", "codes"): "200-299,301,404"},
    {(*WEB, "disk"): {"iops": 3000, "size_gib": 1, "throughput_mib": 750}},
    {(*WEB, "disk"): {"type": "io2", "iops": 4000, "size_gib": 4}},
    {(*WEB, "disk"): {"type": "gp2"}},
    {(*WEB, "log_retention_days"): 3653},
    {(*WEB, "rollout"): {"min_healthy_percent": 100, "max_healthy_percent": 100}},
    {(*WEB, "rollout"): {"min_healthy_percent": 75, "max_healthy_percent": 100}},
    {(*JOBS, "rollout"): {"min_healthy_percent": 50, "max_healthy_percent": 150}},
    {(*JOBS, "rollout"): {"min_healthy_percent": 0, "max_healthy_percent": 100}},
    {(*WEB, "rollout", "checkpoint_delay_seconds"): 60},
    {(*UPLOADS, "versioning"): "suspended", (*UPLOADS, "object_lock"): None},
    {(*UPLOADS, "lifecycle"): {"noncurrent_days": None}},
    {MOVES: [{"after_days": 0, "storage_class": "GLACIER"}, {"after_days": 1, "storage_class": "DEEP_ARCHIVE"}]},
    {MOVES: [{"after_days": 30}, {"after_days": 60, "storage_class": "DEEP_ARCHIVE"}]},
    {(*UPLOADS, "lifecycle", "expire_days"): 91},
    {("stage",): "dev", (*UPLOADS, "force_destroy"): True},
    {(*SHARED, "throughput"): "provisioned", (*SHARED, "provisioned_mib"): 64, (*SHARED, "archive_after_days"): None},
    {(*SHARED, "ia_after_days"): None},
    {(*SHARED, "zones"): 3, ("network", "zones"): 3},
    {(*BACKUP, "lock"): "compliance", CONFIRMED: 14},
    {(*BACKUP, "lock"): "governance"},
    {(*WEB, "tags"): {f"k{index}": "" for index in range(USER_TAG_LIMIT - 1)}},
    {("tags", "Größe"): "ä ö.:/=+-@_"},
    {(*CONFIG, "values", "/".join("abcdefghij")): "x", (*CONFIG, "values", "A"): "x" * 8192},
    {(*CONFIG, "values", "PASSWORD_MIN_LENGTH"): "12", (*CONFIG, "values", "TOKEN"): "/shop/token"},
    {(*CONFIG, "values", "DB_SECRET"): "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a"},
    {(*CONFIG, "values", "URL"): "https://shop.example.com:443/a@b"},
    {("stage",): "dev", (*MAIL, "recovery_window_days"): 0},
    {(*MAIL, "generated"): {"exclude_characters": string.punctuation, "exclude_punctuation": True}},
    {(*MAIL, "rotation", "schedule"): "cron(0 /8 ? * MON-FRI *)", (*MAIL, "rotation", "window_hours"): 8},
    {(*MAIL, "rotation", "schedule"): "rate(999 days)", (*MAIL, "rotation", "window_hours"): 24},
    {("secrets", "partner", "key_arn"): f"arn:aws:kms:{REGION}:123456789012:key/0f"},
    {(*WEB, "tags", "cost-centre"): "43"},
    {(*ORDERS, "version"): "16", (*CARTS, "version"): "8.0.36"},
    {(*CARTS, "engine"): "mariadb", (*CARTS, "version"): "10.11.8", (*CARTS, "username"): "a" * 16},
    {(*CARTS, "version"): "5.7.44-rds.20240408"},
    {(*CARTS, "database"): "postgres", (*CARTS, "log_exports"): []},
    {(*ORDERS, "backup_window"): "02:00-02:30", (*ORDERS, "maintenance_window"): "sun:02:30-sun:03:00"},
    {(*ORDERS, "backup_window"): "23:30-00:30", (*ORDERS, "maintenance_window"): "mon:00:30-mon:23:30"},
    {(*CARTS, "backup_retention_days"): 0, (*CARTS, "maintenance_window"): "sun:02:00-sun:03:00"},
    {(*CARTS, "blue_green_update"): True},
    {(*CARTS, "restore"): {"source": "carts-old"}},
    {STORAGE: {"size_gib": 90, "max_gib": 99}},
    {STORAGE: {"type": "io1", "size_gib": 100, "max_gib": None, "iops": 5000}},
    {(*CARTS, "performance_insights_days"): 713, (*ORDERS, "performance_insights_days"): 731},
    {(*CARTS, "instance_class"): "db.t4g.small", (*CARTS, "performance_insights_days"): None},
    {(*ORDERS, "instance_class"): "db.t4g.micro"},
]
"""Changes that come close to breaking a rule."""


def problems(changes: Changes) -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as caught:
        load(changed(complete(), changes), source="the test", region=REGION)
    return caught.value.problems


def test_every_rule_has_a_case_and_every_case_a_rule():
    assert set(BROKEN) == {rule.id for rule in RULES}


def test_rules_have_ids_of_their_own_and_say_what_holds():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.says.endswith(".") for rule in RULES)


@pytest.mark.parametrize(
    "rule,changes,path",
    [(rule, changes, path) for rule, cases in BROKEN.items() for changes, path in cases],
    ids=[f"{rule}-{index}" for rule, cases in BROKEN.items() for index in range(len(cases))],
)
def test_a_rule_finds_what_breaks_it(rule: str, changes: Changes, path: Path):
    found = problems(changes)
    assert (rule, path) in [(problem.rule, problem.path) for problem in found], found
    assert all(problem.expected and problem.fix.endswith((".", "?")) for problem in found)


@pytest.mark.parametrize("changes", RIGHT, ids=range(len(RIGHT)))
def test_values_that_are_just_right_pass(changes: Changes):
    load(changed(complete(), changes), source="the test", region=REGION)


def test_a_region_that_is_not_known_is_not_compared():
    load(complete(), source="the test")


def test_a_tag_too_many_for_the_stack_is_not_reported_again_by_parts_without_tags():
    tags = {f"k{index}": "" for index in range(USER_TAG_LIMIT + 1)}
    values = changed(complete(), {("tags",): tags, **{(*part, "tags"): {} for part in TAGGED}})
    with pytest.raises(SettingsError) as caught:
        load(values, source="the test", region=REGION)
    assert [problem.path for problem in caught.value.problems] == [("tags",)]


def test_every_arn_of_a_named_part_is_compared_with_the_region():
    def arns(model: Any, *path: str) -> Iterator[tuple[str, ...]]:
        for name, field in model.model_fields.items():
            if name.endswith("_arn"):
                yield (*path, name)
            for kind in (field.annotation, *get_args(field.annotation)):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    yield from arns(kind, *path, name)

    # the key of a copy is of the copy's own region, which image-copy-region compares
    others = {("image_pipelines", "copies", "kms_key_arn")}
    assert {path for path in arns(StackSettings) if path[0] != "ingress"} - others == set(ARNS)
