#!/bin/bash
# The application: its archive has an executable named run at its root, and its units beside it.
useradd --system --home-dir /opt/app --shell /sbin/nologin app
mkdir -p /opt/app /var/log/app
tar --extract --gzip --file "$STRATA_ARTIFACT" --directory /opt/app
chown app:app /var/log/app
install -m 0644 /opt/app/units/*.service /etc/systemd/system/
systemctl enable app.service
