import os
import sys
from pathlib import Path

from strata_rehearsal.workspace.stack_engine import engine_environment

HOME, STATE = Path("/p/home"), Path("/p/state")


def made(outer, **extra):
    return engine_environment(outer, home=HOME, state=STATE, extra=extra)


def test_nothing_that_leads_to_a_persons_cloud_or_state_is_inherited():
    outer = {
        "PULUMI_ACCESS_TOKEN": "mine",
        "PULUMI_STACK": "mine",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "mine",
        "PULUMI_BACKEND_URL": "s3://mine",
        "AWS_PROFILE": "mine",
        "AWS_SESSION_TOKEN": "mine",
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_ENDPOINT_URL": "mine",
        "AWS_SHARED_CREDENTIALS_FILE": "mine",
    }
    environment = made(outer)
    assert not [name for name, value in environment.items() if "mine" in value]
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_the_engine_keeps_to_the_rehearsals_folders_and_downloads_nothing():
    environment = made({})
    assert environment["PULUMI_HOME"] == "/p/home"
    assert environment["PULUMI_BACKEND_URL"] == "file:///p/state?metadata=skip"
    assert environment["PULUMI_CONFIG_PASSPHRASE"] == ""
    assert environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert environment["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"


def test_everything_else_is_inherited_and_this_interpreter_comes_first_on_path():
    environment = made({"LANG": "C.UTF-8", "PATH": "/usr/bin"})
    assert environment["LANG"] == "C.UTF-8"
    assert environment["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}/usr/bin"


def test_the_local_aws_is_never_looked_for_behind_a_proxy():
    environment = made({"NO_PROXY": "intern.example, localhost"})
    assert environment["NO_PROXY"] == "intern.example,localhost,127.0.0.1"
    assert environment["no_proxy"] == "127.0.0.1,localhost"


def test_what_a_run_needs_on_top_wins():
    assert made({"STRATA_CLOCK": "1@0"}, STRATA_CLOCK="60@5")["STRATA_CLOCK"] == "60@5"


def test_no_setting_trades_the_checkpoint_after_every_step_for_speed():
    assert not [name for name in made({}) if "SKIP_CHECKPOINTS" in name]


def test_the_engine_collects_garbage_seldom_unless_a_person_says_how_often():
    assert made({})["GOGC"] == "400"
    assert made({"GOGC": "50"})["GOGC"] == "50"
