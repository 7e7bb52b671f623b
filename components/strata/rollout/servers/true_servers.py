"""The release of a group as its record is to name it, asked of what its template versions launch."""

from collections.abc import Mapping
from dataclasses import replace

from strata.rollout.record import ServerRelease
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.views import GroupView
from strata.rollout.true_records import Launcher, true_release

__all__ = ["launched_as", "true_servers"]


def true_servers(
    driver: Driver, recorded: ServerRelease, group: GroupView | None, named: Launcher | None = None
) -> ServerRelease:
    """The release of a group as its record is to name it, see `true_release`.

    Args:
        driver: AWS, which is asked only where the record's own template version does not launch its digest.
        recorded: as the record names it.
        group: the group; None where there is none.
        named: what the template version launches that the record names. Default: AWS is asked.
    """
    if named is None:
        named = _launch(driver, recorded)
    if group is None or named.launches(recorded):
        return true_release(recorded, named, None)
    saved, running = group.saved_version or "", None
    if group.template is not None and saved.isdigit():
        running = _launch(driver, replace(recorded, template=group.template, template_version=int(saved)))
    return true_release(recorded, named, running)


def launched_as(release: ServerRelease, digests: Mapping[str, str | None], image: str | None) -> Launcher:
    """What the template version of a release launches.

    Args:
        release: the release.
        digests: the release digests of template versions.
        image: the image of that version; None where it is not there.
    """
    return Launcher(release, digests.get(str(release.template_version)), (image,) if image else ())


def _launch(driver: Driver, release: ServerRelease) -> Launcher:
    version = str(release.template_version)
    return launched_as(release, *driver.releases(release.template, [version], model=release.template_version))
