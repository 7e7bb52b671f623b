"""The Pulumi toolchain of a rehearsal: CLI, language host, Pulumi home, backend, and runs of the engine.

The rooms, in the order a rehearsal walks through them:

- `cli.ready_cli`: the CLI, found or set up (`installer`, `go_build`, `go_command`, `cli_version`).
- `home.ready_home`: a Pulumi home and backend of its own; `language_host`, `plugin_process` and `leash` run there.
- `workspace.ready_workspace`: the private folder with a copy of the stack file (`stack_file`).
- `engine.Engine`: previews, updates, destroys (`run`, `result`, `events`, `event_log`, `environment`, `state`).
- `recover.recover`: clears up after a run that was killed (`repair`, `pending`, `processes`).
- `progress`: says what takes long; `child`: what a set-up runs ends with the command.
"""
