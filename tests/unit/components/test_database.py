"""Databases and their replicas as they are registered."""

from typing import Any

import pulumi
import pytest

from strata import Database, Network, ReadReplica, testing
from strata.components.database.database_gate import DatabaseGate
from strata.errors import UsageError
from strata.settings.load import for_stage
from strata.settings.models import DatabaseSettings, ReplicaSettings
from strata.stage import Stage

KEY = "arn:of:a:key"


def ground() -> Any:
    return Network.from_ids(
        "main",
        vpc_id="vpc-1",
        cidr="10.0.0.0/16",
        private_subnet_ids=["private-1"],
        isolated_subnet_ids=["isolated-1", "isolated-2"],
    )


def database(name: str = "orders", *, mocks: Any = None, keywords: Any = None, **values: Any) -> testing.Graph:
    settings = DatabaseSettings.model_validate({"version": "16.4", **values})

    def program() -> None:
        made = Database(name, settings, network=ground(), **(keywords or {}))
        access = made.credentials
        pulumi.export("environment", dict(access.environment))
        pulumi.export("statements", list(access.statements))
        pulumi.export("doors", [[door.name, door.security_group_id, door.port] for door in access.doors])

    return testing.run(program, mocks=mocks)


def instance(graph: testing.Graph, name: str = "orders-db") -> testing.Registered:
    return graph.one("Instance", name)


def replica(primary: dict[str, Any] | None = None, **values: Any) -> testing.Graph:
    settings = DatabaseSettings.model_validate({"version": "16.4", "replicated": True, **(primary or {})})
    own = ReplicaSettings.model_validate({"source": "orders", **values})

    def program() -> None:
        made = ReadReplica("reader", own, source=Database("orders", settings, network=ground()), network=ground())
        pulumi.export("environment", dict(made.credentials.environment))
        pulumi.export("protected", made.source_protected)

    return testing.run(program)


def test_it_is_encrypted_isolated_and_never_public():
    graph = database()
    inputs = instance(graph).inputs
    assert inputs["storageEncrypted"] is True
    assert inputs["publiclyAccessible"] is False
    assert graph.one("SubnetGroup").inputs["subnetIds"] == ["isolated-1", "isolated-2"]
    assert inputs["dbSubnetGroupName"] == "orders-subnets-1f17bb4"


def test_its_security_group_has_no_rule_of_its_own():
    graph = database()
    assert [it.type for it in graph if "Rule" in it.type] == []
    assert "ingress" not in graph.one("SecurityGroup").inputs


def test_it_is_protected_and_kept_unless_the_settings_say_otherwise():
    kept, free = instance(database()).options, instance(database(protect=False)).options
    assert (kept.protect, kept.retain_on_delete) == (True, True)
    assert (free.protect, free.retain_on_delete) == (None, None)


def test_aws_protects_it_too():
    kept = instance(database()).inputs
    free = instance(database(deletion_protection=False, final_snapshot=False)).inputs
    assert (kept["deletionProtection"], kept["skipFinalSnapshot"], kept["deleteAutomatedBackups"]) == (
        True,
        False,
        False,
    )
    assert (free["deletionProtection"], free["skipFinalSnapshot"], free["deleteAutomatedBackups"]) == (
        False,
        True,
        True,
    )


@pytest.mark.parametrize(
    "engine,version,automatic",
    [
        ("postgres", "16", True),
        ("postgres", "16.4", False),
        ("mysql", "8.4", True),
        ("mysql", "8.4.3", False),
        ("mariadb", "11.4", True),
        ("mariadb", "11.4.4", False),
    ],
)
def test_pitfall_17_rds_raises_the_minor_version_only_where_none_is_pinned(engine, version, automatic):
    inputs = instance(database(engine=engine, version=version)).inputs
    assert inputs["engineVersion"] == version
    assert inputs["autoMinorVersionUpgrade"] is automatic
    assert "auto_minor_version_upgrade" not in DatabaseSettings.model_fields, "the two could contradict each other"


