"""Databases that are changed in place and never replaced, and replicas that can be rebuilt from them."""

from strata.components.database.database import Database
from strata.components.database.replica import ReadReplica

__all__ = ["Database", "ReadReplica"]
