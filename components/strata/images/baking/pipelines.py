"""A pipeline as a command finds it: with names and credentials alone."""

import shutil
import subprocess
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.aws.parameter_tree import read_below
from strata.aws.target import connect_to_aws
from strata.clock import Clock
from strata.errors import RefusedError, UsageError
from strata.images.baking.decision import require_recipe
from strata.images.baking.execution import Execution, ExecutionState
from strata.images.baking.kept_reports import keep_contents
from strata.images.baking.live_pipeline import LivePipeline
from strata.images.baking.newer_parent import NewerParent, find_newer_parent
from strata.images.baking.noted_version import look_at_all_noted
from strata.images.baking.order import Order
from strata.images.baking.packed_reports import read_packed_reports
from strata.images.baking.packer_manifest import PackerBuild
from strata.images.baking.settlement import Settlement
from strata.images.baking.version_bake import BakeReport, VersionBake, image_documents
from strata.images.catalogue import Catalogue, CatalogueEntry
from strata.images.given_values import COMMIT_WORDS, is_commit, require_version
from strata.images.pipeline_record import PipelineRecord, pipelines_in, pipelines_path
from strata.naming import pipeline_record_name
from strata.project.location import locate, project_name
from strata.project.stack_file import read_stack

__all__ = ["ExecutionRow", "OpenPipeline", "StackPipelines", "open_pipeline", "open_pipelines"]


@dataclass(frozen=True)
class ExecutionRow:
    """An execution as `strata image status` shows it.

    Args:
        execution: the execution.
        noted: whether its version is in the catalogue.
        log: the end of the log of one that failed.
        spoiled: why what it has made is no version, or none any more; empty where nothing keeps it from being one.
        rest: what of its version is claimed and neither noted nor tagged yet; empty for nothing.
        trouble: what keeps its version from being whole, in one or two words. Default: what it has made is not there.
    """

    execution: Execution
    noted: bool
    log: tuple[str, ...] = ()
    spoiled: str = ""
    rest: str = ""
    trouble: str = "gone"

    @property
    def version(self) -> str:
        """The version it bakes."""
        return self.execution.version

    @property
    def created(self) -> str:
        """When it was started."""
        return self.execution.created

    @property
    def running(self) -> bool:
        """Whether Image Builder works on it."""
        return self.execution.state is ExecutionState.RUNNING

    @property
    def unfinished(self) -> bool:
        """Whether it has made images of which not all is noted and tagged yet."""
        done = self.execution.state is ExecutionState.AVAILABLE
        return done and bool(self.version) and (bool(self.rest) or not self.noted) and not self.problem

    @property
    def words(self) -> str:
        """How far it is."""
        if self.execution.refused:
            return "refused"
        if self.spoiled:
            return self.trouble if self.noted else "no version"
        if self.rest:
            return "not finished"
        return "baked" if self.noted and self.execution.images else self.execution.status.lower()

    @property
    def problem(self) -> str:
        """What is wrong; empty where nothing is."""
        found = self.execution
        return found.refused or found.failure or found.reason or self.spoiled

    @property
    def detail(self) -> str:
        """Its images, or what is wrong."""
        if self.problem:
            return self.problem
        return ", ".join(f"{image} ({region})" for region, image in self.execution.images)

    def document(self) -> dict[str, Any]:
        """The row as JSON values."""
        found = self.execution
        return {
            "execution": found.arn,
            "version": found.version,
            "status": found.status,
            "made": found.created,
            "git_sha": found.git_sha,
            "noted": self.noted,
            "images": image_documents(dict(found.images)),
            "problem": self.problem or self.rest or None,
            "log": list(self.log),
        }


