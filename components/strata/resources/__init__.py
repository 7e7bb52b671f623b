"""What a stack consists of, whoever reads it: the guard, the policy pack, the review and tests.

- `wire`: how Pulumi marks values that are unknown or secret.
- `values`: values of resources, made plain.
"""
