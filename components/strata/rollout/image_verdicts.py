"""What forbids the images of a release, asked of AWS at once, whoever wants to know: a gate, or a plan."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from strata.rollout.aws_calls import BaseDriver
from strata.rollout.denials import is_denied
from strata.rollout.preflight_findings import PreflightFinding, find_verdicts, warn
from strata.rollout.record import ImageRef
from strata.verdict_names import image_parameters, sidecar_verdict_names, verdict_names

__all__ = ["LOOKED_UP", "find_answered", "find_refusals", "find_refusals_if_allowed", "names_asked"]

Asked = Sequence[tuple[ImageRef, Sequence[str]]]

LOOKED_UP: Final = "looked up"
"""Stands for the id of an image of which only the version is pinned."""


def find_refusals(
    driver: BaseDriver, record: str, image: ImageRef | None, sidecars: Sequence[ImageRef] = (), *, app: str = ""
) -> tuple[PreflightFinding, ...]:
    """Why `up` refuses to roll an image out: its veto, its revocation, or that the account knows another one as it.

    Args:
        driver: AWS, which is asked once.
        record: name of the SSM parameter that holds the service's release.
        image: the image; None where a build, the program or AWS decides which it is.
        sidecars: images beside it, which a revocation keeps out too, and a veto of the very image.
        app: what the image is called where it is baked. Default: as here.
    """
    # nothing can be compared with the catalogue that is yet to be looked up
    names = verdict_names if image is not None and image.id == LOOKED_UP else image_parameters
    asked = names_asked(record, image, sidecars, names, app=app)
    wanted = sorted({name for _, each in asked for name in each})
    found = driver.parameters(wanted) if wanted else {}
    return tuple(find_answered(asked, found))


def names_asked(
    record: str,
    image: ImageRef | None,
    sidecars: Iterable[ImageRef],
    names: Callable[[str, str, str, str, str], Sequence[str]],
    *,
    app: str,
) -> Asked:
    """Each image of a release, with the names of the parameters that may speak against it.

    Args:
        record: name of the SSM parameter that holds the service's release.
        image: the image; None where nobody knows which it is.
        sidecars: images beside it.
        names: the names that are asked about the image itself: `verdict_names`, or the catalogue's as well.
        app: what the image is called where it is baked.
    """
    own = [] if image is None else [(image, names(record, image.name, image.version, image.id, app))]
    return [*own, *((each, sidecar_verdict_names(record, each.name, each.version, each.id)) for each in sidecars)]


def find_answered(asked: Asked, found: Mapping[str, str]) -> Iterator[PreflightFinding]:
    """Why images must not run.

    Args:
        asked: what `names_asked` gives.
        found: the values of those that there are.
    """
    for each, names in asked:
        yield from find_verdicts(each, {name: found[name] for name in names if name in found})


def find_refusals_if_allowed(
    driver: BaseDriver, record: str, image: ImageRef | None, sidecars: Sequence[ImageRef] = (), *, app: str = ""
) -> tuple[PreflightFinding, ...]:
    """As `find_refusals`, for who only looks: what may not be read is a warning."""
    try:
        return find_refusals(driver, record, image, sidecars, app=app)
    except Exception as error:
        if not is_denied(error):
            raise
        versions = ", ".join(f"{each.name} {each.version}" for each in (image, *sidecars) if each is not None)
        return (
            warn(
                f"whether {versions} is vetoed or revoked was not checked: {error}",
                "Allow ssm:GetParameters to whoever asks.",
            ),
        )
