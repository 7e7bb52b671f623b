import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from strata.engine.processes import is_running
from strata.engine.pulumi_cli import Cli
from strata.errors import BusyError
from strata_rehearsal.workspace.home import ready_home
from strata_rehearsal.workspace.recovery import recover
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import Workspace


@pytest.fixture
def engine(tmp_path: Path, script) -> StackEngine:
    """An engine that leaves a file `started` when it is started."""
    cli = Cli(script(tmp_path / "pulumi", f"touch {tmp_path / 'started'}"), (3, 250, 0), "PATH")
    return StackEngine(cli, ready_home(tmp_path / "it", cli), Workspace(tmp_path, "shop", "dev"))


def put_lock(engine: StackEngine, pid: int, host: str) -> None:
    engine.state.lock_folder.mkdir(parents=True, exist_ok=True)
    (engine.state.lock_folder / f"{pid}.json").write_text(json.dumps({"pid": pid, "hostname": host}))


async def test_with_nothing_to_clear_nothing_is_started(engine, tmp_path):
    assert await recover(engine) is False
    assert not (tmp_path / "started").exists()


async def test_the_lock_of_an_engine_on_another_machine_is_respected(engine, tmp_path):
    put_lock(engine, 1, "elsewhere.example")
    with pytest.raises(BusyError, match=r"stack dev is in use by process 1 on elsewhere\.example"):
        await recover(engine)
    assert not (tmp_path / "started").exists()


async def test_a_lock_whose_process_is_another_program_by_now_is_taken_off(engine, tmp_path):
    put_lock(engine, os.getpid(), socket.gethostname())
    told: list[str] = []
    assert await recover(engine, told.append) is True
    assert told == ["an earlier run was killed: removing its lock from stack dev"]
    assert engine.state.locks() == []


def test_a_process_runs_under_its_name_until_it_is_dead_even_if_it_is_not_buried(tmp_path):
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        assert is_running(process.pid, "cat")
        assert not is_running(process.pid, "pulumi")
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_running(process.pid, "cat")
    assert not is_running(process.pid, "cat")


def test_where_there_is_no_proc_the_process_table_is_asked(tmp_path, script, monkeypatch):
    monkeypatch.setattr("strata.engine.processes.PROC", tmp_path)
    script(tmp_path / "ps", 'echo "S+   /usr/local/bin/pulumi"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert is_running(7, "pulumi")
    script(tmp_path / "ps", 'echo "Z+   pulumi"')
    assert not is_running(7, "pulumi")
    script(tmp_path / "ps", "exit 1")
    assert not is_running(7, "pulumi")


@pytest.mark.parametrize("content", ["", "{", '{"pid": 7'])
@pytest.mark.parametrize("name", ["a.json", "a.json.18ac.tmp"])
async def test_a_lock_that_was_cut_off_as_it_was_taken_stops_nobody(engine, name, content):
    engine.state.lock_folder.mkdir(parents=True)
    (engine.state.lock_folder / name).write_text(content)
    (engine.state.lock_folder / f"{name}.attrs").touch()
    assert await recover(engine) is True
    assert list(engine.state.lock_folder.iterdir()) == []
