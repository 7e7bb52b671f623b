"""`strata init DIR`."""

import shlex
from pathlib import Path

import click

from strata.cli.options import dry_run_option, json_option
from strata.cli.output import echo, invocation, print_json, styled
from strata.errors import UsageError

__all__ = ["command"]


@click.command("init", short_help="Create a project: program, stack files, test and pipeline.")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the project. Default: that of the folder.")
@click.option("--service", default="web", show_default=True, help="Name of its service, and of the image it runs.")
@click.option("--containers", is_flag=True, help="Run the service in containers instead of on servers.")
@click.option("--region", default="eu-west-1", show_default=True, help="AWS region of its stacks.")
@dry_run_option
@json_option
def command(
    directory: Path, name: str | None, service: str, region: str, *, containers: bool, dry_run: bool, as_json: bool
) -> None:
    """Create a project: a program with one service, its stack files, a test and a pipeline.

    Nothing that exists is written over. What it makes can be rehearsed at once, without an account:

        strata init shop && strata rehearse staging -C shop
    """
    from strata.new_project.create import create
    from strata.new_project.project_files import NewProject, ServiceKind, project_files

    folder = directory.absolute()
    kind = ServiceKind.CONTAINERS if containers else ServiceKind.SERVERS
    project = NewProject(name if name is not None else folder.name, service, kind, region)
    if problems := project.problems:
        raise UsageError("; ".join(problems), fix="Name them by --name, --service and --region.")
    files = project_files(project)
    create(folder, files, dry_run=dry_run)
    where = shlex.quote(str(directory))
    after = [f"{invocation()} rehearse staging -C {where}", f"cd {where} && pytest"]
    if as_json:
        document = {"project": project.name, "folder": str(folder), "files": list(files), "next": after}
        print_json({**document, "dry_run": dry_run})
        return
    echo(styled(f"{directory}: {'would hold' if dry_run else 'has'} {len(files)} new files", bold=True))
    for each in files:
        echo(f"  {each}")
    for line in ["Next:", *(f"  {each}" for each in after)] if not dry_run else ():
        echo(line)
