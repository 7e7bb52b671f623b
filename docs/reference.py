"""Writes docs/reference: a page for each component, from its class, its settings and its children.

`python docs/reference.py` rewrites the pages; the contract tests fail when they are stale, and run their examples.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import stubs
import tables
from pydantic import BaseModel

from strata.components.base import Component
from strata.settings.defaults import STAGE_TABLE
from strata.settings.schema import stack_file_schema
from strata.stage import Stage

FOLDER = Path(__file__).resolve().parent / "reference"

EXAMPLES: Mapping[str, str] = {
    "Alarms": """
import pulumi_aws as aws

targets = aws.lb.TargetGroup("blue", port=8080, protocol="HTTP", vpc_id=network.vpc_id)
alarms = Alarms(
    "strict",
    AlarmSettings(error_rate_percent=1),
    target_group=targets,
    load_balancer=ingress,
)
""",
    "Backup": """
backup = Backup("backup", stack.backup)
""",
    "Certificate": """
settings = CertificateSettings(domain="shop.example.com", zone_id="Z0123456789")
certificate = Certificate("shop", settings)
public = Ingress("public", stack.ingress, network=network, certificate=certificate)
""",
    "ContainerImage": """
digest = "sha256:6d2f1a0f6a1c5c1f0c5a7d3b9e8f4a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f"
image = ContainerImage("web", ContainerImageSettings(version="1.4.2", digest=digest))
pulumi.export("image", image.reference)
""",
    "ContainerService": """
digest = "sha256:6d2f1a0f6a1c5c1f0c5a7d3b9e8f4a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f"
image = ContainerImage("web", ContainerImageSettings(version="1.4.2", digest=digest))
settings = ContainerServiceSettings(routes=(RouteSettings(priority=20, hosts=("api.example.com",)),))
api = ContainerService("api", settings, image=image, network=network, ingress=ingress)
pulumi.export("version", api.deployed_version)
""",
    "Database": """
orders = Database("orders", stack.databases["orders"], network=network)
jobs = ImmutableService("jobs", stack.services["jobs"], image=stack.image("jobs"), network=network, uses=[orders])
""",
    "FileStore": """
shared = FileStore("shared", FileStoreSettings(), network=network)
jobs = ImmutableService("jobs", stack.services["jobs"], image=stack.image("jobs"), network=network, uses=[shared])
""",
    "MaintainedFleet": """
legacy = MaintainedFleet(
    "legacy",
    stack.maintained["legacy"],
    image=stack.image("legacy"),
    network=network,
    ingress=ingress,
)
pulumi.export("association", legacy.association_id)
""",
    "ImagePipeline": """
image = ImagePipeline("web-image", stack.image_pipelines["web-image"], network=network)
pulumi.export("recipe", image.recipe_version)
""",
    "ImmutableService": """
web = ImmutableService(
    "web",
    stack.services["web"],
    image=stack.image("web"),
    network=network,
    ingress=ingress,
    overrides={"launch_template": {"credit_specification": {"cpu_credits": "standard"}}},
)
pulumi.export("version", web.deployed_version)
pulumi.export("group", web.resources.group.arn)
""",
    "Ingress": """
public = Ingress("public", stack.ingress, network=network)
pulumi.export("url", public.url)
""",
    "MachineImage": """
image = MachineImage("web", stack.settings.images["web"])
web = ImmutableService("web", stack.services["web"], image=image, network=network, ingress=ingress)
""",
    "Network": """
main = Network("main", stack.network, overrides={"vpc": {"enable_network_address_usage_metrics": True}})
pulumi.export("network", main.exports)
""",
    "ObjectStore": """
uploads = ObjectStore("uploads", stack.object_stores["uploads"])
image = stack.image("jobs")
jobs = ImmutableService("jobs", stack.services["jobs"], image=image, network=network, uses=[uploads.writer])
""",
    "ReadReplica": """
orders = Database("orders", DatabaseSettings(version="16.4", replicated=True), network=network)
reader = ReadReplica("orders-reader", stack.replicas["orders-reader"], source=orders, network=network)
""",
    "RuntimeConfig": """
config = RuntimeConfig("shop", stack.runtime["shop"])
jobs = ImmutableService("jobs", stack.services["jobs"], image=stack.image("jobs"), network=network, uses=[config])
""",
    "Secret": """