@dataclass(frozen=True)
class OpenPipeline:
    """A pipeline, and its AWS.

    Args:
        folder: of the project.
        project: its name.
        stack: the stack.
        record: what the pipeline left.
        live: the pipeline in AWS.
        bake: the baking of versions.
        clock: time.
    """

    folder: Path
    project: str
    stack: str
    record: PipelineRecord
    live: LivePipeline
    bake: VersionBake
    clock: Clock

    @property
    def tags(self) -> dict[str, str]:
        """Tags of an execution, by which its lifecycle policy finds what comes out of it."""
        return {
            "strata:project": self.project,
            "strata:stack": self.stack,
            "strata:component": self.record.name,
        }

    def order(self, version: str, git_sha: str) -> Order:
        """A new order.

        Args:
            version: the version to bake.
            git_sha: the commit; empty for that of the project.

        Raises:
            UsageError: no such version can be baked.
        """
        require_version(version, fix="Write one such as 1.4.2.")
        commit = git_sha or _commit_of(self.folder)
        if not is_commit(commit):
            raise UsageError(f"{commit!r} is no commit: expected {COMMIT_WORDS}", fix="Pass its hash as --git-sha.")
        return Order(self.record.app, version, uuid.uuid4().hex, commit)

    def look(self) -> list[ExecutionRow]:
        """The executions, the newest first."""
        found = self.live.executions(self.record)
        catalogue = Catalogue(self.live.clients_in(self.record.region))
        known = catalogue.some(self.record.app, {each.version for each in found if each.version})
        home = {image for each in found for region, image in each.images if region == self.record.region}
        there = self.live.existing(self.record.region, home)
        elsewhere = {
            region: Catalogue(self.live.clients_in(region)).some(self.record.app, {each.version for each in found})
            for region in self.record.copies
        }
        seen = look_at_all_noted(self.live, self.record, known, found)
        rows: list[ExecutionRow] = []
        for each in sorted(found, key=lambda each: (each.created, each.arn), reverse=True):
            entry = known.get(each.version)
            failed = each.state is ExecutionState.FAILED
            whole = self.live.execution(each.arn) if failed else each
            lines = tuple(self.live.last_lines(self.record, each)) if failed else ()
            noted = entry is not None and entry.identity in dict(each.images).values()
            claims = {region: some[each.version] for region, some in elsewhere.items() if each.version in some}
            begun = any(claim.by == each.arn for claim in claims.values())
            spoiled = self._spoiled(each, entry, there, begun=begun) if not failed else ""
            rest, trouble = "", "gone"
            if noted and not spoiled and seen[each.version].execution == each:
                spoiled, rest = "; ".join(seen[each.version].missing), "; ".join(seen[each.version].unfinished)
                trouble = seen[each.version].trouble
            elif entry is None and not failed:
                spoiled = _spoiled_elsewhere(each, claims) or spoiled
            rows.append(ExecutionRow(whole, noted, lines, spoiled, rest, trouble))
        return rows

    def _spoiled(self, found: Execution, entry: CatalogueEntry | None, there: Collection[str], *, begun: bool) -> str:
        """Why what an execution has made is no version, or none any more."""
        image = dict(found.images).get(self.record.region)
        if found.state is not ExecutionState.AVAILABLE or image is None:
            return ""
        if image not in there:
            return f"{image} is not there any more"
        if entry is not None:
            return "" if entry.identity == image else f"{found.version} is {entry.identity}"
        # what it has begun to claim it can finish, whatever recipe the pipeline has by now
        if begun or found.recipe in (None, self.record.recipe):
            return ""
        return f"built by recipe {found.recipe}, and the pipeline has {self.record.recipe} now"

    def newer_parent(self) -> NewerParent | None:
        """The newest version of the parent, if it is newer than the one that is used.

        Raises:
            LookupError: the parent itself cannot be seen any more.
        """
        client = self.live.clients_in(self.record.region)
        return find_newer_parent(client, self.clock, self.record.base, self.record.architecture)

    def document(self, rows: Sequence[ExecutionRow]) -> dict[str, Any]:
        """What `strata image status` shows of the pipeline and its executions, as JSON values."""
        return {
            "pipeline": self.record.name,
            "image_name": self.record.app,
            "recipe": self.record.recipe,
            "parent": self.record.base,
            "executions": [each.document() for each in rows],
        }

    def added(self, build: PackerBuild, images: Mapping[str, str]) -> BakeReport:
        """What became of a build of Packer.

        Args:
            build: the build.
            images: its images by region.
        """
        return BakeReport(self.record, build.version, started=True, status="BAKED", images=images, recipe=build.recipe)

    def add(self, build: PackerBuild, folder: Path, *, dry_run: bool) -> Mapping[str, str]:
        """Check what Packer baked, tag it and note it, and keep what is in it if the pipeline keeps that.

        Args:
            build: the build.
            folder: where Packer ran, with what it fetched from the server.
            dry_run: change nothing.

        Returns:
            image ids by region.

        Raises:
            ImageError: it is not what the pipeline makes.
            RefusedError: the version is another image already, or was baked by another recipe.
            UsageError: what it fetched is not there, or of another build.
        """
        claimed = Settlement(self.live, self.record, build.execution).claim is not None
        try:
            # what is claimed is finished, whatever recipe the pipeline has by now
            if not claimed:
                require_recipe(self.record, build.version, f"what run {build.id} of Packer has made", build.recipe)
        except RefusedError as error:
            error.advise(f"The template of now: `strata image packer {self.stack} {self.record.name}`.")
            raise
        reports = read_packed_reports(folder, build) if self.record.reports else None
        order = Order(self.record.app, build.version, build.id)
        images = self.bake.settle(self.record, build.execution, order, write=not dry_run)
        if reports is not None and not dry_run:
            # After it is noted: until then the version may be another image, whose reports these would replace.
            keep_contents(self.live.clients_in(self.record.region), self.record, build.version, reports)
        return images


