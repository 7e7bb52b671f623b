"""The life of an image on the terminal, in about a minute: `make demo`."""
