"""A secret value on its way into what servers are launched with is refused as one."""

from typing import Any

import pulumi
import pytest

from strata import ImmutableService
from strata.errors import UsageError
from strata.settings.models import ServiceSettings

WORKER = ServiceSettings()


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    "inputs,named",
    [
        ({"user_data": "canary-5f0c"}, "user_data of its launch template is a secret"),
        ({"placement": {"tenancy": "canary-5f0c"}}, "placement of its launch template is a secret"),
        (
            {"user_data": "canary-5f0c", "key_name": "canary-5f0c"},
            "key_name, user_data of its launch template are secrets",
        ),
    ],
)
def test_a_secret_value_that_reaches_the_digest_is_refused_as_one_with_its_fix(ground, inputs, named, preview):
    def program(on):
        secret = {
            key: {inner: pulumi.Output.secret(text) for inner, text in value.items()}
            if isinstance(value, dict)
            else pulumi.Output.secret(value)
            for key, value in inputs.items()
        }
        overrides: Any = {"launch_template": secret}
        ImmutableService("jobs", WORKER, image=on.image, network=on.network, gate=ground.gate, overrides=overrides)

    with pytest.raises(UsageError, match=named) as refusal:
        ground.run(program, preview=preview)
    assert "uses=[secret]" in str(refusal.value)
    assert "canary-5f0c" not in str(refusal.value)


def test_a_secret_tag_changes_no_server_and_is_let_pass(ground):
    def program(on):
        overrides: Any = {"launch_template": {"description": pulumi.Output.secret("mine")}}
        ImmutableService("jobs", WORKER, image=on.image, network=on.network, gate=ground.gate, overrides=overrides)

    assert ground.run(program)
