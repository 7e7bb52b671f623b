"""A drill for a stack of a project on disk."""

from collections.abc import Callable
from pathlib import Path

from strata.aws.target import connect_to_aws
from strata.project.location import project_name
from strata.project.stack_file import read_stack
from strata.restore_drill.databases import Databases
from strata.restore_drill.drill import Drill

__all__ = ["prepared"]


def prepared(project: Path, stack: str, *, local: bool, say: Callable[[str], None]) -> Drill:
    """Prepare a drill.

    Args:
        project: folder of the Pulumi project.
        stack: the stack.
        local: ask the local AWS of the last rehearsal.
        say: told of every step.

    Raises:
        UsageError: there is no such stack, or no local AWS.
    """
    file = read_stack(project, stack)
    clients, clock = connect_to_aws(project, stack, file, local=local)
    tags = {"strata:project": project_name(project), "strata:stack": stack.rsplit("/", 1)[-1]}
    return Drill(Databases(clients), clock, tags, say, clients.renew)
