"""Writes what is in this image: a manifest, and a bill of materials in CycloneDX. Runs while it is baked."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

__all__ = ["main"]

PER_SERVER = frozenset(
    ("machine-id", "hostname", "hosts", "resolv.conf", "mtab", "adjtime", "ld.so.cache", ".pwd.lock", ".updated")
)
PER_FOLDER = ("ssh/ssh_host_", "strata/", "cloud/", "netplan/", "systemd/network/")
DEB = "${Package}\t${Version}\t${Architecture}\n"
RPM = "%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\n"


def packages() -> list:
    """The installed packages, each as kind, name, version and architecture."""
    if shutil.which("dpkg-query"):
        kind, command = "deb", ["dpkg-query", "--show", "--showformat", DEB]
    else:
        kind, command = "rpm", ["rpm", "--query", "--all", "--queryformat", RPM]
    listed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "surrogateescape")
    rows = sorted(tuple(line.split("\t")) for line in listed.splitlines() if line)
    return [(kind, name, version[2:] if version.startswith("0:") else version, arch) for name, version, arch in rows]


def system(root: Path) -> dict:
    """What the system says it is."""
    lines = (line.partition("=") for line in (root / "etc/os-release").read_text("utf-8").splitlines())
    return {key: value.strip('"') for key, _, value in lines}


def kernel(root: Path) -> str:
    """The kernel that a server of the image boots: the one that was installed last."""
    there = [file for file in root.glob("boot/vmlinuz-*") if "rescue" not in file.name]
    newest = max(there, key=lambda file: (file.stat().st_mtime, file.name), default=None)
    return newest.name[len("vmlinuz-") :] if newest else platform.release()


def config(root: Path) -> dict:
    """The hashes of what is configured, without what every server has of its own."""
    sums = {}
    for file in sorted((root / "etc").rglob("*"), key=os.fsencode):
        # a name is bytes: how Python reads them depends on the locale, and the manifest must not
        name = os.fsencode(file.relative_to(root / "etc").as_posix()).decode("utf-8", "surrogateescape")
        own = name in PER_SERVER or name.startswith(PER_FOLDER) or name.endswith("-")
        if file.is_file() and not file.is_symlink() and not own:
            sums["/etc/" + name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return sums


def bill(app: str, version: str, os_release: dict, installed: list) -> dict:
    """The bill of materials. Its number is a hash of its content, so that equal images have equal ones."""
    parts = []
    for kind, name, number, arch in installed:
        purl = "pkg:{}/{}/{}@{}?arch={}".format(kind, os_release["ID"], name, number, arch)
        parts.append({"type": "library", "bom-ref": purl, "name": name, "version": number, "purl": purl})
    content = json.dumps([app, version, parts], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, content)),
        "version": 1,
        "metadata": {
            "component": {
                "type": "operating-system",
                "bom-ref": "image",
                "name": app,
                "version": version,
                "description": os_release.get("PRETTY_NAME", os_release["ID"]),
            }
        },
        "components": parts,
    }


def main(root: Path, built: str, recipe: str, base: str) -> None:
    """Write both below /usr/share/strata-image, and print what the log of the build should show.

    The order is a file beside them: it is another one for each bake, and two bakes of equal things have one manifest.
    """
    app, version = os.environ["STRATA_APP"], os.environ["STRATA_VERSION"]
    os_release, installed = system(root), packages()
    place = root / "usr/share/strata-image"
    place.mkdir(parents=True, exist_ok=True)
    materials = json.dumps(bill(app, version, os_release, installed), indent=1, sort_keys=True) + "\n"
    (place / "sbom.cdx.json").write_text(materials, "utf-8")
    manifest = {
        "app": app,
        "app_version": version,
        "base_ami": base,
        "build_time": built,
        "config": config(root),
        "git_sha": os.environ.get("STRATA_GIT_SHA", ""),
        "kernel": kernel(root),
        "os": os_release.get("PRETTY_NAME", os_release["ID"]),
        "packages": len(installed),
        "recipe": recipe,
        "sbom_sha256": hashlib.sha256(materials.encode()).hexdigest(),
    }
    (place / "order").write_text(os.environ["STRATA_ORDER"] + "\n", "utf-8")
    (place / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
    # whatever umask a step has set: monitoring, and Packer, read them without being root
    place.chmod(0o755)
    for file in place.iterdir():
        file.chmod(0o644)
    print(json.dumps({key: value for key, value in manifest.items() if key != "config"}, sort_keys=True))


if __name__ == "__main__":
    main(Path(os.environ.get("STRATA_ROOT", "/")), *sys.argv[1:])
