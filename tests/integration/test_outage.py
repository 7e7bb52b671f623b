"""An outage of AWS in the middle of `up`, by the real engine: no verdict, and nothing is started twice."""

from tests.integration.support import Said, worker
from tests.integration.support.faulty_proxy import Fault, Kind, faulty_proxy, to_endpoint

ROLLOUT = {"outage_deadline_seconds": 43_200}
"""Simulated time passes so fast here that half an hour is over before botocore has repeated a call."""


async def test_an_outage_and_lost_answers_neither_end_the_up_nor_start_or_leave_anything_twice(new_trial, site):
    with faulty_proxy(to_endpoint(site.cloud.endpoint)) as proxy:
        proxy.spares = "strata-rehearsal-plugin"
        trial = new_trial({"jobs": worker(rollout=ROLLOUT)}, endpoint=proxy.url, environment={"AWS_MAX_ATTEMPTS": "2"})
        assert (await trial.up()).ok
        proxy.calm()
        proxy.add(
            # botocore repeats it, and meets the refresh that its first request has started
            Fault(Kind.LOST_ANSWER, "StartInstanceRefresh"),
            Fault(Kind.SERVER_ERROR, "DescribeInstanceRefreshes", 6),
            Fault(Kind.LOST_REQUEST, "DescribeAutoScalingGroups", 4),
            Fault(Kind.EXPIRED, "GetParameters"),
        )
        said = Said()
        done = await trial.up(said=said, jobs="2.0.0")
        assert done.ok, done.reason
    trial.is_live("jobs", "2.0.0")
    assert [each.status.value for each in trial.refreshes("jobs")] == ["Successful"]
    assert trial.history.refusals("StartInstanceRefresh") == ["InstanceRefreshInProgress"]
    assert said.has("jobs: no answer from AWS for")
    assert said.has("what was started goes on in AWS")
    assert said.has("jobs: AWS answers again after")
    assert all(fault.times == 0 for fault in proxy.faults), "every fault was met"


async def test_an_outage_longer_than_the_deadline_fails_the_up_and_the_next_one_takes_the_rollout_up(new_trial, site):
    with faulty_proxy(to_endpoint(site.cloud.endpoint)) as proxy:
        proxy.spares = "strata-rehearsal-plugin"
        service = worker(rollout={"outage_deadline_seconds": 60}, boot_seconds=900)
        trial = new_trial({"jobs": service}, endpoint=proxy.url, environment={"AWS_MAX_ATTEMPTS": "1"})
        assert (await trial.up()).ok
        proxy.choose = lambda call: (
            Kind.LOST_REQUEST
            if call.action == "DescribeInstanceRefreshes" and trial.history.calls("StartInstanceRefresh")
            else None
        )
        failed = await trial.up(jobs="2.0.0")
        assert not failed.ok
        assert "AWS has not answered for" in failed.reason
        assert "a rollout that was started goes on in AWS" in failed.reason
        assert trial.recorded("jobs") == "1.0.0"
        proxy.choose = None
        again = await trial.up()
        assert again.ok, again.reason
    trial.is_live("jobs", "2.0.0")
    assert len(trial.history.calls("StartInstanceRefresh")) == 1
