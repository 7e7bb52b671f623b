"""Compares a server with what its image was baked with, and prints what differs. It writes nothing.

It is sent to servers behind `describe.py`, which says what there is, so that both mean the same. What it prints is
JSON, a line each and in ASCII whatever the locale is: first what the image says of itself and how many differences
there are, then differences as kind, name, baked and found, then how many of them are printed.
"""

import hashlib
import json
import os
import subprocess
from pathlib import Path

from strata.images.recipe.inside.describe import config, kernel, packages, system

__all__ = ["main"]

MOST_LINES = 20
MOST_CHARACTERS = 2200
"""Systems Manager shows 2,500 characters of what a command prints on a server."""
HASH = 12
"""Characters of a hash that are printed."""
AT_FIRST_BOOT = frozenset(
    (
        *("apt/sources.list", "apt/sources.list.d/ubuntu.sources", "dnf/vars/awsregion", "yum/vars/awsregion", "fstab"),
        *("iscsi/initiatorname.iscsi", "network/interfaces.d/50-cloud-init", "shadow"),
        *("ssh/sshd_config.d/50-cloud-init.conf", "sudoers.d/90-cloud-init-users"),
        "udev/rules.d/70-persistent-net.rules",
    )
)
"""Files below /etc that a server writes when it boots for the first time: each has its own."""


def changes(kind: str, baked: dict, found: dict) -> list:
    """What of a kind differs, by name."""
    names = sorted(set(baked) | set(found))
    return [(kind, name, baked.get(name), found.get(name)) for name in names if baked.get(name) != found.get(name)]


def versions(rows: list) -> dict:
    """The versions of packages by name and architecture; of some there are several at once."""
    there = {}
    for name, version, arch in rows:
        there.setdefault(name + "." + arch, set()).add(version)
    return {name: ", ".join(sorted(each)) for name, each in there.items()}


def hashes(sums: dict) -> dict:
    """Hashes of files without those that the first boot writes."""
    return {path: sums[path][:HASH] for path in sums if path[len("/etc/") :] not in AT_FIRST_BOOT}


def differences(root: Path, manifest: dict, materials: bytes) -> list:
    """All that differs."""
    parts = json.loads(materials.decode("utf-8"))["components"]
    baked = [(each["name"], each["version"], each["purl"].rpartition("?arch=")[2]) for each in parts]
    os_release = system(root)
    running = subprocess.run(["uname", "-r"], stdout=subprocess.PIPE, check=True).stdout.decode("ascii").strip()
    digest = hashlib.sha256(materials).hexdigest()
    return [
        *changes("bill", {"sbom.cdx.json": manifest["sbom_sha256"][:HASH]}, {"sbom.cdx.json": digest[:HASH]}),
        *changes("system", {"os": manifest["os"]}, {"os": os_release.get("PRETTY_NAME", os_release["ID"])}),
        *changes(
            "kernel",
            {"installed": manifest["kernel"], "running": manifest["kernel"]},
            {"installed": kernel(root), "running": running},
        ),
        *changes("package", versions(baked), versions([row[1:] for row in packages()])),
        *changes("config", hashes(manifest["config"]), hashes(config(root))),
    ]


def shown(value: "str | None") -> "str | None":
    """A text without characters that no encoding has, since names are bytes; None for nothing."""
    return None if value is None else value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def written(app: str, version: str, found: list) -> list:
    """The lines that say all of it, as many differences as can be read back."""
    lines, room = [], MOST_CHARACTERS
    for each in found:
        line = json.dumps([shown(value) for value in each])
        if len(lines) < MOST_LINES and len(line) < room:
            lines.append(line)
            room -= len(line) + 1
    return [said(app=app, app_version=version, found=len(found)), *lines, json.dumps({"printed": len(lines)})]


def said(**fields: object) -> str:
    """The line about the whole."""
    return json.dumps(dict(fields, contents=1), sort_keys=True)


def compared(root: Path) -> list:
    """The lines that a server prints."""
    place = root / "usr/share/strata-image"
    try:
        manifest = json.loads((place / "manifest.json").read_text("utf-8"))
        found = differences(root, manifest, (place / "sbom.cdx.json").read_bytes())
        return written(manifest["app"], manifest["app_version"], found)
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is to be told
        nothing = isinstance(error, FileNotFoundError) and not place.is_dir()
        why = "{}: {}".format(type(error).__name__, error)
        return [said(unread="no-manifest" if nothing else "broken", why=why[:200])]


def main(root: Path) -> None:
    """Compare, and print what differs."""
    for line in compared(root):
        print(line)


if __name__ == "__main__":
    main(Path(os.environ.get("STRATA_ROOT", "/")))
