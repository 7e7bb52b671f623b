"""The mutable layer on an immutable base, and secrets that nobody sees."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from tests.integration.support import Said, Trial, routed, worker
from tests.integration.support.trial import PROJECT

LEAK = "canary-0b6f3f0e-leak"
"""What the program hands out as a Pulumi secret."""

KEPT = ("secretsmanager", "kms", "acm")
"""Services whose things rotate and are never deleted with a stack that is protected."""


def value_of(trial: Trial, name: str) -> str:
    """The value of a secret, as a service reads it."""
    record = f"/strata/{PROJECT}/{trial.stack}/secrets/{name}/arn"
    arn = trial.site.client("ssm").get_parameter(Name=record)["Parameter"]["Value"]
    return trial.site.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]


def user_data(trial: Trial, service: str) -> str:
    """What the newest servers of a service are told, decoded to the end."""
    group = trial.group(service)
    assert group.template
    found = trial.site.client("ec2").describe_launch_template_versions(LaunchTemplateId=group.template)
    texts = [base64.b64decode(each["LaunchTemplateData"]["UserData"]) for each in found["LaunchTemplateVersions"]]
    files = [json.loads(text.removeprefix(b"#cloud-config\n"))["write_files"] for text in texts]
    return "\n".join(base64.b64decode(entry["content"]).decode() for file in files for entry in file)


def written(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Every byte below some folders."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()


async def search(trial: Trial, canaries: list[str], said: list[str]) -> list[str]:
    """Where any of the texts turned up: in the state, in exports, in files, in what was said, in user data."""
    state = json.dumps(await trial.engine().export_state())
    places = {
        "state": state.encode(),
        "said": "\n".join(said).encode(),
        "user data": "".join(user_data(trial, service) for service in trial.services).encode(),
        "events": json.dumps(list(trial.site.cloud.events(0)), default=str).encode(),
        **{str(path): text for path, text in written(trial.site.folder)},
    }
    assert len(places) > 10, "there is something to search"
    forms = [form for canary in canaries for form in (canary.encode(), base64.b64encode(canary.encode()))]
    return [place for place, text in places.items() if any(form in text for form in forms)]


async def test_a_toggle_changes_no_server_and_a_restart_marked_value_rolls(new_trial):
    values = {"BANNER": "off", "features/search": "on", "POOL_SIZE": {"value": "10", "restart": True}}
    runtime = {"jobs": {"values": values}}
    trial = new_trial({"jobs": worker((2, 3))}, program="configured", extra={"strata:runtime": runtime})
    first = await trial.up()
    assert first.ok, first.reason
    before = trial.running("jobs")
    trial.mark()

    values["BANNER"] = "on"
    del values["features/search"]
    toggled = await trial.up()
    assert toggled.ok, toggled.reason
    (put,) = trial.history.calls("PutParameter")
    path = f"/strata/{PROJECT}/{trial.stack}/config/jobs"
    assert put["Name"] == f"{path}/BANNER"
    assert trial.history.calls("StartInstanceRefresh") == trial.history.calls("CreateLaunchTemplateVersion") == []
    assert trial.running("jobs") == before
    found = trial.site.client("ssm").get_parameters_by_path(Path=path, Recursive=True)["Parameters"]
    assert {each["Name"].removeprefix(f"{path}/"): each["Value"] for each in found} == {
        "BANNER": "on",
        "POOL_SIZE": "10",
    }
    versions = trial.site.client("ssm").get_parameter_history(Name=f"{path}/BANNER")["Parameters"]
    assert [each["Value"] for each in versions] == ["off", "on"], "SSM keeps the old version"

    values["POOL_SIZE"] = {"value": "20", "restart": True}
    trial.mark()
    rolled = await trial.up()
    assert rolled.ok, rolled.reason
    assert len(trial.history.calls("StartInstanceRefresh")) == 1
    assert not before.keys() & trial.running("jobs").keys()
    actions = [each["action"] for each in trial.history.events if each["kind"] == "api"]
    assert actions.index("PutParameter") < actions.index("StartInstanceRefresh"), "new servers read the new value"
    told = user_data(trial, "jobs")
    assert f'JOBS_CONFIG_PATH="{path}"' in told
    assert told.count("JOBS_CONFIG_RESTART=") == 2, "one for each release"
    assert (await trial.unchanged()).ok


async def test_the_value_of_a_secret_is_nowhere_but_in_secrets_manager(new_trial):
    secrets = {"mail": {"generated": {"length": 48, "exclude_punctuation": True}, "description": "SMTP login"}}
    extra = {"strata:secrets": secrets, "trial:refused": "mail"}
    trial = new_trial({"jobs": worker((1, 2))}, program="configured", extra=extra)
    said = Said()

    # The value is made and then AWS refuses the record: the next up finds the value and writes the record.
    interrupted = await trial.up(said=said)
    assert not interrupted.ok
    assert len(trial.history.calls("PutSecretValue")) == 1
    assert trial.record("jobs") is None, "nothing that reads the secret starts before there is one"
    del trial.extra["trial:refused"]
    made = await trial.up("--logtostderr", "-v=5", said=said)
    assert made.ok, made.reason
    assert len(trial.history.calls("PutSecretValue")) == 1
    first = value_of(trial, "mail")
    assert len(first) == 48
    assert first.isalnum()
    # Somebody rotates it, and a later up changes what it may.
    arn = made.outputs["mail-secret-environment"]["MAIL_SECRET_ARN"]
    rotated = "canary-1c7d2a9e-rotated"
    trial.site.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=rotated)
    secrets["mail"]["description"] = "SMTP login of the shop"
    trial.mark()
    changed = await trial.up(said=said)
    assert changed.ok, changed.reason
    assert trial.history.calls("PutSecretValue") == []
    assert len(trial.history.calls("UpdateSecret")) == 1
    assert value_of(trial, "mail") == rotated

    trial.extra["trial:leak"] = True
    refused = await trial.up(said=said)
    assert not refused.ok
    assert "LEAK of 'leak' is a secret" in refused.reason

    told = [
        *said.lines,
        *(text for done in (interrupted, made, changed, refused) for text in (done.stdout, done.stderr)),
    ]
    assert await search(trial, [first, rotated, LEAK], told) == []


async def test_a_certificate_is_issued_before_it_is_used_and_what_rotates_outlives_its_stack(new_trial):
    names = {"domain": "shop.example.com", "alternative_names": ["*.shop.example.com"], "zone_id": "Z0"}
    extra = {"strata:certificates": {"shop": names}, "strata:secrets": {"mail": {}}}
    trial = new_trial({"web": routed(10)}, program="configured", extra=extra)
    made = await trial.up()
    assert made.ok, made.reason
    (listener,) = [each for each in trial.history.calls("CreateListener") if each["Protocol"] == "HTTPS"]
    arn = listener["Certificates.member.1.CertificateArn"]
    certificates = trial.site.client("acm")
    assert certificates.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    clean = await trial.unchanged()
    assert clean.ok, clean.reason
    value = value_of(trial, "mail")
    secret = made.outputs["mail-secret-environment"]["MAIL_SECRET_ARN"]

    trial.mark()
    gone = await trial.destroy()
    assert gone.ok, gone.reason
    actions = {each["action"] for each in trial.history.events if each["kind"] == "api" and each["service"] in KEPT}
    assert not {action for action in actions if action.startswith(("Delete", "Schedule", "Disable"))}
    assert certificates.describe_certificate(CertificateArn=arn)
    assert trial.site.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"] == value
