"""A new project: what its files say, and writing them where nothing is lost."""
