"""The buckets, file systems and backups of the stack file, without those `trial:without` names."""

import pulumi

from strata import Backup, FileStore, Network, ObjectStore, Stack

stack = Stack.load()
config = pulumi.Config("trial")
left_out = config.get_object("without") or []
network = Network.from_ids("main", **config.require_object("network"))
for name, settings in stack.object_stores.items():
    if name not in left_out:
        pulumi.export(name, ObjectStore(name, settings).bucket)
for name, settings in stack.file_stores.items():
    if name not in left_out:
        pulumi.export(name, FileStore(name, settings, network=network).file_system_id)
if "backup" not in left_out:
    pulumi.export("vault", Backup("backup", stack.backup).vault_name)
