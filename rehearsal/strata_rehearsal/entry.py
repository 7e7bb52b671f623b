"""What the library's command line reaches through the entry point `strata.rehearsal`; see `strata.rehearsal.Rehearsal`.

Everything heavy is imported by what needs it: `strata --help` comes by here too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strata.project.location import local_aws_folder, project_name, state_folder

if TYPE_CHECKING:
    import click

    from strata.engine.engine_run import EngineResult
    from strata.engine.progress import Progress
    from strata.rehearsal import Rehearsal
    from strata_rehearsal.cloud.cloud_process import CloudHandle

__all__ = ["LOCAL"]


class _Local:
    """The rehearsal of this distribution."""

    def command(self) -> "click.Command":
        from strata_rehearsal.cli.rehearse import command

        return command

    def missing_packages(self) -> Sequence[str]:
        from strata_rehearsal.needs import missing_packages

        return missing_packages()

    def local_aws(self, project: Path) -> "CloudHandle | None":
        from strata_rehearsal.cloud.cloud_process import find

        return find(local_aws_folder(project))

    def provider(self, endpoint: str, region: str | None) -> Mapping[str, Any]:
        from strata_rehearsal.run.aws_config import DEFAULT_REGION, provider_fields

        return provider_fields(endpoint, region or DEFAULT_REGION)

    def resources(self, project: Path, stack: str) -> Sequence[dict[str, Any]]:
        from strata_rehearsal.workspace.home import Home
        from strata_rehearsal.workspace.stack_state import StackState

        return StackState(Home(state_folder(project) / "pulumi"), project_name(project), stack).resources()

    async def preview(self, project: Path, stack: str, progress: "Progress", command: Sequence[str]) -> "EngineResult":
        from strata_rehearsal.run.conduct import preview

        return await preview(project, stack, progress, command)


LOCAL: "Rehearsal" = _Local()
