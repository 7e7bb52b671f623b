"""What parts of a stack say of one another, and tags of a part together with those of the stack."""

from collections.abc import Iterator, Mapping

from strata.aws.facts.database_engines import ENGINES
from strata.problem import ABSENT, Path, nearest
from strata.settings.models import (
    ContainerServiceSettings,
    DatabaseSettings,
    FileStoreSettings,
    MaintainedFleetSettings,
    ReplicaSettings,
    RouteSettings,
    ServiceSettings,
)
from strata.settings.models.rule import Conflict, rule
from strata.settings.parts import Facts, parts
from strata.tags import TAG_LIMIT, USER_TAG_LIMIT

_SMALL = ("micro", "small")


@rule("pin-exists", "The image of a service is pinned.")
def _pin_exists(facts: Facts) -> Iterator[Conflict]:
    pins = list(facts.settings.images)
    for path, service in (*facts.each(ServiceSettings), *facts.each(MaintainedFleetSettings)):
        name = service.image or str(path[-1])
        if name not in pins:
            near = nearest(name, pins)
            meant = f"Did you mean {near}? " if near else ""
            yield Conflict(
                (*path, "image"),
                service.image if service.image is not None else ABSENT,
                expected=f"a pin of {name} under strata:images, there {_list(pins)}",
                fix=f"{meant}Set strata:images.{name} to a version and an id.",
                # A service whose own name could not be read has no image of that name either.
                reads=(path, ("images",), ("images", name)),
            )


@rule("container-image-exists", "The image that a container service names is in the stack.")
def _container_image_exists(facts: Facts) -> Iterator[Conflict]:
    images = list(facts.settings.container_images)
    for path, service in facts.each(ContainerServiceSettings):
        # One that names none may be handed a reference by the program.
        if service.image is not None and service.image not in images:
            near = nearest(service.image, images)
            yield Conflict(
                (*path, "image"),
                service.image,
                expected=f"an image of strata:container_images, there {_list(images)}",
                fix=f"{f'Did you mean {near}? ' if near else ''}Add strata:container_images.{service.image}.",
                reads=(("container_images",), ("container_images", service.image)),
            )


def _list(pins: list[str]) -> str:
    match len(pins):
        case 0:
            return "is none"
        case 1:
            return f"is {pins[0]}"
        case _:
            return f"are {', '.join(pins)}"


@rule("route-priority", "No two routes have the same priority.")
def _route_priority(facts: Facts) -> Iterator[Conflict]:
    first: dict[int, Path] = {}
    for at, priority in _priorities(facts):
        other = first.setdefault(priority, at)
        if other != at:
            yield Conflict(
                (*at, "priority"),
                priority,
                expected=f"a priority of its own: {_name(other)} has the same",
                fix="Choose another number; lower ones are asked first.",
                reads=((*other, "priority"),),
            )


@rule("route-conflict", "No two routes match the same requests.")
def _route_conflict(facts: Facts) -> Iterator[Conflict]:
    first: dict[tuple[frozenset[str], frozenset[str]], Path] = {}
    for at, route in _routes(facts):
        other = first.setdefault(route.condition, at)
        if other != at and any(route.condition):
            yield Conflict(
                at,
                {"hosts": list(route.hosts), "paths": list(route.paths)},
                expected=f"hosts and paths of its own: {_name(other)} matches the same requests",
                fix="Change the hosts or paths of one of them.",
                reads=tuple((*path, key) for path in (at, other) for key in ("hosts", "paths")),
            )


def _priorities(facts: Facts) -> Iterator[tuple[Path, int]]:
    """Where a listener rule gets its priority, and that."""
    for at, route in _routes(facts):
        yield at, route.priority
    for path, service in facts.each(ContainerServiceSettings):
        if (tested := service.rollout.test_rule) is not None:
            yield (*path, "rollout", "test_rule"), tested.priority


def _routes(facts: Facts) -> Iterator[tuple[Path, RouteSettings]]:
    kinds = (ServiceSettings, ContainerServiceSettings, MaintainedFleetSettings)
    for path, service in (each for kind in kinds for each in facts.each(kind)):
        for index, route in enumerate(service.routes):
            yield (*path, "routes", index), route