def test_pitfall_19_each_family_has_a_parameter_group_of_its_own_with_a_generated_name():
    old, new = database(version="16.4"), database(version="17")
    names = [graph.one("ParameterGroup").name for graph in (old, new)]
    assert names == ["orders-postgres16", "orders-postgres17"], "one name would replace the group under the database"
    group = old.one("ParameterGroup")
    assert (group.inputs["family"], group.inputs.get("name")) == ("postgres16", None)
    assert group.options.protect is None
    testing.assert_names_are_free(old)


def test_a_family_with_a_dot_makes_a_name_without():
    assert database(engine="mysql", version="8.4.3").one("ParameterGroup").name == "orders-mysql8-4"


def test_parameters_are_handed_to_their_group():
    values = {"log_statement": {"value": "ddl"}, "max_connections": {"value": "90", "apply_method": "pending-reboot"}}
    assert database(parameters=values).one("ParameterGroup").inputs["parameters"] == [
        {"name": "log_statement", "value": "ddl", "applyMethod": "immediate"},
        {"name": "max_connections", "value": "90", "applyMethod": "pending-reboot"},
    ]


@pytest.mark.parametrize(
    "restore,property_,value",
    [
        ({"snapshot": "orders-last"}, "snapshotIdentifier", "orders-last"),
        (
            {"source": "orders-old"},
            "restoreToPointInTime",
            {"sourceDbInstanceIdentifier": "orders-old", "useLatestRestorableTime": True},
        ),
        (
            {"source": "orders-old", "time": "2026-01-31T08:30:00Z"},
            "restoreToPointInTime",
            {"sourceDbInstanceIdentifier": "orders-old", "restoreTime": "2026-01-31T08:30:00Z"},
        ),
    ],
)
def test_pitfall_20_what_a_database_begins_with_is_read_once(restore, property_, value):
    found = instance(database(restore=restore))
    assert found.inputs[property_] == value
    assert {"snapshotIdentifier", "restoreToPointInTime", "username", "dbName"} <= set(found.options.ignore_changes)
    plain = set(instance(database()).options.ignore_changes)
    assert {"snapshotIdentifier", "restoreToPointInTime"} <= plain, "adding one later must do nothing either"


def test_pitfall_21_the_final_snapshot_has_a_name_nothing_else_has_and_keeps_it():
    class Groups(testing.CloudMocks):
        def new_resource(self, args):
            id_, outputs = super().new_resource(args)
            return ("sg-0a1b2c" if args.typ.endswith("SecurityGroup") else id_), outputs

    found = instance(database(mocks=Groups()))
    assert found.inputs["finalSnapshotIdentifier"] == "orders-final-0a1b2c"
    assert "finalSnapshotIdentifier" in found.options.ignore_changes


def test_pitfall_22_rds_keeps_the_master_password_and_only_the_arn_leaves():
    graph = database()
    assert instance(graph).inputs["manageMasterUserPassword"] is True
    assert "password" not in instance(graph).inputs
    assert graph.of_type("Secret") == []
    assert ":secret:rds!" in graph.exports["environment"]["ORDERS_SECRET_ARN"]


@pytest.mark.parametrize("why", ["replicated", "blue_green_update"])
def test_pitfall_22_where_rds_refuses_to_a_secret_of_stratas_own_holds_it(why):
    switched_on: dict[str, Any] = {why: True}
    graph = database(**switched_on)
    assert instance(graph).inputs["manageMasterUserPassword"] is True, "it begins with RDS's, so none is an argument"
    secret = graph.one("Secret")
    assert (secret.options.retain_on_delete, secret.inputs["recoveryWindowInDays"]) == (True, 30)
    assert graph.of_type("SecretVersion") == []
    assert "orders-secret" in graph.exports["environment"]["ORDERS_SECRET_ARN"]
    record = graph.one("Parameter")
    assert record.inputs["name"] == "/strata/project/test/orders/master-password"
    assert "password" not in {*instance(graph).inputs, *instance(graph).inputs.get("tags", {})}


def test_a_database_that_had_replicas_says_what_to_do_instead_of_guessing_the_secret():
    class Unmanaged(testing.CloudMocks):
        def new_resource(self, args):
            id_, outputs = super().new_resource(args)
            return id_, {**outputs, **({"masterUserSecrets": []} if args.typ.endswith("Instance") else {})}

    with pytest.raises(UsageError, match=r"strata:databases\.orders\.replicated to true"):
        database(mocks=Unmanaged())


