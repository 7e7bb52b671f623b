"""What speaks against a rollout of containers, all at once; what a preview shows; and what fails says why."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from strata.clock import utc_text
from strata.errors import PreflightError, RolloutError
from strata.images.image_scan import ScanLimits
from strata.images.image_trust import ImageTerms
from strata.naming import break_glass_name, revocation_name, rollback_name
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.record import ImageRef
from strata.rollout.tasks.deployment_parameters import STARTING_PARAMETERS, has_parameters
from strata.rollout.tasks.image_lookup import architectures_of, digest_of, in_repository
from strata.rollout.wiring import default_task_gate, task_gate
from strata.settings.models import AlarmGate, FindingSeverity, Retry
from strata_rehearsal.cloud.tasks.service_keeping import STARTS_A_DEPLOYMENT
from tests.unit.rehearsal.cloud.conftest import REGION
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, LOG_GROUP, REPOSITORY, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RolledShop

NOWHERE = f"sha256:{'0' * 64}"


async def refused(shop: RolledShop, release) -> str:
    before = len(shop.listed())
    with pytest.raises(PreflightError) as error:
        await shop.up(release)
    assert len(shop.listed()) == before, "nothing was started"
    return str(error.value)


async def test_every_finding_comes_at_once(shop: RolledShop):
    shop.begin(ROLLING)
    shop.alarms = (shop.aws.alarm(), "web-gone")
    shop.aws.cloudwatch.set_alarm_state(AlarmName="web-5xx", StateValue="ALARM", StateReason="too many")
    release = shop.release("bad", digest=NOWHERE)
    shop.aws.ssm.put_parameter(Name=revocation_name("web", "bad"), Value="CVE-1", Type="String")
    shop.aws.ecs.tag_resource(resourceArn=release.task_definition, tags=[{"key": "strata:release", "value": "x"}])
    found = await refused(shop, release)
    for words in (
        f"is tagged as release x, but the record would name {release.digest}",
        f"image {REPOSITORY}@{NOWHERE} is not in its repository",
        "is revoked: CVE-1",
        "alarm web-5xx is ALARM (too many)",
        "alarm web-gone is missing",
    ):
        assert words in found


async def test_a_deployment_would_wait_for_a_task_of_break_glass_and_is_refused_until_that_is_over(shop: RolledShop):
    shop.begin(ROLLING)
    (task, *_) = shop.tasks()
    identity, now = task["taskArn"].rpartition("/")[2], shop.aws.clock.now()
    note = BreakGlass(
        service="web",
        unit=identity,
        mode=GlassMode.TASK,
        phase=GlassPhase.OPEN,
        reason="it leaks",
        by="ann",
        at=utc_text(now),
        until=utc_text(now + 3600),
    )
    record = shop.rollout(shop.release("good")).spec.record
    shop.aws.ssm.put_parameter(Name=break_glass_name(record, identity), Value=note.to_json(), Type="String")
    shop.aws.ecs.tag_resource(resourceArn=task["taskArn"], tags=[{"key": "strata:tainted", "value": "ann"}])
    found = await refused(shop, shop.release("good"))
    assert f"task {identity} is protected, so the deployment would wait for it: break-glass opened by ann" in found
    shop.aws.wait(3600)
    await shop.up(shop.release("good"))
    assert any(f"task {identity} is tainted: break-glass opened by ann" in line for line in shop.console.warned)


async def test_an_alarm_is_ignored_once(shop: RolledShop):
    shop.begin(ROLLING)
    shop.alarms, shop.settings = (shop.aws.alarm(),), {"alarms": AlarmGate.IGNORE_ONCE}
    shop.aws.cloudwatch.set_alarm_state(AlarmName="web-5xx", StateValue="ALARM", StateReason="too many")
    await shop.up(shop.release("good"))
    assert any("ignoring web-5xx for this rollout" in line for line in shop.console.warned)


@pytest.mark.parametrize(
    "scan, words",
    [
        (None, "has no result of a scan for vulnerabilities: expected one, by strata:promotion.worst_finding"),
        ({"CRITICAL": 1, "LOW": 2}, "found something critical: expected nothing worse than high"),
        ({"HIGH": 1}, ""),
        ({"UNDEFINED": 1}, ""),
    ],
)
async def test_an_image_is_rolled_out_only_if_its_scan_is_within_the_limits(shop: RolledShop, scan, words):
    shop.begin(ROLLING)
    shop.terms = ImageTerms(scan=ScanLimits(FindingSeverity.HIGH, 30))
    release = shop.release("good")
    if scan is not None:
        digest = digest_of(release.image.id)
        shop.aws.admin("scanned", repository="web", digest=digest, region=REGION, counts=scan)
    if not words:
        await shop.up(release)
        return
    assert words in await refused(shop, release)


async def test_a_scan_that_is_too_old_is_refused_and_one_of_what_ran_before_is_a_warning(shop: RolledShop):
    before = shop.begin(ROLLING)
    shop.terms = ImageTerms(scan=ScanLimits(None, 30))
    release = shop.release("good")
    shop.aws.admin(
        "scanned", repository="web", digest=digest_of(release.image.id), region=REGION, at="2023-01-01T00:00:00Z"
    )
    assert "days ago: expected 30 at most, by strata:promotion.max_scan_age_days" in await refused(shop, release)
    noted = BegunRollback("bad", "bad", release.digest, "good", "2023-02-01T00:00:00Z").to_json()
    shop.aws.ssm.put_parameter(Name=rollback_name(shop.rollout(before).spec.record), Value=noted, Type="String")
    await shop.up(release)
    assert any("days ago: expected 30 at most" in line for line in shop.console.warned)


async def test_a_task_definition_that_was_deregistered_is_refused(shop: RolledShop):
    shop.begin(ROLLING)
    release = shop.release("good")
    shop.aws.ecs.deregister_task_definition(taskDefinition=release.task_definition)
    assert "is INACTIVE: AWS starts no task of it" in await refused(shop, release)


async def test_an_image_named_by_a_tag_is_refused(shop: RolledShop):
    shop.begin(ROLLING)
    release = shop.release("good")
    mutable = shop.define(shop.push("good"), image=f"{REPOSITORY}:latest")
    shop.aws.ecs.tag_resource(resourceArn=mutable, tags=[{"key": "strata:release", "value": "good"}])
    found = await refused(shop, replace(release, task_definition=mutable))
    assert "is named by a tag" in found
    assert "but the record would name web good" in found


async def test_a_deployment_that_could_not_move_is_refused(shop: RolledShop):
    shop.begin(ROLLING)
    shop.update(desiredCount=1)
    assert "no task can be stopped or started" in await refused(shop, shop.release("good"))


async def test_a_way_back_that_was_deregistered_is_announced(shop: RolledShop):
    first = shop.begin(ROLLING)
    shop.aws.ecs.deregister_task_definition(taskDefinition=first.task_definition)
    await shop.up(shop.release("good"))
    assert any("which AWS would go back to, was deregistered" in line for line in shop.console.warned)


@pytest.mark.parametrize(
    "weights,words", [((0, 0), "no target group of"), ((50, 50), "both target groups have weight")]
)
async def test_traffic_is_shifted_from_weights_that_ecs_expects_only(shop: RolledShop, weights, words):
    shop.begin(BLUE_GREEN)
    groups = [
        {"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip((shop.blue, shop.green), weights, strict=True)
    ]
    shop.aws.elbv2.modify_rule(
        RuleArn=shop.rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    )
    assert words in await refused(shop, shop.release("good"))


async def test_traffic_that_goes_where_no_task_is_is_not_shifted(shop: RolledShop):
    shop.begin(BLUE_GREEN)
    groups = [{"TargetGroupArn": shop.blue, "Weight": 0}, {"TargetGroupArn": shop.green, "Weight": 100}]
    shop.aws.elbv2.modify_rule(
        RuleArn=shop.rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    )
    found = await refused(shop, shop.release("good"))
    assert f"the healthy tasks are in target group {shop.blue}, and {shop.green} has the traffic" in found


def balancer(shop: RolledShop, **changes: Any) -> dict[str, Any]:
    """The load balancer that the service names, with something else."""
    (found,) = shop.service()["loadBalancers"]
    return {**found, "advancedConfiguration": {**found["advancedConfiguration"], **changes}}


def made_again(shop: RolledShop) -> str:
    """The listener rule as the provider makes it: it leads to where a first release is."""
    groups = [{"TargetGroupArn": shop.blue, "Weight": 100}, {"TargetGroupArn": shop.green, "Weight": 0}]
    return shop.aws.elbv2.create_rule(
        ListenerArn=shop.aws.listener,
        Priority=2,
        Conditions=[{"Field": "path-pattern", "Values": ["/web/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )["Rules"][0]["RuleArn"]


@pytest.mark.parametrize("releases", [["good"], ["good", "better"]])
async def test_a_listener_rule_deleted_by_hand_is_refused_and_the_one_made_again_leads_to_the_tasks(
    shop: RolledShop, releases: list[str]
):
    shop.begin(BLUE_GREEN)
    for each in releases:
        await shop.up(shop.release(each))
    held = shop.weights()
    shop.aws.elbv2.delete_rule(RuleArn=shop.rule)
    shop.parameters = {"loadBalancers": [balancer(shop)]}
    latest = shop.release("best")
    found = await refused(shop, latest)
    assert f"listener rule {shop.rule}, which leads requests to it, is gone" in found
    assert "fix: Run `pulumi up --refresh`" in found

    shop.rule = made_again(shop)
    shop.parameters = {"loadBalancers": [balancer(shop, productionListenerRule=shop.rule)]}
    await shop.up(latest)
    assert (shop.running, shop.weights()) == ({"best"}, held[::-1])
    shop.lowest = 4
    await shop.up(shop.release("last"))
    assert (shop.running, shop.weights(), shop.lowest) == ({"last"}, held, 4)


async def test_nothing_is_proven_while_the_rule_that_leads_requests_to_the_tasks_is_gone(shop: RolledShop):
    shop.begin(BLUE_GREEN)
    # by somebody else's rule, their target group is checked all the same
    made_again(shop)
    shop.aws.elbv2.delete_rule(RuleArn=shop.rule)
    # a change that no task feels: all run it already
    again = shop.release("first")
    with pytest.raises(RolloutError, match=r"is not proven: listener rule .* is gone") as error:
        await shop.up(again)
    assert error.value.fix is not None
    assert "`pulumi up --refresh`" in error.value.fix


async def test_target_groups_deleted_by_hand_are_refused_and_those_made_again_get_the_tasks(shop: RolledShop):
    shop.begin(ROLLING)
    shop.parameters = {"loadBalancers": shop.service()["loadBalancers"]}
    shop.aws.elbv2.delete_rule(RuleArn=shop.rule)
    for each in (shop.blue, shop.green):
        shop.aws.elbv2.delete_target_group(TargetGroupArn=each)
    shop.watched_from_outside = False
    good = shop.release("good")
    found = await refused(shop, good)
    assert f"target group {shop.blue}, in which its tasks are found, is gone" in found

    shop.blue, shop.green = shop.target_group("web-blue"), shop.target_group("web-green")
    shop.rule = made_again(shop)
    shop.parameters = {"loadBalancers": [{**shop.service()["loadBalancers"][0], "targetGroupArn": shop.blue}]}
    await shop.up(good)
    assert shop.running == {"good"}


async def test_a_subnet_deleted_by_hand_is_refused_by_its_name(shop: RolledShop):
    shop.begin(ROLLING)
    inside = {"awsvpcConfiguration": {"subnets": [*shop.aws.subnets, "subnet-gone"]}}
    shop.parameters = {"networkConfiguration": inside}
    found = await refused(shop, shop.release("good"))
    assert "subnet subnet-gone, in which its tasks start, is gone" in found
    assert shop.driver.free_addresses(["subnet-gone"]) == 0
    assert shop.driver.ways(["subnet-gone"]) == ()


async def test_a_subnet_without_a_way_to_the_registry_is_refused_and_endpoints_are_one(shop: RolledShop):
    shop.begin(ROLLING)
    ec2 = shop.aws.ec2
    table = ec2.create_route_table(VpcId=shop.aws.vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=shop.aws.subnets[0])
    found = await refused(shop, shop.release("good"))
    assert f"nothing in subnet {shop.aws.subnets[0]} reaches the registry" in found
    assert "lacks an endpoint of ecr.api, an endpoint of ecr.dkr, an endpoint of s3" in found
    assert shop.aws.subnets[1] not in found
    for name in ("ecr.api", "ecr.dkr"):
        ec2.create_vpc_endpoint(
            VpcId=shop.aws.vpc,
            ServiceName=f"com.amazonaws.{REGION}.{name}",
            VpcEndpointType="Interface",
            SubnetIds=shop.aws.subnets,
        )
    assert "lacks an endpoint of s3" in await refused(shop, shop.release("good"))
    ec2.create_vpc_endpoint(VpcId=shop.aws.vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table])
    await shop.up(shop.release("good"))
    assert shop.running == {"good"}


async def test_what_the_execution_role_may_not_do_is_found_before_the_start(shop: RolledShop):
    shop.begin(ROLLING)
    repository = f"arn:aws:ecr:{REGION}:123456789012:repository/web"
    deny = {"Effect": "Deny", "Action": "ecr:BatchGet*", "Resource": repository}
    shop.allow("ecr:*", "*", besides=[deny])
    found = await refused(shop, shop.release("good"))
    assert f"execution role execution may not ecr:BatchGetImage on {repository}: no task could start" in found
    shop.allow("ecr:*", repository)
    assert "may not ecr:GetAuthorizationToken on *" in await refused(shop, shop.release("good"))
    shop.allow("ecr:GetAuthorizationToken", "*")
    await shop.up(shop.release("good"))
    assert any("no policy of execution role execution allows ecr:BatchCheck" in line for line in shop.console.warned)


async def test_a_role_that_may_not_write_logs_is_found_before_the_start(shop: RolledShop):
    shop.begin(ROLLING)
    lines = f"arn:aws:logs:{REGION}:123456789012:log-group:{LOG_GROUP}:log-stream:web/web/*"
    deny = {"Effect": "Deny", "Action": "logs:*", "Resource": "*"}
    shop.allow("*", "*", besides=[deny])
    found = await refused(shop, shop.release("good"))
    assert f"may not logs:CreateLogStream, logs:PutLogEvents on {lines}: no task could start" in found
    shop.allow("*", "*", besides=[{**deny, "Action": "logs:PutLogEvents"}])
    found = await refused(shop, shop.release("good"))
    assert f"may not logs:PutLogEvents on {lines}: what its tasks write would be lost" in found
    shop.allow("ecr:*", "*", besides=[{**deny, "Effect": "Allow", "Action": "logs:CreateLogStream"}])
    await shop.up(shop.release("good"))
    assert any(f"logs:PutLogEvents on {lines}: what its tasks write is lost" in line for line in shop.console.warned)


async def test_a_role_that_may_not_decrypt_a_secret_is_found_before_the_start(
    shop: RolledShop, monkeypatch: pytest.MonkeyPatch
):
    shop.begin(ROLLING)
    key, other = (shop.aws.kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    shop.aws.kms.create_alias(AliasName="alias/shop", TargetKeyId=other)
    keep = shop.aws.secretsmanager.create_secret
    secret = keep(Name="mail", SecretString="x", KmsKeyId=key)["ARN"]
    plain = keep(Name="plain", SecretString="x")["ARN"]
    shop.aws.ssm.put_parameter(Name="/mail/login", Value="x", Type="SecureString", KeyId="alias/shop")
    for name, kind in {"plain": "SecureString", "/mail/host": "String"}.items():
        shop.aws.ssm.put_parameter(Name=name, Value="x", Type=kind)
    named = [f"{secret}:password::", plain, "/mail/login", "plain", "/mail/host"]
    secrets = [{"name": f"S{number}", "valueFrom": each} for number, each in enumerate(named)]
    monkeypatch.setattr(shop, "define", partial(shop.define, secrets=secrets))

    deny = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
    shop.allow("*", "*", besides=[deny])
    found = await refused(shop, shop.release("good"))
    for each in (key, other):
        assert f"execution role execution may not kms:Decrypt on {each}: no task could start" in found
    assert found.count("kms:Decrypt") == len((key, other)), "the keys that AWS manages ask for no permission"
    allow = {"Effect": "Allow", "Action": ["secretsmanager:*", "ssm:*", "logs:*"], "Resource": "*"}
    shop.allow("ecr:*", "*", besides=[allow])
    await shop.up(shop.release("good"))
    assert sum("allows kms:Decrypt on" in line for line in shop.console.warned) == len((key, other))


def test_a_secret_that_is_gone_has_no_key(shop: RolledShop):
    gone = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:gone-abcdef"
    assert shop.driver.secret_keys([gone, "/gone"]) == ()


async def test_an_execution_role_that_is_gone_is_refused(shop: RolledShop):
    shop.begin(ROLLING)
    shop.aws.iam.delete_role_policy(RoleName="execution", PolicyName="execution")
    shop.aws.iam.delete_role(RoleName="execution")
    assert "execution role execution is not there" in await refused(shop, shop.release("good"))


async def test_what_the_deployer_may_not_ask_is_a_warning(shop: RolledShop, monkeypatch: pytest.MonkeyPatch):
    shop.begin(ROLLING)

    class Denied(Exception):  # noqa: N818  reads as what it is
        response = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}  # noqa: RUF012

    def denied(*_: object) -> None:
        raise Denied

    secret = shop.aws.secretsmanager.create_secret(Name="mail", SecretString="x")["ARN"]
    monkeypatch.setattr(shop, "define", partial(shop.define, secrets=[{"name": "MAIL", "valueFrom": secret}]))
    good = shop.release("good")
    with monkeypatch.context() as refusing:
        refusing.setattr(shop.driver, "secret_keys", denied)
        await shop.up(good)
    for name in ("ways", "refused_actions"):
        monkeypatch.setattr(shop.driver, name, denied)
    await shop.up(shop.release("better"))
    for words in (
        *("reach the registry could not be read", "iam:SimulatePrincipalPolicy"),
        *("use the keys of the secrets could not be read", "kms:DescribeKey"),
    ):
        assert any(words in line for line in shop.console.warned)


async def test_a_release_that_failed_is_announced_as_a_retry_or_refused(shop: RolledShop):
    shop.begin(ROLLING)
    shop.fault("cannot-pull", image=shop.push("bad"))
    bad = shop.release("bad")
    with pytest.raises(RolloutError):
        await shop.up(bad)
    lines = await shop.deployer.plan(shop.spec, shop.recorded, image=bad.image, digest=bad.digest)
    assert lines[0].startswith("web: retry of bad, which ended ROLLBACK_SUCCESSFUL: ")
    shop.settings = {"retry": Retry.NEVER}
    assert "bad was tried before and ended ROLLBACK_SUCCESSFUL" in await refused(shop, bad)
    shop.settings, shop.console.said[:] = {}, []
    shop.aws.cloud.faults.clear()
    await shop.up(bad)
    assert shop.console.said[0].startswith("web: retry of bad, which ended ROLLBACK_SUCCESSFUL: ")
    assert shop.running == {"bad"}


async def test_a_failure_shows_the_last_lines_of_the_tasks_log(shop: RolledShop):
    shop.begin(ROLLING)
    shop.fault("crash", image=shop.push("bad"), after=5)
    with pytest.raises(RolloutError) as error:
        await shop.up(shop.release("bad"))
    text = str(error.value)
    assert "the last lines of its log, web/web/" in text
    assert 1 <= len(text.split("in /shop/web:\n")[1].splitlines()) <= 21


async def test_a_preview_shows_the_plan(shop: RolledShop):
    first = shop.begin(BLUE_GREEN)
    good = shop.release("good")
    plan = shop.deployer.plan
    lines = await plan(shop.spec, first, image=good.image, digest=good.digest)
    assert lines[0] == f"web: rolls from {first.image} to {good.image}"
    assert lines[1] == "  replaces 4 tasks by BLUE_GREEN"
    assert lines[-1].startswith("  the gate stops it earlier: under the floor for two polls, or ")
    assert (await plan(shop.spec, None, image=None, digest=None))[0].startswith("web: first deployment of an image")
    same = await plan(shop.spec, first, image=first.image, digest=first.digest)
    assert same == ["web: nothing that a task runs differs from first; none is replaced"]
    unknown = await plan(shop.spec, first, image=None, digest=None)
    assert unknown[0] == f"web: rolls if what a task runs differs from {first.image} to an image not yet known"
    shop.update(taskDefinition=good.task_definition)
    assert "is running: IN_PROGRESS" in (await plan(shop.spec, first, image=good.image, digest=good.digest))[0]


async def test_a_preview_of_a_service_that_wants_nothing_or_is_gone_says_so(shop: RolledShop):
    first = shop.begin(ROLLING)
    good = shop.release("good")
    shop.update(desiredCount=0)
    shop.aws.wait(120)
    (line,) = await shop.deployer.plan(shop.spec, first, image=good.image, digest=good.digest)
    assert "the service wants no task" in line
    shop.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    shop.watched_from_outside = False
    shop.aws.wait(120)
    (line,) = await shop.deployer.plan(shop.spec, first, image=good.image, digest=good.digest)
    assert "is gone; up makes a new one" in line


def test_only_the_gate_sends_what_starts_a_deployment():
    assert set(STARTING_PARAMETERS) == set(STARTS_A_DEPLOYMENT)


def test_what_aws_fills_in_is_no_difference():
    network = {"awsvpcConfiguration": {"subnets": ["a", "b"]}}
    found = {"awsvpcConfiguration": {"subnets": ["b", "a"], "assignPublicIp": "DISABLED"}}
    assert has_parameters({"networkConfiguration": network}, {"networkConfiguration": found})
    assert has_parameters({"platformVersion": "LATEST"}, {"platformVersion": "1.4.0"})
    assert not has_parameters({"platformVersion": "1.3.0"}, {"platformVersion": "1.4.0"})
    assert not has_parameters({"networkConfiguration": network}, {"networkConfiguration": {"awsvpcConfiguration": {}}})
    blue = {"targetGroupArn": "b", "advancedConfiguration": {"alternateTargetGroupArn": "g", "roleArn": "r"}}
    green = {"targetGroupArn": "g", "advancedConfiguration": {"alternateTargetGroupArn": "b", "roleArn": "r"}}
    assert has_parameters({"loadBalancers": [blue]}, {"loadBalancers": [green]})
    assert not has_parameters({"loadBalancers": [blue]}, {"loadBalancers": [{"targetGroupArn": "b"}]})


def test_an_image_is_found_by_its_reference():
    reference = f"{REPOSITORY}@{NOWHERE}"
    found = in_repository(reference)
    assert found is not None
    assert (found.account, found.region, found.repository, found.digest) == ("123456789012", REGION, "web", NOWHERE)
    assert in_repository(f"public.ecr.aws/web@{NOWHERE}") is None
    assert (digest_of(reference), digest_of(f"{REPOSITORY}:1")) == (NOWHERE, None)


def test_an_index_names_its_architectures_and_a_single_image_does_not():
    index = {"manifests": [{"platform": {"architecture": "arm64"}}, {"platform": {"architecture": "unknown"}}]}
    assert architectures_of(json.dumps(index)) == {"ARM64"}
    assert architectures_of(json.dumps({"layers": []})) is None
    assert architectures_of("no JSON") is None


def test_a_gate_of_tasks_is_made_without_aws():
    assert type(default_task_gate()).__name__ in ("NoGate", "ReleaseGate")
    assert task_gate(poll_seconds=1.0)


async def test_a_sidecar_is_checked_and_blamed_as_the_application_is(shop: RolledShop):
    shop.begin(ROLLING)
    agent = ImageRef("agent", "2.0", f"{REPOSITORY}@{shop.push('agent')}")
    release = replace(shop.release("good"), sidecars={"agent": agent})
    shop.aws.ssm.put_parameter(Name=revocation_name("agent", "2.0"), Value="CVE-2", Type="String")
    found = await refused(shop, release)
    assert f"but the record would name {agent}" in found
    assert f"image {agent} is revoked: CVE-2" in found


async def test_a_rolling_deployment_does_not_leave_the_requests_where_another_strategy_has_moved_them(shop: RolledShop):
    shop.begin(BLUE_GREEN)
    await shop.up(shop.release("good"))
    assert shop.weights() == (0, 100)
    shop.configuration = ROLLING
    shop.parameters = {"loadBalancers": [{"targetGroupArn": shop.blue, "containerName": "web", "containerPort": 8080}]}
    found = await refused(shop, shop.release("better"))
    assert f"the requests go to target group {shop.green}" in found
    assert f"the new tasks would be in {shop.blue}: nothing would serve" in found
