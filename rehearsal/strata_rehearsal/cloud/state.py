"""Everything the local AWS knows that moto does not, in one place a process has one of."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from strata_rehearsal.cloud.faults import Faults
from strata_rehearsal.cloud.http_replies import PlayedAnswer
from strata_rehearsal.cloud.image_registry import ImageRegistry
from strata_rehearsal.cloud.machine_images import Images
from strata_rehearsal.cloud.targets import Targets
from strata_rehearsal.cloud.world import World

if TYPE_CHECKING:
    from strata_rehearsal.cloud.association import Association
    from strata_rehearsal.cloud.container_services import SimulatedService, SimulatedTask
    from strata_rehearsal.cloud.planted_contents import PlantedContents
    from strata_rehearsal.cloud.scaling_groups import Group, GroupServer
    from strata_rehearsal.cloud.sent_commands import AgentState, CommandOutcome, SentCommand
    from strata_rehearsal.cloud.single_server import SingleServer

__all__ = ["ACCOUNT_KEY", "DEFAULT_BOOT_SECONDS", "Cloud", "current", "in_use", "use"]

DEFAULT_BOOT_SECONDS = 60.0
HOOK_SECONDS = 30.0

ACCOUNT_KEY = "AKIASTRA"
"""What an access key begins with whose end is the number of an account: twenty characters, as moto expects."""


class Cloud:
    """The simulated part of the local AWS.

    Args:
        world: its time, queue and log.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        # names this run of the local AWS
        self.token = ""
        self.faults = Faults()
        self.images = Images()
        self.targets = Targets(world)
        self.groups: dict[tuple[str, str, str], Group] = {}
        self.servers: dict[str, GroupServer] = {}
        self.services: dict[str, SimulatedService] = {}
        """Container services by ARN; a deleted one until its tasks have stopped, and until another has its name."""
        self.single_tasks: list[SimulatedService] = []
        """What RunTask has started, each as if it were a service of one task, as long as ECS describes it."""
        # what RunInstances has launched from a launch template, by id, until it is terminated
        self.single_servers: dict[str, SingleServer] = {}
        self.tasks_at: dict[str, list[SimulatedTask]] = {}
        """Tasks by their addresses, which more than one network may have."""
        self.boot_seconds: dict[str, float] = {}
        """Simulated seconds to boot, by service, or to start a task; a machine image's own tag wins."""
        self.hook_seconds = HOOK_SECONDS
        """Simulated seconds until a server completes a lifecycle hook it waits in."""
        self.look_after: Callable[[Group], None] = lambda _group: None
        """Brings a group where it should be; set by whoever assembles the cloud."""
        self.look_after_service: Callable[[SimulatedService], None] = lambda _service: None
        """The same for a container service."""
        self.look_at_alarms: Callable[[], None] = lambda: None
        """Lets alarm faults show or pass; set by whoever assembles the cloud."""
        self.image_registry: ImageRegistry | None = None
        """Where container images are pushed to; set by whoever serves the cloud."""
        self.accounts: set[str] = set()
        """Accounts besides the one that answers everybody; whoever has credentials of one of them is in it."""
        self.image_recipes: Callable[[str, str], Iterable[tuple[str, str]]] = lambda _account, _region: ()
        """The ARN and the parent image of each recipe of Image Builder; set by whoever serves the cloud."""
        self.promotions: set[str] = set()
        """Names of the parameters in which promotions were noted, also of those that are deleted."""
        self.answers: dict[str, PlayedAnswer] = {}
        """What services that work answer to requests, by their names."""
        self.image_versions: dict[str, str] = {}
        """Versions of container images by their digests, where their references do not name them."""
        self.turns: dict[str, dict[str, int]] = {}
        """Whose turn it is to answer: target groups of a listener rule, and targets of a target group."""
        self.agents: dict[str, AgentState] = {}
        """How Systems Manager sees the agents of servers, by instance or by service; all others are online."""
        # what scripts sent by Run Command come to, by instance or by service
        self.command_outcomes: dict[str, CommandOutcome] = {}
        self.script_players: list[Callable[[str, Any], CommandOutcome | None]] = []
        """Given a script and moto's instance, what it comes to there; None from one that does not know the script."""
        # what is in servers beside what their images were baked with, by instance or by service
        self.contents: dict[str, PlantedContents] = {}
        self.sent_commands: dict[str, SentCommand] = {}
        """By their ids, oldest first."""
        # associations of State Manager by their ids, oldest first
        self.associations: dict[str, Association] = {}
        # given a server that has booted, lets State Manager find it; set by whoever assembles the cloud
        self.greet: Callable[[str, str, Any], None] = lambda _account, _region, _instance: None
        self.caller = "unknown"
        """Who sent the request being answered."""

    def touch(self, group: "Group") -> None:
        """Something about the group changed: look after it at the end of this moment."""
        self.world.settle(("group", group.arn), lambda: self.look_after(group))

    def touch_service(self, service: "SimulatedService") -> None:
        """Something about the container service changed: look after it at the end of this moment."""
        self.world.settle(("service", service.arn, id(service)), lambda: self.look_after_service(service))

    def check_alarms(self) -> None:
        """Servers or tasks that drive alarms came or went: look at the alarms at the end of this moment."""
        self.world.settle("alarms", self.look_at_alarms)

    def groups_of(self, account: str, region: str) -> Iterator["Group"]:
        """The groups of one account and region, in order of creation."""
        return (group for (owner, place, _), group in self.groups.items() if (owner, place) == (account, region))

    def services_of(self, account: str, region: str) -> Iterator["SimulatedService"]:
        """The container services of one account and region, in order of creation."""
        return (each for each in self.services.values() if (each.account, each.region) == (account, region))

    def group_named(self, service: str) -> list["Group"]:
        """The groups that are the service `service`, or carry that name."""
        return [group for group in self.groups.values() if service in (group.service, group.name)]


_in_use: list[Cloud] = []


def use(cloud: Cloud | None) -> None:
    """Make `cloud` the one that the patched services of this process work on; None leaves them without."""
    _in_use[:] = [] if cloud is None else [cloud]


def in_use() -> bool:
    """Whether the patched services of this process have a cloud to work on."""
    return bool(_in_use)


def current() -> Cloud:
    """The cloud that the patched services of this process work on."""
    if not _in_use:
        raise RuntimeError("no simulated cloud is in use")
    return _in_use[0]
