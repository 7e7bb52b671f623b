"""A rehearsal's report with something in every list: a rehearsal takes an engine, so that no contract test runs one.

What a real one prints is held to the same schema by tests/integration/test_exit_codes.py.
"""

import json
from pathlib import Path
from typing import Any

from strata.cli.output import with_warnings
from strata.engine.events import Changes
from strata.policy import Terms, judge
from strata.resources.resource import Resource
from strata.stage import Stage
from strata_rehearsal.run.made_up_images import MadeUpImage
from strata_rehearsal.run.playbook_runs import PlaybookRun
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport, RehearsedRollout, ServiceState
from strata_rehearsal.run.rollout_timeline import FleetSample, RolloutTimeline
from strata_rehearsal.run.taken_proofs import TakenProof

__all__ = ["rehearsed"]


def rehearsed() -> Any:
    """The document, as it is read again."""
    timeline = RolloutTimeline(
        "web", "1.4.2", "1.5.0", (FleetSample(0, 2, 2, 0, 2), FleetSample(380, 2, 0, 2, 2)), 2, 3
    )
    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    template = Resource(type=kind, name="open", urn=f"urn:pulumi:staging::shop::{kind}::open")
    report = RehearsalReport(
        stack="staging",
        outcome=RehearsalOutcome.SUCCEEDED,
        seconds=12.34,
        endpoint="http://127.0.0.1:4711",
        region="eu-west-1",
        changes=Changes(updated=2, same=95),
        rollouts=(RehearsedRollout(timeline, "Successful", "", 2, id="r-1"),),
        services=(ServiceState("web", "web", "1.5.0", 2, 2),),
        playbooks=(PlaybookRun("legacy", "Success", {"Success": 2}, applied=True),),
        outputs={},
        errors=(),
        taken_proofs=(TakenProof("ami-0f3c51d29a7e84b61", "web", "1.5.0", "eu-west-1", "shop/staging"),),
        made_up=(MadeUpImage("ami-0f3c51d29a7e84b61", "web", "1.5.0", "eu-west-1", "shop/staging"),),
        chart=Path("/shop/.strata/rollouts/staging/latest.svg"),
        findings=tuple(judge([template], Terms(Stage.PROD, now=0.0, teardown=False))),
    )
    return json.loads(json.dumps(with_warnings(report.document())))
