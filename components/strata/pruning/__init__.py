"""Which images nobody needs any more, and removing them."""