def test_a_service_is_told_where_it_is_and_nothing_secret():
    environment = database("shop-orders").exports["environment"]
    assert environment["SHOP_ORDERS_PORT"] == "5432"
    assert environment["SHOP_ORDERS_DATABASE"] == "shop_orders"
    assert set(environment) == {f"SHOP_ORDERS_{key}" for key in ("HOST", "PORT", "DATABASE", "SECRET_ARN")}


def test_a_service_may_read_the_one_secret_and_comes_in_by_the_one_port():
    graph = database(port=5433)
    (statement,) = graph.exports["statements"]
    assert statement == {
        "Action": ["secretsmanager:GetSecretValue"],
        "Resource": graph.exports["environment"]["ORDERS_SECRET_ARN"],
    }
    ((name, group, port),) = graph.exports["doors"]
    assert (name, port) == ("orders", 5433)
    assert group == instance(graph).inputs["vpcSecurityGroupIds"][0]


def test_a_key_of_ones_own_encrypts_everything_and_may_be_used():
    graph = database(keywords={"kms_key_arn": KEY})
    inputs = instance(graph).inputs
    keys = {inputs[key] for key in ("kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId")}
    assert keys == {KEY}
    assert {"Action": ["kms:Decrypt"], "Resource": KEY} in graph.exports["statements"]
    assert database(replicated=True, keywords={"kms_key_arn": KEY}).one("Secret").inputs["kmsKeyId"] == KEY


def test_database_users_log_in_with_a_role_only_as_themselves():
    graph = database(iam_users=["app", "reports"])
    assert instance(graph).inputs["iamDatabaseAuthenticationEnabled"] is True
    assert instance(database()).inputs["iamDatabaseAuthenticationEnabled"] is False
    (login,) = [it for it in graph.exports["statements"] if it["Action"] == ["rds-db:connect"]]
    users = [arn.rpartition("/")[2] for arn in login["Resource"]]
    assert users == ["app", "reports"]
    assert all(":rds-db:eu-west-1:123456789012:dbuser:db-ORDERS-DB" in arn for arn in login["Resource"])


@pytest.mark.parametrize(
    "values,expected",
    [
        ({}, ["postgresql", "upgrade"]),
        ({"engine": "mysql", "version": "8.4"}, ["error", "slowquery"]),
        ({"log_exports": ["upgrade"]}, ["upgrade"]),
        ({"log_exports": []}, []),
    ],
)
def test_logs_go_to_cloudwatch_by_engine(values, expected):
    assert instance(database(**values)).inputs["enabledCloudwatchLogsExports"] == expected


def test_performance_insights_can_be_switched_off():
    inputs = instance(database(performance_insights_days=None)).inputs
    assert inputs["performanceInsightsEnabled"] is False
    assert "performanceInsightsRetentionPeriod" not in inputs


def test_it_is_updated_on_a_copy_only_when_asked_to():
    assert instance(database(blue_green_update=True)).inputs["blueGreenUpdate"] == {"enabled": True}
    assert "blueGreenUpdate" not in instance(database()).inputs


def test_alarms_watch_it_and_can_be_switched_off():
    watched = database(alarms={"connections": 90}, notify_topic_arn="arn:aws:sns:eu-west-1:123456789012:on-call")
    alarms = {it.inputs["metricName"]: it.inputs for it in watched.of_type("MetricAlarm")}
    assert set(alarms) == {"CPUUtilization", "FreeStorageSpace", "FreeableMemory", "DatabaseConnections"}
    assert alarms["FreeStorageSpace"]["threshold"] == 2 * 1024**3, "ten percent of 20 GiB, in bytes"
    assert alarms["FreeableMemory"]["threshold"] == 128 * 1024**2
    assert all(it["alarmActions"] == ["arn:aws:sns:eu-west-1:123456789012:on-call"] for it in alarms.values())
    off = {"cpu_percent": None, "free_storage_percent": None, "freeable_memory_mib": None}
    assert database(alarms=off).of_type("MetricAlarm") == []


def test_an_override_reaches_the_instance():
    graph = database(keywords={"overrides": {"instance": {"ca_cert_identifier": "rds-ca-rsa4096-g1"}}})
    assert instance(graph).inputs["caCertIdentifier"] == "rds-ca-rsa4096-g1"


