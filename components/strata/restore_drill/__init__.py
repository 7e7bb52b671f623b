"""Show that backups can be restored: the drill behind `strata backup drill`."""
