"""The history of a service's releases, and the way back to one of them."""
