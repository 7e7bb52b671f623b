#!/bin/bash
# The health check, before there is an image: the application starts with an environment as cloud-init writes it.
mkdir -p /etc/strata
printf 'STRATA_PORT="8080"\n' > /etc/strata/verify.env
systemctl start app.service
for _ in $(seq 30); do
  if curl -sf http://127.0.0.1:8080/healthz; then healthy=yes; break; fi
  sleep 1
done
systemctl stop app.service
rm -f /etc/strata/verify.env
test "${healthy:-no}" = yes
