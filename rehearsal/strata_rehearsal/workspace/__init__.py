"""Where the engine works in a rehearsal: a Pulumi home and a backend of its own, put right after a kill.

In the order a rehearsal walks through them:

- `home.ready_home`: the Pulumi home and the backend; the CLI and the language host in it are `strata.engine`'s.
- `workspace.ready_workspace`: the private folder with a copy of the stack file.
- `stack_engine.StackEngine`: previews, updates, destroys (`stack_state`: what the backend holds).
- `recovery.recover`: clears up after a run that was killed.
"""