@dataclass(frozen=True)
class StackPipelines:
    """The pipelines of a stack.

    Args:
        project: the project.
        stack: the stack.
        pipelines: those that could be read, by name.
        unreadable: what kept others from being read, as sentences.
    """

    project: str
    stack: str
    pipelines: tuple[OpenPipeline, ...] = ()
    unreadable: tuple[str, ...] = ()


def open_pipelines(
    cwd: Path, given: str, name: str | None, *, local: bool, say: Callable[[str], None]
) -> StackPipelines:
    """Find the pipelines of a stack, as `pulumi up` has left them.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it.
        name: the only one that is wanted; None for all.
        local: use the local AWS of the last rehearsal.
        say: hears what happens.

    Raises:
        UsageError: there is no such stack, no such pipeline, or no local AWS; or the record of the one is none.
    """
    if name is not None:
        only = open_pipeline(cwd, given, name, local=local, say=say)
        return StackPipelines(only.project, only.stack, (only,))
    folder, stack = locate(cwd, given)
    clients, clock = connect_to_aws(folder, stack, read_stack(folder, stack), local=local)
    project = project_name(folder)
    found: list[OpenPipeline] = []
    unreadable: list[str] = []
    below = read_below(clients, pipelines_path(project, stack), recursive=True)
    for known, text in pipelines_in(project, stack, below).items():
        try:
            record = PipelineRecord.parse(text, source=pipeline_record_name(project, stack, known))
        except UsageError as error:
            unreadable.append(f"{error.message}. {error.fix}")
            continue
        live = LivePipeline(clients, project, stack, known)
        found.append(OpenPipeline(folder, project, stack, record, live, VersionBake(live, clock, say), clock))
    return StackPipelines(project, stack, tuple(found), tuple(unreadable))


def open_pipeline(cwd: Path, given: str, name: str, *, local: bool, say: Callable[[str], None]) -> OpenPipeline:
    """Find a pipeline of a stack.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it.
        name: the pipeline.
        local: use the local AWS of the last rehearsal.
        say: hears what happens.

    Raises:
        UsageError: there is no such stack, no such pipeline, or no local AWS.
    """
    folder, stack = locate(cwd, given)
    file = read_stack(folder, stack)
    clients, clock = connect_to_aws(folder, stack, file, local=local)
    project = project_name(folder)
    live = LivePipeline(clients, project, stack, name)
    return OpenPipeline(folder, project, stack, live.record(), live, VersionBake(live, clock, say), clock)


def _spoiled_elsewhere(found: Execution, claims: Mapping[str, CatalogueEntry]) -> str:
    """Why what an execution has made is no version, if only other regions have noted anything of that version."""
    images = dict(found.images)
    for region, entry in claims.items():
        if region in images and entry.identity != images[region]:
            return f"{found.version} is {entry.identity} in {region}"
    return ""


def _commit_of(folder: Path) -> str:
    """The commit of a project; empty where it is no checkout."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(folder), "rev-parse", "--verify", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else ""
