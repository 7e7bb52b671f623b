"""What a command with --local says to run next does it in a rehearsal, and asks the local AWS again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.aws import target
from strata.cli.local_words import as_rehearsed
from strata.cli.run import run
from strata.naming import record_name
from strata.promotion import pinned_stack
from strata.rollout import stack_place, stack_services
from strata.rollout.record import ImageRef, ServerRelease

Capture = pytest.CaptureFixture[str]
REGION = "eu-west-1"
STATUS = ("rollout", "status", "staging", "web")
STACK = """\
config:
  aws:region: eu-west-1
  strata:stage: {stage}
  strata:images: {{ web: {{ version: 1.4.2, id: ami-0123456789abcdef0 }} }}
  strata:services: {{ web: {{ instance_type: t3.small }} }}
  strata:promotion: {{ require_proof: false }}
"""
REHEARSE = "`strata rehearse staging`"
REFRESH = "`strata rehearse staging --refresh`"


@pytest.mark.parametrize(
    "said, expected",
    [
        ("Run `pulumi up` again.", "Run `strata rehearse staging` again."),
        ("`pulumi up --stack prod` rolls to it", "`strata rehearse prod` rolls to it"),
        ("set it, run pulumi up, and bake", "set it, run `strata rehearse staging`, and bake"),
        ("`pulumi up --refresh` makes it again", f"{REFRESH} makes it again"),
        ("Run `pulumi up --refresh` in prod: it sets", f"Run {REFRESH}: it sets".replace("staging", "prod")),
        ("Run `pulumi up --refresh` in each stack: it sets", f"Run {REFRESH} in each stack: it sets"),
        ("`pulumi up --refresh --stack staging` writes its record again", f"{REFRESH} writes its record again"),
        ("Run `pulumi up --refresh` in staging: it compares the record", f"Run {REFRESH}: it compares the record"),
        (
            "`pulumi up --refresh` waits for its tasks and records what",
            f"{REFRESH} waits for its tasks and records what",
        ),
        ("name what runs: `pulumi up --refresh` writes it again", f"name what runs: {REFRESH} writes it again"),
        ("`pulumi up --refresh` makes it. Then read the record", f"{REFRESH} makes it. Then read the record"),
        ("Run `pulumi refresh`, then `pulumi up`.", f"Run {REFRESH}."),
        ("`pulumi up --policy-pack x` is another command", "`pulumi up --policy-pack x` is another command"),
        ("`strata rollout status staging` shows it", "`strata rollout status staging --local` shows it"),
        ("`strata rollout rollback` goes back", "`strata rollout rollback --now --local` goes back"),
        ("`strata rollout rollback staging web --dry-run`", "`strata rollout rollback staging web --dry-run --local`"),
        ("`strata image list prod --local` shows", "`strata image list prod --local` shows"),
        ("`strata rehearse staging` begins again", "`strata rehearse staging` begins again"),
    ],
)
def test_what_the_engine_does_with_the_real_stack_a_rehearsal_does(said: str, expected: str):
    assert as_rehearsed(said, "acme/shop/staging", lambda words: words[0] != "rehearse") == expected


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Any:
    """Asks an account in which somebody has written over the release record of staging; with and without --local."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("staging", "prod"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(STACK.format(stage=stack))
    real: Callable[..., Any] = target.connect_to_aws
    for each in (stack_place, stack_services, pinned_stack):
        monkeypatch.setattr(each, "connect_to_aws", lambda *place, local: real(*place, local=False))
    monkeypatch.setenv("NO_COLOR", "1")

    def ask(*words: str) -> tuple[int, str]:
        ended = run([*words, "-C", str(tmp_path)])
        out = capsys.readouterr()
        return ended, out.out + out.err

    with mock_aws():
        ssm = boto3.client("ssm", region_name=REGION)
        ssm.put_parameter(Name=record_name("shop", "staging", "web"), Value="no record", Type="String")
        yield ask


@pytest.mark.parametrize(
    "words, code",
    [
        (("rollout", "history", "staging", "web"), 2),
        (("rollout", "status", "staging", "web"), 2),
        # the pinned image is not there, either
        (("rollout", "plan", "staging", "web", "--json"), 3),
        (("image", "promote", "prod", "web", "--from", "staging"), 2),
    ],
    ids=["history", "status", "plan", "promote"],
)
def test_what_brings_a_record_back_is_a_rehearsal_where_the_local_aws_was_asked(
    asked: Any, words: tuple[str, ...], code: int
):
    ended, real = asked(*words)
    assert ended == code
    assert "`pulumi up --refresh" in real
    ended, local = asked(*words, "--local")
    assert ended == code
    assert REFRESH in local
    assert "--stop" not in local, "other stacks have theirs in the same local AWS"
    assert "pulumi up" not in local
    if "--json" in words:
        assert REFRESH in json.dumps(json.loads(local))


def test_a_further_command_asks_the_local_aws_too(asked: Any):
    where = "where there is an earlier release, "
    assert f"{where}`strata rollout rollback staging web` goes back from it" in asked(*STATUS)[1]
    assert f"{where}`strata rollout rollback staging web --now --local` goes back" in asked(*STATUS, "--local")[1]


def test_a_history_without_an_earlier_release_names_no_way_back_to_one(asked: Any):
    said = asked("rollout", "history", "staging", "web")[1]
    assert "writes its record again" in said
    assert "rollback" not in said


def test_a_history_with_an_earlier_release_names_the_way_back_to_it(asked: Any):
    ssm = boto3.client("ssm", region_name=REGION)
    for digest in ("a" * 16, "b" * 16):
        image = ImageRef("web", f"1.0.{digest[0]}", "ami-0123456789abcdef0")
        record = ServerRelease(image=image, digest=digest, group="web-1", template="lt-1", template_version=1)
        for value in (record.to_json(), "no record"):
            ssm.put_parameter(Name=record_name("shop", "staging", "web"), Value=value, Type="String", Overwrite=True)
        said = asked("rollout", "history", "staging", "web")[1]
        assert ("`strata rollout rollback staging web` goes back from it" in said) == (digest[0] == "b")
