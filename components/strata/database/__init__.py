"""Databases that are changed in place and never replaced, and replicas that can be rebuilt from them."""

from strata.database.component import Database
from strata.database.replica import ReadReplica

__all__ = ["Database", "ReadReplica"]
