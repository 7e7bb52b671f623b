"""An immutable service as it is registered."""

import base64
import json

import pulumi
import pytest

from strata import ImmutableService, Network, testing
from strata.errors import ImageError, UsageError
from strata.rollout.record import DIGEST_TAG, ServerRelease, proven_by
from strata.settings.models import (
    CapacitySettings,
    DiskSettings,
    HealthSettings,
    NetworkSettings,
    RouteSettings,
    ScalingSettings,
    ScheduleSettings,
    ServiceSettings,
)

WORKER = ServiceSettings()


def release_of(graph: testing.Graph, service: str = "web") -> ServerRelease:
    release = proven_by(ServerRelease, graph.one("Parameter", f"{service}-release").inputs["insecureValue"])
    assert release is not None
    return release


def test_pitfall_1_the_group_names_a_numbered_version(ground):
    graph = ground.service()
    assert graph.one("Group").inputs["launchTemplate"]["version"] == "1"
    testing.assert_images_are_pinned(graph)


def test_pitfall_1_latest_cannot_be_said(ground):
    overridden = ground.service(overrides={"launch_template": {"ebs_optimized": "true"}})
    assert overridden.one("Group").inputs["launchTemplate"]["version"].isdigit()
    assert not [name for name in ServiceSettings.model_fields if "version" in name]


def test_pitfall_6_a_deploy_leaves_the_capacity_and_the_saved_template_alone(ground):
    graph = ground.service()
    assert set(graph.one("Group").options.ignore_changes) == {"desiredCapacity", "launchTemplate"}
    testing.assert_capacity_is_left_alone(graph)


def test_pitfall_7_nothing_that_aws_replaces_has_a_fixed_name(ground):
    testing.assert_names_are_free(ground.service())


@pytest.mark.parametrize("name", ["web", "a-service-with-a-name-of-32-chars"])
def test_pitfall_8_names_leave_room_for_the_suffix_within_32_characters(ground, name):
    graph = ground.service(name=name)
    for token in ("TargetGroup", "LoadBalancer"):
        made = graph.one(token)
        prefix = made.inputs.get("namePrefix")
        assert len(made.name) + len("-1234567") <= 32 if prefix is None else len(prefix) <= 6


def test_pitfall_8_two_long_names_that_begin_alike_stay_apart(ground, routed):
    def program(on):
        for index, name in enumerate(("a-service-with-a-long-name-one", "a-service-with-a-long-name-two"), start=1):
            routes = (RouteSettings(priority=index, hosts=(f"{name}.example.com",)),)
            ImmutableService(
                name, routed(routes=routes), image=on.image, network=on.network, ingress=on.ingress, gate=ground.gate
            )

    groups = ground.run(program).of_type("TargetGroup")
    assert len({it.name for it in groups}) == 2


def test_pitfall_11_the_group_waits_for_its_listener_rules(ground):
    graph = ground.service()
    assert graph.one("ListenerRule").urn in graph.one("Group").options.depends_on


def test_pitfall_12_only_the_load_balancer_reaches_the_servers(ground):
    graph = ground.service()
    rule = graph.one("SecurityGroupIngressRule", "web-from-ingress")
    assert "cidrIpv4" not in rule.inputs
    assert rule.inputs["referencedSecurityGroupId"] == "public-ingress-" + rule.inputs[
        "referencedSecurityGroupId"
    ].removeprefix("public-ingress-")
    assert rule.inputs["fromPort"] == rule.inputs["toPort"] == 8080
    testing.assert_not_open_to_the_world(graph, except_for=["public-from-0.0.0.0-0-80"])


def test_pitfall_12_nobody_reaches_a_worker(ground):
    graph = ground.service(WORKER, name="jobs")
    servers = graph.one("SecurityGroup", "jobs-servers")
    own = [it for it in graph.of_type("SecurityGroupIngressRule") if it.parent == servers.parent]
    assert own == []


def test_pitfall_13_a_security_group_never_has_to_be_replaced(ground):
    first = ground.service(name="web").one("SecurityGroup", "web-servers").inputs
    second = ground.service(name="api").one("SecurityGroup", "api-servers").inputs
    assert first["description"] == second["description"]
    assert "name" not in first
    assert "ingress" not in first
    assert "egress" not in first


