"""Checks of what a task needs before its containers start: a way to the registry, and an execution role that may.

Whether an execution role may do something is asked of its own policies. A repository, a secret, a key or a log group
may have a policy that allows what they do not, so only what they deny, or what no other policy can allow, is refused.
"""

from collections.abc import Iterator
from itertools import groupby

from strata.rollout.preflight_findings import PreflightFinding, refuse, warn
from strata.rollout.tasks.task_access import REGISTRY_LOGIN, WRITE_LINES, missing_ways
from strata.rollout.tasks.task_facts import TaskFacts
from strata.rollout.tasks.task_spec import TaskRollout

__all__ = ["find_closed_subnets", "find_refused_actions"]


def find_closed_subnets(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """A task that cannot reach the registry never runs (CannotPullContainerError)."""
    if facts.ways is None:
        yield warn(
            "whether its subnets reach the registry could not be read",
            "Allow ec2:DescribeRouteTables and ec2:DescribeVpcEndpoints to the deployer.",
        )
    for ways in facts.ways or ():
        missing = missing_ways(ways, facts.definition.images if facts.definition else (), public=facts.public)
        if missing:
            yield refuse(
                f"nothing in subnet {ways.subnet} reaches the registry of its images: it has no NAT gateway or other "
                f"way out, and lacks {', '.join(missing)}",
                "Give the network a NAT gateway (`network.nat`), or these endpoints.",
            )


def find_refused_actions(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """A task whose execution role may not do what ECS does by it stops before it runs (ResourceInitializationError)."""
    name = facts.definition.execution_role.rpartition("/")[2] if facts.definition else ""
    if not facts.role_there:
        yield refuse(
            f"execution role {name} is not there: no task could start", "Run `pulumi refresh`, then `pulumi up`."
        )
    if facts.refused_actions is None:
        yield warn(
            f"whether execution role {name} may pull the images, read the secrets and write logs could not be read",
            "Allow iam:SimulatePrincipalPolicy to the deployer.",
        )
    elif not facts.keys_read:
        yield warn(
            f"whether execution role {name} may use the keys of the secrets could not be read",
            "Allow secretsmanager:DescribeSecret, ssm:DescribeParameters and kms:DescribeKey to the deployer.",
        )
    for resource, group in groupby(facts.refused_actions or (), key=lambda each: each.resource):
        listed = list(group)
        actions = ", ".join(each.action for each in listed)
        starts = all(each.action == WRITE_LINES for each in listed)
        if any(each.denied or each.action == REGISTRY_LOGIN for each in listed):
            consequence = "what its tasks write would be lost" if starts else "no task could start"
            yield refuse(
                f"execution role {name} may not {actions} on {resource}: {consequence}",
                "Allow it in the policies of the role, and look for one that denies it.",
            )
        else:
            consequence = "what its tasks write is lost" if starts else "no task can start"
            yield warn(
                f"no policy of execution role {name} allows {actions} on {resource}: {consequence} unless a policy "
                "over there does",
                "Allow it in the policies of the role.",
            )
