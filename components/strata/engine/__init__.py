"""Run a Pulumi CLI and follow it: found on this machine, or set up by `bootstrap`."""
