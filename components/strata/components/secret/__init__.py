"""Secrets."""

from strata.components.secret.secret import Secret

__all__ = ["Secret"]
