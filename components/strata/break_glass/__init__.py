"""The documented emergency: somebody is let into a running server or task, and what was let in is never released."""
