"""The images of a stack as people handle them: which there are, which one is pinned, promoted or revoked."""
