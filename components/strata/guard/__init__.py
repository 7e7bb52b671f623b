"""The check of a plan against the mutability of what it touches.

    plan (JSON of a preview) -> changes -> class, weakening, facts -> verdicts -> report

- `plan`: reads what `pulumi preview --json` prints; one change a resource.
- `weakening`: what a change takes away of what protects a resource (`strata.resources.protections`).
- `facts`, `stopped_services`: what else changes a verdict.
- `terms`: the stage, overrides and teardown a plan is judged by, and those that held before it.
- `reasons`: why, what would be lost, and what to do about it.
- `verdict`: a plan to findings. All of these are pure but for reading the stack file.
- `plan_preview`: has the engine make the plan.
- `report`: findings as text, Markdown and JSON.
"""
