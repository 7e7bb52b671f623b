"""Rolling a service from one release to the next."""
