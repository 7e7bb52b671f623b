"""Container services and their tasks: how they start, serve, fail and stop, and how deployments replace them."""
