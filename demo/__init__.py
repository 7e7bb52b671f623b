"""The life of an image, or of a fleet in operation, on the terminal, in a minute or two: `make demo`."""
