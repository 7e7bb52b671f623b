"""What a stack consists of, whoever reads it: the guard, the policy pack, the review and tests.

- `resource`: one resource with its options, and how it is read from what the engine writes.
- `graph`, `recorder`: everything that a program registered, and the monitor that keeps it.
- `classes`: the class of a resource, by its tag or by its type.
- `words`: each class in words.
- `protections`: what protects a resource, by type and by name.
- `wire`: how Pulumi marks values that are unknown or secret.
- `values`: values of resources, made plain.
"""
