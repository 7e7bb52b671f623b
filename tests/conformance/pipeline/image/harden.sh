#!/bin/bash
# From the CIS benchmark of Amazon Linux 2023: file systems that no server needs, and permissions of cron and of ssh.
for module in cramfs squashfs udf; do
  echo "install $module /bin/false" > "/etc/modprobe.d/$module.conf"
done
chmod 0600 /etc/ssh/sshd_config
for file in /etc/crontab /etc/cron.hourly /etc/cron.daily; do
  if [ -e "$file" ]; then chmod go-rwx "$file"; fi
done
sed -i 's/^#\?PermitRootLogin.*/PermitRootLogin no/' /etc/ssh/sshd_config