mail = Secret("mail", SecretSettings())
jobs = ImmutableService("jobs", stack.services["jobs"], image=stack.image("jobs"), network=network, uses=[mail])
""",
}
"""What each page shows; `stack`, `network` and `ingress` are there already."""


def pages() -> dict[Path, str]:
    """Every page with its text."""
    components = stubs.components()
    found = {FOLDER / f"{_file(each)}.md": page(each) for each in components}
    return {FOLDER / "README.md": _index(components), **found}


def page(component: type[Component[Any]]) -> str:
    """The page of one component."""
    name = component.__name__
    text = inspect.getdoc(component) or ""
    settings = _settings(component)
    every = f"Every type is on [settings](../settings.md#{settings.lower()})."
    parts = [
        f"# {name}",
        text.split("\nArgs:\n")[0].strip(),
        f"Its class of mutability is `{component.MUTABILITY.value}`.",
        f"```python{EXAMPLES[name]}```",
        "## Arguments",
        tables.render([["argument", "type", "what it is"], *_arguments(component, text)]),
        f"## Settings: {settings}",
        f"Where the stage decides, the defaults are listed as dev, staging, prod. {every}",
        tables.render([["setting", "type", "default", "what it is"], *_fields(settings)]),
        "## Outputs",
        tables.render([["output", "type", "what it is"], *_outputs(component)]),
    ]
    if offered := list(_offered(component)):
        parts += ["## What it offers", tables.render([["property", "type", "what it is"], *offered])]
    if children := list(_children(component)):
        parts += [
            "## Children",
            f"Reached as `{_file(component)}.resources.CHILD`, and changed by `overrides={{CHILD: {{INPUT: VALUE}}}}`.",
            tables.render([["child", "type", "what it is"], *children]),
        ]
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    return "<!-- written by docs/reference.py: make docs -->\n\n" + "\n\n".join(parts) + "\n"


def _index(components: list[type[Component[Any]]]) -> str:
    rows = [
        [f"[{each.__name__}]({_file(each)}.md)", f"`{each.MUTABILITY.value}`", _first(inspect.getdoc(each) or "")]
        for each in components
    ]
    table = tables.render([["component", "class", "what it is"], *rows])
    return _joined(["# Reference", "Every component, and what it is.", table])


def _file(component: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", component.__name__).lower()


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _constructor(component: type) -> ast.FunctionDef:
    (body,) = (node for node in ast.parse(inspect.getsource(component)).body if isinstance(node, ast.ClassDef))
    return next(node for node in body.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")


def _plain(annotation: str) -> str:
    return f"`{annotation.replace(chr(39), '').replace(chr(34), '')}`"


def _arguments(component: type, text: str) -> Iterator[list[str]]:
    said = _described(text)
    arguments = _constructor(component).args
    for each in (*arguments.args[1:], *arguments.kwonlyargs):
        yield [f"`{each.arg}`", _plain(ast.unparse(each.annotation) if each.annotation else ""), said[each.arg]]


def _described(text: str) -> dict[str, str]:
    """What a docstring says of each argument."""
    section = text.partition("\nArgs:\n")[2].partition("\nRaises:\n")[0]
    found = re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", section, flags=re.DOTALL | re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in found}


def _settings(component: type) -> str:
    annotation = _constructor(component).args.args[2].annotation
    return ast.unparse(annotation) if annotation else ""


def _fields(settings: str) -> Iterator[list[str]]:
    from strata.settings import models

    model = getattr(models, settings)
    staged = {row.path[-1]: row for row in STAGE_TABLE if row.model is model}
    properties = stack_file_schema()["$defs"][settings]["properties"]
    for name, kind, said in tables._fields(properties)[1:]:
        linked = re.sub(r"\]\(#", "](../settings.md#", kind)
        row, field = staged.get(name.strip("`")), model.model_fields[name.strip("`")]
        if row:
            values = [tables._value(row.of(stage)) for stage in (Stage.DEV, Stage.STAGING, Stage.PROD)]  # noqa: SLF001
            yield [name, linked, ", ".join(values), said]
        else:
            yield [name, linked, "required" if field.is_required() else _default(field), said]


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "its own"
    if value in (None, (), {}):
        return "none"
    return tables._value(value if not isinstance(value, tuple) else ", ".join(map(str, value)))  # noqa: SLF001


def _outputs(component: type) -> Iterator[list[str]]:
    said = stubs.texts(component)
    for name, hint in inspect.get_annotations(component).items():
        if name in said:
            text = (
                hint
                if isinstance(hint, str)
                else re.sub(r"(?:pulumi\.output|collections\.abc|typing)\.", "", repr(hint))
            )
            yield [f"`{name}`", _plain(text), said[name]]


def _offered(component: type) -> Iterator[list[str]]:
    for name, found in vars(component).items():
        if isinstance(found, property) and not name.startswith("_") and found.fget is not None:
            kind = inspect.get_annotations(found.fget).get("return", "")
            yield [f"`{name}`", f"`{getattr(kind, '__name__', kind)}`", _first(inspect.getdoc(found) or "")]


def _children(component: type[Component[Any]]) -> Iterator[list[str]]:
    said = stubs.texts(component.children) if component.children.names() else {}
    for name, hint in component.children.declared().items():
        yield [f"`{name}`", _plain(hint), said[name]]


def main() -> int:
    """Rewrite what is stale; say what it was."""
    made = pages()
    FOLDER.mkdir(exist_ok=True)
    for stray in set(FOLDER.glob("*.md")) - set(made):
        stray.unlink()
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"rewrote {path.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
