"""What protects a resource: one table for the guard, the policy pack and the review.

Inputs that protect under the same name wherever they are have a second one, which speaks for every type that the
first leaves out. What is added to something that is there can take away too: the first lifecycle of a bucket deletes
what is in it.

- `by_type`, `by_name`, `additions`: the tables, with `protection` for what is in them.
- `held`: what protects a resource now, in words, and whether AWS refuses to delete it.
- `grants`, `retention`: whether a new value lets in or grants more, or keeps or copies less.
"""
