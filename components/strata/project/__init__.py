"""A Pulumi project on disk: where it is, its stack files and what they hold, read as Pulumi reads them."""
