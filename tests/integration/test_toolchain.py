"""The toolchain with the real engine, and a plugin that makes files instead of servers."""

import asyncio
import textwrap
from pathlib import Path

import pytest

from strata.engine.bootstrap.set_up import ready_cli
from strata.engine.events import Changes, Event
from strata.engine.pulumi_cli import Cli
from strata.errors import BusyError
from strata_rehearsal.workspace.recovery import recover
from strata_rehearsal.workspace.stack_engine import StackEngine
from tests.integration.support.file_trial import FileTrial, is_gone, new_file_trial, until


@pytest.fixture(scope="module")
def cli() -> Cli:
    return ready_cli()


@pytest.fixture
def trial(tmp_path: Path, cli: Cli) -> FileTrial:
    return new_file_trial(tmp_path, cli)


async def blocked_up(trial: FileTrial, engine: StackEngine):
    """An `up` in the middle of a creation that will never end."""
    await engine.create_stack()
    (trial.folder / "block").touch()
    run = await engine.start("up")
    await until((trial.folder / "blocked").exists, "the plugin creates")
    (trial.folder / "block").unlink()
    return run


class Follower:
    def __init__(self):
        self.lines: list[str] = []
        self.events: list[Event] = []

    def console(self, line: str, /) -> None:
        self.lines.append(line)

    def event(self, event: Event, /) -> None:
        self.events.append(event)


async def test_a_stack_is_previewed_applied_and_destroyed_and_the_project_stays_untouched(trial, monkeypatch):
    # what Python compiles of a program it runs is Python's own
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    before = {each: each.read_bytes() for each in trial.repository.iterdir()}
    engine = trial.engine()
    follower = Follower()
    assert await recover(engine) is False
    await engine.create_stack()

    planned = await engine.preview(listener=follower)
    assert (planned.ok, planned.changes, trial.made()) == (True, Changes(created=3), set())
    assert [each.kind for each in follower.events][-1] == "cancelEvent"
    assert any("the program speaks" in line for line in follower.lines)
    assert {each.step.type for each in follower.events if each.step} >= {"aws:ssm/parameter:Parameter"}

    applied = await engine.up()
    assert (applied.ok, applied.changes, trial.made()) == (True, Changes(created=3), {"a", "b"})
    assert applied.outputs["names"] == ["a", "b"]
    assert await engine.outputs() == {"names": ["a", "b"], "token": "rehearsal"}
    assert not [each for each in applied.diagnostics if each.severity == "warning"]

    again = await trial.engine(names=["a", "c"]).up()
    assert (again.changes, trial.made()) == (Changes(created=1, deleted=1, same=2), {"a", "c"})

    destroyed = await engine.destroy()
    assert (destroyed.changes, trial.made()) == (Changes(deleted=3), set())
    assert {each: each.read_bytes() for each in trial.repository.iterdir()} == before


async def test_a_program_that_fails_says_so_with_its_own_lines_only(trial):
    trial.write_program("""
        import sys


        def deep():
            raise ValueError("no such thing")


        deep()
    """)
    engine = trial.engine()
    await engine.create_stack()
    result = await engine.preview()
    assert result.exit_code != 0
    assert "ValueError: no such thing" in result.reason
    assert "in deep" in result.reason
    assert "language_host" not in result.reason
    assert "runpy" not in result.reason


async def test_an_error_meant_for_the_user_comes_without_a_traceback(trial):
    trial.write_program("import pulumi\nraise pulumi.RunError('the zone is full')\n")
    engine = trial.engine()
    await engine.create_stack()
    result = await engine.preview()
    assert result.reason == "the zone is full"
    assert "Traceback" not in result.stdout


async def test_an_error_in_an_output_is_told_once_whatever_is_under_way(trial):
    trial.write_program("""
        import pulumi
        import pulumi_aws as aws


        def fail(_):
            raise pulumi.RunError("the zone is full")


        pulumi.Output.from_input("x").apply(fail)
        for number in range(40):
            aws.ssm.Parameter(f"a{number}", name=f"a{number}", type="String", insecure_value="1")
    """)
    engine = trial.engine()
    await engine.create_stack()
    assert (await engine.preview()).errors == ("the zone is full",)


@pytest.mark.parametrize("name", ["a", "noted-b"])
async def test_after_a_kill_nothing_lives_on_and_the_next_run_takes_over_what_was_made(trial, name):
    engine = trial.engine(names=[name])
    run = await blocked_up(trial, engine)
    with pytest.raises(BusyError, match=f"process {run.pid} "):
        await recover(engine)

    run.kill()
    result = await run.result()
    assert (result.exit_code, result.interrupted) == (-9, True)
    processes = trial.processes()
    assert len(processes) == 2, "one language host and one plugin have reported themselves"
    await until(lambda: all(is_gone(each) for each in processes), "language host and plugin are gone")
    assert len(engine.state.locks()) == 1
    assert [(each.kind, each.name) for each in engine.state.pending()] == [("creating", name)]

    told: list[str] = []
    assert await recover(engine, told.append) is True
    assert len(told) == 2
    assert f"creating {name}" in told[1]
    assert (engine.state.locks(), engine.state.pending()) == ([], [])
    assert await recover(engine) is False

    applied = await engine.up()
    assert applied.ok, applied.reason
    assert applied.changes.created == 0, "the parameter that was being created was taken over"


