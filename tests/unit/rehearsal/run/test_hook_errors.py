"""What a failed rehearsal ends with follows from what the hooks of its program raised."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from strata import resource_hooks
from strata.errors import NOTED_ERRORS, BusyError, PreflightError, RolloutError
from strata.exit_code import ExitCode
from strata_rehearsal.run.program_errors import HookError, common_code, read_hook_errors

REFUSED = HookError("web: the rollout must not start:\n  - no image", ExitCode.REFUSED)
INVALID = HookError("overrides of web set group.tags, which no override may", ExitCode.BAD_INPUT)
BUSY = HookError("jobs: refresh r-1 is running", ExitCode.BUSY)
FAILED = HookError("web: the rollout was rolled back", ExitCode.FAILED)


@pytest.mark.parametrize(
    "raised,others,code",
    [
        ([REFUSED], [], ExitCode.REFUSED),
        ([BUSY], [], ExitCode.BUSY),
        ([BUSY, REFUSED], [], ExitCode.REFUSED),
        ([BUSY, FAILED], [], ExitCode.FAILED),
        ([INVALID], [], ExitCode.BAD_INPUT),
        ([REFUSED, INVALID], [], ExitCode.BAD_INPUT),
        ([INVALID], ["creating urn:... failed: quota"], ExitCode.FAILED),
        ([REFUSED], ["creating urn:... failed: quota"], ExitCode.FAILED),
        ([], ["creating urn:... failed: quota"], ExitCode.FAILED),
        ([], [], ExitCode.FAILED),
    ],
)
def test_a_run_is_refused_or_busy_when_nothing_else_made_it_fail(raised, others, code):
    errors = [f"before hook failed: {each.message.replace(chr(10), chr(10) + '    ')}" for each in raised]
    assert common_code([*errors, *others], raised) is code


@pytest.mark.parametrize(
    "error,noted",
    [
        (PreflightError("web: no", fix="Do."), HookError("web: no", ExitCode.REFUSED)),
        (BusyError("web: busy"), HookError("web: busy", ExitCode.BUSY)),
        (RolloutError("web: back"), HookError("web: back", ExitCode.FAILED)),
        (KeyError("x"), HookError("web: the gate failed: 'x'", ExitCode.FAILED)),
    ],
)
def test_a_hook_notes_what_it_raised_for_who_runs_the_engine(tmp_path: Path, monkeypatch, error, noted):
    path = tmp_path / "hook-errors.jsonl"
    monkeypatch.setenv(NOTED_ERRORS, str(path))
    monkeypatch.setattr(resource_hooks.pulumi, "ResourceHook", lambda _name, run, **_: run)

    async def work(_args: Any) -> None:
        raise error

    run: Any = resource_hooks.hook("web-release", "web", work)
    with pytest.raises(Exception, match="web"):
        asyncio.run(run(None))
    assert read_hook_errors(path) == (noted,)


def test_a_note_that_was_cut_off_is_left_out(tmp_path: Path):
    path = tmp_path / "hook-errors.jsonl"
    assert read_hook_errors(path) == ()
    path.write_text('{"message": "web: no", "exit_code": 3}\n{"message": "web: n')
    assert read_hook_errors(path) == (HookError("web: no", ExitCode.REFUSED),)
