"""Backups of what a stack must not lose, and the drill that shows they can be restored."""

from strata.backup.component import Backup

__all__ = ["Backup"]
