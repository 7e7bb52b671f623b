# What is installed is what the lock says, whatever the steps have done since.
while IFS='=' read -r name version; do
  if command -v dpkg-query > /dev/null; then
    found=$(dpkg-query --show --showformat='${Version}' "$name" 2> /dev/null || echo none)
  else
    found=$(rpm --query --queryformat '%{VERSION}-%{RELEASE}' "$name" 2> /dev/null || echo none)
  fi
  case "${found}" in
    "${version#*:}" | "${version#*:}"-* | "$version") ;;
    *)
      echo "$name is $found, the lock says $version" >&2
      exit 1
      ;;
  esac
done < "$bake/packages.lock"
