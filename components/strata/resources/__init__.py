"""What a stack consists of, whoever reads it: the guard, the policy pack, the review and tests.

- `resource`: one resource with its options, how it is read from what the engine writes, and the graph of all of them.
- `recorder`: the monitor that keeps everything that a program registers.
- `classes`: the class of a resource, by its tag or by its type, and each class in words.
- `protections`: what protects a resource, by type and by name.
- `wire`: how Pulumi marks values that are unknown or secret.
- `values`: values of resources, made plain.
"""
