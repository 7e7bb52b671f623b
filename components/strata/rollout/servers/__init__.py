"""Rollouts of servers: AWS's instance refresh, planned, simulated, driven and watched."""
