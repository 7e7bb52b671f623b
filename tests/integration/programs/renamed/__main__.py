"""One component of each kind; `trial:names` is what their names begin with, `trial:before` what they began with."""

import pulumi

from strata import (
    Backup,
    Database,
    FileStore,
    ImmutableService,
    Ingress,
    Network,
    ObjectStore,
    ReadReplica,
    RuntimeConfig,
    Secret,
    Stack,
)

stack = Stack.load()
config = pulumi.Config("trial")
beginning, before = config.require("names"), config.get("before")


def name(part: str) -> str:
    return f"{beginning}-{part}"


def opts(part: str) -> pulumi.ResourceOptions | None:
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(name=f"{before}-{part}")]) if before else None


network = Network(name("net"), stack.network, opts=opts("net"))
ingress = Ingress(name("in"), stack.ingress, network=network, opts=opts("in"))
orders = Database(name("db"), stack.databases["orders"], network=network, opts=opts("db"))
copied = stack.replicas["copy"].model_copy(update={"source": name("db")})
ReadReplica(name("copy"), copied, source=orders, network=network, opts=opts("copy"))
ObjectStore(name("files"), stack.object_stores["files"], opts=opts("files"))
FileStore(name("disk"), stack.file_stores["disk"], network=network, opts=opts("disk"))
Backup(name("keep"), stack.backup, opts=opts("keep"))
config = RuntimeConfig(name("config"), stack.runtime["config"], opts=opts("config"))
Secret(name("mail"), stack.secrets["mail"], opts=opts("mail"))
ImmutableService(
    name("web"), stack.services["web"], image=stack.image("web"), network=network, ingress=ingress, opts=opts("web")
)
