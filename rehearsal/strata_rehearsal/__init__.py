"""The rehearsal: a stack applied by the real engine to a local AWS."""
