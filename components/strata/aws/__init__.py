"""AWS as a program and a command reach it: the target, its clients, and what becomes of calls that fail."""
