"""A stack file's content that is right and says something everywhere, and ways to change it."""

import copy
from datetime import timedelta
from typing import Any

from strata.problem import Path
from strata.settings.dates import today

REGION = "eu-west-1"


def in_days(days: int) -> str:
    """A day as a stack file writes it.

    Args:
        days: from today.
    """
    return (today() + timedelta(days=days)).isoformat()


def proof(version: str, image: str | None = None) -> dict[str, Any]:
    """What a promotion leaves with a pin."""
    return {
        "stack": "shop/qa",
        "release": version,
        "digest": "0123456789abcdef",
        **({"image": image} if image is not None else {}),
        "soaked": 5400,
        "by": "arn:aws:iam::123456789012:user/ann",
        "at": "2026-01-31T08:30:00Z",
    }


def verified() -> dict[str, Any]:
    """What a release is asked."""
    return {
        "path": "/a",
        "headers": {"X-Check": "smoke"},
        "expect": {"body": "{version}", "headers": {"X-Version": "{version}"}},
        "requests": 3,
        "command": ["./smoke.sh"],
        "attempts": 2,
        "timeout_seconds": 10,
    }


def complete() -> dict[str, Any]:
    """Values below `strata:` in which every model occurs and every list and mapping has an entry."""
    return {
        "stage": "staging",
        "images": {
            "web": {
                "version": "1.4.2",
                "id": "ami-0123456789abcdef0",
                "app": "web",
                "owners": ["self"],
                "proof": proof("1.4.2", "ami-0123456789abcdef0"),
            },
            "jobs": {"version": "0.9.3", "id": "ami-0fedcba9876543210"},
        },
        "promotion": {"min_soak_minutes": 60},
        "freezes": [
            {"reason": "the sale", "start": "2026-12-18T17:00+01:00", "until": "2027-01-03"},
            {
                "reason": "nobody is there",
                "days": "fri-mon",
                "start": "16:00",
                "until": "07:00",
                "time_zone": "Europe/Berlin",
            },
        ],
        "network": {
            "cidr": "10.0.0.0/16",
            "endpoints": ["ssm"],
            "flow_logs": {"retention_days": 30},
            "tags": {"team": "platform"},
        },
        "ingress": {
            "certificate_arn": f"arn:aws:acm:{REGION}:123456789012:certificate/abc",
            "allowed_cidrs": ["10.0.0.0/8"],
            "access_logs": {"bucket": "logs-of-the-shop", "prefix": "alb"},
            "tags": {"team": "platform"},
        },
        "services": {
            "web": {
                "instance_type": "m7g.large",
                "capacity": {"min": 4, "max": 8, "initial": 6},
                "routes": [{"priority": 10, "hosts": ["shop.example.com"], "paths": ["/*"]}],
                "health": {"path": "/ready"},
                "disk": {"size_gib": 50, "type": "gp3", "iops": 4000, "throughput_mib": 500},
                "scaling": {"cpu_percent": 50, "requests_per_server": 1000},
                "schedules": {"night": {"recurrence": "0 22 * * *", "min": 2}},
                "refresh_every": {"recurrence": "0 3 * * 0"},
                "environment": {"LOG_LEVEL": "info"},
                "alarms": {"error_rate_percent": 2.5},
                "rollout": {
                    "checkpoint_percentages": [50, 100],
                    "alarms": "on",
                    "heartbeat_minutes": 5,
                    "bake_seconds": 300,
                    "verify": verified(),
                    "before": {"name": "migrate", "command": ["manage", "migrate"], "timeout_minutes": 30},
                },
                "notify_topic_arn": f"arn:aws:sns:{REGION}:123456789012:releases",
                "tags": {"team": "shop"},
            },
            "jobs": {"capacity": {"min": 1, "max": 2}, "scaling": None},
        },
        "maintained": {
            "legacy": {
                "image": "web",
                "instance_type": "m7g.large",
                "capacity": {"min": 4, "max": 8},
                "routes": [{"priority": 40, "hosts": ["legacy.example.com"], "paths": ["/*"]}],
                "health": {"path": "/ready"},
                "disk": {"size_gib": 50},
                "playbook": {
                    "archive": "s3://builds-of-the-shop/legacy/7f3a.tar.gz",
                    "sha256": "7f3a" * 16,
                    "variables": {"workers": "4"},
                    "before": {"name": "migrate", "file": "migrate.yml"},
                },
                "changes": {"window": {"at": "03:00", "day": "sun"}},
                "patching": {"window": {"at": "04:00", "day": "sun"}, "time_zone": "Europe/Berlin"},
                "environment": {"LOG_LEVEL": "info"},
                "tags": {"team": "shop"},
            },
            "sender": {
                "image": "web",
                "instance_type": "m7g.large",
                "playbook": {"repository": "shop/servers", "commit": "c0ffee00" * 5},
                "changes": {"healthy_command": "systemctl is-active sender"},
            },
        },
        "image_pipelines": {
            "web": {
                "app": "web",
                "parent": "ami-0123456789abcdef0",
                "parent_owners": ["123456789012"],
                "instance_types": ["m7g.large"],
                "artifact": "s3://builds-of-the-shop/web/{version}.tar.gz",
                "reports": "s3://builds-of-the-shop/reports",
                "packages": "image/packages.lock",
                "provision": ["image/install.sh"],
                "playbook": "image/ansible/site.yml",
                "harden": ["image/harden.sh"],
                "verify": ["image/verify.sh"],
                "test": ["image/test.sh"],
                "volume": {"size_gib": 12},
                "kms_key_arn": f"arn:aws:kms:{REGION}:123456789012:key/0f1e2d3c",
                "accounts": ["210987654321"],
                "copies": {"eu-central-1": {"kms_key_arn": "arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c"}},
                "lifecycle": {"keep_images": 5},
                "tags": {"team": "shop"},
            },
        },
        "container_images": {
            "shop": {
                "build": {
                    "context": "app",
                    "dockerfile": "app/Dockerfile",
                    "target": "runtime",
                    "args": {"RELEASE": "stable"},
                    "cache_from": ["registry.example.com/shop:cache"],
                    "secrets": {"token": {"env": "PACKAGE_TOKEN"}},
                },
                "proof": proof("stable"),
                "tags": {"team": "shop"},
            },
            "pinned": {
                "version": "1.4.2",
                "digest": f"sha256:{'0a' * 32}",
                "repository": "shop",
                "proof": proof("1.4.2", f"sha256:{'0a' * 32}"),
            },
            "prebuilt": {"reference": f"registry.example.com/shop@sha256:{'0b' * 32}"},
        },
        "container_services": {
            "api": {
                "image": "pinned",
                "cpu": 512,
                "memory_mib": 1024,
                "ephemeral_gib": 30,
                "capacity": {"min": 2, "max": 6, "initial": 3},
                "entry_point": ["/usr/bin/tini", "--"],
                "command": ["serve"],
                "writable_paths": ["/run/shop", "/var/cache/shop"],
                "open_files": 8192,
                "routes": [{"priority": 20, "hosts": ["api.example.com"], "paths": ["/*"]}],
                "health": {"path": "/ready"},
                "container_health": {"command": ["python", "/app/probe.py"], "interval_seconds": 15},
                "scaling": {"cpu_percent": 50, "memory_percent": 70},
                "environment": {"LOG_LEVEL": "info"},
                "sidecars": {
                    "agent": {
                        "image": f"registry.example.com/agent@sha256:{'0c' * 32}",
                        "awaited": "healthy",
                        "cpu": 64,
                        "entry_point": ["/usr/bin/tini", "--"],
                        "command": ["agent"],
                        "writable_paths": ["/var/cache/agent"],
                        "shared_paths": {"/run/config": "sidecar"},
                        "health": {"command": ["agent", "check"]},
                        "environment": {"LOG_LEVEL": "info"},
                    },
                    "shipper": {"shared_paths": {"/var/log/shop": "application"}},
                },
                "alarms": {"error_rate_percent": 2.5},
                "rollout": {
                    "strategy": "canary",
                    "canary_percent": 20,
                    "bake_minutes": 3,
                    "test_rule": {"priority": 15},
                    "verify": verified(),
                    "before": {"name": "migrate", "command": ["manage", "migrate"], "timeout_minutes": 30},
                },
                "notify_topic_arn": f"arn:aws:sns:{REGION}:123456789012:releases",
                "tags": {"team": "shop"},
            },
            "mailer": {"scaling": None},
        },
        "guard": {
            "allow": [{"resource": "orders", "operation": "replace", "reason": "moved to 17", "until": in_days(30)}]
        },
        "teardown": {"until": in_days(7), "reason": "the shop moves"},
        "object_stores": {
            "uploads": {
                "versioning": "enabled",
                "lifecycle": {
                    "noncurrent_days": 60,
                    "noncurrent_versions": 3,
                    "expire_days": 400,
                    "transitions": [
                        {"after_days": 30, "storage_class": "STANDARD_IA"},
                        {"after_days": 90, "storage_class": "GLACIER"},
                    ],
                },
                "object_lock": {"days": 7},
                "tags": {"team": "shop"},
            },
        },
        "file_stores": {
            "shared": {
                "throughput": "elastic",
                "ia_after_days": 14,
                "archive_after_days": 90,
                "access_point": {"path": "/srv/shared", "uid": 1001, "gid": 1001, "permissions": "0770"},
                "tags": {"team": "shop"},
            },
        },
        "backup": {
            "start_time": "02:30",
            "daily": {"keep_days": 14},
            "weekly": {"keep_days": 60},
            "monthly": {"keep_days": 120, "cold_after_days": 30},
            "tags": {"team": "platform"},
        },
        "runtime": {
            "web": {
                "values": {"POOL_SIZE": {"value": "10", "restart": True}, "features/banner": "on"},
                "tier": "advanced",
                "tags": {"team": "shop"},
            },
        },
        "secrets": {
            "mail": {
                "description": "SMTP login",
                "key_arn": f"arn:aws:kms:{REGION}:123456789012:key/0f1e2d3c",
                "generated": {"length": 40, "exclude_characters": "/@"},
                "rotation": {
                    "lambda_arn": f"arn:aws:lambda:{REGION}:123456789012:function:rotate",
                    "schedule": "rate(12 hours)",
                    "window_hours": 2,
                },
                "tags": {"team": "shop"},
            },
            "partner": {"external_arn": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:partner-a1b2c3"},
        },
        "certificates": {
            "shop": {
                "domain": "shop.example.com",
                "alternative_names": ["*.shop.example.com", "shop.example.org"],
                "zone_id": "Z0123456789ABCDEFGHIJ",
                "zones": [{"domain": "example.org", "id": "Z9876543210ABCDEFGHIJ"}],
                "key_algorithm": "RSA_2048",
                "tags": {"team": "shop"},
            },
            "legacy": {"external_arn": f"arn:aws:acm:{REGION}:123456789012:certificate/def"},
        },
        "databases": {
            "orders": {
                "engine": "postgres",
                "version": "16.4",
                "instance_class": "db.m7g.large",
                "database": "shop",
                "username": "owner",
                "port": 5433,
                "storage": {
                    "size_gib": 400,
                    "max_gib": 800,
                    "type": "gp3",
                    "iops": 16_000,
                    "throughput_mib": 1000,
                },
                "log_exports": ["postgresql"],
                "iam_users": ["app"],
                "parameters": {"log_statement": {"value": "ddl", "apply_method": "immediate"}},
                "restore": {"snapshot": "rds:orders-2026-01-31-02-10"},
                "alarms": {"connections": 200},
                "notify_topic_arn": f"arn:aws:sns:{REGION}:123456789012:on-call",
                "tags": {"team": "shop"},
            },
            "carts": {
                "engine": "mysql",
                "version": "8.4",
                "restore": {"source": "carts-old", "time": "2026-01-31T08:30:00Z"},
            },
        },
        "replicas": {
            "orders-reader": {
                "source": "orders",
                "instance_class": "db.m7g.medium",
                "alarms": {"cpu_percent": 90},
                "lag_seconds": 30,
                "notify_topic_arn": f"arn:aws:sns:{REGION}:123456789012:on-call",
                "tags": {"team": "shop"},
            },
        },
        "tags": {"cost-centre": "42"},
    }


def changed(values: dict[str, Any], changes: dict[Path, Any]) -> dict[str, Any]:
    """A copy with values put in at their paths; parts on the way are made."""
    result = copy.deepcopy(values)
    for path, value in changes.items():
        at: Any = result
        for part in path[:-1]:
            at = at[part] if isinstance(part, int) else at.setdefault(part, {})
        at[path[-1]] = value
    return result


def without(values: dict[str, Any], *paths: Path) -> dict[str, Any]:
    """A copy from which values are taken out."""
    result = copy.deepcopy(values)
    for path in paths:
        at: Any = result
        for part in path[:-1]:
            at = at[part]
        del at[path[-1]]
    return result
