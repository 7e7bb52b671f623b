"""Set up a Pulumi CLI where there is none.

A fresh machine has Python and perhaps Go, and its network may reach nothing but package registries: then the official
installer fails, and the CLI is built from its Go modules instead.
"""
