"""How a release will be verified, as lines of a plan."""

from strata.rollout.spec import RolloutSpec
from strata.rollout.verifying.release_question import describe_headers
from strata.settings.models.verify import VERSION_PLACE, AnswerSettings

__all__ = ["describe_verification"]


def describe_verification(spec: RolloutSpec, version: str | None) -> tuple[str, ...]:
    """The line about it; none where nothing is asked.

    Args:
        spec: how the service is rolled.
        version: the version that is rolled out; None while unknown.
    """
    verify = spec.settings.verify
    if verify is None:
        return ()
    ways: list[str] = []
    if verify.path is not None:
        of = f" of {spec.host}" if spec.host else ""
        expected = _described(verify.expect, version)
        ways.append(f"through the load balancer, where GET {verify.path}{of} is to answer {expected}")
    if verify.command is not None:
        ways.append(f"by `{' '.join(verify.command)}`, which is to end with 0{_again(spec)}")
    asked = ", and ".join(ways)
    tries = f"in {verify.attempts} attempts at most" if verify.attempts > 1 else "in one attempt"
    back = "otherwise it is taken back" if spec.goes_back else f"otherwise it fails, and {spec.no_way_back}"
    return (f"before it is final, {spec.verified_when}, it is verified {asked}, {tries}; {back}",)


def _again(spec: RolloutSpec) -> str:
    """A command that sends no test header asks the release before, and nobody sees what it sends."""
    if not spec.verifies_first:
        return ""
    headers = describe_headers(spec.test_headers)
    return f": it is to send {headers} and, since nobody sees that, is run again once all requests reach the new tasks"


def _described(expected: AnswerSettings, version: str | None) -> str:
    shown = version or VERSION_PLACE
    texts = [repr(expected.body.replace(VERSION_PLACE, shown))] if expected.body else []
    texts += [f"{name}: {value.replace(VERSION_PLACE, shown)}" for name, value in expected.headers.items()]
    return " with ".join([str(expected.status), *([" and ".join(texts)] if texts else [])])
