"""Who runs what: the commands with what each does, and the roles with their commands, as policies of IAM."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from permission_grant import Grant
from permission_table import PARTS

__all__ = ["COMMANDS", "ROLES", "UP", "Role", "grants_of", "policy_of"]

JUDGE: Final = ("look at images",)
FROZEN: Final = "look for a way back"
PASSED: Final = "look at what ran once"
LOOK: Final = ("read parameters", "look at servers", "look at tasks")
PAST: Final = ("read parameters", "read history", "look at servers", "look at tasks")
GLASS: Final = ("read parameters", "read break-glass", "look at servers", "look at tasks")
DRIFT: Final = ("read parameters", "look at servers", "look for drift", "look at tasks", "look for drift of tasks")
NEWEST: Final = ("newest of servers", "newest of tasks")
ROLL: Final = ("roll servers", "roll tasks")
UP: Final = "pulumi up"
"""What Strata itself asks while it runs: its gates, and its hooks on databases and secrets."""
PREVIEW: Final = "pulumi preview"
"""The same of a preview, and so of `strata guard`, which runs one."""

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    PREVIEW: (*LOOK, *JUDGE, FROZEN, PASSED),
    UP: (*LOOK, FROZEN, PASSED, *ROLL, "run once on a server", "run once", *NEWEST, "change databases", "fill secrets"),
    "assess": ("assess",),
    "audit": (*PAST, "read tags"),
    "backup drill": ("drill",),
    "break-glass close": (*GLASS, "close break-glass"),
    "break-glass list": ("read break-glass", "look at servers", "look at tasks", "look at break-glass"),
    "break-glass open": (*GLASS, "open break-glass"),
    "doctor": (),
    "drift": DRIFT,
    "drift --deep": ("read parameters", "look at servers", "look for drift", "look into servers"),
    "drift --heal": (*DRIFT, "read history", "replace servers", "replace tasks", "roll tasks"),
    "drift --notify SNS_ARN": (*DRIFT, "notify of drift"),
    "drift --record KEY": DRIFT,
    "explain": (),
    "guard": (*LOOK, *JUDGE, FROZEN, PASSED),
    "image add": ("read parameters", "note what was baked", "keep reports"),
    "image bake": ("read parameters", "look at builds", "bake", "note what was baked"),
    "image diff": ("read parameters", "read reports"),
    "image list": ("read parameters", "read images", "read scans", "read names"),
    "image packer": (),
    "image pin": ("read parameters", "read images", "protect a pin"),
    "image promote": (*LOOK, "read images", "promote", "protect a pin"),
    "image prune": ("read parameters", "read images", "find holders", "find needs"),
    "image prune --apply": ("read parameters", "read images", "find holders", "find needs", "prune"),
    "image revoke": ("read parameters", "read images", "find holders", "revoke"),
    "image status": ("read parameters", "find pipelines", "look at builds", "look at parents"),
    "image unrevoke": ("read parameters", "lift a revocation"),
    "image unveto": ("lift a veto",),
    "init": (),
    "rehearse": (),
    "rollout history": (*PAST, "read tags"),
    "rollout plan": (*LOOK, *JUDGE, FROZEN, PASSED),
    "rollout refresh": (*PAST, "read tags", *ROLL),
    "rollout rollback": (*PAST, "read tags", "roll back"),
    "rollout rollback --now": (*PAST, "read tags", "roll back", *ROLL, *NEWEST),
    "rollout status": (*LOOK, "read break-glass", "read tags"),
    "rollout watch": LOOK,
    "schema": (),
    "spectrum": (),
}
"""Every command with the parts of `permission_table.py` that it does. None of them: it asks AWS for nothing."""


@dataclass(frozen=True)
class Role:
    """Who does something, and with what.

    Args:
        title: as a heading.
        who: who it is, as the rest of a sentence.
        commands: what it runs.
    """

    title: str
    who: str
    commands: tuple[str, ...]


LOCAL: Final = tuple(name for name, parts in COMMANDS.items() if not parts)
DRIFTED: Final = ("drift --notify SNS_ARN", "drift --record KEY", "drift --heal")
READING: Final = (
    *(PREVIEW, "guard", "drift", "assess"),
    *("rollout plan", "rollout status", "rollout watch", "rollout history", "audit", "image list", "break-glass list"),
)

ROLES: Final[Mapping[str, Role]] = {
    "reader": Role(
        "Reader",
        "whoever looks: a developer, a reviewer, the job that checks a pull request",
        (*LOCAL, *READING, "drift --record KEY", "image status", "image diff"),
    ),
    "deployer": Role(
        "Deployer",
        "the job that runs `pulumi up`, and whoever goes back by a pin",
        (*LOCAL, *READING, UP, *DRIFTED, "rollout rollback", "rollout refresh"),
    ),
    "promoter": Role(
        "Promoter",
        "whoever decides which image a stack runs",
        (*LOCAL, "rollout status", "image list", "image pin", "image promote", "image unveto"),
    ),
    "on-call": Role(
        "On call",
        "whoever is woken at night: goes back without an engine, forbids versions, restores",
        (
            *LOCAL,
            *("drift", "rollout plan", "rollout status", "rollout watch", "rollout history", "image list"),
            *(
                *DRIFTED,
                "drift --deep",
                "rollout rollback --now",
                "rollout refresh",
                "image revoke",
                "image unrevoke",
                "image unveto",
                "backup drill",
                "break-glass open",
                "break-glass close",
                "break-glass list",
            ),
        ),
    ),
    "baker": Role(
        "Baker",
        "the job that bakes images, and removes those that nobody needs",
        (
            *LOCAL,
            *("image list", "image status", "image bake", "image add", "image diff"),
            *("image prune", "image prune --apply"),
        ),
    ),
}
"""All there are. Each command is run by at least one of them."""


def grants_of(*commands: str) -> Iterator[Grant]:
    """What commands need, each part once.

    Args:
        commands: names of `COMMANDS`.
    """
    for part in dict.fromkeys(part for each in commands for part in COMMANDS[each]):
        yield from PARTS[part].grants


def policy_of(role: Role) -> dict[str, Any]:
    """The policy of a role: a statement for the actions that have the same resources and the same condition."""
    found: dict[str, tuple[Grant, set[str]]] = {}
    for each in grants_of(*role.commands):
        _, actions = found.setdefault(repr((each.on, each.where)), (each, set()))
        actions.add(each.action)
    statements = [
        {
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": list(each.on) if len(each.on) > 1 else each.on[0],
            **({"Condition": each.where} if each.where else {}),
        }
        for each, actions in found.values()
    ]
    statements.sort(key=lambda each: (each["Resource"] != "*", str(each["Action"])))
    return {"Version": "2012-10-17", "Statement": statements}
