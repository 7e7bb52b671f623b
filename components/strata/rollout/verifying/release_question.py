"""What a release is asked, and what one attempt of that came to: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from strata.naming import recorded_service
from strata.rollout.spec import Rollout
from strata.settings.models.verify import VerifySettings

__all__ = ["Attempt", "ReleaseQuestion", "describe_headers", "question_of"]


def describe_headers(headers: Mapping[str, str]) -> str:
    """Headers of a request, as they follow a verb.

    Args:
        headers: their values by their names.
    """
    return " and ".join(f"{name}: {value}" for name, value in headers.items())


@dataclass(frozen=True)
class ReleaseQuestion:
    """What a release is asked.

    Args:
        settings: how, and what it must answer.
        url: the load balancer's, without a path; empty for a service without one.
        host: the host name that is asked for; empty for the load balancer's own.
        service: the service.
        stack: its stack.
        version: the version that must answer.
        image: the image of the release.
        before: the version of the release before; empty where there is none, or where it is the same.
        test_headers: headers that a request has to reach the new release before others do; none for one like any other.
    """

    settings: VerifySettings
    url: str
    host: str
    service: str
    stack: str
    version: str
    image: str
    before: str = ""
    test_headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def command(self) -> str:
        """What is run, as a person would write it; empty where nothing is."""
        return " ".join(self.settings.command or ())

    @property
    def request(self) -> str:
        """What is requested, as a person would write it."""
        of = f" of {self.host}" if self.host and self.host != urlsplit(self.url).hostname else ""
        tested = "".join(f" with {name}: {value}" for name, value in self.test_headers.items())
        return f"GET {self.url}{self.settings.path}{of}{tested}"


@dataclass(frozen=True)
class Attempt:
    """What one attempt came to.

    Args:
        good: whether the release answered as it should.
        seen: what was asked, and what came of it, as a clause.
        answered: whether anything answered at all. Nothing may also be this machine's own network.
        details: more lines for the end of an error; empty, or beginning with a line break.
    """

    good: bool
    seen: str
    answered: bool = True
    details: str = ""


def question_of(rollout: Rollout) -> ReleaseQuestion | None:
    """What the release of a rollout is asked; None where nothing is, or where it has been proven before.

    Args:
        rollout: the rollout.
    """
    spec, recorded = rollout.spec, rollout.recorded
    if spec.settings.verify is None or rollout.proven:
        return None
    version = rollout.release.image.version
    before = recorded.image.version if recorded is not None else ""
    return ReleaseQuestion(
        settings=spec.settings.verify,
        url=rollout.url,
        host=spec.host,
        service=rollout.service,
        stack=(recorded_service(spec.record) or ("", ""))[0],
        version=version,
        image=rollout.release.image.id,
        before="" if before == version else before,
    )