def test_pitfall_14_servers_volumes_and_interfaces_carry_the_same_tags(ground):
    graph = ground.service(ServiceSettings(tags={"team": "shop"}), name="web")
    launched = graph.one("LaunchTemplate").inputs["tagSpecifications"]
    assert [it["resourceType"] for it in launched] == ["instance", "volume", "network-interface"]
    assert all(it["tags"] == launched[0]["tags"] for it in launched)
    group = {it["key"]: it["value"] for it in graph.one("Group").inputs["tags"]}
    assert {**group, DIGEST_TAG: launched[0]["tags"][DIGEST_TAG]} == launched[0]["tags"]
    assert group["team"] == "shop"
    assert all(it["propagateAtLaunch"] for it in graph.one("Group").inputs["tags"])


def test_pitfall_14_every_server_says_which_release_it_runs(ground):
    graph = ground.service()
    for launched in graph.one("LaunchTemplate").inputs["tagSpecifications"]:
        assert launched["tags"][DIGEST_TAG] == release_of(graph).digest


@pytest.mark.parametrize("boot, least", [(1, 600), (60, 600), (900, 3600)])
def test_pitfall_15_creating_the_group_waits_through_boot_and_warm_up(ground, routed, boot, least):
    wait = ground.service(routed(boot_seconds=boot)).one("Group").inputs["waitForCapacityTimeout"]
    assert wait.endswith("s")
    assert int(wait[:-1]) >= least


@pytest.mark.parametrize("size", [1, 2])
def test_pitfall_16_a_small_group_launches_before_it_terminates(ground, size):
    settings = ServiceSettings(capacity=CapacitySettings(min=size, max=size))
    policy = ground.service(settings, name="jobs").one("Group").inputs["instanceMaintenancePolicy"]
    assert policy["minHealthyPercentage"] == 100
    assert policy["maxHealthyPercentage"] > 100


@pytest.mark.parametrize("keep_failed, action", [(None, "terminate"), ("2h", "retain")], ids=["unset", "set"])
def test_a_group_always_says_what_becomes_of_a_server_whose_termination_hook_is_abandoned(
    ground, routed, keep_failed, action
):
    group = ground.service(routed(rollout={"keep_failed": keep_failed})).one("Group").inputs
    assert group["instanceLifecyclePolicy"] == {"retentionTriggers": {"terminateHookAbandon": action}}


def test_boot_seconds_decides_grace_and_warm_up(ground, routed):
    health = HealthSettings(unhealthy_threshold=4, interval_seconds=15)
    group = ground.service(routed(boot_seconds=90, health=health)).one("Group").inputs
    assert group["healthCheckGracePeriod"] == 90
    assert group["defaultInstanceWarmup"] == 90 + 4 * 15


def test_a_service_is_judged_by_its_load_balancer_and_a_worker_by_ec2(ground):
    assert ground.service().one("Group").inputs["healthCheckType"] == "ELB"
    worker = ground.service(WORKER, name="jobs").one("Group").inputs
    assert worker["healthCheckType"] == "EC2"
    assert worker["targetGroupArns"] == []


