"""Everything that is measured, in the order it is shown."""

from bench import drift, first_call, growth, imports, preview, rehearsals, servers, simulation, tasks

__all__ = ["ROWS", "TOPICS"]

TOPICS = (
    imports.TOPIC,
    preview.TOPIC,
    rehearsals.TOPIC,
    first_call.TOPIC,
    simulation.TOPIC,
    servers.TOPIC,
    tasks.TOPIC,
    drift.TOPIC,
    growth.TOPIC,
)
ROWS = tuple(row for topic in TOPICS for row in topic.rows)
