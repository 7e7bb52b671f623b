"""A rollout does not start while an alarm that gates it is not OK, unless its settings say otherwise."""

from tests.integration.support import routed


async def test_alarms_that_are_not_ok_refuse_the_start_unless_they_are_ignored(new_trial):
    services = {
        "firing": routed(10),
        "blind": routed(20),
        "ignoring": routed(30, rollout={"alarms": "ignore-once"}),
        "fine": routed(40),
    }
    trial = new_trial(services)
    assert (await trial.up()).ok
    alarms = {service: trial.alarms(service) for service in services}
    assert {len(names) for names in alarms.values()} == {3}, "error rate, latency, and the hosts that only notify"
    gating = {service: [name for name in names if "unhealthy" not in name] for service, names in alarms.items()}
    for service, state in {"firing": "ALARM", "ignoring": "ALARM", "blind": "INSUFFICIENT_DATA"}.items():
        for name in gating[service]:
            trial.site.cloud.set_alarm(name, state)
    trial.mark()

    trial.pin(services, "2.0.0")
    done = await trial.up()
    assert not done.ok
    for service, state in {"firing": "ALARM", "blind": "INSUFFICIENT_DATA"}.items():
        (told,) = [line for line in done.errors if f"{service}: the rollout" in line]
        for name in gating[service]:
            assert f"alarm {name} is {state}" in told
        assert "rollout.alarms: ignore-once" in told
        trial.is_live(service, "1.0.0")
        assert trial.refreshes(service) == []
    for service in ("ignoring", "fine"):
        trial.is_live(service, "2.0.0")
    started = {call["AutoScalingGroupName"]: call for call in trial.history.calls("StartInstanceRefresh")}
    assert set(started) == {trial.group("ignoring").name, trial.group("fine").name}
    watched = {key: [each for each in call if "AlarmSpecification" in each] for key, call in started.items()}
    assert watched[trial.group("ignoring").name] == [], "AWS would refuse a start that lists an alarm in ALARM"
    assert len(watched[trial.group("fine").name]) == 2

    for name in gating["firing"]:
        trial.site.cloud.set_alarm(name, "OK")
    for name in gating["blind"]:
        trial.site.cloud.set_alarm(name, "OK")
    again = await trial.up()
    assert again.ok, again.reason
    trial.is_live("firing", "2.0.0")
    trial.is_live("blind", "2.0.0")
