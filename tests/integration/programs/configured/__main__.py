"""The services of the stack file with all its runtime configuration and secrets, behind its certificate if it has one.

`trial:leak` hands every service a Pulumi secret; `trial:refused` names a secret whose record AWS does not take.
"""

import pulumi

from strata import Certificate, ImmutableService, Ingress, Network, RuntimeConfig, Secret, Stack
from strata.components.access import Access
from strata.components.inputs import SecretOverrides

LEAK = "canary-0b6f3f0e-leak"

stack = Stack.load()
trial = pulumi.Config("trial")
network = Network.from_ids("main", **trial.require_object("network"))
refused: dict[str | None, SecretOverrides] = {trial.get("refused"): {"record": {"name": "/aws/none"}}}
uses = [
    *(RuntimeConfig(name, settings) for name, settings in stack.runtime.items()),
    *(Secret(name, settings, overrides=refused.get(name)) for name, settings in stack.secrets.items()),
    *([Access("leak", environment={"LEAK": pulumi.Output.secret(LEAK)})] if trial.get_bool("leak") else []),
]
certificates = [Certificate(name, settings) for name, settings in stack.certificates.items()]
ingress = Ingress("public", stack.ingress, network=network, certificate=certificates[0]) if certificates else None
for name, settings in stack.services.items():
    service = ImmutableService(name, settings, image=stack.image(name), network=network, ingress=ingress, uses=uses)
    pulumi.export(name, service.deployed_version)
for usable in uses if not trial.get_bool("leak") else []:
    pulumi.export(f"{usable.access.name}-environment", dict(usable.access.environment))
