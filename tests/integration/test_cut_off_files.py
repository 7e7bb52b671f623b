"""Every file of a real backend, cut off as a kill or a full disk can cut it off: the next run goes on."""

import shutil
from pathlib import Path

import pytest

from strata.engine.bootstrap.set_up import ready_cli
from strata.engine.engine_run import EngineResult
from strata.engine.pulumi_cli import Cli
from strata.errors import RehearsalError
from strata_rehearsal.workspace.recovery import recover
from tests.integration.support.file_trial import FileTrial, is_gone, new_file_trial, until
from tests.integration.support.warm_start import WarmStart

KEPT = "state of it"
"""The folder of the trial that holds everything a rehearsal keeps."""


@pytest.fixture(scope="module")
def cli() -> Cli:
    return ready_cli()


@pytest.fixture
async def applied(tmp_path: Path, cli: Cli, warm: WarmStart) -> FileTrial:
    """A stack that was applied twice, so that the state before is kept too."""
    trial = new_file_trial(tmp_path, cli, warm)
    engine = trial.engine(names=["a"])
    await engine.create_stack()
    for names in (["a"], ["a", "b"]):
        done = await trial.engine(names=names).up()
        assert done.ok, done.reason
    return trial


@pytest.fixture
async def killed(tmp_path: Path, cli: Cli, warm: WarmStart) -> FileTrial:
    """A stack whose engine was killed in the middle of a creation: a lock, and an operation left open."""
    trial = new_file_trial(tmp_path, cli, warm)
    engine = trial.engine(names=["a", "noted-b"])
    await engine.create_stack()
    (tmp_path / "block").touch()
    run = await engine.start("up")
    await until(lambda: len(trial.made()) == 2, "the plugin creates")
    run.kill()
    await run.result()
    (tmp_path / "block").unlink()
    await until(lambda: all(is_gone(each) for each in trial.processes()), "language host and plugin are gone")
    return trial


def cuts(file: Path, size: int) -> set[int]:
    """Where a file is cut off: what the engine wrote about earlier runs is read by nobody, and one place will do."""
    return {size // 2} if "history" in file.parts else {0, min(1, size), size // 2, size - 1}


class Whole:
    """The files of a trial before anything was cut off, to be put back as often as needed."""

    def __init__(self, trial: FileTrial) -> None:
        self.trial = trial
        self._folders = (KEPT, "made")
        for name in self._folders:
            shutil.copytree(trial.folder / name, trial.folder / "whole" / name)

    def files(self, *folders: str) -> list[Path]:
        """What the engine writes and reads again, its logs left out."""
        root = self.trial.folder / KEPT
        found = (file for folder in folders for file in (root / folder).rglob("*"))
        return sorted(file.relative_to(root) for file in found if file.is_file())

    async def cut(self, file: Path, size: int) -> None:
        """All files as they were, and one of them cut off."""
        for name in self._folders:
            shutil.rmtree(self.trial.folder / name)
            shutil.copytree(self.trial.folder / "whole" / name, self.trial.folder / name)
        whole = self.trial.folder / KEPT / file
        whole.write_bytes(whole.read_bytes()[:size])

    def size(self, file: Path) -> int:
        return (self.trial.folder / "whole" / KEPT / file).stat().st_size


async def apply(trial: FileTrial, names: list[str], told: list[str]) -> EngineResult:
    engine = trial.engine(names=names)
    await recover(engine, told.append)
    await engine.create_stack()
    done = await engine.up()
    assert engine.state.locks() == []
    return done


async def test_after_a_cut_in_any_file_of_the_backend_the_next_run_goes_on(applied):
    whole = Whole(applied)
    files = whole.files("state", "workspaces", "home/workspaces")
    assert {"meta.yaml", "dev.json", "dev.json.bak", "Pulumi.dev.yaml"} <= {file.name for file in files}
    assert not [file for file in files if file.suffix == ".attrs"]
    for file in files:
        for size in cuts(file, whole.size(file)):
            await whole.cut(file, size)
            done = await apply(applied, ["a", "b"], [])
            assert done.ok, f"{file} cut off at {size}: {done.reason}"
            assert applied.made() == {"a", "b"}


async def test_after_a_kill_and_a_cut_the_next_run_goes_on_or_says_what_to_do(killed):
    whole = Whole(killed)
    (lock,) = killed.engine().state.locks()
    files = whole.files("state/.pulumi/locks", "state/.pulumi/stacks")
    assert {lock.file.name, "dev.json", "dev.json.bak"} == {file.name for file in files}
    for file in files:
        for size in cuts(file, whole.size(file)):
            await whole.cut(file, size)
            told: list[str] = []
            if file.name == "dev.json":
                # The state before knows only one of the two that were being made.
                with pytest.raises(RehearsalError, match="knows nothing of") as error:
                    await apply(killed, ["a", "noted-b"], told)
                assert "strata rehearse dev --stop" in str(error.value.fix)
                continue
            done = await apply(killed, ["a", "noted-b"], told)
            assert done.ok, f"{file} cut off at {size}: {done.reason}"
            assert killed.made() == {"a", "id-of-noted-b"}
            assert any(line.startswith("an earlier run was killed") for line in told)


@pytest.mark.parametrize("size", [0, 20])
async def test_a_note_that_an_older_rehearsal_left_beside_the_state_stops_no_run(applied, size):
    """The engine kept notes beside each file; cut off, they made it end with "failed to load checkpoint: EOF"."""
    state = applied.engine().state
    for file in (state.file, state.meta_file, state.file.with_name("dev.json.bak")):
        file.with_name(f"{file.name}.attrs").write_text('{"user.cache_control":""}'[:size])
    engine = applied.engine(names=["a", "b"])
    await recover(engine)
    done = await engine.up()
    assert done.ok, done.reason
    assert done.changes.created == 0
