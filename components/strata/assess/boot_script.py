"""What user data does when a server boots: which packages it installs, and what it fetches by a name that moves (pure).

Only what stands in the text is seen. A script that it runs from the image is not; and nothing of the text is repeated
but the words of a command, since it may hold secrets.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from typing import Final

from strata.secret_scan import secret_lines

__all__ = ["BootScript", "BootStep", "read_boot_script"]

_LARGEST: Final = 256_000
"""Bytes that are unpacked of compressed user data, of which EC2 accepts 16 KB."""
_LONGEST: Final = 4_000
"""Characters of a line that are looked at: what is longer is a file in base64, and no command."""
_GZIP: Final = b"\x1f\x8b"
_OPTIONS: Final = r"(?:\s+(?:-\S+|[A-Za-z][^\s=]*=\S*))*"
"""Options between a command and its verb; the two shapes have no text in common, so that no text is slow."""
_METADATA: Final = re.compile(r"(?:https?://)?(?:169\.254\.169\.254|\[?fd00:ec2::254\]?)\S*")
"""The metadata service, whose paths begin with `latest`."""
_WEB: Final = r"\b(?:curl|wget|iwr|Invoke-WebRequest|irm)\b"
_SHELL: Final = r"(?:sudo\s+(?:-\S+\s+)*)?(?:/\S*/)?(?:ba|z|da|k)?sh\b|(?:sudo\s+(?:-\S+\s+)*)?python3?\b|\biex\b"


@dataclass(frozen=True)
class BootStep:
    """Something that user data does.

    Args:
        line: in which line of its part, counted from 1.
        does: the words of the command.
    """

    line: int
    does: str

    def __str__(self) -> str:
        return f"{self.does} (line {self.line})"


@dataclass(frozen=True)
class BootScript:
    """User data as it was read.

    Args:
        installs: where it installs or upgrades packages.
        fetches: where it fetches software by a name that moves.
        secrets: lines that look as if they held a secret.
        unread: why it could not be read, as a clause. Default: it was.
    """

    installs: tuple[BootStep, ...] = ()
    fetches: tuple[BootStep, ...] = ()
    secrets: tuple[int, ...] = ()
    unread: str = ""


def _command(names: str, verbs: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])(?P<command>{names}){_OPTIONS}\s+(?P<verb>{verbs})(?![\w-])")


_INSTALLS: Final = (
    _command(r"apt-get|apt|aptitude", r"install|upgrade|dist-upgrade|full-upgrade|safe-upgrade"),
    _command(r"yum|dnf|microdnf|tdnf", r"install|update|upgrade|localinstall|groupinstall|reinstall"),
    _command(r"zypper", r"install|in|update|up|dist-upgrade|dup"),
    _command(r"apk", r"add|upgrade"),
    _command(r"amazon-linux-extras", r"install|enable"),
    _command(r"pip3?(?:\.\d+)?|pipx|uv|conda|poetry", r"install|sync"),
    _command(r"npm|pnpm|yarn", r"install|i|ci|add|update"),
    _command(r"gem|bundle|go|cargo|composer|snap|flatpak|brew|choco|winget", r"install|update|upgrade"),
    re.compile(r"(?<![\w.-])(?P<command>rpm)\s+(?P<verb>-[a-z]*[iU][a-z]*|--install|--upgrade)(?![\w-])"),
    re.compile(r"(?<![\w.-])(?P<command>dpkg)\s+(?P<verb>-i|--install)(?![\w-])"),
    re.compile(r"(?<![\w-])(?P<command>Install-(?:WindowsFeature|Module|Package))(?P<verb>)\b", re.IGNORECASE),
    re.compile(r"(?<![\w-])(?P<command>msiexec)(?:\.exe)?\s+(?P<verb>/i|/package)(?![\w-])", re.IGNORECASE),
)
_FETCHES: Final = (
    (re.compile(rf"{_WEB}[^|]*\|\s*(?:{_SHELL})"), "a script from the web, into a shell"),
    (re.compile(rf"(?:\beval|\b(?:ba|z|da|k)?sh\b|\bsource|(?<!\S)\.)[^|;]*[<$]\(\s*{_WEB}"), "a script from the web"),
    (re.compile(rf"{_WEB}[^|;]*\blatest\b"), "what is latest, from the web"),
    (re.compile(r"(?<![\w.-])git\s+(?:-\S+\s+(?:\S+\s+)?)?(?:clone|pull)(?![\w-])"), "git clone or pull"),
    (re.compile(r"(?<![\w.-])aws\s+s3\s+(?:cp|sync)\s+[\"']?s3://"), "what lies in a bucket, without a version"),
)
_PULL: Final = re.compile(
    r"(?<![\w.-])(?P<command>docker|podman|nerdctl)\s+(?:image\s+)?pull(?:\s+-\S+)*\s+(?P<image>[^\s-]\S*)"
)
_CONTAINERS: Final = r"(?<![\w.-])(?P<command>docker|podman|nerdctl)"
_BEFORE_VERB: Final = r"(?:\s+-\S+(?:\s+[^\s-]\S*)?)*"
"""Options before a verb, each with a value or without."""
_RUN: Final = re.compile(
    rf"{_CONTAINERS}{_BEFORE_VERB}\s+(?:container\s+)?(?P<verb>run|create)(?=\s)(?P<rest>(?:(?!&&|\s&)[^;|])*)"
)
"""What follows is looked at as a whole: which options have a value is not known, and quotes are gone."""
_COMPOSE: Final = re.compile(rf"{_CONTAINERS}(?:\s+|-)compose{_BEFORE_VERB}\s+(?P<verb>up|pull|run|create)(?![\w-])")
_FIXED: Final = re.compile(r"@sha256:|--pull[=\s]never(?!\S)")
"""What keeps an image that is run from moving: a digest, or that it is never fetched."""
_ANSIBLE: Final = re.compile(r"(?<![\w.-])ansible-pull(?=\s)(?![^;|]*\s(?:-C|--checkout)[=\s]*[0-9a-f]{40}(?!\S))")
"""Unless it checks out a commit."""
_CLOUD_CONFIG: Final = (
    (re.compile(r"\s*packages\s*:"), "packages of cloud-init"),
    (re.compile(r"\s*(?:package_upgrade|apt_upgrade)\s*:\s*(?:true|yes|on)\b"), "an upgrade by cloud-init"),
)
_SAYS: Final = re.compile(r"^\s*(?:echo|printf|logger|Write-Host|Write-Output)\b[^|;&]*")
"""What is only printed."""
_WRITTEN_AS_LIST: Final = re.compile(r"[\[\],\"']+")


def read_boot_script(encoded: str | None) -> BootScript:
    """What user data does.

    Args:
        encoded: as EC2 reports it, in base64; nothing where there is none.
    """
    if not encoded:
        return BootScript()
    try:
        raw = base64.b64decode(encoded, validate=False)
        parts = list(_parts(_unpacked(raw)))
    except (binascii.Error, zlib.error) as error:
        return BootScript(unread=f"it is no base64, or cannot be unpacked: {error}")
    return BootScript(
        installs=tuple(step for each in parts for step in _installs(each)),
        fetches=tuple(step for each in parts for step in _fetches(each)),
        secrets=tuple(line for each in parts for line in secret_lines(each)),
    )


def _unpacked(raw: bytes) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(raw, _LARGEST) if raw.startswith(_GZIP) else raw


def _parts(raw: bytes) -> Iterator[str]:
    """The texts of user data: one, or those of a MIME archive."""
    if not re.match(rb"\s*(?:content-type|mime-version)\s*:", raw, re.IGNORECASE):
        yield raw.decode(errors="replace")
        return
    for part in message_from_bytes(raw.lstrip()).walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            yield _unpacked(content).decode(errors="replace") if isinstance(content, bytes) else ""


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with what they are continued by, without comments, by the number of the first."""
    begun, held = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or number
        if line.rstrip().endswith("\\"):
            held += f"{line.rstrip()[:-1]} "
            continue
        whole, began, held, begun = held + line, begun, "", 0
        if not whole.lstrip().startswith("#"):
            yield began, _SAYS.sub("", re.sub(r"\s#.*", "", whole[:_LONGEST]))
    if held:
        yield begun, held[:_LONGEST]


