# A subset of the CIS benchmark of Amazon Linux 2023: what no server of a fleet needs otherwise. docs/baking.md lists it.
modules="cramfs freevxfs hfs hfsplus jffs2 udf usb-storage"
mkdir -p "${root}/etc/modprobe.d" "${root}/etc/sysctl.d" "${root}/etc/profile.d" \
  "${root}/etc/security/limits.d" "${root}/etc/systemd/coredump.conf.d"
for module in $modules; do
  printf 'install %s /bin/false\nblacklist %s\n' "$module" "$module"
done > "${root}/etc/modprobe.d/90-strata.conf"

# IPv4 forwarding stays as it is: a server of containers needs it.
for scope in all default; do
  for key in accept_redirects secure_redirects send_redirects accept_source_route; do
    echo "net.ipv4.conf.$scope.$key = 0"
  done
  echo "net.ipv4.conf.$scope.log_martians = 1"
  echo "net.ipv4.conf.$scope.rp_filter = 1"
  echo "net.ipv6.conf.$scope.accept_redirects = 0"
  echo "net.ipv6.conf.$scope.accept_source_route = 0"
done > "${root}/etc/sysctl.d/90-strata.conf"
cat >> "${root}/etc/sysctl.d/90-strata.conf" <<'SYSCTL'
net.ipv4.icmp_echo_ignore_broadcasts = 1
net.ipv4.icmp_ignore_bogus_error_responses = 1
net.ipv4.tcp_syncookies = 1
kernel.randomize_va_space = 2
kernel.yama.ptrace_scope = 1
fs.suid_dumpable = 0
SYSCTL

# A core dump holds what the process held in memory, secrets among it.
echo '* hard core 0' > "${root}/etc/security/limits.d/90-strata.conf"
printf '[Coredump]\nStorage=none\nProcessSizeMax=0\n' > "${root}/etc/systemd/coredump.conf.d/90-strata.conf"

echo 'umask 027' > "${root}/etc/profile.d/90-strata.sh"
if [ -f "${root}/etc/login.defs" ]; then
  sed -i 's/^[[:space:]]*UMASK[[:space:]].*/UMASK 027/' "${root}/etc/login.defs"
fi

if [ -f "${root}/etc/crontab" ]; then chmod 0600 "${root}/etc/crontab"; fi
for folder in cron.hourly cron.daily cron.weekly cron.monthly cron.d; do
  if [ -d "${root}/etc/$folder" ]; then chmod 0700 "${root}/etc/$folder"; fi
done

# sshd takes the first value that it reads, so these come before what a parent or cloud-init has written.
config="${root}/etc/ssh/sshd_config"
if [ -f "$config" ]; then
  sshd_lines='PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitEmptyPasswords no
PermitUserEnvironment no
HostbasedAuthentication no
IgnoreRhosts yes
X11Forwarding no
MaxAuthTries 4'
  if grep -Eiq '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/\*\.conf' "$config"; then
    mkdir -p "${root}/etc/ssh/sshd_config.d"
    echo "$sshd_lines" > "${root}/etc/ssh/sshd_config.d/00-strata.conf"
    chmod 0600 "${root}/etc/ssh/sshd_config.d/00-strata.conf"
  elif ! grep -q '^# strata$' "$config"; then
    old=$(cat "$config")
    printf '# strata\n%s\n%s\n' "$sshd_lines" "$old" > "$config"
  fi
  chmod 0600 "$config"
  # A server whose sshd does not start is found here, and not by whoever needs it.
  if command -v sshd > /dev/null; then sshd -t -f "$config"; fi
fi
