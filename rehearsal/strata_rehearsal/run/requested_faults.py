"""What `--fault NAME=KIND` asks for: whom a name means, and what is wrong with it (pure)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from strata.image_build.image_reference import DIGEST, ImageReference
from strata.settings.models import StackSettings
from strata_rehearsal.cloud.faults import OF_FLEETS_ONLY, OF_TASKS_ONLY, Fault, FaultKind
from strata_rehearsal.run.container_pins import ContainerPin, pins_of_services
from strata_rehearsal.run.unknown_names import unknown_names

__all__ = ["FaultNames"]


@dataclass(frozen=True)
class FaultNames:
    """What a fault can be given to.

    Args:
        servers: image id by service; None where a parameter names it.
        tasks: pinned image by container service; None for one that is built or that the program names.
        sidecars: digests of the images by the name of a sidecar; none where the program hands them over.
        fleets: those that are changed in place.
    """

    servers: Mapping[str, str | None]
    tasks: Mapping[str, ContainerPin | None]
    sidecars: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    fleets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: StackSettings, images: Mapping[str, str], ids: Mapping[str, str | None]) -> "FaultNames":
        """Those of a stack.

        Args:
            settings: its settings.
            images: versions to run instead of the pinned ones, by image name; of container images.
            ids: image id by service.
        """
        return cls(ids, pins_of_services(settings, images), _sidecars(settings), frozenset(settings.maintained))

    def problems(self, faults: Mapping[str, str]) -> Iterator[str]:
        """Everything that is wrong with what is asked for."""
        versions = {pin.version for pin in self.tasks.values() if pin is not None and pin.version}
        what = "service, sidecar or version of a container image" if self.sidecars else "service"
        what = "service or version of a container image" if self.tasks and not self.sidecars else what
        named = [name for name in faults if not (self.tasks and re.fullmatch(DIGEST, name))]
        known = {*self.servers, *self.tasks, *self.fleets, *versions}
        yield from unknown_names("--fault", what, named, known | self.sidecars.keys())
        for name in sorted(faults.keys() - known):
            if self.sidecars.get(name) == frozenset():
                yield f"--fault: the program hands over the image of the sidecar {name!r}: name it by its digest"
        yield from unknown_names("--fault", "fault", faults.values(), [kind.value for kind in FaultKind])
        for name, kind in faults.items():
            if name in {*self.servers, *self.fleets} and kind in OF_TASKS_ONLY:
                yield f"--fault: {kind} happens to containers only, and {name!r} runs on servers"
            elif name not in self.fleets and kind in OF_FLEETS_ONLY:
                yield f"--fault: {kind} happens to fleets that are changed in place only, and {name!r} is none"

    def resolved(self, faults: Mapping[str, str], released: Mapping[str, str]) -> list[Fault]:
        """The faults that are asked for.

        Args:
            faults: kind by name, without problems.
            released: the digest of what a container service runs, by service. Tasks of it do not suffer where it is
                not known beforehand which image is new.
        """
        return list(chain.from_iterable(self._faults(name, FaultKind(kind), released) for name, kind in faults.items()))

    def _faults(self, name: str, kind: FaultKind, released: Mapping[str, str]) -> Iterator[Fault]:
        if name in self.servers:
            yield Fault(kind, service=name, image=self.servers[name])
        elif name in self.fleets:
            yield Fault(kind, service=name)
        elif name in self.tasks:
            pin = self.tasks[name]
            if pin is not None:
                yield Fault(kind, service=name, image=pin.digest)
            else:
                yield Fault(kind, service=name, spares=released.get(name))
        elif re.fullmatch(DIGEST, name):
            yield Fault(kind, image=name)
        else:
            found = {pin.digest for pin in self.tasks.values() if pin is not None and pin.version == name}
            digests = found or self.sidecars.get(name, frozenset())
            yield from (Fault(kind, image=digest) for digest in sorted(digests))


def _sidecars(settings: StackSettings) -> dict[str, frozenset[str]]:
    """The digests of the images of sidecars by their name, which several services may have one of."""
    found: dict[str, frozenset[str]] = {}
    for service in settings.container_services.values():
        for name, sidecar in service.sidecars.items():
            digests = {ImageReference.parse(sidecar.image).digest} if sidecar.image else set[str]()
            found[name] = found.get(name, frozenset()) | digests
    return found
