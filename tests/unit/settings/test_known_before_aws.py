"""What AWS would refuse half way through an `up` is known when the stack file is read, all of it at once."""

from datetime import UTC, date, datetime
from itertools import combinations

import pytest

from strata.aws.facts.load_balancing import knows_tls_policy
from strata.aws.facts.recurrence import meeting, next_time, recurrence_of
from strata.errors import SettingsError, UsageError
from strata.problem import Path, Problem
from strata.settings.load import load
from strata.settings.models import RouteSettings
from tests.unit.settings.stacks import REGION, changed, complete

WEB: Path = ("services", "web")


def problems(changes: dict[Path, object]) -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as caught:
        load(changed(complete(), changes), source="the test", region=REGION)
    return caught.value.problems


def test_a_database_called_table_and_its_user_called_user_are_two_problems_before_an_hour_of_waiting():
    found = problems({("databases", "orders", "database"): "table", ("databases", "orders", "username"): "user"})
    assert [(each.path[-1], each.got) for each in found] == [("username", "user"), ("database", "table")]


def test_a_static_parameter_that_is_to_change_at_once_says_what_to_write():
    (found,) = problems({("databases", "orders", "parameters", "shared_buffers"): {"value": "1"}})
    assert found.got == "immediate"
    assert "shared_buffers" in found.expected
    assert "apply_method: pending-reboot" in found.fix


@pytest.mark.parametrize("host", ["localhost", "shop.example.c0m", "10.0.0.1", "shop.", "shop.example.com:8443"])
def test_a_host_that_elb_refuses_is_refused_in_a_file_and_in_python(host: str):
    (found,) = problems({(*WEB, "routes", 0, "hosts"): [host]})
    assert "a dot and letters after the last one" in found.expected
    with pytest.raises(UsageError, match="hosts"):
        RouteSettings(priority=1, hosts=(host,))


def test_a_host_with_an_underscore_is_fine():
    assert RouteSettings(priority=1, hosts=("my_shop.example.com", "*.?.example.com")).hosts


def test_a_host_of_more_than_128_characters_is_refused():
    assert problems({(*WEB, "routes", 0, "hosts"): [f"{'a' * 125}.com"]})


def test_two_schedules_at_one_time_name_each_other_and_the_moment():
    morning = {"recurrence": "0 22 * * 1-5", "min": 3}
    (found,) = problems({(*WEB, "schedules", "morning"): morning})
    assert found.path == (*WEB, "schedules", "morning", "recurrence")
    assert "night fires at" in found.expected


def test_a_tls_policy_with_a_typo_is_told_its_right_name():
    (found,) = problems({("ingress", "tls_policy"): "ELBSecurityPolicy-TLS13-1-2-2021-6"})
    assert "ELBSecurityPolicy-TLS13-1-2-2021-06" in found.fix


def test_a_tls_policy_newer_than_the_list_is_left_to_elb():
    assert knows_tls_policy("ELBSecurityPolicy-TLS14-2033-01")
    assert not knows_tls_policy("ELBSecurityPolicy-TLS14-2023-01")


def test_a_range_named_twice_does_not_end_in_two_resources_of_one_name():
    (found,) = problems({("ingress", "allowed_cidrs"): ["10.1.0.0/16", "10.2.0.0/16", "10.1.0.0/16"]})
    assert (found.path, found.got) == (("ingress", "allowed_cidrs", 2), "10.1.0.0/16")


def test_all_of_these_are_found_in_one_reading():
    found = problems(
        {
            ("network", "cidr"): "127.0.0.0/16",
            ("ingress", "access_logs", "bucket"): "192.168.1.1",
            ("ingress", "tls_policy"): "ELBSecurityPolicy-TLS-1-9-2020-01",
            (*WEB, "routes", 0): {"priority": 1, "paths": ["/*/*/*/*/*/*", "/a"]},
            ("databases", "orders", "username"): "select",
        }
    )
    assert {each.rule for each in found} == {
        *("network-range", "bucket-name", "ingress-tls", "route-wildcards", "database-username"),
    }


# When cron expressions fire

START = date(2026, 1, 1)


@pytest.mark.parametrize(
    "text, after, moment",
    [
        ("0 7 * * 1-5", "2026-01-02T08:00", "2026-01-05T07:00"),
        ("*/20 * * * *", "2026-01-01T00:20", "2026-01-01T00:40"),
        ("0 0 29 2 *", "2026-01-01T00:00", "2028-02-29T00:00"),
        ("0 0 1 * sun", "2026-01-02T00:00", "2026-01-04T00:00"),
        ("30 6 * jan,mar 7", "2026-01-26T00:00", "2026-03-01T06:30"),
        ("10-30/10 0 1 1 *", "2026-01-01T00:10", "2026-01-01T00:20"),
    ],
)
def test_a_cron_expression_fires_when_crontab_says(text: str, after: str, moment: str):
    recurrence = recurrence_of(text)
    assert recurrence is not None
    found = next_time(recurrence, datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_a_day_that_never_comes_fires_never():
    recurrence = recurrence_of("0 0 31 2 *")
    assert recurrence is not None
    assert next_time(recurrence, datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize("text", ["60 * * * *", "* * *", "5/0 * * * *", "x * * * *"])
def test_what_is_no_cron_expression_is_none(text: str):
    assert recurrence_of(text) is None


def test_schedules_meet_across_time_zones_and_only_where_they_really_do():
    one, other = recurrence_of("0 9 * * *", "Europe/Berlin"), recurrence_of("0 8 * * *", "UTC")
    assert one is not None
    assert other is not None
    assert meeting(one, other, START) == datetime(2026, 1, 1, 8, tzinfo=UTC)
    apart = [recurrence_of(text) for text in ("0 8 * * 1-5", "5 8 * * *", "0 8 * * 6,0", "0 9 1 * *")]
    assert [meeting(a, b, START) for a, b in combinations(apart, 2) if a and b] == [None] * 6
