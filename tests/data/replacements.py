"""Asks the real Terraform AWS provider which properties make it replace a resource, and writes what it said.

    python -m tests.data.replacements /path/to/terraform-provider-aws_v5... [TOKEN...]

Pulumi's AWS provider is this provider behind a bridge. Each property of each type is changed alone, in a state that
holds little else, and the provider plans the change: set to something else, set for the first time, taken away. The
answer comes from the provider's own code (ForceNew, plan modifiers, CustomizeDiff), needs no AWS and no credentials,
and goes to `replacements.json` beside this file, in Pulumi's names. Not run by the tests: they read the file.

What a type's entry says, by Pulumi's names, with dots for what lies in a block:

- `replaces`: every change of it that the provider saw makes a new resource.
- `sometimes`: only some do, and which; "a block" is replaced as a whole where what lies in it may be updated.
- `unseen`: the provider refused each question, or saw no difference; nothing is known.
- `newer`: the provider asked is the last 5.x, pulumi_aws 7 stands on 6.x, which has these besides; what is known
  of them is in the documentation of the installed pulumi_aws, or in `NEWER` with its reason.
- `lost`: Terraform has it, and Pulumi's type has no such property.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from strata_rehearsal.plugin.recorded import FORCES
from strata_rehearsal.plugin.schema import Field, resource_schema
from tests.data.pulumi_names import Path_, pulumi_name, pulumi_path
from tests.data.terraform_provider import Plan, TerraformProvider, pack
from tests.data.terraform_types import BASE, EMPTY, NEWER, VALUES, terraform_type, tokens

OUTPUT = Path(__file__).with_suffix(".json")
SETTINGS = {
    "region": "eu-west-1",
    "access_key": "none",
    "secret_key": "none",
    "skip_credentials_validation": True,
    "skip_requesting_account_id": True,
    "skip_metadata_api_check": "true",
    "skip_region_validation": True,
}
DEEPEST = 3
"""Levels of blocks that are looked into."""

SHALLOW = {"aws_wafv2_web_acl"}
"""Types whose blocks repeat without end, so that a plan takes seconds: asked by top level, one change each."""

SINGLE, LIST, SET, MAP, GROUP = range(1, 6)
NOT_ASKED = {"id", "tags", "tags_all", "timeouts"}
"""Never a reason to replace: what AWS or the provider gives, and tags."""

TEXTS = (
    ("alpha", "beta"),
    ("arn:aws:iam::123456789012:role/alpha", "arn:aws:iam::123456789012:role/beta"),
    ('{"Statement":[{"Sid":"alpha"}]}', '{"Statement":[{"Sid":"beta"}]}'),
    ("10.0.1.0/24", "10.0.2.0/24"),
    ("2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
    ("1", "2"),
    ("true", "false"),
)
"""Pairs of texts, tried until the provider takes one."""

GIVEN = ("given", "given")
"""What AWS has made up where the program left it open."""

ABSENT = -1
TRANSITIONS = {"changed": (0, 1), "changed back": (1, 0), "added": (ABSENT, 0), "removed": (0, ABSENT)}


@dataclass(frozen=True)
class Leaf:
    """Something that can change: an attribute, or a block as a whole."""

    path: Path_
    required: bool
    block: bool


@dataclass
class Findings:
    """What was found out about one type."""

    replaces: list[str] = field(default_factory=list)
    sometimes: dict[str, str] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)


def leaves(block: Any, deepest: int = DEEPEST, path: Path_ = ()) -> Iterator[Leaf]:
    """Everything in a block that a program can set."""
    for each in block.attributes:
        if (each.required or each.optional) and not (path == () and each.name in NOT_ASKED):
            yield Leaf((*path, each.name), each.required, block=False)
    for each in block.block_types:
        if path == () and each.type_name in NOT_ASKED:
            continue
        inner = (*path, each.type_name)
        yield Leaf(inner, each.min_items > 0, block=True)
        if len(inner) < deepest:
            yield from leaves(each.block, deepest, inner)


def sample(kind: Any, variant: int, texts: tuple[str, str]) -> Any:
    """A value of a type, in one of two variants."""
    value: Any = None
    match kind:
        case "string":
            value = texts[variant]
        case "number":
            value = 10 + variant
        case "bool":
            value = bool(variant)
        case ["list" | "set", inner]:
            value = [sample(inner, variant, texts)]
        case ["map", inner]:
            value = {"key": sample(inner, variant, texts)}
        case ["object", members, *_]:
            value = {name: sample(inner, variant, texts) for name, inner in members.items()}
        case _:
            raise TypeError(f"no sample of {kind}")
    return value


class Asker:
    """Puts the questions about one type."""

    def __init__(self, provider: TerraformProvider, kind: str) -> None:
        self._provider = provider
        self._kind = kind
        self._block = provider.schemas[kind]
        self._base = BASE.get(kind, {})
        self.shallow = kind in SHALLOW
        self._states: dict[bytes, Any] = {}

    def leaves(self) -> list[Leaf]:
        return list(leaves(self._block, 1 if self.shallow else DEEPEST))

    def outcome(self, leaf: Leaf, before: int, after: int) -> str:
        """What the provider does when the leaf goes from one variant to another."""
        said = "refuses"
        listed = VALUES.get((self._kind, ".".join(leaf.path)))
        for texts in [listed] if listed else TEXTS:
            prior = self._made(self._build(self._block, leaf, before, texts))
            if prior is None:
                continue
            wanted = self._build(self._block, leaf, after, texts)
            plan = self._provider.plan(self._kind, prior, wanted, proposed(self._block, prior, wanted))
            if any("died" in each for each in plan.errors):
                break
            if not plan.errors:
                said = self._said(plan, prior, self._build(self._block, leaf, before, texts), leaf)
            if said != "refuses":
                break
        return said

    def objections(self) -> str:
        """Why it cannot be asked about this type, if so: what the provider says to the plainest resource of it."""
        wanted = self._build(self._block, Leaf((), required=False, block=False), 0, TEXTS[0])
        plan = self._provider.plan(self._kind, None, wanted, wanted)
        return "; ".join(plan.errors)

    def _made(self, wanted: Any) -> Any:
        """The state after a creation: with defaults, and something for what AWS gives; None if it is refused."""
        key = pack(wanted)
        if key not in self._states:
            plan = self._provider.plan(self._kind, None, wanted, wanted)
            self._states[key] = None if plan.errors else self._state(plan.state)
        return self._states[key]

    def _state(self, planned: Any) -> Any:
        made = known(planned)
        for each in self._block.attributes:
            if planned[each.name] is ... and each.name not in EMPTY.get(self._kind, ()):
                made[each.name] = sample(json.loads(each.type), 0, GIVEN)
        return made | ({"id": "probe"} if "id" in made else {})

    def _said(self, plan: Plan, prior: Any, unchanged: Any, leaf: Leaf) -> str:
        here = ".".join(leaf.path)
        if any(each == here or each.startswith(f"{here}.") for each in plan.replaces):
            return "replaces"
        if plan.replaces:
            # Or is it the thin state itself that the provider would replace, whatever changes?
            still = self._provider.plan(self._kind, prior, unchanged, proposed(self._block, prior, unchanged))
            if set(plan.replaces) - set(still.replaces):
                return "replaces"
        return "nothing" if plan.state and plan.state.get(leaf.path[0]) == prior[leaf.path[0]] else "updates"

    def _build(self, block: Any, leaf: Leaf, variant: int, texts: tuple[str, str], path: Path_ = ()) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for each in block.attributes:
            here = (*path, each.name)
            kind = json.loads(each.type)
            if here == leaf.path:
                built[each.name] = None if variant == ABSENT else sample(kind, variant, texts)
            elif ".".join(here) in self._base:
                built[each.name] = self._base[".".join(here)]
            else:
                built[each.name] = sample(kind, 0, TEXTS[0]) if each.required else None
        for each in block.block_types:
            here = (*path, each.type_name)
            wanted = each.min_items > 0 or leaf.path[: len(here)] == here or ".".join(here) in self._base
            if here == leaf.path:
                wanted = variant != ABSENT
            inner = self._build(each.block, leaf, variant, texts, here) if wanted else None
            if each.nesting in {SINGLE, GROUP}:
                built[each.type_name] = inner
            else:
                count = 2 if here == leaf.path and variant == 1 and each.max_items != 1 else 1
                built[each.type_name] = [inner] * count if inner is not None else []
        return built


def known(value: Any) -> Any:
    """A planned value with nothing where AWS would have to answer first."""
    match value:
        case dict():
            return {name: known(item) for name, item in value.items()}
        case list():
            return [known(item) for item in value]
        case _:
            return None if value is ... else value


def proposed(block: Any, prior: Any, wanted: Any) -> dict[str, Any]:
    """As Terraform proposes it: what the program leaves open and the provider computes stays as it was."""
    merged = dict(wanted)
    for each in block.attributes:
        if each.computed and wanted[each.name] is None:
            merged[each.name] = prior[each.name]
    for each in block.block_types:
        old, new = prior.get(each.type_name), wanted[each.type_name]
        if isinstance(old, list) and isinstance(new, list):
            paired = [*old[: len(new)], *[None] * (len(new) - len(old))]
            merged[each.type_name] = [
                proposed(each.block, was, will) if was else will for was, will in zip(paired, new, strict=True)
            ]
    return merged


def ask(asker: Asker) -> Iterator[tuple[Path_, dict[str, str]]]:
    """Every leaf with what the provider did in each transition."""
    for leaf in asker.leaves():
        ways = ["changed", "changed back"] if leaf.required else list(TRANSITIONS)
        if asker.shallow:
            ways = ["added"] if leaf.block and not leaf.required else ["changed"]
        yield leaf.path, {way: asker.outcome(leaf, *TRANSITIONS[way]) for way in ways}


def judged(token: str, kind: str, answers: Mapping[Path_, dict[str, str]]) -> Findings:
    """The answers about a type, sorted and in Pulumi's names."""
    found = Findings()
    whole: set[Path_] = set()
    for path, outcomes in answers.items():
        seen = {way: said for way, said in outcomes.items() if said in {"replaces", "updates"}}
        name = pulumi_path(token, kind, path)
        if name is None or any(path[: len(each)] == each for each in whole):
            continue
        inside = [other for other in answers if other[: len(path)] == path]
        if not seen and len(inside) == 1:
            found.unseen.append(name)
        elif set(seen.values()) == {"replaces"} and (
            len(inside) == 1 or all("updates" not in answers[each].values() for each in inside)
        ):
            whole.add(path)
            found.replaces.append(name)
        elif "replaces" in seen.values() and len(inside) == 1:
            found.sometimes[name] = ", ".join(way for way, said in seen.items() if said == "replaces")
        elif "replaces" in seen.values():
            found.sometimes[name] = "a block " + " or ".join(way for way, said in seen.items() if said == "replaces")
    return found


