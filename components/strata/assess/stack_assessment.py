"""An assessment of the groups of a stack, or of a group by its name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.assess.assess_codes import PAGE, UNSEEN
from strata.assess.assess_driver import AssessDriver
from strata.assess.assess_reading import AssessReading
from strata.assess.assessed_group import AssessedGroup
from strata.assess.group_assessment import AssessFinding, GroupAssessment, assess_facts
from strata.aws.clients import Clients
from strata.aws.provider_config import ProviderConfig
from strata.aws.target import plain_errors
from strata.clock import Clock, clock_from_environment
from strata.drift.drift_finding import UnreadPart
from strata.errors import UsageError
from strata.exit_code import ExitCode
from strata.rollout.live_service import tags_of
from strata.rollout.stack_place import find_stack

__all__ = ["StackAssessment", "assess_by_name", "assess_stack"]


@dataclass(frozen=True)
class StackAssessment:
    """Everything that was asked about.

    Args:
        stack: as it was named; None where only a group was.
        region: where it was looked at.
        groups: those that were looked at.
        unread: what could not be read; its `service` is the name of a group, empty for all of them.
    """

    stack: str | None
    region: str
    groups: tuple[GroupAssessment, ...]
    unread: tuple[UnreadPart, ...]

    @property
    def findings(self) -> tuple[AssessFinding, ...]:
        """Those of all groups."""
        return tuple(found for each in self.groups for found in each.findings)

    def exit_code(self, *, strict: bool) -> ExitCode:
        """What the command ends with: what is found counts, whatever else could not be read.

        Args:
            strict: whether what could not be read, or of which there was nothing to observe, ends with the code for
                warnings.
        """
        if self.findings:
            return ExitCode.DRIFT
        if self.unread:
            return ExitCode.WARNINGS if strict else ExitCode.FAILED
        unobserved = any(each.not_observed for each in self.groups)
        return ExitCode.WARNINGS if strict and unobserved else ExitCode.OK

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "stack": self.stack,
            "region": self.region,
            "groups": [each.document() for each in self.groups],
            "not_looked_at": [
                {"subject": name, "said": row.what, "page": f"{PAGE}#{row.section}"} for name, row in UNSEEN.items()
            ],
            "unread": [
                {"group": each.service or None, "what": each.what, "why": each.why, "call": each.call}
                for each in self.unread
            ],
        }


def assess_stack(
    cwd: Path, given: str, group: str | None, *, local: bool, warn: Callable[[str], None]
) -> StackAssessment:
    """Assess the groups of a stack; it needs no stack file where the stack is named in full.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack, as a person names it.
        group: one group in the AWS of the stack, whether it is the stack's or not. Default: all with its tags.
        local: ask the local AWS of the last rehearsal.
        warn: called with what is done without.

    Raises:
        AwsError: AWS cannot be reached, or does not list groups.
        UsageError: there is no such stack or group, or the stack has none.
    """
    place = find_stack(cwd, given, local=local, warn=warn)
    if group is not None:
        return _assess_named(given, place.clients, place.clock, group)
    tags = {key: value for key, value in tags_of(place.project, place.stack, "").items() if value}
    driver = AssessDriver(place.clients)
    with plain_errors():
        groups = driver.groups_tagged(tags)
        if not groups:
            told = " and ".join(f"{key}={value}" for key, value in tags.items())
            raise UsageError(
                f"{place.title} has no Auto Scaling group in {driver.region}: none has the tags {told}",
                fix="Name a group by --group, or check the stack, the region and the account.",
            )
        return _assess(given, driver, place.clock, groups)


def assess_by_name(group: str, region: str | None) -> StackAssessment:
    """Assess a group that credentials lead to.

    Args:
        group: its name.
        region: where it is. Default: that of the environment.

    Raises:
        AwsError: AWS cannot be reached, or does not list groups.
        UsageError: there is no such group, or no region.
    """
    return _assess_named(None, Clients(ProviderConfig(region=region)), clock_from_environment(), group)


def _assess_named(stack: str | None, clients: Clients, clock: Clock, name: str) -> StackAssessment:
    driver = AssessDriver(clients)
    with plain_errors():
        groups = driver.groups_named(name)
        if not groups:
            raise UsageError(
                f"there is no Auto Scaling group {name!r} in {driver.region}",
                fix="Check its name, the region and the account: `aws autoscaling describe-auto-scaling-groups`.",
            )
        return _assess(stack, driver, clock, groups)


def _assess(stack: str | None, driver: AssessDriver, clock: Clock, groups: list[AssessedGroup]) -> StackAssessment:
    reading = AssessReading(driver)
    now = clock.now()
    found = tuple(assess_facts(each, now) for each in reading.look(groups))
    return StackAssessment(stack, driver.region, found, reading.unread)
