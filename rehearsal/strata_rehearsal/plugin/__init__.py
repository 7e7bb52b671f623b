"""The Pulumi AWS plugin of a rehearsal: the engine's questions answered by the local AWS.

`python -m strata_rehearsal.plugin <engine address>` is the executable the engine starts in place of the official one.
Types that matter while a stack runs are live: rows in `types/`, carried out through boto3 by `live.py`. All others of
the installed pulumi_aws are checked and recorded. An unknown type is an error. It refuses endpoints that are not on
this machine.
"""
