from pathlib import Path

import pytest

from strata.engine.pulumi_cli import Cli
from strata_rehearsal.workspace.home import ready_home
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import Workspace

SHOWS = 'echo "skips checkpoints: ${PULUMI_SKIP_CHECKPOINTS:-no}"'


@pytest.fixture
def engine(tmp_path: Path, script) -> StackEngine:
    """An engine that prints whether it was asked to skip its checkpoints."""
    cli = Cli(script(tmp_path / "pulumi", SHOWS), (3, 250, 0), "PATH")
    return StackEngine(cli, ready_home(tmp_path / "it", cli), Workspace(tmp_path, "shop", "dev"))


@pytest.mark.parametrize(
    "command,arguments,skips",
    [
        ("preview", (), "true"),
        ("destroy", ("--preview-only",), "true"),
        ("up", (), "no"),
        ("destroy", (), "no"),
        ("refresh", (), "no"),
    ],
)
async def test_checkpoints_are_skipped_where_nothing_is_written_and_nowhere_else(engine, command, arguments, skips):
    result = await (await engine.start(command, arguments)).result()

    assert result.stdout == f"skips checkpoints: {skips}"
