"""A component's document, read and checked as Image Builder does when the component is created.

https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from ruamel.yaml import YAML, YAMLError

__all__ = ["ACTIONS", "PHASES", "ComponentDocument", "ComponentStep", "DocumentProblem", "OnFailure"]

SCHEMA: Final = "1.0"
PHASES: Final = ("build", "validate", "test")
MOST_CHARACTERS: Final = 16_000
TIMEOUT_SECONDS: Final = 7200
STEP_NAME: Final = re.compile(r"^[0-9a-zA-Z_-]+$")

ACTIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        # action: what its inputs must have, in each of them where they are a list
        **dict.fromkeys(("ExecuteBash", "ExecutePowerShell"), frozenset({"commands"})),
        "ExecuteBinary": frozenset({"path"}),
        "ExecuteDocument": frozenset({"document"}),
        "Assert": frozenset({"input"}),
        "Reboot": frozenset[str](),
        "SetRegistry": frozenset({"path", "name", "value", "type"}),
        "UpdateOS": frozenset[str](),
        **dict.fromkeys(("S3Download", "S3Upload"), frozenset({"source", "destination"})),
        "WebDownload": frozenset({"source", "destination"}),
        **dict.fromkeys(("AppendFile", "CreateFile"), frozenset({"path"})),
        **dict.fromkeys(("CopyFile", "CopyFolder", "MoveFile", "MoveFolder"), frozenset({"source", "destination"})),
        **dict.fromkeys(("CreateFolder", "DeleteFile", "DeleteFolder", "ListFiles", "ReadFile"), frozenset({"path"})),
        **dict.fromkeys(("CreateSymlink",), frozenset({"path", "target"})),
        **dict.fromkeys(("SetFileEncoding", "SetFileOwner", "SetFilePermissions"), frozenset({"path"})),
        **dict.fromkeys(("SetFolderOwner", "SetFolderPermissions"), frozenset({"path"})),
        **dict.fromkeys(("InstallMSI", "UninstallMSI"), frozenset({"path"})),
    }
)
"""The action modules: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html"""

_TOP: Final = frozenset({"name", "description", "schemaVersion", "parameters", "constants", "phases"})
_STEP: Final = frozenset({"name", "action", "timeoutSeconds", "onFailure", "maxAttempts", "loop", "if", "inputs"})


class OnFailure(StrEnum):
    """What becomes of a document when one of its steps fails."""

    ABORT = "Abort"
    """Nothing more of it runs, and it has failed."""
    CONTINUE = "Continue"
    """The rest of it runs, and it has failed."""
    IGNORE = "Ignore"
    """The rest of it runs, as if nothing had happened."""


class DocumentProblem(ValueError):  # noqa: N818 - a finding, said in Image Builder's words
    """Why Image Builder does not accept a document."""


@dataclass(frozen=True)
class ComponentStep:
    """A step of a phase.

    Args:
        name: its name, unique in its phase.
        action: its action module.
        on_failure: what its failure means.
        timeout_seconds: when it fails for having run too long; None for never.
    """

    name: str
    action: str
    on_failure: OnFailure = OnFailure.ABORT
    timeout_seconds: float | None = TIMEOUT_SECONDS


@dataclass(frozen=True)
class ComponentDocument:
    """A document that Image Builder accepts.

    Args:
        phases: the steps of each phase, in their order.
        parameters: the parameters it declares, each with its default value or None.
    """

    phases: Mapping[str, tuple[ComponentStep, ...]]
    parameters: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> "ComponentDocument":
        """Read a document.

        Raises:
            DocumentProblem: Image Builder does not accept it.
        """
        if len(text) > MOST_CHARACTERS:
            raise DocumentProblem(f"A document can have {MOST_CHARACTERS} characters, and this has {len(text)}.")
        try:
            read: Any = YAML(typ="safe", pure=True).load(text)
        except YAMLError as error:
            raise DocumentProblem(f"Failed to parse document. Error: {error}") from error
        if not isinstance(read, Mapping):
            raise DocumentProblem("Failed to parse document. Error: it is not a mapping.")
        found: Mapping[str, Any] = read
        _known(found, _TOP, "the document")
        if str(found.get("schemaVersion")) not in (SCHEMA, "1"):
            raise DocumentProblem(f"Invalid schemaVersion '{found.get('schemaVersion')}'. It must be {SCHEMA}.")
        phases = dict(_phases(found.get("phases")))
        if not phases:
            raise DocumentProblem("A document must have at least one phase.")
        return cls(phases, dict(_parameters(found.get("parameters"))))

    @property
    def for_tests(self) -> bool:
        """Whether it has nothing to do before an image is tested."""
        return set(self.phases) == {"test"}

    def steps(self, phase: str) -> tuple[ComponentStep, ...]:
        """The steps of a phase; none if it has no such phase."""
        return self.phases.get(phase, ())


def _phases(listed: Any) -> Iterator[tuple[str, tuple[ComponentStep, ...]]]:
    seen: set[str] = set()
    for phase in _mappings(listed, "phases"):
        name = str(phase.get("name"))
        if name not in PHASES:
            raise DocumentProblem(f"Invalid phase name '{name}'. It must be one of {', '.join(PHASES)}.")
        if name in seen:
            raise DocumentProblem(f"Duplicate phase name '{name}'.")
        seen.add(name)
        yield name, tuple(_steps(name, phase.get("steps")))


def _steps(phase: str, listed: Any) -> Iterator[ComponentStep]:
    seen: set[str] = set()
    steps = list(_mappings(listed, f"steps of phase '{phase}'"))
    if not steps:
        raise DocumentProblem(f"Phase '{phase}' must have at least one step.")
    for step in steps:
        name = str(step.get("name"))
        if not STEP_NAME.match(name):
            raise DocumentProblem(
                f"Invalid step name '{name}' in phase '{phase}'. Allowed characters are combinations of numbers "
                "[0-9], english letters [a-z,A-Z] and special characters [-_]."
            )
        if name in seen:
            raise DocumentProblem(f"Duplicate step name '{name}' in phase '{phase}'.")
        seen.add(name)
        try:
            yield _step(name, step)
        except DocumentProblem as problem:
            raise DocumentProblem(f"Parsing step '{name}' in phase '{phase}' failed. Error: {problem}") from problem


def _step(name: str, step: Mapping[str, Any]) -> ComponentStep:
    _known(step, _STEP, "a step")
    action = str(step.get("action"))
    if action not in ACTIONS:
        raise DocumentProblem(f"Action {action} is not supported")
    _inputs(action, step.get("inputs"))
    failure = step.get("onFailure", OnFailure.ABORT.value)
    if failure not in set(OnFailure):
        raise DocumentProblem(f"onFailure '{failure}' is not one of {', '.join(OnFailure)}")
    timeout, attempts = step.get("timeoutSeconds", TIMEOUT_SECONDS), step.get("maxAttempts", 1)
    if not _is_number(timeout) or (timeout < 1 and timeout != -1):
        raise DocumentProblem(f"timeoutSeconds '{timeout}' is neither a positive number nor -1")
    if not _is_number(attempts) or attempts < 1:
        raise DocumentProblem(f"maxAttempts '{attempts}' is not a positive number")
    return ComponentStep(name, action, OnFailure(failure), None if timeout == -1 else float(timeout))


def _inputs(action: str, given: Any) -> None:
    needed = ACTIONS[action]
    if not given:
        if needed:
            raise DocumentProblem(f"Action {action} has no inputs; it requires an 'inputs'")
        return
    for each in given if isinstance(given, list) else [given]:
        missing = sorted(needed - set(each)) if isinstance(each, Mapping) else sorted(needed)
        if missing:
            raise DocumentProblem(f"Action {action} lacks the input {', '.join(missing)}")


def _parameters(listed: Any) -> Iterator[tuple[str, Any]]:
    for declared in _mappings(listed or [], "parameters"):
        if len(declared) != 1:
            raise DocumentProblem("Each parameter must have one name.")
        for name, about in declared.items():
            if not isinstance(about, Mapping) or about.get("type") != "string":
                raise DocumentProblem(f"Parameter '{name}' must have the type string.")
            yield str(name), about.get("default")


def _mappings(listed: Any, what: str) -> Iterable[Mapping[str, Any]]:
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise DocumentProblem(f"The {what} must be a list of mappings.")
    return listed


def _known(found: Mapping[Any, Any], known: frozenset[str], where: str) -> None:
    # YAML reads the key `if` as text, and nothing else of these as anything else
    unknown = sorted(str(each) for each in set(found) - known)
    if unknown:
        raise DocumentProblem(f"Unknown key '{unknown[0]}' in {where}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
