#!/bin/bash
# Beyond Strata's baseline, which leaves squashfs alone because snap needs it: nothing here mounts it.
echo "install squashfs /bin/false" > /etc/modprobe.d/squashfs.conf