def test_a_worker_drains_through_a_termination_hook(ground):
    graph = ground.service(ServiceSettings(drain_seconds=120), name="jobs")
    hook = graph.one("LifecycleHook").inputs
    assert hook["lifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert hook["heartbeatTimeout"] == 120
    assert hook["defaultResult"] == "CONTINUE"
    allowed = json.loads(graph.one("RolePolicy", "jobs-drain").inputs["policy"])["Statement"][0]
    assert "autoscaling:CompleteLifecycleAction" in allowed["Action"]
    assert allowed["Resource"] == [graph.one("Group").inputs.get("arn") or allowed["Resource"][0]]
    assert "jobs-group" in allowed["Resource"][0]


def test_a_server_may_look_up_which_hook_of_which_group_holds_it_because_nothing_tells_it(ground):
    graph = ground.service(ServiceSettings(drain_seconds=120), name="jobs")
    looked_up = json.loads(graph.one("RolePolicy", "jobs-drain").inputs["policy"])["Statement"][1]
    assert looked_up["Action"] == ["autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLifecycleHooks"]
    assert looked_up["Resource"] == ["*"], "these calls know no resources"


def test_a_heartbeat_is_never_shorter_than_aws_allows(ground):
    assert (
        ground.service(ServiceSettings(drain_seconds=5), name="jobs").one("LifecycleHook").inputs["heartbeatTimeout"]
        == 30
    )


def test_a_worker_that_needs_no_drain_has_no_hook(ground):
    assert ground.service(ServiceSettings(drain_seconds=0), name="jobs").of_type("LifecycleHook") == []


def test_a_service_behind_a_load_balancer_drains_there(ground, routed):
    graph = ground.service(routed(drain_seconds=45))
    assert graph.of_type("LifecycleHook") == []
    assert graph.one("TargetGroup").inputs["deregistrationDelay"] == 45


def test_a_worker_has_no_alarms_no_target_group_and_ignores_an_ingress(ground):
    graph = ground.service(WORKER, name="jobs")
    for token in ("MetricAlarm", "TargetGroup", "ListenerRule"):
        assert graph.of_type(token) == []


def test_routes_without_an_ingress_are_refused(ground, routed):
    def program(on):
        ImmutableService("web", routed(), image=on.image, network=on.network)

    with pytest.raises(UsageError, match="'web' has routes but no ingress"):
        ground.run(program)


def test_scaling_by_requests_without_an_ingress_is_refused(ground):
    with pytest.raises(UsageError, match="scales by requests but has no ingress"):
        ground.service(ServiceSettings.model_construct(scaling=ScalingSettings(requests_per_server=100)), name="jobs")


def test_metadata_and_volumes_are_locked_down(ground):
    graph = ground.service()
    testing.assert_metadata_is_protected(graph)
    testing.assert_volumes_are_encrypted(graph)
    assert "keyName" not in graph.one("LaunchTemplate").inputs


def test_the_root_volume_is_mapped_where_the_image_has_it(ground):
    ground.images = (testing.MockImage("web", "1.4.2", "ami-0f3c51d29a7e84b61", root_device_name="/dev/sda1"),)
    mapping = ground.service().one("LaunchTemplate").inputs["blockDeviceMappings"]
    assert [it["deviceName"] for it in mapping] == ["/dev/sda1"]


def test_no_version_becomes_the_default_before_it_is_proven(ground):
    assert ground.service().one("LaunchTemplate").inputs["updateDefaultVersion"] is False


def test_the_group_never_starts_a_refresh_by_itself(ground):
    group = ground.service().one("Group")
    assert "instanceRefresh" not in group.inputs
    assert group.options.delete_before_replace is False


def test_servers_have_no_public_address(ground):
    interface = ground.service().one("LaunchTemplate").inputs["networkInterfaces"][0]
    assert interface["associatePublicIpAddress"] == "false"


def test_user_data_writes_the_environment_and_nothing_else(ground, routed):
    graph = ground.service(routed(environment={"LOG_LEVEL": "debug"}, port=9000))
    text = base64.b64decode(graph.one("LaunchTemplate").inputs["userData"]).decode()
    header, _, body = text.partition("\n")
    assert header == "#cloud-config"
    (entry,) = json.loads(body)["write_files"]
    assert entry["path"] == "/etc/strata/web.env"
    lines = base64.b64decode(entry["content"]).decode().splitlines()
    assert 'LOG_LEVEL="debug"' in lines
    assert 'STRATA_PORT="9000"' in lines
    assert 'STRATA_LOG_GROUP="/strata/project/test/web"' in lines


def test_the_role_reaches_session_manager_and_its_own_log_group_only(ground):
    graph = ground.service()
    assert graph.one("RolePolicyAttachment").inputs["policyArn"] == (
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    )
    (statement,) = json.loads(graph.one("RolePolicy", "web-logs").inputs["policy"])["Statement"]
    assert all("web" in resource for resource in statement["Resource"])
    assert "*" not in statement["Action"]


def test_another_partition_is_respected(ground):
    mocks = testing.CloudMocks(
        images=ground.images,
        partition="aws-cn",
        dns_suffix="amazonaws.com.cn",
        region="cn-north-1",
        zones=["cn-north-1a", "cn-north-1b"],
    )

    def program(on):
        ImmutableService("web", WORKER, image=on.image, network=on.network, gate=ground.gate)

    graph = ground.run(program, mocks=mocks)
    assert graph.one("RolePolicyAttachment").inputs["policyArn"].startswith("arn:aws-cn:iam::aws:")
    trust = json.loads(graph.one("Role", "web-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}, "it is so in China too (IAM)"


def test_scaling_tracks_what_the_settings_name(ground, routed):
    graph = ground.service(routed(scaling=ScalingSettings(cpu_percent=55, requests_per_server=900)))
    cpu = graph.one("Policy", "web-cpu").inputs["targetTrackingConfiguration"]
    requests = graph.one("Policy", "web-requests").inputs["targetTrackingConfiguration"]
    assert cpu["targetValue"] == 55
    assert requests["targetValue"] == 900
    label = requests["predefinedMetricSpecification"]["resourceLabel"]
    assert label.startswith("app/public-lb")
    assert "/targetgroup/web-tg" in label


@pytest.mark.parametrize("scaling", [None, ScalingSettings.model_construct(cpu_percent=None)])
def test_scaling_can_be_switched_off(ground, routed, scaling):
    assert ground.service(routed(scaling=scaling)).of_type("Policy") == []


def test_a_schedule_leaves_what_it_does_not_name(ground, routed):
    night = ScheduleSettings(recurrence="0 22 * * *", time_zone="Europe/Berlin", min=1)
    schedule = ground.service(routed(schedules={"night": night})).one("Schedule").inputs
    assert schedule["scheduledActionName"] == "night"
    assert schedule["minSize"] == 1
    assert schedule["maxSize"] == schedule["desiredCapacity"] == -1


def test_a_lifetime_of_none_is_switched_off_explicitly(ground, routed):
    assert ground.service(routed(max_instance_lifetime_days=None)).one("Group").inputs["maxInstanceLifetime"] == 0
    assert ground.service(routed(max_instance_lifetime_days=2)).one("Group").inputs["maxInstanceLifetime"] == 172_800


def test_the_record_says_what_is_released_and_waits_for_everything_that_proves_it(ground):
    graph = ground.service()
    record = graph.one("Parameter")
    assert record.inputs["name"] == "/strata/project/test/web/release"
    assert record.inputs["type"] == "String"
    assert "value" not in record.inputs
    assert record.inputs["description"] == "web runs web 1.4.2 (ami-0f3c51d29a7e84b61)"
    assert {graph.one("Group").urn, graph.one("ListenerRule").urn} <= set(record.options.depends_on)
    assert {it.urn for it in graph.of_type("MetricAlarm")} <= set(record.options.depends_on)
    release = release_of(graph)
    assert (release.template_version, release.image.id) == (1, "ami-0f3c51d29a7e84b61")


def test_nothing_depends_on_the_record(ground):
    graph = ground.service()
    record = graph.one("Parameter").urn
    assert [it.name for it in graph if record in it.options.depends_on] == []


def test_the_outputs_say_what_the_record_proves(ground):
    def program(on):
        web = ImmutableService("web", WORKER, image=on.image, network=on.network, gate=ground.gate)
        pulumi.export("version", web.deployed_version)
        pulumi.export("image", web.deployed_image_id)
        pulumi.export("group", web.group_name)
        pulumi.export("release", web.release)

    graph = ground.run(program)
    assert graph.exports["version"] == "1.4.2"
    assert graph.exports["image"] == "ami-0f3c51d29a7e84b61"
    assert graph.exports["release"]["group"] == graph.exports["group"]


def test_a_tag_changes_no_digest(ground, routed):
    plain = release_of(ground.service(routed()))
    tagged = release_of(ground.service(routed(tags={"cost-center": "42"})))
    assert plain.digest == tagged.digest


@pytest.mark.parametrize(
    "change",
    [
        {"instance_type": "t3.large"},
        {"environment": {"A": "b"}},
        {"disk": DiskSettings(size_gib=30)},
        {"port": 9090},
    ],
    ids=str,
)
def test_what_changes_a_server_changes_the_digest(ground, routed, change):
    assert release_of(ground.service(routed())).digest != release_of(ground.service(routed(**change))).digest


def test_what_changes_only_the_fleet_changes_no_digest(ground, routed):
    change = {"capacity": CapacitySettings(min=3, max=9), "drain_seconds": 5, "max_instance_lifetime_days": 3}
    assert release_of(ground.service(routed())).digest == release_of(ground.service(routed(**change))).digest


def test_an_override_of_the_template_is_part_of_the_digest(ground):
    plain = release_of(ground.service())
    overridden = ground.service(overrides={"launch_template": {"ebs_optimized": "true"}})
    assert overridden.one("LaunchTemplate").inputs["ebsOptimized"] == "true"
    assert release_of(overridden).digest != plain.digest


def test_an_override_of_the_templates_description_is_not(ground):
    plain = release_of(ground.service())
    overridden = ground.service(overrides={"launch_template": {"description": "mine"}})
    assert overridden.one("LaunchTemplate").inputs["description"] == "mine"
    assert release_of(overridden).digest == plain.digest


def test_an_override_of_an_unknown_child_is_refused_with_the_known_ones(ground):
    with pytest.raises(UsageError) as refusal:
        ground.service(overrides={"launch_templat": {}})
    assert "unknown child 'launch_templat'" in str(refusal.value)
    assert "Did you mean 'launch_template'?" in str(refusal.value)
    assert "target_group" in str(refusal.value)


def test_an_override_of_an_unknown_input_is_refused_with_the_child(ground):
    with pytest.raises(UsageError, match=r"do not fit its child 'group'.*sise"):
        ground.service(overrides={"group": {"min_sise": 3}})


def test_the_gate_is_handed_the_service_and_what_it_is_to_run(ground):
    graph = ground.service()
    (subject,) = ground.gate.records
    assert ground.gate.groups == [subject]
    assert subject.service == "web"
    assert subject.record == graph.one("Parameter").inputs["name"]


def test_the_gate_watches_the_rate_and_latency_alarms_only(ground):
    def program(on):
        route = RouteSettings(priority=1, paths=("/*",))
        ImmutableService(
            "web",
            ServiceSettings(routes=(route,)),
            image=on.image,
            network=on.network,
            ingress=on.ingress,
            gate=ground.gate,
        )
        pulumi.export("gating", ground.gate.records[0].alarm_names)

    names = ground.run(program).exports["gating"]
    assert [name.rsplit("-", 1)[0] for name in names] == ["web-5xx", "web-latency"]


def test_an_image_for_another_processor_is_refused(ground, routed):
    with pytest.raises(ImageError, match=r"built for x86_64, m7g\.large is arm64"):
        ground.service(routed(instance_type="m7g.large"))


def test_an_environment_larger_than_user_data_is_refused(ground, routed):
    with pytest.raises(UsageError, match="EC2 accepts 16384"):
        ground.service(routed(environment={"BIG": "x" * 16_000}))


def test_a_route_without_conditions_takes_every_path(ground):
    settings = ServiceSettings.model_construct(routes=(RouteSettings.model_construct(priority=5, hosts=(), paths=()),))
    rule = ground.service(settings).one("ListenerRule").inputs
    assert rule["conditions"] == [{"pathPattern": {"values": ["*"]}}]


def test_a_route_matches_hosts_and_paths_together(ground):
    route = RouteSettings(priority=5, hosts=("shop.example.com",), paths=("/a/*", "/b"))
    rule = ground.service(ServiceSettings(routes=(route,))).one("ListenerRule").inputs
    assert rule["conditions"] == [
        {"hostHeader": {"values": ["shop.example.com"]}},
        {"pathPattern": {"values": ["/a/*", "/b"]}},
    ]


def test_servers_boot_only_when_they_may_log_and_can_be_reached(ground):
    graph = ground.service()
    before = set(graph.one("Group").options.depends_on)
    needed = [
        *graph.of_type("RolePolicy"),
        *graph.of_type("RolePolicyAttachment"),
        *(it for it in graph.of_type("SecurityGroupIngressRule") if it.name.startswith("web-")),
        *graph.of_type("SecurityGroupEgressRule"),
    ]
    assert len(needed) == 5
    assert {it.urn for it in needed} <= before


def test_servers_boot_only_when_their_network_reaches_the_outside(ground):
    def program(on):
        network = Network("own", NetworkSettings())
        ImmutableService("web", WORKER, image=on.image, network=network, gate=ground.gate)

    graph = ground.run(program)
    before = set(graph.one("Group").options.depends_on)
    routes = [it for it in graph.of_type("Route") if "private" in it.name]
    assert len(routes) == 2
    assert {it.urn for it in (*routes, *graph.of_type("VpcEndpoint"))} <= before


def test_a_workers_release_waits_until_its_servers_can_drain(ground):
    graph = ground.service(WORKER, name="jobs")
    before = set(graph.one("Parameter").options.depends_on)
    assert {graph.one("LifecycleHook").urn, graph.one("RolePolicy", "jobs-drain").urn} <= before


def test_what_a_program_overrides_of_a_group_is_named_in_a_tag_that_no_server_gets(ground):
    own = {"termination_policies": ["Default"], "force_delete": True, "suspended_processes": ["AZRebalance"]}
    tags = ground.service(overrides={"group": own}).one("Group").inputs["tags"]
    names = "SuspendedProcesses TerminationPolicies"
    assert {"key": "strata:overridden", "value": names, "propagateAtLaunch": False} in tags
    others = ground.service(overrides={"group": {"force_delete": True}}).one("Group").inputs["tags"]
    assert "strata:overridden" not in {each["key"] for each in others}
