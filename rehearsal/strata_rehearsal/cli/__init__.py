"""The command `strata rehearse` and what it shows."""
