"""What `strata rollout status` says of a server that break-glass holds: it agrees with `strata drift`."""

import json
import shlex

from botocore.exceptions import ClientError

from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_servers import LiveServers
from strata.rollout.stack_services import StackServices
from tests.unit.break_glass.conftest import GlassFleet
from tests.unit.drift.drifting_fleet import GROUP
from tests.unit.rehearsal.cloud.conftest import NEW


def status(glass: GlassFleet) -> LiveServers:
    """The service as the command shows it."""
    services = StackServices("shop", "prod", {"web": glass.settings}, {}, Driver(glass.client), glass.aws.clock)
    (found,) = services.look()
    assert isinstance(found, LiveServers)
    return found


def preferences(line: str) -> dict[str, object]:
    """Those of the refresh that a way back names."""
    words = shlex.split(line)
    return json.loads(words[words.index("--preferences") + 1])


def protect(glass: GlassFleet, server: str) -> None:
    glass.aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=[server], ProtectedFromScaleIn=True
    )


def test_what_is_held_in_service_is_no_deviation_until_it_is_over(glass: GlassFleet):
    version = glass.version(NEW, "d2")
    odd = glass.one_of(version)
    assert status(glass).deviations == (f"1 server on template version {version}",)
    glass.open(odd, in_service=True, hours=1)
    found = status(glass)
    assert (found.deviations, found.way_back) == ((), "")
    assert found.running == {"1.0.0": 2, f"template version {version}": 1}
    assert glass.found() == []
    glass.aws.wait(4000)
    assert status(glass).deviations == (f"1 server on template version {version}",)
    assert [kind for kind, _ in glass.found()] == ["break-glass-expired", "image"]


def test_one_that_came_back_in_service_is_not_held(glass: GlassFleet):
    version = glass.version(NEW, "d2")
    odd = glass.one_of(version)
    glass.open(odd)
    glass.aws.wait(600)
    glass.update(MaxSize=9)
    glass.aws.autoscaling.exit_standby(AutoScalingGroupName=GROUP, InstanceIds=[odd])
    glass.aws.wait(600)
    protect(glass, odd)
    assert status(glass).deviations == (f"1 server on template version {version}",)


def test_one_that_was_put_back_or_has_gone_is_still_shown(glass: GlassFleet):
    back, gone = glass.servers[:2]
    glass.open(back)
    glass.aws.wait(600)
    glass.open(gone)
    glass.aws.wait(600)
    glass.update(MaxSize=9)
    glass.aws.autoscaling.exit_standby(AutoScalingGroupName=GROUP, InstanceIds=[back])
    glass.aws.ec2.terminate_instances(InstanceIds=[gone])
    glass.aws.wait(600)
    services = StackServices("shop", "prod", {"web": glass.settings}, {}, Driver(glass.client), glass.aws.clock)
    (look,) = services.break_glass(services.look())
    assert (set(look.notes), look.whole) == ({back, gone}, True)


def test_where_not_all_notes_may_be_read_those_of_what_is_apart_are(glass: GlassFleet):
    kept, other = glass.servers[:2]
    glass.open(kept, in_service=True)
    glass.open(other)
    glass.aws.wait(600)
    glass.update(MaxSize=9)
    glass.aws.autoscaling.exit_standby(AutoScalingGroupName=GROUP, InstanceIds=[other])
    glass.aws.wait(600)
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParametersByPath")
    glass.refused["get_parameters_by_path"] = denied
    services = StackServices("shop", "prod", {"web": glass.settings}, {}, Driver(glass.client), glass.aws.clock)
    (look,) = services.break_glass(services.look())
    assert (set(look.notes), look.whole) == ({kept}, False)


def test_the_way_back_replaces_a_protected_server_too(glass: GlassFleet):
    odd = glass.one_of(glass.version(NEW, "d2"))
    assert preferences(status(glass).way_back)["ScaleInProtectedInstances"] == "Ignore"
    protect(glass, odd)
    assert preferences(status(glass).way_back)["ScaleInProtectedInstances"] == "Refresh"


def test_beside_one_that_is_held_the_way_back_takes_the_protection_off_first(glass: GlassFleet):
    odd = glass.one_of(glass.version(NEW, "d2"))
    held = next(each for each in glass.servers if each != odd)
    glass.open(held, in_service=True)
    protect(glass, odd)
    line = status(glass).way_back
    assert (
        f"set-instance-protection --auto-scaling-group-name web --no-protected-from-scale-in --instance-ids {odd};"
        in line
    )
    assert preferences(line)["ScaleInProtectedInstances"] == "Ignore"
