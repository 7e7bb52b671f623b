"""The plugin that builds container images in a rehearsal, where there is no Docker engine."""