def _installs(text: str) -> Iterator[BootStep]:
    configures = text.lstrip().startswith("#cloud-config")
    for number, line in _lines(text):
        plain = _WRITTEN_AS_LIST.sub(" ", line)
        for pattern in _INSTALLS:
            for found in pattern.finditer(plain):
                yield BootStep(number, f"{found['command']} {found['verb']}".strip())
        for pattern, what in _CLOUD_CONFIG if configures else ():
            if pattern.match(line):
                yield BootStep(number, what)


def _fetches(text: str) -> Iterator[BootStep]:
    if text.lstrip().startswith("#include"):
        yield BootStep(1, "#include of cloud-init")
    for number, line in _lines(text):
        plain = _METADATA.sub(" ", line)
        for pattern, what in _FETCHES:
            if pattern.search(plain):
                yield BootStep(number, what)
                break
        for found in _PULL.finditer(_WRITTEN_AS_LIST.sub(" ", plain)):
            if "@sha256:" not in found["image"]:
                yield BootStep(number, f"{found['command']} pull by a tag")
        yield from (BootStep(number, does) for does in _runs(_WRITTEN_AS_LIST.sub(" ", plain)))


def _runs(line: str) -> Iterator[str]:
    """What runs software by a name that moves, and fetches it for that."""
    for found in _RUN.finditer(line):
        if found["rest"].strip() and not _FIXED.search(found["rest"]):
            yield f"{found['command']} {found['verb']} by a tag"
    for found in _COMPOSE.finditer(line):
        yield f"{found['command']} compose {found['verb']}"
    if _ANSIBLE.search(line):
        yield "ansible-pull"
