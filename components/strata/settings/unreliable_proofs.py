"""Stack files for who only looks at what runs: what is wrong with a proof of a pin is told, and refuses nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from strata.errors import SettingsError
from strata.problem import Path, Problem, config_path, shown
from strata.settings.load import load_stack
from strata.settings.models import PromotionSettings, StackSettings
from strata.settings.models.by_stage import stage_default
from strata.stage import Stage

if TYPE_CHECKING:
    from strata.project.stack_file import StackFile

__all__ = ["ReadForLooking", "doubt_of_proof", "load_for_looking", "requires_proof"]

_PINS: Final = ("images", "container_images")
_PROOF: Final = "proof"


@dataclass(frozen=True)
class ReadForLooking:
    """The settings of a stack, whatever the proofs of its pins are worth.

    Args:
        settings: the settings; a pin whose proof has a problem has none.
        problems: what is wrong with proofs, in the order of the file.
    """

    settings: StackSettings
    problems: tuple[Problem, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """The problems as lines."""
        return [f"{doubt_of_proof(each)}; `pulumi up` refuses it" for each in self.problems]

    def of_pin(self, part: str, name: str) -> list[Problem]:
        """What is wrong with the proof of one pin.

        Args:
            part: `images` or `container_images`.
            name: the pin.
        """
        return [each for each in self.problems if each.path[:2] == (part, name)]


def load_for_looking(file: "StackFile", *, now: float | None = None) -> ReadForLooking:
    """Read the configuration of a stack.

    Args:
        file: as `read_stack` gives it.
        now: the moment, in epoch seconds. Default: now.

    Raises:
        SettingsError: with every problem there is, if one is not of a proof.
    """
    try:
        return ReadForLooking(load_stack(file, now=now).settings)
    except SettingsError as error:
        problems = error.problems
        if not all(map(_is_of_proof, problems)):
            raise
    settings = load_stack(file, _without(file.settings, [each.path for each in problems]), now=now).settings
    promotion = settings.promotion.model_copy(update={"require_proof": requires_proof(file.settings, settings.stage)})
    return ReadForLooking(settings.model_copy(update={"promotion": promotion}), problems)


def doubt_of_proof(problem: Problem) -> str:
    """What is wrong with a proof, in one line.

    Args:
        problem: as `ReadForLooking` has it.
    """
    return f"{config_path(problem.path)} is {shown(problem.got)}: expected {problem.expected}"


def requires_proof(raw: Mapping[str, Any], stage: Stage) -> bool:
    """Whether a stack requires a proof of every pin, whatever else its file says.

    Args:
        raw: what the file says below `strata:`.
        stage: its stage.
    """
    promotion = raw.get("promotion")
    said = promotion.get("require_proof") if isinstance(promotion, Mapping) else None
    usual = stage_default(PromotionSettings.model_fields["require_proof"])
    return said if isinstance(said, bool) else bool(usual is not None and usual.of(stage))


def _is_of_proof(problem: Problem) -> bool:
    return problem.path[:1] in tuple((each,) for each in _PINS) and problem.path[2:3] == (_PROOF,)


def _without(raw: Mapping[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    """Settings that require no proof, without the proofs at some places."""
    promotion = raw.get("promotion")
    found: dict[str, Any] = {
        **raw,
        "promotion": {**(promotion if isinstance(promotion, Mapping) else {}), "require_proof": False},
    }
    for part, name in {(str(part), str(name)) for part, name, *_ in paths}:
        pin = {key: value for key, value in found[part][name].items() if key != _PROOF}
        found[part] = {**found[part], name: pin}
    return found
