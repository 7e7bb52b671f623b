# A server of the fleet is itself from its first boot on: no traces and no identity of this one.
if command -v dnf > /dev/null; then dnf clean all; fi
if command -v apt-get > /dev/null; then apt-get clean; fi
rm -rf "${root}"/var/cache/dnf/* "${root}"/var/cache/apt/*.bin "${root}"/var/lib/apt/lists/*
rm -f "${root}"/etc/ssh/ssh_host_*
for home in "${root}/root" "${root}"/home/*; do
  rm -rf "${home}/.cache" "${home}/.aws" "${home}/.ansible"
  rm -f "${home}/.ssh/authorized_keys" "${home}"/.*_history "${home}/.lesshst"
done
if command -v cloud-init > /dev/null; then cloud-init clean --logs; fi
rm -rf "${root}"/var/lib/cloud/instances
if [ -e "${root}/etc/machine-id" ]; then : > "${root}/etc/machine-id"; fi
rm -f "${root}/var/lib/dbus/machine-id" "${root}/var/lib/systemd/random-seed"
if command -v journalctl > /dev/null; then journalctl --rotate; journalctl --vacuum-time=1s; fi
find "${root}/var/log" -type f -exec truncate --size 0 {} +
rm -rf "$bake"
# What is still there would be on every server.
left=$(find "${root}/root" "${root}/home" "${root}/etc/ssh" -type f \
  \( -name authorized_keys -o -name 'ssh_host_*' -o -name '.*_history' \) -size +0)
if [ -n "$left" ] || [ -s "${root}/etc/machine-id" ]; then
  echo "not cleaned up: $left" >&2
  exit 1
fi