async def test_a_creation_that_never_came_to_be_is_made_by_the_next_run(trial):
    engine = trial.engine(names=["a"])
    run = await blocked_up(trial, engine)
    run.kill()
    await run.result()
    (trial.folder / "made" / "a").unlink()

    assert await recover(engine) is True
    applied = await engine.up()
    assert (applied.changes.created, trial.made()) == (1, {"a"}), applied.reason


async def test_a_second_interrupt_stops_the_engine_at_once(trial):
    engine = trial.engine(names=["a"])
    follower = Follower()
    await engine.create_stack()
    (trial.folder / "block").touch()
    run = await engine.start("up", listener=follower)
    await until((trial.folder / "blocked").exists, "the plugin creates")
    run.interrupt()
    await until(lambda: any("^C" in line for line in follower.lines), "the engine has taken the first one in")
    run.interrupt()
    result = await run.result()
    assert (result.ok, result.interrupted) == (False, True)
    await until(lambda: all(is_gone(each) for each in trial.processes()), "language host and plugin are gone")


async def test_giving_up_the_wait_ends_the_engine(trial, monkeypatch):
    monkeypatch.setattr("strata.engine.engine_run.PATIENCE_SECONDS", 2.0)
    run = await blocked_up(trial, trial.engine(names=["a"]))
    waiting = asyncio.create_task(run.result())
    await asyncio.wait([waiting], timeout=0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: is_gone(run.pid), "the engine is gone")


PACK = """
    import os
    import sys
    from concurrent import futures
    from pathlib import Path

    import grpc
    from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2


    class Pack(analyzer_pb2_grpc.AnalyzerServicer):
        def GetAnalyzerInfo(self, request, context):
            return analyzer_pb2.AnalyzerInfo(
                name="trial", version="1.0.0",
                policies=[analyzer_pb2.PolicyInfo(name="no-b", enforcementLevel=analyzer_pb2.MANDATORY)])

        def GetPluginInfo(self, request, context):
            return plugin_pb2.PluginInfo(version="1.0.0")

        def Configure(self, request, context):
            from google.protobuf.empty_pb2 import Empty
            return Empty()

        def Analyze(self, request, context):
            return analyzer_pb2.AnalyzeResponse(diagnostics=[analyzer_pb2.AnalyzeDiagnostic(
                policyName="no-b", policyPackName="trial", policyPackVersion="1.0.0", message="b is not wanted",
                enforcementLevel=analyzer_pb2.MANDATORY)] if request.name == "b" else [])

        def AnalyzeStack(self, request, context):
            return analyzer_pb2.AnalyzeResponse()


    assert ":" in sys.argv[1], "the engine's address is the argument"
    Path(os.environ["TRIAL"], "processes", str(os.getpid())).touch()
    print("the pack speaks", file=sys.stderr)
    server = grpc.server(futures.ThreadPoolExecutor(4))
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 1.0.0\n")
    (folder / "__main__.py").write_text(textwrap.dedent(PACK))
    return folder


async def test_a_policy_pack_refuses_a_plan_and_ends_with_the_engine(trial, pack):
    engine = trial.engine()
    await engine.create_stack()
    refused = await engine.preview("--policy-pack", str(pack))
    assert not refused.ok
    assert "no-b: b is not wanted" in refused.reason
    assert any(each.message == "the pack speaks" for each in refused.diagnostics)
    allowed = await trial.engine(names=["a"]).preview("--policy-pack", str(pack))
    assert allowed.ok, allowed.reason
    assert len(trial.processes()) == 6, "a host, a plugin and a pack for each preview"
    await until(lambda: all(is_gone(each) for each in trial.processes()), "all of them are gone")


async def test_a_policy_pack_that_cannot_start_says_why(trial, pack):
    (pack / "__main__.py").write_text("raise SystemExit('the rules are missing')\n")
    engine = trial.engine()
    await engine.create_stack()
    refused = await engine.preview("--policy-pack", str(pack))
    assert not refused.ok
    assert any("the rules are missing" in each.message for each in refused.diagnostics)


async def test_an_error_of_the_listener_comes_after_the_engine_has_done_its_work(trial):
    class Broken(Follower):
        def console(self, line: str, /) -> None:
            raise BrokenPipeError("nobody reads")

    engine = trial.engine()
    await engine.create_stack()
    with pytest.raises(BrokenPipeError, match="nobody reads"):
        await engine.up(listener=Broken())
    assert trial.made() == {"a", "b"}
