"""AWS goes on refusing the deletion of a protected group, also when the protection was taken off or never set."""

from tests.integration.support import Said, Trial, worker


async def test_a_protected_group_that_aws_would_delete_is_held_again_by_an_up_that_changes_nothing(new_trial):
    trial: Trial = new_trial({"jobs": worker(protect=True)})
    first = await trial.up()
    assert first.ok, first.reason
    autoscaling, name = trial.site.client("autoscaling"), trial.group("jobs").name
    assert trial.group("jobs").deletion_protection == "prevent-all-deletion"
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, DeletionProtection="none")

    said = Said()
    again = await trial.up(said=said)
    assert again.ok, again.reason
    assert again.changes.updated == 0
    assert said.has(f"AWS did not refuse the deletion of its group {name}, and does so again")
    assert trial.group("jobs").deletion_protection == "prevent-all-deletion"
