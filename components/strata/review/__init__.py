"""A stack on the mutability spectrum, for a person to look at: what may change, how, and what keeps it safe."""
