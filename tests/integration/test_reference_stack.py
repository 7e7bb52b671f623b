"""The reference stack as a person uses it: rehearsed, failed, rolled, and looked at from every side.

A canary is planted wherever a secret can come from, and every byte that a rehearsal leaves or prints is searched.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.all_pages import all_pages
from tests.integration.support.warm_start import WarmStart

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ("Pulumi.yaml", "Pulumi.staging.yaml", "__main__.py")

SAID = "canary-5e0d61b7"
"""What the program itself keeps secret."""
OWN_KEY = "canary-a83c94f2"
"""The secret access key of the person who rehearses."""
PROGRAM = f"""
import pulumi_aws as aws

token = pulumi.Output.secret("{SAID}")
pulumi.export("token", token)
aws.ssm.Parameter("token", type="SecureString", value=token)
legacy = aws.secretsmanager.Secret("legacy")
aws.secretsmanager.SecretVersion("legacy", secret_id=legacy.id, secret_string=token)
"""


@dataclass
class Person:
    """Runs `strata` in a copy of the project and keeps what it prints."""

    project: Path
    command: list[str]
    said: list[str] = field(default_factory=list)

    def strata(self, *words: str, code: int = 0) -> str:
        """What a command prints on standard output; it must end with a code."""
        command = [*self.command, *words, "-C", str(self.project)]
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": OWN_KEY,
            # what Python compiles of the program holds what the program holds
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == code, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        self.said += [done.stdout, done.stderr]
        return done.stdout

    def rehearse(self, *words: str, code: int = 0) -> dict[str, Any]:
        return json.loads(self.strata("rehearse", "staging", "--json", "--speed", "300", *words, code=code))

    def live(self) -> dict[str, tuple[str, dict[str, int]]]:
        """The released version of every service, and how many servers run which."""
        status = json.loads(self.strata("rollout", "status", "staging", "--local", "--json"))
        return {each["service"]: (each["version"], each["running"]) for each in status["services"]}

    def compared(self) -> dict[str, tuple[str, int]]:
        """The released version of every service, and how many servers or tasks a look for drift found to be of it."""
        drift = json.loads(self.strata("drift", "staging", "--local", "--json"))
        return {each["service"]: (each["version"], each["compared"]) for each in drift["services"]}


@pytest.fixture
def person(tmp_path: Path, warm: WarmStart) -> Iterator[Person]:
    project = tmp_path / "shop"
    project.mkdir()
    for name in PROJECT:
        shutil.copy(ROOT / name, project / name)
    with (project / "__main__.py").open("a", encoding="utf-8") as program:
        program.write(PROGRAM)
    found = Person(project, warm.command())
    yield found
    found.strata("rehearse", "staging", "--stop")


def urns(document: dict[str, Any]) -> set[str]:
    """Every resource a review has."""
    return {each["urn"] for tier in document["tiers"] for each in tier["resources"]}


def client(endpoint: str, service: str) -> Any:
    return boto3.client(service, "eu-west-1", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x")


def generated(endpoint: str) -> list[str]:
    """What was made for the stack: the login of the mail relay and the master password of the database."""
    secrets = client(endpoint, "secretsmanager")
    arns = [each["ARN"] for each in all_pages(secrets, "list_secrets") if each.get("SecretVersionsToStages")]
    values = [secrets.get_secret_value(SecretId=arn)["SecretString"] for arn in arns]
    return [password_in(value) for value in values]


def password_in(secret: str) -> str:
    """The password of a login, or the secret itself: a random one may begin with a brace, too."""
    try:
        found = json.loads(secret)
    except ValueError:
        return secret
    return found["password"] if isinstance(found, dict) else secret


def leaks(canaries: list[str], folder: Path, said: list[str]) -> list[str]:
    """Where any of the texts can be read: in files below a folder, or in what was said."""
    forms = [form for text in canaries for form in (text.encode(), base64.b64encode(text.encode()))]
    places = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    places["said"] = "\n".join(said).encode()
    assert {".json", ".log", ".svg", ".html"} <= {Path(place).suffix for place in places}, "all of it is searched"
    return [place for place, text in places.items() if any(form in text for form in forms)]


def test_the_reference_stack_goes_live_survives_a_bad_image_and_tells_no_secret(person: Person):
    up = person.rehearse()
    assert up["outcome"] == "succeeded"
    assert up["changes"]["created"] > 140
    first = person.live()
    assert first["web"] == ("1.4.2", {"1.4.2": 2})
    numbers = {service: (version, sum(running.values())) for service, (version, running) in first.items()}
    assert person.compared() == numbers

    bad = person.rehearse("--image", "web=1.5.0", "--fault", "web=unhealthy", code=1)
    assert bad["outcome"] == "rolled-back"
    (rolled,) = bad["rollouts"]
    assert (rolled["service"], rolled["from"], rolled["to"]) == ("web", "1.4.2", "1.5.0")
    assert rolled["lowest_healthy"] >= rolled["floor"]
    assert rolled["highest_total"] <= rolled["ceiling"]
    assert person.live() == first
    assert person.compared() == numbers

    good = person.rehearse("--image", "web=1.5.1")
    assert good["outcome"] == "succeeded"
    assert person.live() == {**first, "web": ("1.5.1", {"1.5.1": 2})}

    audit = json.loads(person.strata("audit", "staging", "--local", "--json"))
    events = [(each["kind"], each["version"]) for each in audit["events"] if each["service"] == "web"]
    assert events == [("release", "1.4.2"), ("failed rollout", "1.5.0"), ("release", "1.5.1")]
    assert audit["metrics"]["failed_changes"] == 1

    # the pin in the stack file is still the old one
    assert "allowed" in person.strata("guard", "staging", "--local", "--markdown")
    person.strata("guard", "staging", "--local", "--destroy", "--json", code=3)
    person.strata("spectrum", "staging", "--local", "--html", str(person.project / "spectrum.html"))
    recorded, kept = (
        json.loads(person.strata("spectrum", "staging", "--json", *source)) for source in ((), ("--local",))
    )
    assert urns(recorded) == urns(kept), "the program and the state name the same resources alike"
    status = json.loads(person.strata("rollout", "status", "staging", "--local", "--json"))
    rolled = {each["service"]: each.get("refresh") or each.get("deployment") for each in status["services"]}
    refreshes = {service: each and each["id"] for service, each in rolled.items()}
    assert refreshes["web"] == good["rollouts"][0]["id"]
    person.strata("explain", "staging")
    person.strata("rollout", "plan", "staging", "--local")
    person.strata("backup", "drill", "staging", "orders", "--local")

    kept = all_pages(client(up["endpoint"], "ssm"), "describe_parameters")
    assert [each["Type"] for each in kept if each["Name"].startswith("token-")] == ["SecureString"], "it was planted"
    values = generated(up["endpoint"])
    assert len(values) == 2
    assert leaks([SAID, OWN_KEY, *values], person.project.parent, person.said) == ["shop/__main__.py"]
