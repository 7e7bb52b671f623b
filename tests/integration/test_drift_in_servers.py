"""`strata drift --deep` on a stack that the real engine has made: found, accepted for a time, and healed."""

import asyncio
import json
from typing import Any

from tests.integration.conftest import NewTrial
from tests.integration.support import Trial, routed
from tests.integration.test_healing import drift, service_of

OPENSSL = ("package", "openssl.x86_64", "3.0.7", "3.0.8")


async def test_what_was_done_by_hand_in_a_server_is_found_accepted_and_healed(new_trial: NewTrial):
    trial: Trial = new_trial({"web": routed(70)})
    done = await trial.up()
    assert done.ok, done.reason
    cloud = trial.site.cloud
    code, said = await drift(trial, "web", "--deep")
    assert (code, service_of(said)["contents"]) == (0, {"compared": 2, "servers": 2}), said

    changed, kept = sorted(trial.running("web"))
    await asyncio.to_thread(cloud.set_contents, [OPENSSL], instance=changed)
    code, said = await drift(trial, "web")
    assert (code, service_of(said)["contents"]) == (0, None), said
    code, said = await drift(trial, "web", "--deep")
    (found,) = service_of(said)["findings"]
    key = f"contents:{changed}/package:openssl.x86_64"
    assert (code, found["key"], found["expected"], found["found"]) == (
        5,
        key,
        {"package:openssl.x86_64": "3.0.7"},
        {"package:openssl.x86_64": "3.0.8"},
    )

    terms = ("--reason", "a fix of the night", "--expires", "7d")
    code, said = await drift(trial, "web", "--deep", "--record", f"contents:{changed}", *terms)
    assert code == 0, said
    code, said = await drift(trial, "web", "--deep", "--strict")
    assert (code, [each["key"] for each in service_of(said)["accepted"]]) == (0, [key]), said
    code, said = await drift(trial, "web", "--strict")
    assert (code, json.loads(said)["stale"]) == (0, []), said

    await asyncio.to_thread(cloud.set_contents, [(*OPENSSL[:3], "3.0.9")], instance=changed)
    code, said = await drift(trial, "web", "--deep", "--heal")
    healed: Any = service_of(said)
    assert (code, healed["replaced_ids"], healed["findings"]) == (0, [changed], []), said
    assert healed["contents"] == {"compared": 2, "servers": 2}
    assert kept in trial.running("web")

    await asyncio.to_thread(cloud.set_agent, "ConnectionLost", instance=kept)
    code, said = await drift(trial, "web", "--deep")
    (unread,) = json.loads(said)["unread"]
    assert (code, unread["what"]) == (1, f"contents of server {kept}"), said
