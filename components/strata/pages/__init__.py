"""HTML pages that need nothing else: what they share."""
