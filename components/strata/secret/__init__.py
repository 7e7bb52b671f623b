"""Secrets."""

from strata.secret.component import Secret

__all__ = ["Secret"]
