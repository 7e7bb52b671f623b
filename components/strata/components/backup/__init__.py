"""Backups of what a stack must not lose, and the drill that shows they can be restored."""

from strata.components.backup.backup import Backup

__all__ = ["Backup"]
