"""Where the engine works in a rehearsal: a Pulumi home and a backend of its own, put right after a kill.

In the order a rehearsal walks through them:

- `home.ready_home`: the Pulumi home and the backend; the CLI and the language host in it are `strata.engine`'s.
- `workspace.ready_workspace`: the private folder with a copy of the stack file.
- `engine.Engine`: previews, updates, destroys (`environment`, `state`).
- `recover.recover`: clears up after a run that was killed (`repair`, `pending`).
"""
