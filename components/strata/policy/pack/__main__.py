"""The policy pack: `pulumi up --policy-pack` with this folder, `strata.policy.pack_folder()`."""

from strata.policy.pack_registration import serve

serve()
