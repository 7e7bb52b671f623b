#!/bin/bash
# On a server of the image: the unit is there and starts by itself, and the version is the one that was asked for.
systemctl is-enabled app.service
test "$(cat /opt/app/VERSION)" = "$STRATA_VERSION"
