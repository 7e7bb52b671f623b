"""What a service may read, what it is told, whom it may reach."""

import base64
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
import pytest

from strata import Database, FileStore, ImmutableService, Network, ObjectStore, RuntimeConfig, Secret, testing
from strata.components.access import Access, Door, variable
from strata.errors import UsageError
from strata.rollout.record import read_release
from strata.settings.models import (
    DatabaseSettings,
    FileStoreSettings,
    NetworkSettings,
    ObjectStoreSettings,
    RuntimeSettings,
    RuntimeValueSettings,
    SecretSettings,
    ServiceSettings,
)

ORDERS = Access(
    "orders",
    statements=[{"Action": ["rds-db:connect"], "Resource": ["arn:orders"]}],
    environment={"ORDERS_HOST": "orders.internal", "ORDERS_PORT": pulumi.Output.from_input("5432")},
    doors=[Door("orders", "sg-orders", 5432)],
)
WORKER = ServiceSettings()


def told(graph: testing.Graph) -> str:
    """The environment file in the user data."""
    text = base64.b64decode(graph.one("LaunchTemplate").inputs["userData"]).decode().removeprefix("#cloud-config\n")
    (entry,) = json.loads(text)["write_files"]
    return base64.b64decode(entry["content"]).decode()


def digest(graph: testing.Graph) -> str:
    return read_release(graph.one("Parameter", "jobs-release").inputs["insecureValue"]).digest


def statements(graph: testing.Graph) -> list[Mapping[str, Any]]:
    return json.loads(graph.one("RolePolicy", "jobs-uses").inputs["policy"])["Statement"]


def using(ground, *uses, settings: ServiceSettings = WORKER) -> testing.Graph:
    return ground.service(settings, name="jobs", uses=uses)


def test_a_service_is_told_permitted_and_let_in(ground):
    graph = using(ground, ORDERS)
    assert 'ORDERS_HOST="orders.internal"\nORDERS_PORT="5432"\n' in told(graph)
    assert statements(graph) == [{"Effect": "Allow", "Action": ["rds-db:connect"], "Resource": ["arn:orders"]}]
    rule = graph.one("SecurityGroupIngressRule", "jobs-to-orders").inputs
    assert (rule["securityGroupId"], rule["fromPort"], rule["toPort"]) == ("sg-orders", 5432, 5432)
    assert rule["referencedSecurityGroupId"].startswith("jobs-servers-")
    assert "cidrIpv4" not in rule


def test_servers_do_not_boot_before_they_may_use(ground):
    graph = using(ground, ORDERS)
    needed = {graph.one("RolePolicy", "jobs-uses").urn, graph.one("SecurityGroupIngressRule", "jobs-to-orders").urn}
    assert needed <= set(graph.one("Group").options.depends_on)


def test_what_several_usables_ask_for_is_one_policy(ground):
    other = Access("mail", statements=[{"Action": ["ses:SendEmail"], "Resource": ["*"]}])
    assert [it["Action"] for it in statements(using(ground, ORDERS, other))] == [
        ["rds-db:connect"],
        ["ses:SendEmail"],
    ]


def test_a_service_that_uses_nothing_is_what_it_was(ground):
    without, empty = using(ground), using(ground, Access("nothing"))
    assert {it.urn: it for it in without} == {it.urn: it for it in empty}
    assert {it.name for it in without.of_type("RolePolicy")} == {"jobs-logs", "jobs-drain"}


def test_what_a_service_is_told_is_part_of_its_release_and_a_permission_is_not(ground):
    plain = digest(using(ground))
    allowed = Access("mail", statements=[{"Action": ["ses:SendEmail"], "Resource": ["*"]}], doors=[Door("m", "sg", 25)])
    assert digest(using(ground, allowed)) == plain
    assert digest(using(ground, Access("mail", environment={"MAIL_HOST": "a"}))) != plain
    assert digest(using(ground, Access("mail", environment={"MAIL_HOST": "b"}))) != digest(
        using(ground, Access("mail", environment={"MAIL_HOST": "a"}))
    )


def test_two_accesses_through_one_door_make_one_rule(ground):
    door = Door("orders", "sg-orders", 5432)
    graph = using(ground, Access("reader", doors=[door]), Access("writer", doors=[door]))
    assert [it.name for it in graph.of_type("SecurityGroupIngressRule") if it.name.startswith("jobs")] == [
        "jobs-to-orders"
    ]


