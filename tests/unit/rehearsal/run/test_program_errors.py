"""A rehearsal ends with README's exit code for whatever a program raises."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strata import errors
from strata.engine.engine_run import EngineResult
from strata.engine.events import Changes, Diagnostic
from strata.errors import NOTED_ERRORS, SettingsError, StrataError
from strata.exit_code import ExitCode
from strata.problem import Problem
from strata_rehearsal.run.program_errors import common_code, errors_explained, read_hook_errors
from strata_rehearsal.run.reporting import outcome_of

README = Path(__file__).parents[4] / "README.md"


def kinds() -> Iterator[type[StrataError]]:
    """Every error Strata raises on purpose."""
    left: list[type[StrataError]] = [StrataError]
    while left:
        kind = left.pop()
        if kind.__module__ == errors.__name__:
            yield kind
            left.extend(kind.__subclasses__())


def raised(kind: type[StrataError]) -> StrataError:
    if issubclass(kind, SettingsError):
        return kind([Problem(("stage",), "prd", "a stage", "Write prod.", "enum")], source="Pulumi.prod.yaml")
    return kind("web: it cannot be\n  for a reason", fix="Do something else.")


def failed_with(text: str) -> EngineResult:
    """As the engine tells of a program that ended with an error."""
    told = Diagnostic("error", f"{text}\n", "urn", ephemeral=False)
    return EngineResult(("up",), 255, 1.0, Changes(), (told,), {}, "", "", interrupted=False)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_a_rehearsal_of_a_program_that_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[StrataError]):
    notes = tmp_path / "errors.jsonl"
    monkeypatch.setenv(NOTED_ERRORS, str(notes))
    error = raised(kind)
    outcome = outcome_of(failed_with(str(error)), (), (), read_hook_errors(notes))
    assert outcome.exit_code is kind.exit_code
    assert f"| {int(outcome.exit_code)} |" in README.read_text()


def test_the_docstring_of_the_tree_names_every_error_with_its_exit_code():
    said = dict(re.findall(r"(\w+Error) .*\(exit (\d)\)", errors.__doc__ or ""))
    known: dict[str, Any] = {kind.__name__: str(int(kind.exit_code)) for kind in kinds() if kind is not StrataError}
    assert said == known


def test_an_error_that_was_dealt_with_is_not_what_a_run_ended_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    notes = tmp_path / "errors.jsonl"
    monkeypatch.setenv(NOTED_ERRORS, str(notes))
    errors.UsageError("a try that did not work")
    refused = errors.PreflightError("web: the rollout must not start:\n  - no image")
    assert common_code([f"before hook failed: {refused}"], read_hook_errors(notes)) is ExitCode.REFUSED


def test_an_error_is_not_lost_over_its_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(NOTED_ERRORS, str(tmp_path / "no such folder" / "errors.jsonl"))
    assert errors.UsageError("web: no").message == "web: no"


def test_a_priority_that_the_service_of_the_former_name_still_has_is_reported_with_what_to_do():
    refused = "creating ELBv2 Listener Rule: PriorityInUse: The specified priority is in use."
    explained, other = errors_explained([refused, "another error"])
    said, fix = explained.splitlines()
    assert said == refused
    assert fix.startswith("fix: Give the route another priority. Or remove ")
    assert other == "another error"
