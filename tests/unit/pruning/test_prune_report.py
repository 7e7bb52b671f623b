"""`strata image prune`: who needs an image, and that nothing is called unneeded where that is not known."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.images.catalogue import ImageKind
from strata.images.image_tags import PROTECTED
from strata.naming import record_name
from tests.unit.pruning.conftest import ACCOUNT, DAY, REGION, REPOSITORY, Shop
from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.test_image_marks import OTHER, client


def test_what_nobody_needs_is_shown_and_everything_else_with_its_reason(shop: Shop):
    shop.release("prod", "1.1.0", "1.2.0", "1.4.0")
    rows = shop.prune("web")
    assert {version: [each["reason"] for each in row["kept"]] for version, row in rows.items()} == {
        "1.0.0": [],
        "1.1.0": ["rollback"],
        "1.2.0": ["rollback"],
        "1.3.0": ["pinned"],
        "1.4.0": ["pinned", "recorded"],
    }
    free = rows["1.0.0"]
    assert (free["unneeded"], free["catalogued"], free["image_id"]) == (True, True, shop.ids["1.0.0"])
    assert len(free["snapshots"]) == 1
    assert free["age_seconds"] == 60 * DAY
    assert [row["removal"] for row in rows.values()] == [None] * 5
    assert shop.machines() == {"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"}


def test_the_report_says_to_a_person_who_needs_what(shop: Shop):
    shop.release("prod", "1.4.0")
    code, said = shop.run("prod", "web")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert code == 0
    assert f"1.0.0 {shop.ids['1.0.0']} 60 d old nobody needs it, with 1 snapshot" in lines
    kept = "stays: shop/prod pins it; the record /strata/shop/prod/web/release names it"
    assert f"1.4.0 {shop.ids['1.4.0']} 60 d old {kept}" in lines
    assert f"of 5 in account {ACCOUNT}, {REGION}, nobody needs 3; nothing was removed" in lines


@pytest.mark.parametrize("most, kept", [("1", {"1.2.0"}), ("2", {"1.2.0", "1.0.0"})])
def test_so_many_ways_back_stay_and_a_forbidden_one_is_none(shop: Shop, most: str, kept: set[str]):
    shop.release("prod", "1.0.0", "1.1.0", "1.2.0", "1.4.0")
    shop.revoke("1.1.0")
    rows = shop.prune("web", "--ways-back", most)
    back = {version for version, row in rows.items() if "rollback" in [each["reason"] for each in row["kept"]]}
    assert back == kept
    assert rows["1.1.0"]["unneeded"]
    assert rows["1.1.0"]["revoked"] == "leaks"


def test_the_record_of_another_project_counts(shop: Shop):
    shop.put(record_name("blog", "dev", "web"), _record(shop, "1.0.0"))
    assert shop.why("1.0.0", "web") == ["recorded"]


def _record(shop: Shop, version: str) -> str:
    shop.release("other", version)
    name = record_name("shop", "other", "web")
    value = shop.aws.ssm.get_parameter(Name=name)["Parameter"]["Value"]
    shop.aws.ssm.delete_parameter(Name=name)
    return value


def test_what_is_vetoed_stays_as_evidence(shop: Shop):
    shop.release("prod", "1.4.0")
    shop.veto("prod", "1.0.0")
    (reason,) = shop.prune("web")["1.0.0"]["kept"]
    assert reason == {"reason": "vetoed", "text": "it is vetoed, /strata/shop/prod/web: loses orders"}


def test_a_veto_for_a_service_of_another_image_says_nothing_of_this_one(shop: Shop):
    shop.release_container("prod", "3.0.0")
    shop.veto("prod", "1.0.0", service="search")
    assert shop.why("1.0.0", "web") == []


def template(shop: Shop, *versions: str) -> str:
    first, *others = ({"ImageId": shop.ids[each], "InstanceType": "t3.small"} for each in versions)
    made = shop.aws.ec2.create_launch_template(LaunchTemplateName="shop", LaunchTemplateData=first)
    for each in others:
        shop.aws.ec2.create_launch_template_version(LaunchTemplateName="shop", LaunchTemplateData=each)
    return made["LaunchTemplate"]["LaunchTemplateId"]


def test_what_a_group_would_launch_stays_and_so_does_the_newest_version_of_its_template(shop: Shop):
    aws = shop.aws.prepare()
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="shop-1",
        MinSize=0,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": template(shop, "1.0.0", "1.2.0", "1.1.0"), "Version": "1"},
        VPCZoneIdentifier=aws.subnets[0],
    )
    rows = shop.prune("web")
    assert {version: [each["reason"] for each in row["kept"]] for version, row in rows.items()} == {
        "1.0.0": ["launched"],
        "1.1.0": ["referenced"],
        "1.2.0": [],
        "1.3.0": ["pinned"],
        "1.4.0": ["pinned"],
    }


def test_every_version_of_a_template_that_no_group_launches_from_keeps_its_image(shop: Shop):
    made = template(shop, "1.0.0", "1.1.0")
    rows = shop.prune("web")
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:launch-template/{made}"
    assert [each["text"] for each in rows["1.0.0"]["kept"]] == [f"a version of {arn} names it"]
    assert f"the newest version of {arn} names it" in [each["text"] for each in rows["1.1.0"]["kept"]]
    assert rows["1.2.0"]["unneeded"]


def test_what_a_server_was_launched_from_stays_while_it_exists(shop: Shop):
    server = shop.aws.ec2.run_instances(ImageId=shop.ids["1.2.0"], MinCount=1, MaxCount=1)["Instances"][0]
    shop.aws.ec2.stop_instances(InstanceIds=[server["InstanceId"]])
    shop.aws.wait(60 * DAY)
    assert shop.why("1.2.0", "web") == ["running"]
    shop.aws.ec2.terminate_instances(InstanceIds=[server["InstanceId"]])
    assert shop.why("1.2.0", "web") == []


def test_what_two_pins_name_stays_if_one_of_them_keeps_it(shop: Shop):
    text = shop.file("prod").read_text()
    again = f"    other: {{ app: web, version: 1.4.0, id: {shop.ids['1.4.0']} }}\n"
    shop.file("prod").write_text(text.replace("  strata:container_images:", f"{again}  strata:container_images:"))
    shop.release("prod", "1.4.0")
    shop.veto("prod", "1.0.0")
    code, said = shop.run("prod", "--json")
    rows = [row for row in json.loads(said)["stored"] if row["image_id"] == shop.ids["1.0.0"]]
    assert code == 0
    assert [row["image_name"] for row in rows] == ["other", "web"]
    assert [[each["reason"] for each in row["kept"]] for row in rows] == [["vetoed"], ["vetoed"]]


def test_what_a_parameter_of_images_names_stays(shop: Shop):
    shop.aws.ssm.put_parameter(Name="/base", Type="String", DataType="aws:ec2:image", Value=shop.ids["1.0.0"])
    (reason,) = shop.prune("web")["1.0.0"]["kept"]
    assert reason["text"] == f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/base names it"


def test_what_was_launched_lately_stays_whoever_did(shop: Shop):
    server = shop.aws.ec2.run_instances(ImageId=shop.ids["1.0.0"], MinCount=1, MaxCount=1)["Instances"][0]
    shop.aws.ec2.terminate_instances(InstanceIds=[server["InstanceId"]])
    shop.aws.wait(2 * DAY)
    assert shop.why("1.0.0", "web") == ["used-lately"]
    shop.aws.wait(29 * DAY)
    assert shop.why("1.0.0", "web") == []


def test_what_is_shared_stays(shop: Shop):
    shop.aws.ec2.modify_image_attribute(
        ImageId=shop.ids["1.0.0"], LaunchPermission={"Add": [{"UserId": "210987654321"}]}
    )
    (reason,) = shop.prune("web")["1.0.0"]["kept"]
    assert reason["reason"] == "shared"
    assert "it is shared with 210987654321" in reason["text"]


@pytest.mark.parametrize(
    "cooldown, marked, lifted, reasons",
    [
        (False, False, False, ["protected"]),
        (False, True, False, []),
        (True, True, True, ["protected"]),
    ],
    ids=["somebody's", "a gate's", "running out"],
)
def test_the_protection_of_somebody_else_is_kept_and_that_of_a_gate_keeps_nothing(
    shop: Shop, cooldown: bool, marked: bool, lifted: bool, reasons: list[str]
):
    image = shop.ids["1.0.0"]
    shop.aws.ec2.enable_image_deregistration_protection(ImageId=image, WithCooldown=cooldown)
    if marked:
        shop.aws.ec2.create_tags(Resources=[image], Tags=[{"Key": PROTECTED, "Value": "true"}])
    if lifted:
        shop.aws.ec2.disable_image_deregistration_protection(ImageId=image)
    assert shop.why("1.0.0", "web") == reasons


def test_what_is_young_stays_and_how_young_can_be_said(shop: Shop):
    shop.bake("1.5.0")
    shop.aws.wait(3 * DAY)
    (reason,) = shop.prune("web")["1.5.0"]["kept"]
    assert reason == {"reason": "young", "text": "it is younger than 30 d"}
    assert shop.why("1.5.0", "web", "--min-age", "2d") == []
    assert shop.run("prod", "--min-age", "soon")[0] == 2


def test_a_pin_by_version_alone_keeps_every_image_of_that_version(shop: Shop):
    text = shop.file("staging").read_text().replace("strata:stage: staging", "strata:stage: dev")
    shop.file("dev").write_text(text.replace(f"version: 1.3.0, id: {shop.ids['1.3.0']}", "version: 1.0.0"))
    assert shop.why("1.0.0", "web") == ["pinned"]


def test_a_pin_by_a_parameter_keeps_what_that_holds_and_one_that_is_not_there_could_be_any_image(shop: Shop):
    text = shop.file("staging").read_text().replace("strata:stage: staging", "strata:stage: dev")
    pin = f"version: 1.3.0, id: {shop.ids['1.3.0']}"
    shop.file("dev").write_text(text.replace(pin, "parameter: /base/web"))
    code, said = shop.run("prod", "web", "--apply")
    assert code == 3
    assert "shop/dev pins what the parameter /base/web holds, and that is not there" in said
    shop.put("/base/web", shop.ids["1.0.0"])
    assert shop.why("1.0.0", "web") == ["pinned"]


def test_the_parent_of_a_pipeline_stays(shop: Shop):
    text = shop.file("staging").read_text()
    pipeline = f"  strata:image_pipelines:\n    web: {{ parent: {shop.ids['1.0.0']}, verify: [verify.sh] }}\n"
    shop.file("staging").write_text(text + pipeline)
    assert shop.why("1.0.0", "web") == ["pinned"]


@pytest.mark.parametrize("broken", ["config: [", "config:\n  strata:stage: prd\n"])
def test_another_stack_file_that_cannot_be_read_may_pin_any_image(shop: Shop, broken: str):
    shop.file("qa").write_text(broken)
    before = shop.machines()
    code, said = shop.run("prod", "web", "--apply")
    assert code == 3
    assert "which images the stack qa pins is not known, so none can be called unneeded" in said
    assert "Nothing was removed." in said
    assert shop.machines() == before


def test_a_record_that_cannot_be_read_may_name_any_image(shop: Shop):
    shop.put(record_name("shop", "staging", "web"), "{}")
    code, said = shop.run("prod", "web", "--apply")
    assert code == 3
    assert "so which images it names is not known" in said
    assert len(shop.machines()) == 5


def in_another_account(aws: Aws) -> Any:
    aws.admin("accounts", accounts=[OTHER])
    found: dict[str, Any] = {}
    return lambda service: found.setdefault(service, client(aws, service))


def test_a_stack_in_another_account_needs_what_its_record_names(shop: Shop):
    aws = shop.aws
    shop.elsewhere["staging"] = in_another_account(aws)
    image = json.loads(_record(shop, "1.0.0"))
    name = record_name("shop", "staging", "web")
    shop.elsewhere["staging"]("ssm").put_parameter(Name=name, Type="String", Value=json.dumps(image))
    (reason,) = shop.prune("web")["1.0.0"]["kept"]
    assert reason == {"reason": "recorded", "text": f"the record {name} names it in account {OTHER}, {REGION}"}


@pytest.mark.parametrize("call", ["GetCallerIdentity", "GetParametersByPath", "DescribeAutoScalingGroups", "ListTasks"])
def test_an_account_that_does_not_answer_may_need_any_image(shop: Shop, monkeypatch: pytest.MonkeyPatch, call: str):
    asked = in_another_account(shop.aws)
    asked("ecs").create_cluster(clusterName="shop")

    def deny(service: str) -> Any:
        found = asked(service)

        def refuse(operation_name: str, **_: Any) -> None:
            if operation_name == call:
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, call)

        found.meta.events.register("before-call", lambda model, **_: refuse(model.name), unique_id="refuse")
        return found

    shop.elsewhere["staging"] = deny
    code, said = shop.run("prod", "--apply")
    assert code == 3, said
    assert f"AWS refused {call}: no" in said
    assert "so none can be called unneeded" in said
    assert len(shop.machines()) == 5


def test_images_of_other_names_are_not_looked_at(shop: Shop):
    shop.bake("7.0.0", app="worker")
    shop.aws.wait(60 * DAY)
    assert "7.0.0" not in shop.prune()


def test_the_entry_of_an_image_that_is_gone_is_shown_and_that_of_one_that_is_shared_stays(shop: Shop):
    shop.aws.ec2.deregister_image(ImageId=shop.ids["1.0.0"])
    row = shop.prune("web")["1.0.0"]
    assert (row["kind"], row["unneeded"]) == ("entry", True)
    shop.aws.admin("accounts", accounts=[OTHER])
    theirs = client(shop.aws, "ec2")
    image = theirs.register_image(Name="web-0.9.0", RootDeviceName="/dev/xvda")["ImageId"]
    theirs.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": ACCOUNT}]})
    shop.note("0.9.0", ImageKind.MACHINE, "web", id=image)
    assert shop.why("0.9.0", "web") == ["foreign"]


def test_digests_stay_that_are_pinned_recorded_or_run(shop: Shop):
    shop.push("2.7.0")
    shop.push("2.8.0")
    shop.aws.wait(60 * DAY)
    shop.release_container("staging", "2.8.0")
    rows = shop.prune("search")
    assert {version: [each["reason"] for each in row["kept"]] for version, row in rows.items()} == {
        "2.7.0": [],
        "2.8.0": ["recorded"],
        "2.9.0": [],
        "3.0.0": ["pinned"] * 2,
    }
    assert {row["kind"] for row in rows.values()} == {"container"}


def test_what_a_service_of_ecs_would_start_stays(shop: Shop):
    shop.aws.ecs.create_cluster(clusterName="shop")
    definition = shop.aws.ecs.register_task_definition(
        family="search",
        containerDefinitions=[
            {"name": "search", "image": f"{REPOSITORY}@{shop.digests['2.9.0']}", "memory": 512},
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    asked: dict[str, Any] = {"list_services": [{"serviceArns": ["arn:search"]}]}
    ecs = shop.aws.ecs

    class Ecs:
        """A cluster with a service that wants no tasks."""

        def get_paginator(self, name: str) -> Any:
            class Pages:
                def paginate(self, **named: Any) -> Any:
                    return asked.get(name) or ecs.get_paginator(name).paginate(**named)

            return Pages()

        def describe_services(self, **_: Any) -> Any:
            return {"services": [{"serviceArn": "arn:search", "taskDefinition": definition}]}

        def __getattr__(self, name: str) -> Any:
            return getattr(ecs, name)

    shop.elsewhere["prod"] = lambda service: Ecs() if service == "ecs" else getattr(shop.aws, service)
    (reason,) = shop.prune("search")["2.9.0"]["kept"]
    assert reason["text"] == f"service arn:search would start {shop.digests['2.9.0']}, by {definition}"


def test_an_index_stays_with_its_parts_and_what_signs_one_with_it(shop: Shop):
    part = shop.push(None, "part")
    loose = shop.push(None, "loose")
    kept = shop.push("4.0.0", manifests=[{"digest": part, "mediaType": "m", "size": 1}])
    signature = shop.push(None, "signature")
    shop.aws.ecr.put_image(
        repositoryName="search",
        imageManifest=json.dumps({"schemaVersion": 2, "mediaType": "m", "content": "signed"}),
        imageTag=f"sha256-{kept.removeprefix('sha256:')}.sig",
    )
    shop.aws.wait(60 * DAY)
    shop.release_container("staging", "4.0.0")
    rows = shop.prune("search")
    by_digest = {row["image_id"]: row for row in rows.values()}
    assert by_digest[part]["kept"] == [{"reason": "part", "text": f"it is part of {kept}, which stays"}]
    assert by_digest[loose]["unneeded"]
    assert by_digest[signature]["unneeded"]
    assert rows[f"sha256-{kept.removeprefix('sha256:')}.sig"]["kept"] == [
        {"reason": "part", "text": f"it is about {kept}, which stays"}
    ]


@pytest.mark.parametrize(
    "principal, reasons",
    [({"AWS": f"arn:aws:iam::{OTHER}:root"}, ["shared"]), ("*", ["shared"]), ({"AWS": ACCOUNT}, [])],
)
def test_a_repository_from_which_other_accounts_pull_loses_nothing(shop: Shop, principal: Any, reasons: list[str]):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "ecr:BatchGetImage"}
    shop.aws.ecr.set_repository_policy(
        repositoryName="search", policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert shop.why("2.9.0", "search") == reasons


def test_a_repository_that_nobody_knows_yet_is_a_note(shop: Shop):
    text = shop.file("prod").read_text()
    shop.file("prod").write_text(text.replace(f"repository: {REPOSITORY}, version: 3.0.0, ", ""))
    code, said = shop.run("prod", "search", "--json")
    found = json.loads(said)
    assert (code, found["stored"]) == (0, [])
    assert "no release record names it yet" in found["notes"][0]


@pytest.mark.parametrize("stack", ["prod", "staging", "elsewhere"])
def test_a_digest_without_a_tag_is_called_what_a_release_of_it_was(shop: Shop, stack: str):
    shop.digests["2.8.0"] = digest = shop.push(None, "no tag")
    assert digest in shop.prune("search")
    shop.release_container(stack, "2.8.0")
    shop.release_container(stack, "3.0.0")
    if stack != "prod":
        # of another stack what its record names now counts
        shop.release_container(stack, "2.8.0")
    rows = shop.prune("search")
    assert rows["2.8.0"]["image_id"] == digest
    assert digest not in rows
