"""The Ansible playbook that servers of a maintained fleet are changed by, and how it reaches them."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from strata.problem import ABSENT
from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.rule import Conflict, leaks, rule

__all__ = ["FleetChangeSettings", "PlaybookBeforeSettings", "PlaybookSettings", "Weekday", "WindowSettings"]

LONGEST_STEP_SECONDS: Final = 172_800
"""Systems Manager ends a step of a command after 48 hours (aws:runShellScript, `timeoutSeconds`)."""
LONGEST_BEFORE_SECONDS: Final = 86_400
"""A day, as for what a release runs once; the servers that wait for its end have as long."""


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    """Monday."""
    TUE = "tue"
    """Tuesday."""
    WED = "wed"
    """Wednesday."""
    THU = "thu"
    """Thursday."""
    FRI = "fri"
    """Friday."""
    SAT = "sat"
    """Saturday."""
    SUN = "sun"
    """Sunday."""


class WindowSettings(Settings):
    """A time of the day, every day or on one day of the week."""

    at: str = Field(pattern=patterns.TIME_OF_DAY, examples=["03:00"])
    """When it begins, such as '03:00'."""
    day: Weekday | None = None
    """The day of the week. Default: every day."""


class PlaybookBeforeSettings(Settings):
    """A playbook that runs on one server before any other is changed, once for each content."""

    name: Name = Field(examples=["migrate"])
    """What it is called, in what is printed and in the note of it that AWS keeps."""
    file: str = Field(pattern=patterns.PLAYBOOK_FILE, examples=["migrate.yml"])
    """Path of it, beside the playbook that changes the servers. It gets the same variables."""
    timeout_seconds: int = Field(default=900, ge=60, le=LONGEST_BEFORE_SECONDS)
    """Seconds that it may take until it is stopped, and has failed; at most a day. Default: 900."""


class PlaybookSettings(Settings):
    """An Ansible playbook, named by what never changes under its name: an archive with its hash, or a commit.

    It runs on each server for itself, with `localhost` as its only host. The image brings Ansible: nothing is installed
    from a repository that has something else tomorrow.
    """

    archive: str | None = Field(default=None, pattern=patterns.PLAYBOOK_ARCHIVE)
    """Archive in S3 with the playbook, such as s3://builds/shop/7f3a.tar.gz, in the region of the stack. Default: none;
    a repository has it."""
    sha256: str | None = Field(default=None, pattern=patterns.SHA256)
    """SHA-256 of the archive, as `sha256sum` prints it; a server that gets another one changes nothing. Required with
    `archive`."""
    repository: str | None = Field(default=None, pattern=patterns.GITHUB_REPOSITORY)
    """Public repository of GitHub that has the playbook, such as shop/servers. Default: none; an archive has it."""
    commit: str | None = Field(default=None, pattern=patterns.COMMIT)
    """Commit of it, in full. Required with `repository`; a branch or a tag is refused, because it moves."""
    file: str = Field(default="site.yml", pattern=patterns.PLAYBOOK_FILE)
    """Path of the playbook in it. Default: site.yml."""
    variables: dict[Annotated[str, Field(pattern=patterns.ANSIBLE_VARIABLE)], str] = Field(default={})
    """Variables of the playbook. Never a secret: a playbook can read one where it runs. Default: none."""
    timeout_seconds: int = Field(default=3600, ge=60, le=LONGEST_STEP_SECONDS)
    """Seconds that it may take on one server, at most 48 hours (Systems Manager). Default: 3600."""
    before: PlaybookBeforeSettings | None = None
    """What runs once before it, such as a migration of a database: on one server, while the others wait. If it fails,
    no server is changed. Default: nothing."""

    @property
    def content(self) -> str:
        """What it is, whatever it is called: the hash of the archive, or the commit."""
        return self.sha256 or self.commit or ""

    @rule("playbook-source", "A playbook comes from an archive or from a repository.")
    def _source(self) -> Iterator[Conflict]:
        reads = (("archive",), ("repository",))
        if self.archive is None and self.repository is None:
            yield Conflict(
                (), ABSENT, expected="an archive or a repository", fix="Set archive and sha256.", reads=reads
            )
        elif self.archive is not None and self.repository is not None:
            yield Conflict(
                ("repository",),
                self.repository,
                expected="no repository beside an archive: one of them has the playbook",
                fix="Remove repository and commit, or archive and sha256.",
                reads=reads,
            )

    @rule("playbook-pinned", "What has a playbook is named by its content.")
    def _pinned(self) -> Iterator[Conflict]:
        for place, pin, what, fix in (
            ("archive", "sha256", "the SHA-256 of the archive: an object of S3 can be written over", "sha256sum FILE"),
            ("repository", "commit", "a commit in full: branches and tags move", "git rev-parse HEAD"),
        ):
            named, pinned = getattr(self, place), getattr(self, pin)
            if named is not None and pinned is None:
                yield Conflict(
                    (pin,), ABSENT, expected=what, fix=f"Write what `{fix}` prints.", reads=((place,), (pin,))
                )
            elif named is None and pinned is not None:
                yield Conflict(
                    (pin,),
                    pinned,
                    expected=f"nothing without {place}",
                    fix=f"Remove it, or set {place}.",
                    reads=((place,), (pin,)),
                )

    @rule("playbook-before", "What runs once is another playbook than the one that every server runs.")
    def _another(self) -> Iterator[Conflict]:
        if self.before is not None and self.before.file == self.file:
            yield Conflict(
                ("before", "file"),
                self.before.file,
                expected="another file than the playbook's own, which runs on every server",
                fix="Put what runs once into a playbook of its own.",
                reads=(("file",),),
            )

    @rule("playbook-secret", "The variables of a playbook hold no secrets.")
    def _secrets(self) -> Iterator[Conflict]:
        yield from leaks(("variables",), self.variables, "whoever may read documents of Systems Manager can read it")


class FleetChangeSettings(Settings):
    """How a change reaches the servers of a maintained fleet: some at a time, each until it is healthy again."""

    at_a_time_percent: int = Field(default=25, ge=1, le=100)
    """Percent of the servers that are changed at the same time; Systems Manager rounds it up to one. Default: 25."""
    max_errors: int = Field(default=0, ge=0, le=1000)
    """Servers that may fail before no further one is begun; those that have begun go on. Default: 0."""
    healthy_command: str | None = Field(default=None, pattern=patterns.TEXT, max_length=1000)
    """Shell command, run as root, that ends with 0 on a healthy server. Default: the load balancer's health check is
    asked on the server itself. Required without routes."""
    healthy_within_seconds: int = Field(default=300, ge=10, le=LONGEST_STEP_SECONDS)
    """Seconds until a changed server must be healthy; after them it counts as failed. Default: 300."""
    window: WindowSettings | None = None
    """When the playbook is applied again, in UTC, which undoes what was changed by hand. Default: only where it has
    changed, and on new servers."""
    only_in_window: bool = False
    """True leaves a changed playbook, and new servers, to the next window. Default: false, at once."""

    @rule("in-place-window", "Only what has a window can be left to it.")
    def _only_in_window(self) -> Iterator[Conflict]:
        if self.only_in_window and self.window is None:
            yield Conflict(
                ("only_in_window",),
                self.only_in_window,
                expected="false without a window: nothing would ever be applied",
                fix="Set window, or leave it out.",
                reads=(("window",),),
            )
