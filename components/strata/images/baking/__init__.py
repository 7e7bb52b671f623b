"""The baking of one version: which execution of a pipeline it is, what comes out of it, and what is noted of it."""