def _name(route: Path) -> str:
    if isinstance(route[-1], int):
        return f"routes[{route[-1]}] of {route[1]}"
    return f"{route[-1]} of {route[1]}"


@rule("replica-source", "A replica has a source in the stack.")
def _replica_source(facts: Facts) -> Iterator[Conflict]:
    for path, replica in facts.each(ReplicaSettings):
        source = facts.settings.databases.get(replica.source)
        if source is None:
            known = ", ".join(sorted(facts.settings.databases)) or "none"
            yield Conflict(
                (*path, "source"),
                replica.source,
                expected=f"a database of this stack; there are {known}",
                fix=f"Name one of them, or add strata:databases.{replica.source}.",
                reads=(("databases",),),
            )
        elif not source.replicated:
            yield Conflict(
                (*path, "source"),
                replica.source,
                expected="a database that may have replicas; this one says replicated: false",
                fix=f"Remove strata:databases.{replica.source}.replicated.",
                reads=(("databases", replica.source),),
            )


@rule("database-insights-class", "The class of an instance runs Performance Insights.")
def _insights_class(facts: Facts) -> Iterator[Conflict]:
    """The database's own class, and those of its replicas, which have what it has."""
    for path, database in facts.each(DatabaseSettings):
        if database.performance_insights_days is None or ENGINES[database.engine].insights_on_small:
            continue
        classes = {(*path, "instance_class"): database.instance_class} | {
            ("replicas", name, "instance_class"): replica.instance_class
            for name, replica in facts.settings.replicas.items()
            if replica.source == path[-1] and replica.instance_class is not None
        }
        for at, name in classes.items():
            if name.rpartition(".")[2] in _SMALL:
                yield Conflict(
                    at,
                    name,
                    expected=f"a larger class: Performance Insights of {database.engine} do not run on this one",
                    fix="Take a medium one, or set performance_insights_days of the database to null.",
                    reads=((*path, "engine"), (*path, "performance_insights_days")),
                )


@rule("file-zones", "A file system has no more mount targets than the network has zones.")
def _file_zones(facts: Facts) -> Iterator[Conflict]:
    zones = facts.settings.network.zones
    for at, store in facts.each(FileStoreSettings):
        # A stack on an existing network says nothing of its own; the component looks at that network's subnets.
        if store.zones > zones and facts.says(("network",)):
            yield Conflict(
                (*at, "zones"),
                store.zones,
                expected=f"at most {zones}, the zones of the network",
                fix=f"Write {zones}, or give the network more zones.",
                reads=(("network", "zones"),),
            )


@rule("tag-count", "There are no more tags than AWS accepts.")
def _count(facts: Facts) -> Iterator[Conflict]:
    shared = facts.settings.tags
    for path, tags in _maps(facts):
        total = len({**shared, **tags})
        # Too many for the whole stack are reported there, and not again by parts that add none.
        if tags and total > USER_TAG_LIMIT:
            yield Conflict(
                path,
                f"{total} tags",
                expected=f"at most {USER_TAG_LIMIT} with the stack's: AWS accepts {TAG_LIMIT}, Strata needs some",
                fix="Remove some.",
                reads=(("tags",),),
            )


@rule("tag-case", "Keys of tags differ by more than case.")
def _case(facts: Facts) -> Iterator[Conflict]:
    shared = facts.settings.tags
    for path, tags in _maps(facts):
        first = {} if path == ("tags",) else {key.lower(): key for key in shared}
        for key, value in tags.items():
            other = first.setdefault(key.lower(), key)
            if other != key:
                yield Conflict(
                    (*path, key),
                    value,
                    expected=f"one spelling of the key: {other} is there too, and IAM does not distinguish them",
                    fix=f"Write {other}.",
                )


def _maps(facts: Facts) -> Iterator[tuple[Path, Mapping[str, str]]]:
    yield ("tags",), facts.settings.tags
    for path, part in parts(facts.settings):
        tags: Mapping[str, str] | None = getattr(part, "tags", None)
        if tags is not None:
            yield (*path, "tags"), tags
