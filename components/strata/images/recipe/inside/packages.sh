# The lock, and nothing else: a version that is not there any more fails here, and not on a server.
if command -v rpm > /dev/null && command -v dnf > /dev/null; then
  sed 's/=/-/' "$bake/packages.lock" | xargs dnf --assumeyes install
elif command -v apt-get > /dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  xargs apt-get install --yes --no-install-recommends --allow-downgrades < "$bake/packages.lock"
else
  echo "neither dnf nor apt-get is there to install the lock" >&2
  exit 1
fi
