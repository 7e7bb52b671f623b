"""Everything that keeps a group from being immutable is found when it is there, with its values, and nothing else."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from strata.assess.assess_codes import ASSESS_CODES, AssessCode
from tests.unit.assess.assessed_fleet import AssessedFleet, encoded
from tests.unit.drift.drifting_fleet import DAY, GROUP
from tests.unit.rehearsal.cloud.conftest import NEW, OLD

Found = list[tuple[AssessCode, str, Any]]
Plant = Callable[[AssessedFleet], Found]

PLANTS: dict[str, Plant] = {}


def plant(change: Plant) -> Plant:
    """A row of the table: makes it so, and gives all that is to be found: code, subject and what was observed."""
    PLANTS[change.__name__.replace("_", " ")] = change
    return change


def as_aws_shows(fleet: AssessedFleet, call: str, change: Callable[[Any], None]) -> None:
    """What the local AWS does not make is put into its answers."""
    asked = getattr(fleet.aws.autoscaling, call)

    def answered(**parameters: Any) -> Any:
        answer = asked(**parameters)
        change(answer)
        return answer

    fleet.stand_in[call] = answered


@plant
def a_launch_configuration(fleet: AssessedFleet) -> Found:
    fleet.start()
    # the local AWS makes no launch configurations
    legacy = {
        "LaunchConfigurationName": "legacy",
        "ImageId": OLD,
        "InstanceType": "t3.small",
        "SecurityGroups": [fleet.walls, "by-name"],
        "UserData": encoded("#!/bin/sh\nyum -y update\n"),
    }
    fleet.stand_in["describe_launch_configurations"] = lambda **_: {"LaunchConfigurations": [legacy]}

    def configured(answer: Any) -> None:
        for group in answer["AutoScalingGroups"]:
            del group["LaunchTemplate"]
            group["LaunchConfigurationName"] = "legacy"
            for each in group["Instances"]:
                del each["LaunchTemplate"]
                each["LaunchConfigurationName"] = "legacy"

    as_aws_shows(fleet, "describe_auto_scaling_groups", configured)
    step = [{"line": 2, "does": "yum update"}]
    return [(AssessCode.NO_TEMPLATE, GROUP, ["legacy"]), (AssessCode.BOOT_INSTALLS, "legacy", step)]


@plant
def nothing_that_aws_reports(fleet: AssessedFleet) -> Found:
    fleet.start()

    def bare(answer: Any) -> None:
        for group in answer["AutoScalingGroups"]:
            del group["LaunchTemplate"]

    as_aws_shows(fleet, "describe_auto_scaling_groups", bare)
    return [(AssessCode.NO_TEMPLATE, GROUP, [])]


@plant
def a_mixed_instances_policy(fleet: AssessedFleet) -> Found:
    fleet.start()
    launched: Any = fleet.aws.specification(fleet.version)
    policy = {"LaunchTemplateSpecification": launched, "Overrides": [{"InstanceType": "t3.medium"}]}
    fleet.aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=GROUP, MixedInstancesPolicy={"LaunchTemplate": policy}
    )
    return [(AssessCode.MIXED_INSTANCES, GROUP, ["t3.medium", "t3.small"])]


@plant
def the_latest_version(fleet: AssessedFleet) -> Found:
    fleet.start(version="$Latest")
    return [(AssessCode.MUTABLE_VERSION, GROUP, "$Latest")]


@plant
def the_default_version(fleet: AssessedFleet) -> Found:
    fleet.aws.ec2.modify_launch_template(LaunchTemplateId=fleet.aws.template, DefaultVersion=fleet.version)
    fleet.start(version="$Default")
    return [(AssessCode.MUTABLE_VERSION, GROUP, "$Default")]


@plant
def an_image_by_an_alias(fleet: AssessedFleet) -> Found:
    fleet.aws.ssm.put_parameter(Name="/golden/web", Value=OLD, Type="String")
    alias = "resolve:ssm:/golden/web"
    fleet.start(version=fleet.launched(alias))
    return [(AssessCode.IMAGE_ALIAS, fleet.aws.template, alias)]


def _disks(**more: Any) -> list[dict[str, Any]]:
    root = {"Encrypted": True, "DeleteOnTermination": True, "VolumeSize": 20}
    return [
        {"DeviceName": "/dev/xvda", "Ebs": root},
        {"DeviceName": "/dev/sdf", "Ebs": {"Encrypted": True, "VolumeSize": 50, **more}},
    ]


def _volumes(fleet: AssessedFleet) -> dict[str, list[str]]:
    reservations = fleet.aws.ec2.describe_instances(InstanceIds=fleet.servers)["Reservations"]
    return {
        each["InstanceId"]: [
            f"{one['DeviceName']} {one['Ebs']['VolumeId']}"
            for one in each["BlockDeviceMappings"]
            if one["DeviceName"] != each["RootDeviceName"]
        ]
        for reservation in reservations
        for each in reservation["Instances"]
    }


@plant
def a_volume_that_stays(fleet: AssessedFleet) -> Found:
    fleet.start(version=fleet.launched(BlockDeviceMappings=_disks(DeleteOnTermination=False)))
    return [(AssessCode.KEPT_VOLUMES, GROUP, {fleet.aws.template: ["/dev/sdf"], **_volumes(fleet)})]


@plant
def a_root_volume_that_stays(fleet: AssessedFleet) -> Found:
    root = {"Encrypted": True, "DeleteOnTermination": False, "VolumeSize": 20}
    fleet.start(version=fleet.launched(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": root}]))
    reservations = fleet.aws.ec2.describe_instances(InstanceIds=fleet.servers)["Reservations"]
    roots = {
        each["InstanceId"]: [f"/dev/xvda {each['BlockDeviceMappings'][0]['Ebs']['VolumeId']}"]
        for reservation in reservations
        for each in reservation["Instances"]
    }
    return [(AssessCode.KEPT_VOLUMES, GROUP, {fleet.aws.template: ["/dev/xvda"], **roots})]


@plant
def a_volume_beside_the_root(fleet: AssessedFleet) -> Found:
    fleet.start(version=fleet.launched(BlockDeviceMappings=_disks(DeleteOnTermination=True)))
    return [(AssessCode.DATA_VOLUMES, GROUP, {fleet.aws.template: ["/dev/sdf"], **_volumes(fleet)})]


@plant
def a_volume_attached_by_hand(fleet: AssessedFleet) -> Found:
    fleet.start()
    server = fleet.servers[0]
    zone = next(each["AvailabilityZone"] for each in fleet.aws.instances(GROUP) if each["InstanceId"] == server)
    volume = fleet.aws.ec2.create_volume(AvailabilityZone=zone, Size=10)["VolumeId"]
    fleet.aws.ec2.attach_volume(VolumeId=volume, InstanceId=server, Device="/dev/sdg")
    return [(AssessCode.KEPT_VOLUMES, GROUP, {server: [f"/dev/sdg {volume}"]})]


@plant
def disks_of_the_host(fleet: AssessedFleet) -> Found:
    fleet.start(version=fleet.launched(InstanceType="m5d.large"))
    return [(AssessCode.INSTANCE_STORE, GROUP, {"m5d.large": 75})]


@plant
def a_single_server(fleet: AssessedFleet) -> Found:
    fleet.start(size=1, MinSize=1, MaxSize=1)
    return [(AssessCode.SINGLE_SERVER, GROUP, {"min": 1, "max": 1})]


def _let_in(fleet: AssessedFleet, **rule: Any) -> None:
    fleet.aws.ec2.authorize_security_group_ingress(GroupId=fleet.walls, IpPermissions=[{"IpProtocol": "tcp", **rule}])


@plant
def ssh_from_everywhere(fleet: AssessedFleet) -> Found:
    _let_in(fleet, FromPort=20, ToPort=25, IpRanges=[{"CidrIp": "0.0.0.0/0"}], Ipv6Ranges=[{"CidrIpv6": "::/0"}])
    found = [{"port": 22, "source": "0.0.0.0/0"}, {"port": 22, "source": "::/0"}]
    return [(AssessCode.SSH_OPEN, fleet.walls, found)]


@plant
def remote_desktop_from_a_bastion(fleet: AssessedFleet) -> Found:
    bastion = fleet.aws.ec2.create_security_group(GroupName="bastion", Description="b", VpcId=fleet.aws.vpc)["GroupId"]
    _let_in(fleet, FromPort=3389, ToPort=3389, UserIdGroupPairs=[{"GroupId": bastion}])
    return [(AssessCode.SSH_OPEN, fleet.walls, [{"port": 3389, "source": bastion}])]


@plant
def everything_from_inside(fleet: AssessedFleet) -> Found:
    _let_in(fleet, IpProtocol="-1", IpRanges=[{"CidrIp": "10.0.0.0/8"}])
    found = [{"port": 22, "source": "10.0.0.0/8"}, {"port": 3389, "source": "10.0.0.0/8"}]
    return [(AssessCode.SSH_OPEN, fleet.walls, found)]


@plant
def ssh_by_a_security_group_that_only_a_server_has(fleet: AssessedFleet) -> Found:
    fleet.start()
    server = fleet.servers[0]
    by_hand = fleet.aws.ec2.create_security_group(GroupName="h", Description="h", VpcId=fleet.aws.vpc)["GroupId"]
    way = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.1/32"}]}
    fleet.aws.ec2.authorize_security_group_ingress(GroupId=by_hand, IpPermissions=[way])
    fleet.aws.ec2.modify_instance_attribute(InstanceId=server, Groups=[fleet.walls, by_hand])
    return [(AssessCode.SSH_OPEN, by_hand, [{"port": 22, "source": "192.0.2.1/32"}])]


@plant
def a_key_pair(fleet: AssessedFleet) -> Found:
    fleet.aws.ec2.create_key_pair(KeyName="admins")
    fleet.start(version=fleet.launched(KeyName="admins"))
    return [(AssessCode.KEY_PAIR, GROUP, ["admins"])]


@plant
def a_server_made_by_hand(fleet: AssessedFleet) -> Found:
    fleet.start()
    server = fleet.servers[0]
    fleet.aws.ec2.delete_tags(Resources=[server], Tags=[{"Key": "aws:ec2launchtemplate:id"}])
    return [(AssessCode.MADE_BY_HAND, GROUP, [server])]


@plant
def a_server_that_is_older_than_the_template(fleet: AssessedFleet) -> Found:
    fleet.start()
    server = fleet.servers[0]
    fleet.aws.ec2.delete_tags(Resources=[server], Tags=[{"Key": "aws:ec2launchtemplate:id"}])

    def configured(answer: Any) -> None:
        for group in answer["AutoScalingGroups"]:
            for each in group["Instances"]:
                if each["InstanceId"] == server:
                    del each["LaunchTemplate"]
                    each["LaunchConfigurationName"] = "legacy"

    as_aws_shows(fleet, "describe_auto_scaling_groups", configured)
    versions = {"launch configuration legacy": 1, f"launch template {fleet.aws.template} version {fleet.version}": 2}
    return [(AssessCode.MIXED_VERSIONS, GROUP, versions)]


@plant
def servers_of_two_images(fleet: AssessedFleet) -> Found:
    fleet.start()
    second = fleet.launched(NEW)
    fleet.aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=GROUP, LaunchTemplate=fleet.aws.specification(second), DesiredCapacity=4
    )
    fleet.aws.wait(600)
    versions = {
        f"launch template {fleet.aws.template} version {number}": count
        for number, count in ((fleet.version, 3), (second, 1))
    }
    return [(AssessCode.MIXED_IMAGES, GROUP, {OLD: 3, NEW: 1}), (AssessCode.MIXED_VERSIONS, GROUP, versions)]


@plant
def servers_of_two_versions_of_one_image(fleet: AssessedFleet) -> Found:
    fleet.start()
    second = fleet.launched(UserData=encoded("#!/bin/sh\ntrue\n"))
    fleet.aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=GROUP, LaunchTemplate=fleet.aws.specification(second), DesiredCapacity=4
    )
    fleet.aws.wait(600)
    versions = {
        f"launch template {fleet.aws.template} version {number}": count
        for number, count in ((fleet.version, 3), (second, 1))
    }
    return [(AssessCode.MIXED_VERSIONS, GROUP, versions)]


@plant
def old_servers(fleet: AssessedFleet) -> Found:
    fleet.start()
    fleet.aws.wait(40 * DAY)
    return [(AssessCode.OLD_SERVERS, GROUP, dict.fromkeys(fleet.servers, 40))]


@plant
def a_password_in_user_data(fleet: AssessedFleet) -> Found:
    fleet.start(version=fleet.launched(UserData=encoded("#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\n")))
    return [(AssessCode.KEYS_AT_BOOT, fleet.aws.template, [2])]


@plant
def metadata_without_a_token(fleet: AssessedFleet) -> Found:
    fleet.start(version=fleet.launched(MetadataOptions={"HttpTokens": "optional", "HttpEndpoint": "enabled"}))
    return [(AssessCode.IMDS_V1, GROUP, [fleet.aws.template, *fleet.servers])]


@plant
def a_dedicated_host(fleet: AssessedFleet) -> Found:
    fleet.start(version=fleet.launched(Placement={"Tenancy": "host"}))
    return [(AssessCode.HOST_BOUND, GROUP, {fleet.aws.template: ["tenancy host"]})]


@plant
def an_elastic_address(fleet: AssessedFleet) -> Found:
    fleet.start()
    server = fleet.servers[0]
    made = fleet.aws.ec2.allocate_address(Domain="vpc")
    fleet.aws.ec2.associate_address(InstanceId=server, AllocationId=made["AllocationId"])
    return [(AssessCode.FIXED_ADDRESS, GROUP, {server: [made["PublicIp"]]})]


@plant
def a_private_address_in_the_template(fleet: AssessedFleet) -> Found:
    interface = {"DeviceIndex": 0, "Groups": [fleet.walls], "PrivateIpAddress": "10.0.0.17"}
    version = fleet.launched(NetworkInterfaces=[{**interface, "DeleteOnTermination": True}])
    fleet.start(version=version)
    return [(AssessCode.FIXED_ADDRESS, GROUP, {fleet.aws.template: ["10.0.0.17"]})]


@plant
def an_interface_that_stays(fleet: AssessedFleet) -> Found:
    fleet.start()
    server = fleet.servers[0]
    subnet = fleet.aws.ec2.describe_instances(InstanceIds=[server])["Reservations"][0]["Instances"][0]["SubnetId"]
    made = fleet.aws.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    fleet.aws.ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=server, DeviceIndex=1)
    return [(AssessCode.FIXED_ADDRESS, GROUP, {server: [made]})]


@plant
def packages_at_boot(fleet: AssessedFleet) -> Found:
    script = "#!/bin/bash\nset -e\napt-get update\nDEBIAN_FRONTEND=noninteractive apt-get -y install nginx\n"
    fleet.start(version=fleet.launched(UserData=encoded(script)))
    return [(AssessCode.BOOT_INSTALLS, fleet.aws.template, [{"line": 4, "does": "apt-get install"}])]


@plant
def a_script_from_the_web(fleet: AssessedFleet) -> Found:
    fleet.start(version=fleet.launched(UserData=encoded("#!/bin/bash\ncurl -fsSL https://get.example.com | sudo sh\n")))
    step = {"line": 2, "does": "a script from the web, into a shell"}
    return [(AssessCode.BOOT_FETCHES, fleet.aws.template, [step])]


@plant
def a_slow_boot(fleet: AssessedFleet) -> Found:
    fleet.start(HealthCheckGracePeriod=900)
    return [(AssessCode.SLOW_BOOT, GROUP, 900)]


@plant
def health_that_nobody_asks_for(fleet: AssessedFleet) -> Found:
    fleet.start(HealthCheckType="EC2")
    return [(AssessCode.HEALTH_NOT_ASKED, GROUP, "EC2")]


@plant
def no_load_balancer(fleet: AssessedFleet) -> Found:
    fleet.start(HealthCheckType="EC2", TargetGroupARNs=[])
    return [(AssessCode.NO_LOAD_BALANCER, GROUP, "EC2")]


@plant
def no_grace(fleet: AssessedFleet) -> Found:
    fleet.start()
    fleet.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, HealthCheckGracePeriod=0)
    return [(AssessCode.NO_GRACE, GROUP, 0)]


@plant
def a_protected_server(fleet: AssessedFleet) -> Found:
    fleet.start()
    server = fleet.servers[0]
    fleet.aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ProtectedFromScaleIn=True
    )
    return [(AssessCode.PROTECTED, GROUP, {"servers": [server], "fresh": False})]


@plant
def fresh_servers_that_are_protected(fleet: AssessedFleet) -> Found:
    fleet.start()
    fleet.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, NewInstancesProtectedFromScaleIn=True)
    return [(AssessCode.PROTECTED, GROUP, {"servers": [], "fresh": True})]


@plant
def suspended_processes(fleet: AssessedFleet) -> Found:
    fleet.start()
    fleet.aws.autoscaling.suspend_processes(
        AutoScalingGroupName=GROUP, ScalingProcesses=["ReplaceUnhealthy", "AZRebalance"]
    )
    return [(AssessCode.SUSPENDED, GROUP, ["AZRebalance", "ReplaceUnhealthy"])]


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_found_with_its_values_and_nothing_else(fleet: AssessedFleet, name: str):
    wanted = PLANTS[name](fleet)
    assessed = fleet.assess()
    assert assessed.unread == ()
    found = [(each.code, each.subject, each.found) for each in assessed.findings]
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert all(each.said and each.row.why and each.row.remedy for each in assessed.findings)


def test_every_code_is_planted():
    source = {name: change.__code__ for name, change in PLANTS.items()}
    named = {each for code in source.values() for each in code.co_names}
    assert {each.name for each in AssessCode} - named == set()
    assert {*ASSESS_CODES} == {*AssessCode}


def test_a_group_as_strata_makes_one_has_no_finding(fleet: AssessedFleet):
    assessed = fleet.assess()
    assert list(assessed.findings) == []
    (group,) = assessed.groups
    assert (group.servers, group.compared, group.not_observed) == (3, 3, ())
    assert group.headline == "3 of 3 servers looked at: nothing found"
    assert assessed.exit_code(strict=True) == 0


def test_compressed_user_data_is_read(fleet: AssessedFleet):
    import base64

    packed = base64.b64encode(gzip.compress(b"#!/bin/sh\ndnf -y upgrade\n")).decode()
    fleet.start(version=fleet.launched(UserData=packed))
    assert [each.code for each in fleet.assess().findings] == [AssessCode.BOOT_INSTALLS]
