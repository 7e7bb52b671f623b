"""What is in servers beside what their images were baked with, as differences (pure)."""

from collections.abc import Iterator

from strata.drift.contents.server_contents import ChangedContent, ServerContents
from strata.drift.drift_finding import DriftFinding
from strata.drift.drift_kinds import DriftKind

__all__ = ["find_in_server"]


def find_in_server(service: str, server: str, contents: ServerContents, version: str | None) -> Iterator[DriftFinding]:
    """Every difference of a server that was printed, and how many were not.

    Args:
        service: the service.
        server: the id of the server.
        contents: what it says of itself.
        version: that its image is to have; None where that is not known.
    """
    if version is not None and contents.version != version:
        said = f"was baked as {contents.version} by its manifest, and its image is released as {version}"
        yield _finding(service, server, "version", version, contents.version, said)
    for each in contents.changes:
        yield _finding(service, server, f"{each.kind}:{each.name}", each.baked, each.found, _said(each))
    if contents.further:
        said = f"differs in {contents.further} more from what its image was baked with"
        yield _finding(service, server, "further", 0, contents.further, said)


def _finding(
    service: str, server: str, part: str, expected: str | int | None, found: str | int | None, said: str
) -> DriftFinding:
    return DriftFinding(DriftKind.CONTENTS, service, server, {part: expected}, {part: found}, said, part=part)


def _said(each: ChangedContent) -> str:
    match each.kind:
        case "kernel":
            verb = "runs" if each.name == "running" else "has installed"
            return f"{verb} kernel {each.found}, and its image has {each.baked}"
        case "system":
            return f"is {each.found}, and its image was baked as {each.baked}"
        case "bill":
            return "has another bill of materials than was baked: what its packages are compared with was changed"
        case _:
            return _replaced(each)


def _replaced(each: ChangedContent) -> str:
    package = each.kind == "package"
    name = f"package {each.name}" if package else each.name
    if each.found is None or each.baked is None:
        verb, how = ("has", "without") if each.baked is None else ("lacks", "with")
        version = f" {each.found or each.baked}" if package else ""
        return f"{verb} {name}{version}, which its image was baked {how}"
    if package:
        return f"has {name} {each.found}, and its image was baked with {each.baked}"
    return f"has another {name} ({each.found}) than its image was baked with ({each.baked})"
