from strata.engine.pulumi_cli import Cli
from strata.guard import plan_preview as preview


async def test_a_plan_is_made_without_checkpoints_which_a_preview_would_throw_away(tmp_path, script, monkeypatch):
    pulumi = script(tmp_path / "pulumi", 'echo "skips checkpoints: ${PULUMI_SKIP_CHECKPOINTS:-no}"')
    monkeypatch.setattr("strata.engine.pulumi_cli.find_cli", lambda _: Cli(pulumi, (3, 250, 0), "PATH"))
    monkeypatch.setattr(preview, "plan_of", lambda result, **_: result.stdout)

    assert await preview.real_plan(tmp_path, "dev", lambda _: None) == "skips checkpoints: true"
