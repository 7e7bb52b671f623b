"""The gate inside the engine: what fails an `up`, and what a gate must be given."""

from tests.all_pages import all_pages
from tests.integration.support import routed, worker

ERRORS = (
    "TimeoutError",
    "AssertionError",
    "Exception",
    "CancelledError",
    "SystemExit",
    "KeyboardInterrupt",
    "BaseException",
)


async def test_an_exception_without_a_message_fails_the_up_whatever_its_kind(new_trial):
    services = {f"w{number}": worker((0, 1)) for number in range(len(ERRORS))}
    errors = dict(zip(services, ERRORS, strict=True))
    trial = new_trial(services, program="broken_gate", extra={"trial:errors": errors})
    done = await trial.up("--continue-on-error")
    assert done.exit_code > 0
    # one that says nothing came back is an outage: it is waited out, and then says that
    outage = {"TimeoutError": 'hook "w0-first-release" failed: AWS has not answered'}
    for service, error in errors.items():
        assert outage.get(error, f"{service}: the gate failed: {error}") in done.reason, done.reason
        assert trial.record(service) is None
        assert trial.group(service), "everything before the gate is there"


async def test_a_service_on_an_explicit_provider_needs_a_session(new_trial):
    trial = new_trial({"jobs": worker((1, 2))}, program="explicit_provider")
    refused = await trial.preview()
    assert not refused.ok
    assert "service jobs uses an explicit AWS provider, whose credentials its gate cannot read" in refused.reason
    assert "session=boto3.Session(...)" in refused.reason
    trial.extra["trial:session"] = True
    accepted = await trial.preview()
    assert accepted.ok, accepted.reason


async def test_a_group_that_must_be_replaced_waits_for_health_and_never_boots_an_unproven_release(new_trial):
    trial = new_trial({"jobs": worker((2, 3))}, program="named_group", extra={"trial:group": "jobs-a"})
    trial.extra["trial:group"] = f"{trial.stack}-a"
    assert (await trial.up()).ok
    before = trial.running("jobs")
    trial.mark()

    trial.extra["trial:group"] = f"{trial.stack}-b"
    replaced = await trial.up()
    assert replaced.ok, replaced.reason
    trial.is_live("jobs", "1.0.0")
    assert trial.group("jobs").name == f"{trial.stack}-b"
    assert not before.keys() & trial.running("jobs").keys()
    assert trial.history.calls("StartInstanceRefresh") == []
    actions = [each["action"] for each in trial.history.events if each["kind"] == "api" and "error" not in each]
    assert (
        actions.index("CreateAutoScalingGroup")
        < actions.index("PutParameter")
        < actions.index("DeleteAutoScalingGroup")
    )

    trial.extra["trial:group"] = f"{trial.stack}-c"
    refused = await trial.up(jobs="2.0.0")
    assert not refused.ok
    assert "the fleet is to be replaced for a release that no rollout has proven" in refused.reason
    trial.is_live("jobs", "1.0.0")
    assert trial.group("jobs").name == f"{trial.stack}-b"


async def test_a_topic_is_told_of_start_checkpoints_and_end(new_trial):
    trial = new_trial({"jobs": worker((2, 3), rollout={"checkpoint_percentages": [50, 100]})})
    topic = trial.site.client("sns").create_topic(Name=f"{trial.stack}-on-call")["TopicArn"]
    trial.services["jobs"]["notify_topic_arn"] = topic
    assert (await trial.up()).ok
    assert (await trial.up(jobs="2.0.0")).ok
    told = [call for call in trial.history.calls("Publish") if call["TopicArn"] == topic]
    assert [call["Subject"] for call in told] == [
        "jobs rollout started",
        "jobs rollout 50 %",
        "jobs rollout 100 %",
        "jobs rollout succeeded",
    ]
    assert "jobs 2.0.0" in told[0]["Message"]


async def test_row_23_taking_protection_off_and_replacing_in_one_change_loses_no_load_balancer(new_trial):
    trial = new_trial({"web": routed(10)}, stage="prod")
    assert (await trial.up()).ok
    balancers = trial.site.client("elbv2")
    before = {each["LoadBalancerArn"] for each in all_pages(balancers, "describe_load_balancers")}
    protected = await trial.destroy()
    assert not protected.ok
    assert "protect" in protected.reason

    trial.extra["strata:ingress"] = {"protect": False, "internal": True}
    done = await trial.up()
    assert done.ok, "what is stable is retained: a new one is made, and the old one is left as it is"
    after = {each["LoadBalancerArn"] for each in all_pages(balancers, "describe_load_balancers")}
    assert before <= after
