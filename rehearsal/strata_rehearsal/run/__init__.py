"""One rehearsal, from stack file to timeline."""