@pytest.mark.parametrize("stage,days,protected", [("dev", 1, False), ("staging", 7, True), ("prod", 30, True)])
def test_a_stage_decides_backups_and_protection(stage, days, protected):
    settings = for_stage(DatabaseSettings, Stage(stage), {"version": "16"}, name="orders")
    assert settings.backup_retention_days == days
    assert settings.protect is settings.deletion_protection is settings.final_snapshot is protected
    assert settings.multi_az is (stage == "prod")


def test_a_replica_has_what_its_source_has():
    graph = replica({"log_exports": ["upgrade"], "port": 5433, "version": "16"})
    primary, copy = instance(graph), instance(graph, "reader-db")
    same = ("instanceClass", "parameterGroupName", "enabledCloudwatchLogsExports", "port", "autoMinorVersionUpgrade")
    assert {key: copy.inputs[key] for key in same} == {key: primary.inputs[key] for key in same}
    assert copy.inputs["storageEncrypted"] is True
    assert copy.inputs["replicateSourceDb"] == "orders-db-80ed2cd"


def test_a_replica_can_be_lost_and_has_no_backups_of_its_own():
    copy = instance(replica(), "reader-db")
    assert (copy.options.protect, copy.options.retain_on_delete) == (None, None)
    assert (copy.inputs["skipFinalSnapshot"], copy.inputs["backupRetentionPeriod"]) == (True, 0)
    assert instance(replica(backup_retention_days=3), "reader-db").inputs["backupRetentionPeriod"] == 3
    assert copy.inputs["tags"]["strata:mutability"] == "rebuildable"


def test_a_replica_says_whether_its_source_is_protected():
    assert replica().exports["protected"] is True
    assert replica({"protect": False}).exports["protected"] is False


def test_pitfall_18_a_replicas_version_is_nobodys_setting():
    copy = instance(replica(), "reader-db")
    assert "engineVersion" not in copy.inputs
    assert "engineVersion" in copy.options.ignore_changes


def test_a_replica_waits_until_its_source_has_a_password_of_its_own():
    graph = replica()
    record = graph.one("Parameter")
    assert record.urn in instance(graph, "reader-db").options.depends_on


def test_a_replica_lets_its_readers_in_by_a_door_of_its_own_with_its_sources_password():
    graph = replica()
    environment = graph.exports["environment"]
    assert environment["READER_HOST"].startswith("reader-db")
    assert environment["READER_DATABASE"] == "orders"
    assert "orders-secret" in environment["READER_SECRET_ARN"]


def test_a_replicas_lag_is_watched():
    assert replica().one("MetricAlarm", "reader-lag").inputs["metricName"] == "ReplicaLag"
    assert "reader-lag" not in [it.name for it in replica(lag_seconds=None).of_type("MetricAlarm")]


@pytest.mark.parametrize(
    "source,own,said",
    [
        ({"backup_retention_days": 0}, {}, "has no backups"),
        ({"replicated": False}, {}, "master password RDS keeps"),
        ({}, {"source": "carts"}, "'carts' in its settings and of 'orders' in the program"),
    ],
)
def test_a_replica_refuses_a_source_it_cannot_be_made_of(source, own, said):
    with pytest.raises(UsageError, match=said):
        replica(source, **own)


def test_an_explicit_provider_needs_a_session_for_the_hooks(monkeypatch):
    monkeypatch.setattr("strata.components.database.database_gate.hooks_work", lambda: True)
    settings = DatabaseSettings(version="16.4", replicated=True)

    def program() -> None:
        import pulumi_aws as aws

        elsewhere = pulumi.ResourceOptions(provider=aws.Provider("elsewhere", region="eu-central-1"))
        Database("orders", settings, network=ground(), opts=elsewhere)

    with pytest.raises(UsageError, match=r"Database\(\.\.\., session=boto3\.Session"):
        testing.run(program)


def test_no_hook_is_bound_under_mocks():
    found: list[object] = []

    def program() -> None:
        settings = DatabaseSettings(version="16.4", replicated=True)
        gate = DatabaseGate(Database("orders", settings, network=ground()), settings)
        found.extend([gate.master_password(), gate.replicas_first()])

    testing.run(program)
    assert found == [None, None]
