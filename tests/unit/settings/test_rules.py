"""Every cross-field rule finds what it should, and nothing in values that are just right."""

from typing import Any

import pytest

from strata.errors import SettingsError
from strata.settings.assemble import load
from strata.settings.problem import Path, Problem
from strata.settings.rules import RULES
from strata.tags import USER_TAG_LIMIT
from tests.unit.settings.stacks import REGION, changed, complete, in_days

WEB: Path = ("services", "web")
JOBS: Path = ("services", "jobs")
ALLOWED: Path = ("guard", "allow", 0)
NIGHT: Path = (*WEB, "schedules", "night")
UPLOADS: Path = ("object_stores", "uploads")
MOVES: Path = (*UPLOADS, "lifecycle", "transitions")
SHARED: Path = ("file_stores", "shared")
BACKUP: Path = ("backup",)
CONFIRMED: Path = ("backup", "compliance_retention_days")

Changes = dict[Path, Any]

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
    "pin-parameter": [({("images", "web"): {"parameter": "/images/web"}}, ("images", "web", "parameter"))],
    "network-size": [
        ({("network", "cidr"): "10.0.0.0/15"}, ("network", "cidr")),
        ({("network", "cidr"): "10.0.0.0/21"}, ("network", "cidr")),
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
        ({(*WEB, "log_retention_days"): 31}, (*WEB, "log_retention_days")),
        ({("network", "flow_logs", "retention_days"): 4000}, ("network", "flow_logs", "retention_days")),
    ],
    "environment-size": [({(*WEB, "environment", "LARGE"): "x" * 12_000}, (*WEB, "environment"))],
    "environment-lines": [
        ({(*WEB, "environment", "KEY"): text}, (*WEB, "environment", "KEY")) for text in ("a\nb", "a\0b", "a\r")
    ],
    "service-name": [({("services", name): {"image": "web"}}, ("services", name)) for name in ("sg-proxy", "proxy-")],
    "rollout-span": [
        (
            {(*WEB, "rollout"): {"min_healthy_percent": 50, "max_healthy_percent": 151}},
            (*WEB, "rollout", "max_healthy_percent"),
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
    "object-destroy": [
        ({("stage",): stage, (*UPLOADS, "force_destroy"): True}, (*UPLOADS, "force_destroy"))
        for stage in ("staging", "prod")
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
    "tag-reserved": [
        ({(*part, "tags", key): "x"}, (*part, "tags", key))
        for part in ((), ("network",), ("ingress",), WEB, UPLOADS, SHARED, BACKUP)
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
    {(*WEB, "tags", "cost-centre"): "43"},
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
    values = changed(
        complete(),
        {
            ("tags",): tags,
            **{(*part, "tags"): {} for part in (("network",), ("ingress",), WEB, UPLOADS, SHARED, BACKUP)},
        },
    )
    with pytest.raises(SettingsError) as caught:
        load(values, source="the test", region=REGION)
    assert [problem.path for problem in caught.value.problems] == [("tags",)]
