"""Everything that decides what is in an image, as plain values."""

from dataclasses import dataclass

__all__ = ["Definition", "Package", "SourceFile", "Volume"]


@dataclass(frozen=True)
class SourceFile:
    """A file of the project.

    Args:
        path: from the program's folder, with slashes.
        content: its bytes.
    """

    path: str
    content: bytes

    @property
    def text(self) -> str:
        """The content of a file that has been checked to be text."""
        return self.content.decode("utf-8")


@dataclass(frozen=True)
class Package:
    """One line of a lock."""

    name: str
    version: str


@dataclass(frozen=True)
class Volume:
    """The root volume."""

    size_gib: int
    type: str


@dataclass(frozen=True)
class Definition:
    """What an image is baked by.

    Args:
        name: the pipeline.
        app: value of the tag `app`.
        parent: the AMI or the ARN it is baked from.
        architecture: as EC2 names it.
        order_parameter: the SSM parameter that says which version is to be baked.
        volume: the root volume.
        reports: folder in S3 for manifests and bills of materials. None: they are in the image only.
        artifact: the application in S3, with {version} in its key. None: none is downloaded.
        packages: the lock.
        provision: shell steps, in their order.
        playbook: the files of an Ansible playbook, sorted by path.
        playbook_entry: the file of them that is run. None: there is no playbook.
        baseline: whether Strata's own hardening runs before those.
        harden: shell steps that harden.
        verify: shell steps that check the server that builds.
        test: shell steps that check a server of the image.
    """

    name: str
    app: str
    parent: str
    architecture: str
    order_parameter: str
    volume: Volume
    artifact: str | None = None
    reports: str | None = None
    packages: tuple[Package, ...] = ()
    provision: tuple[SourceFile, ...] = ()
    playbook: tuple[SourceFile, ...] = ()
    playbook_entry: str | None = None
    baseline: bool = True
    harden: tuple[SourceFile, ...] = ()
    verify: tuple[SourceFile, ...] = ()
    test: tuple[SourceFile, ...] = ()