@pytest.mark.parametrize(
    "uses, settings, reason",
    [
        ([ORDERS, ORDERS], WORKER, "service 'jobs' uses 'orders' twice"),
        (
            [ORDERS],
            ServiceSettings(environment={"ORDERS_HOST": "x"}),
            r"ORDERS_HOST is set twice, by strata:services.jobs.environment and by 'orders' in uses",
        ),
        (
            [ORDERS, Access("other", environment={"ORDERS_HOST": "x"})],
            WORKER,
            "ORDERS_HOST is set twice, by 'orders' in uses and by 'other' in uses",
        ),
        ([Access("own", environment={"STRATA_PORT": "1"})], WORKER, r"'own' in uses sets STRATA_PORT"),
        (
            [ORDERS, Access("other", doors=[Door("orders", "sg-other", 5432)])],
            WORKER,
            "uses two doors named 'orders'",
        ),
    ],
    ids=["name", "settings", "variable", "own", "door"],
)
def test_what_clashes_is_refused_and_both_are_named(ground, uses, settings, reason):
    with pytest.raises(UsageError, match=reason):
        using(ground, *uses, settings=settings)


@pytest.mark.parametrize("preview", [True, False])
def test_a_secret_is_refused_and_not_quoted(ground, preview):
    def program(on):
        leak = Access("leak", environment={"LEAK": pulumi.Output.secret("canary-5f0c")})
        ImmutableService("jobs", WORKER, image=on.image, network=on.network, gate=ground.gate, uses=[leak])

    with pytest.raises(UsageError, match="LEAK of 'leak' is a secret") as refusal:
        ground.run(program, preview=preview)
    assert "canary-5f0c" not in str(refusal.value)


def test_what_comes_of_a_secret_is_a_secret_too(ground):
    def program(on):
        url = pulumi.Output.concat("https://", pulumi.Output.secret("canary-5f0c"), "@mail")
        mail = Access("mail", environment={"MAIL_URL": url})
        ImmutableService("jobs", WORKER, image=on.image, network=on.network, gate=ground.gate, uses=[mail])

    with pytest.raises(UsageError, match="MAIL_URL of 'mail' is a secret"):
        ground.run(program)


def test_components_are_usable_as_they_are(ground):
    def program(on):
        config = RuntimeConfig("web", RuntimeSettings(values={"BANNER": RuntimeValueSettings(value="on")}))
        mail = Secret("mail", SecretSettings())
        ImmutableService(
            "jobs", WORKER, image=on.image, network=on.network, gate=ground.gate, uses=[config, mail, ORDERS]
        )

    graph = ground.run(program)
    assert 'WEB_CONFIG_PATH="/strata/project/test/config/web"' in told(graph)
    assert 'MAIL_SECRET_ARN="arn:aws:secretsmanager:' in told(graph)
    assert len(statements(graph)) == 4


def test_a_variable_is_spelled_as_a_shell_takes_it():
    assert variable("orders-eu", "secret_arn") == "ORDERS_EU_SECRET_ARN"


def test_a_component_stands_for_the_least_that_it_offers(ground):
    def program(on, *, named):
        network = Network("wide", NetworkSettings())
        orders = Database("orders", DatabaseSettings(version="16"), network=network)
        uploads = ObjectStore("uploads", ObjectStoreSettings())
        shared = FileStore("files", FileStoreSettings(), network=network)
        uses = [orders.credentials, uploads.reader, shared.mount] if named else [orders, uploads, shared]
        ImmutableService("jobs", WORKER, image=on.image, network=on.network, gate=ground.gate, uses=uses)

    bare, named = (ground.run(partial(program, named=each)) for each in (False, True))
    assert statements(bare) == statements(named)
    assert told(bare) == told(named)
    allowed = {action for each in statements(bare) for action in each["Action"]}
    assert "s3:GetObject" in allowed
    assert not allowed & {"s3:PutObject", "s3:DeleteObject", "kms:GenerateDataKey"}


def test_a_service_keeps_the_policy_that_was_made_for_its_reads(ground):
    policy = using(ground, ORDERS).one("RolePolicy", "jobs-uses")
    assert [alias.rpartition("::")[2] for alias in policy.options.aliases] == ["jobs-reads"]


def test_reads_is_refused_with_the_name_it_has_now(ground):
    def program(on):
        ImmutableService("jobs", WORKER, image=on.image, network=on.network, gate=ground.gate, reads=[ORDERS])  # pyright: ignore[reportCallIssue]

    with pytest.raises(UsageError, match="reads") as refusal:
        ground.run(program)
    assert "reads= is called uses= now" in (refusal.value.fix or "")
