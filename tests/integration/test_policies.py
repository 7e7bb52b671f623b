"""The policy rules with the real engine: as a policy pack, and on the events of a rehearsal."""

from strata.engine.events import Event
from strata.policy import PACK_FOLDER, Terms
from strata.stage import Stage
from strata_rehearsal.run.run_listener import PolicyInspection
from tests.all_pages import all_pages
from tests.integration.conftest import NewTrial
from tests.integration.support import routed
from tests.integration.support.trial import Said


class Inspected(Said):
    def __init__(self) -> None:
        super().__init__()
        self.inspection = PolicyInspection()

    def event(self, event: Event, /) -> None:
        super().event(event)
        self.inspection.event(event)


async def test_the_pack_refuses_a_careless_plan_and_says_why(new_trial: NewTrial):
    trial = new_trial({}, program="careless")
    refused = await trial.preview("--policy-pack", str(PACK_FOLDER))
    assert not refused.ok
    told = {each.message: each.urn for each in refused.diagnostics if each.severity == "error"}
    (port,) = [text for text in told if text.startswith("no-open-admin-port:")]
    assert "lets 0.0.0.0/0 in on port 22" in port
    assert "fix: Remove the rule" in port
    assert told[port].endswith("::open")
    assert any(text.startswith("imdsv2:") for text in told)
    assert not any("no-secrets-in-the-open" in text for text in told), "the user data is not known in a preview"


async def test_the_pack_stops_an_up_before_the_resource_is_made(new_trial: NewTrial):
    trial = new_trial({}, program="careless")
    refused = await trial.up("--policy-pack", str(PACK_FOLDER))
    assert not refused.ok
    templates = all_pages(trial.site.client("ec2"), "describe_launch_templates")
    assert not [each for each in templates if each["LaunchTemplateName"].startswith("careless-")]


async def test_a_rehearsal_finds_everything_the_pack_would(new_trial: NewTrial):
    trial, said = new_trial({}, program="careless"), Inspected()
    applied = await trial.up(said=said)
    assert applied.ok, applied.reason
    found = said.inspection.findings(Terms(Stage.STAGING, now=0))
    assert {(each.rule.id, each.resource.name) for each in found if each.mandatory} == {
        ("no-open-admin-port", "open"),
        ("imdsv2", "careless"),
        ("no-secrets-in-the-open", "careless"),
    }
    assert not any("hunter2" in str(each) for each in found)
    again = Inspected()
    await trial.up(said=again)
    assert again.inspection.findings(Terms(Stage.STAGING, now=0)) == found, "what stays the same is judged too"
    await trial.destroy()


async def test_what_strata_makes_passes_the_pack(new_trial: NewTrial):
    trial = new_trial({"web": routed(10)})
    allowed = await trial.preview("--policy-pack", str(PACK_FOLDER))
    assert allowed.ok, allowed.reason
    assert not [each.message for each in allowed.diagnostics if each.severity in ("error", "warning")]