def newer(token: str, kind: str, block: Any) -> dict[str, str]:
    """Inputs Pulumi has and the provider asked has not, with what is known of them."""
    inputs = resource_schema(token).inputs
    top = [(each.name,) for each in block.attributes] + [(each.type_name,) for each in block.block_types]
    old = {pulumi_name(kind, path, inputs) for path in top}
    return {name: word_on(token, name, inputs[name]) for name in sorted(inputs.keys() - old - {"region"})}


def word_on(token: str, name: str, what: Field) -> str:
    """Whether a newer property replaces, and who says so."""
    if listed := NEWER.get((token, name)):
        return listed
    said = FORCES.search(" ".join(what.doc.split()))
    return "replaces: documentation" if said else "documentation is silent"


def lost(token: str, kind: str, block: Any) -> list[str]:
    """Terraform's settable names for which no property of Pulumi was found."""
    inputs = resource_schema(token).inputs
    named = [each.path for each in leaves(block) if len(each.path) == 1]
    return [path[0] for path in named if pulumi_name(kind, path, inputs) is None]


def about(token: str, provider: TerraformProvider) -> dict[str, Any]:
    """All that is found out about a type."""
    kind = terraform_type(token)
    block = provider.schemas[kind]
    asker = Asker(provider, kind)
    if objections := asker.objections():
        sys.stderr.write(f"{token}: {objections}\n")
    found = judged(token, kind, dict(ask(asker)))
    return {
        "terraform": kind,
        "replaces": sorted(found.replaces),
        "sometimes": dict(sorted(found.sometimes.items())),
        "unseen": sorted(found.unseen),
        "newer": newer(token, kind, block),
        "lost": lost(token, kind, block),
    }


def main() -> int:
    """Ask about every type, or those named after the binary, and write the answers."""
    binary = Path(sys.argv[1])
    release = re.sub(r".*_v([0-9.]+).*", r"\1", binary.name)
    chosen = sys.argv[2:] or tokens()
    types: dict[str, Any] = json.loads(OUTPUT.read_text(encoding="utf-8"))["types"] if sys.argv[2:] else {}
    with TerraformProvider(binary, SETTINGS) as provider:
        for token in chosen:
            types[token] = about(token, provider)
            sys.stderr.write(f"{token}: {len(types[token]['replaces'])} replace\n")
            document = {
                "provider": f"terraform-provider-aws {release}",
                "pulumi_aws": version("pulumi_aws"),
                "made_by": "python -m tests.data.replacements",
                "types": dict(sorted(types.items())),
            }
            OUTPUT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
