"""A new image on a live stack, and changes that no server feels."""

from tests.all_pages import all_pages
from tests.integration.support import Said, routed, worker


async def test_row_02_up_returns_when_every_server_runs_the_new_image(new_trial):
    trial = new_trial({"web": routed(10, (3, 6)), "api": routed(20), "jobs": worker((1, 2))})
    assert (await trial.up()).ok
    web, neighbours = trial.group("web"), [trial.group("api").name, trial.group("jobs").name]
    # what scaling has done since the last deploy is not the deploy's to undo
    trial.site.cloud.set_capacity(web.name, 5)
    trial.mark()

    said = Said()
    done = await trial.up(web="1.1.0", said=said)
    assert done.ok, done.reason
    trial.is_live("web", "1.1.0")
    assert trial.group("web").desired == 5, "row 6: a deploy resets no capacity"
    assert said.has("press Ctrl-C twice to stop watching, AWS goes on")
    assert said.has("web: rolled to web 1.1.0")
    (refresh,) = trial.refreshes("web")
    assert refresh.status == "Successful"
    (started,) = trial.history.calls("StartInstanceRefresh")
    assert started["DesiredConfiguration.LaunchTemplate.Version"].isdigit(), "row 1: a numbered version, never $Latest"
    assert trial.history.left(neighbours) == []
    assert trial.history.launched(neighbours) == []
    unchanged = await trial.unchanged()
    assert unchanged.ok, unchanged.reason


async def test_after_a_scale_out_a_preview_sees_nothing_to_change(new_trial):
    trial = new_trial({"jobs": worker((1, 4))})
    assert (await trial.up()).ok
    trial.site.cloud.set_capacity(trial.group("jobs").name, 3)
    unchanged = await trial.unchanged()
    assert unchanged.ok, unchanged.reason
    assert trial.group("jobs").desired == 3


async def test_a_tag_change_and_a_revert_replace_no_server(new_trial):
    trial = new_trial({"web": routed(10), "jobs": worker((1, 2))})
    assert (await trial.up()).ok
    before = trial.running("web") | trial.running("jobs")
    old_version = trial.group("web").saved_version
    trial.mark()

    trial.tags["cost-center"] = "4711"
    said = Said()
    tagged = await trial.up(said=said)
    assert tagged.ok, tagged.reason
    assert said.has("web: every server runs 1.0.0 already, none is replaced")
    assert trial.group("web").tags["cost-center"] == "4711"
    assert trial.group("web").saved_version != old_version, "the next server is launched with the tag"
    assert (await trial.unchanged()).ok

    del trial.tags["cost-center"]
    reverted = await trial.up()
    assert reverted.ok, reverted.reason
    assert "cost-center" not in trial.group("web").tags
    assert trial.history.calls("StartInstanceRefresh") == []
    assert trial.running("web") | trial.running("jobs") == before
    assert (await trial.unchanged()).ok


async def test_row_09_a_newer_image_is_a_notice_and_never_a_change(new_trial):
    trial = new_trial({"jobs": worker((1, 2))})
    assert (await trial.up()).ok
    pinned = dict(trial.versions)
    trial.engine(jobs="1.1.0")
    said = Said()
    same = await trial.preview("--expect-no-changes", said=said, **pinned)
    assert same.ok, same.reason
    assert said.has("1.1.0"), "the newer image is told of"
    assert said.has("newer than the pinned 1.0.0")


async def test_row_16_a_group_of_one_never_loses_its_only_server(new_trial):
    trial = new_trial({"web": routed(10, (1, 2))}, stage="dev")
    assert (await trial.up()).ok
    first = trial.site.cloud.admin("clock")["now"]
    done = await trial.up(web="1.1.0")
    assert done.ok, done.reason
    trial.is_live("web", "1.1.0")
    looks = [look for look in trial.history.looks(trial.group("web").name) if look.at > first]
    assert looks
    assert min(look.healthy for look in looks) == 1
    assert max(sum(look.servers.values()) for look in looks) == 2


async def test_rows_07_and_13_a_new_port_makes_another_target_group_and_keeps_the_security_group(new_trial):
    trial = new_trial({"web": routed(10)})
    assert (await trial.up()).ok
    (before,) = trial.group("web").target_groups
    trial.mark()
    trial.services["web"]["port"] = 9090
    done = await trial.up()
    assert done.ok, done.reason
    (after,) = trial.group("web").target_groups
    assert after != before, "a port of a target group cannot be changed"
    known = all_pages(trial.site.client("elbv2"), "describe_target_groups")
    assert before not in {each["TargetGroupArn"] for each in known}
    history = trial.history
    assert history.calls("CreateSecurityGroup") == []
    assert history.calls("DeleteSecurityGroup") == []
    assert (await trial.unchanged()).ok
