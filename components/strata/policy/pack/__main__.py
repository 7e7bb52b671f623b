"""The policy pack: `pulumi up --policy-pack` with this folder, `strata.policy.pack_folder()`."""

from strata.policy.registration import serve

serve()
