"""What forbids a version of an image: a veto for one service of one stack, or its revocation everywhere.

Each is an SSM parameter that forbids by being there (`naming.veto_name`, `naming.revocation_name`). Commands write who
forbade it, when and why, as JSON; a person who writes one by hand may write the reason alone. What a command forbids is
forbidden under its id or digest as well (`strata.verdict_names`), and there also says what it was called.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.outage import error_code
from strata.aws.parameter_tree import read_below
from strata.aws.parameters import read_parameters
from strata.clock import Clock, utc_text
from strata.naming import catalogue_path, revocation_name, version_in, veto_path
from strata.verdict_names import record_of_verdict, verdict_image

__all__ = ["ImageVerdict", "VerdictStore", "describe_verdict", "read_verdict"]

_ROOM: Final = 4096
"""Bytes of the value of a standard parameter (Parameter Store)."""


@dataclass(frozen=True)
class ImageVerdict:
    """Why a version must not run.

    Args:
        reason: in the words of whoever forbade it.
        by: ARN of who did; None where it was written by hand.
        at: when, as RFC 3339 in UTC; None where it was written by hand.
        disabled: ids of the machine images that were disabled with a revocation, to be enabled when it is lifted.
        unprotected: ids of those whose protection from being deregistered was taken off with it, to be protected again.
        called: where an image is forbidden by its id or digest, the names and versions under which it was, each as
            NAME VERSION; nothing where a version is.
    """

    reason: str
    by: str | None = None
    at: str | None = None
    disabled: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The reason, and who gave it, as one line."""
        said = ", ".join(each for each in (self.by, self.at) if each)
        return f"{self.reason} ({said})" if said else self.reason

    @property
    def known_as(self) -> str:
        """As what it was forbidden, as it follows "revoked" or "vetoed"; empty where only a version is forbidden.

        What it is called now is what the reader knows; what it was forbidden as is what lifts it.
        """
        return f" as {' and '.join(self.called)}" if self.called else ""

    def to_json(self) -> str:
        """The parameter's value."""
        said = asdict(self)
        for each in ("disabled", "unprotected", "called"):
            # as it is of what disables nothing
            if not said[each]:
                del said[each]
        return json.dumps(said, sort_keys=True, ensure_ascii=False)

    def within(self, room: int) -> "ImageVerdict":
        """It with as much of its reason as lets its value be of so many bytes."""
        # what a terminal passes on in another encoding than UTF-8 is not text
        reason = self.reason.encode("utf-8", "replace").decode()
        left = room - len(replace(self, reason="").to_json().encode())
        sizes = (len(json.dumps(each, ensure_ascii=False).encode()) - len('""') for each in reason)
        kept = sum(1 for size in accumulate(sizes) if size <= left)
        return replace(self, reason=reason[:kept])


def read_verdict(value: str) -> ImageVerdict:
    """Read the value of a veto or a revocation; any text is one, since the parameter forbids by being there."""
    try:
        found: Any = json.loads(value)
    except ValueError:
        return ImageVerdict(value)
    if not isinstance(found, dict) or not isinstance(found.get("reason"), str):
        return ImageVerdict(value)
    by, at = found.get("by"), found.get("at")
    disabled, called, unprotected = (_texts(found.get(each)) for each in ("disabled", "called", "unprotected"))
    return ImageVerdict(
        found["reason"], str(by) if by else None, str(at) if at else None, disabled, called, unprotected
    )


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in found) if isinstance(found, list) else ()


def describe_verdict(parameter: str, value: str) -> str:
    """What is said of a version that is forbidden, as a clause after "is".

    Args:
        parameter: name of its veto or its revocation.
        value: of that parameter.
    """
    what = "revoked" if record_of_verdict(parameter) is None else "vetoed for this service"
    verdict = read_verdict(value)
    return f"{what}{verdict.known_as}: {verdict}"


