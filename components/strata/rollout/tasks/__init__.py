"""Rollouts of container tasks: Amazon ECS's service deployment, planned and simulated."""
