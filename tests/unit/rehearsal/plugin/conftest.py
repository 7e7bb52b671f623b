"""A local AWS that answers from a script and notes what it was asked."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.provider_settings import ProviderSettings

Answer = dict[str, Any] | AwsCallError | Callable[..., dict[str, Any]]
ENDPOINT = "http://127.0.0.1:9"


class ScriptedCloud(AwsConnection):
    """Answers each operation from `answers`; time only passes in pauses."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.time = 1000.0
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Answer] = {
            "get_caller_identity": {"Account": "111122223333", "Arn": "arn:x", "UserId": "u"}
        }
        super().__init__(settings, lambda: self.time, self.advance)

    def advance(self, seconds: float) -> None:
        self.time += seconds

    def call(self, service: str, operation: str, region: str | None = None, /, **parameters: Any) -> dict[str, Any]:
        self.asked.append((operation, parameters))
        answer = self.answers.get(operation, {})
        if isinstance(answer, AwsCallError):
            raise answer
        return answer(**parameters) if callable(answer) else answer

    def pages(
        self, service: str, operation: str, at: str, region: str | None = None, /, **parameters: Any
    ) -> list[Any]:
        return self.call(service, operation, region, **parameters).get(at, [])

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]

    def parameters(self, operation: str) -> dict[str, Any]:
        return next(parameters for asked, parameters in self.asked if asked == operation)


@pytest.fixture(scope="module")
def clients() -> dict[tuple[str, str], Any]:
    """Real clients, for their models; making them is slow and they are never called."""
    return {}


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return boto3.Session()


@pytest.fixture
def cloud(clients: dict[tuple[str, str], Any], session: boto3.Session) -> ScriptedCloud:
    services = (
        *("acm", "applicationautoscaling", "autoscaling", "backup", "cloudwatch", "ec2", "ecr", "ecs"),
        *("efs", "elbv2", "iam", "imagebuilder", "kms"),
        *("logs", "route53", "s3", "secretsmanager", "sns", "ssm", "sts"),
    )
    scripted = ScriptedCloud(ProviderSettings("eu-west-1", dict.fromkeys(services, ENDPOINT)))
    scripted._clients, scripted._session = clients, session
    return scripted


def refused(code: str, message: str = "no", operation: str = "Anything") -> AwsCallError:
    return AwsCallError(code, message, operation)


__all__ = ["ENDPOINT", "ScriptedCloud", "refused"]