class VerdictStore:
    """The vetoes and revocations of one account and region.

    Args:
        client: gives the boto3 client of a service.
        clock: time.
    """

    def __init__(self, client: ClientFor, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def read(self, names: Iterable[str]) -> dict[str, ImageVerdict]:
        """Those of so many parameters that are there, by their names."""
        return {name: read_verdict(value) for name, value in read_parameters(self._client, sorted(names)).items()}

    def revocations(self, image: str) -> dict[str, ImageVerdict]:
        """All revocations of an image, by version."""
        below = read_below(self._client, catalogue_path(image), recursive=True)
        return {
            version: read_verdict(value)
            for name, value in below.items()
            if revocation_name(image, version := version_in(name.rpartition("/")[0])) == name
        }

    def vetoes(self, record: str) -> dict[str, ImageVerdict]:
        """All vetoes for the service of a release record, by version."""
        found = read_below(self._client, veto_path(record))
        return {version_in(name): read_verdict(value) for name, value in found.items()}

    def images(self, path: str) -> dict[str, ImageVerdict]:
        """What forbids images by their id or digest, by that.

        Args:
            path: `verdict_names.revoked_images_path` or `verdict_names.vetoed_images_path`.
        """
        found = read_below(self._client, path, recursive=True)
        return {image: read_verdict(value) for name, value in found.items() if (image := verdict_image(name))}

    def forbid(self, name: str, reason: str, *, images: Iterable[str] = (), called: str = "") -> ImageVerdict:
        """Write a veto or a revocation. One that is there already is left as it is: its reason came first.

        Args:
            name: `naming.veto_name` or `naming.revocation_name`.
            reason: why.
            images: the same for images, by their id or digest, see `strata.verdict_names`. They are written before the
                version is: whoever dies between has forbidden more. Default: none.
            called: what they are called, as NAME VERSION.

        Returns:
            what the parameter of the version holds now.
        """
        verdict = self._by_the_caller(reason)
        for each in images:
            held = self._forbid(each, replace(verdict, called=(called,)))
            if called not in held.called:
                self._put(each, replace(held, called=(*held.called, called)).within(_ROOM), overwrite=True)
        return self._forbid(name, verdict)

    def lift_images(self, path: str, called: str) -> None:
        """Lift what forbids images by their id or digest as what they are called; not what else they are forbidden as.

        Args:
            path: `verdict_names.revoked_images_path` or `verdict_names.vetoed_images_path`.
            called: name and version, as NAME VERSION.
        """
        for name, value in read_below(self._client, path, recursive=True).items():
            verdict = read_verdict(value)
            if called not in verdict.called:
                continue
            if left := tuple(each for each in verdict.called if each != called):
                self._put(name, replace(verdict, called=left), overwrite=True)
            else:
                self.lift(name)

    def _forbid(self, name: str, verdict: ImageVerdict) -> ImageVerdict:
        verdict = verdict.within(_ROOM)
        try:
            self._put(name, verdict, overwrite=False)
        except Exception as error:
            if error_code(error) != "ParameterAlreadyExists":
                raise
            # gone again only if somebody has lifted it at this moment, and then the next run sees that
            return self.read([name]).get(name, verdict)
        return verdict

    def note_disabled(
        self, name: str, verdict: ImageVerdict, images: Iterable[str], unprotected: Iterable[str] = ()
    ) -> ImageVerdict:
        """Note which machine images are about to be disabled with a revocation, besides those that were before.

        Args:
            name: `naming.revocation_name`.
            verdict: what the parameter holds.
            images: their ids.
            unprotected: ids of those that are about to lose their protection from being deregistered. Default: none.

        Returns:
            what the parameter holds now.
        """
        disabled = tuple(sorted({*verdict.disabled, *images}))
        lost = tuple(sorted({*verdict.unprotected, *unprotected}))
        if (disabled, lost) == (verdict.disabled, verdict.unprotected):
            return verdict
        noted = replace(verdict, disabled=disabled, unprotected=lost).within(_ROOM)
        self._put(name, noted, overwrite=True)
        return noted

    def note_lifted(self, name: str, reason: str) -> ImageVerdict:
        """Write who lifts a revocation and why, in place of what was noted when an earlier one was lifted.

        Args:
            name: `naming.lifted_revocation_name`.
            reason: why.
        """
        noted = self._by_the_caller(reason).within(_ROOM)
        self._put(name, noted, overwrite=True)
        return noted

    def _by_the_caller(self, reason: str) -> ImageVerdict:
        caller = str(self._client("sts").get_caller_identity()["Arn"])
        return ImageVerdict(reason, caller, utc_text(self._clock.now()))

    def _put(self, name: str, verdict: ImageVerdict, *, overwrite: bool) -> None:
        self._client("ssm").put_parameter(Name=name, Value=verdict.to_json(), Type="String", Overwrite=overwrite)

    def lift(self, name: str) -> bool:
        """Delete a veto or a revocation; gives whether there was one."""
        try:
            self._client("ssm").delete_parameter(Name=name)
        except Exception as error:
            if error_code(error) != "ParameterNotFound":
                raise
            return False
        return True
