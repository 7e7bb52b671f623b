#!/bin/bash
chmod 0600 /etc/ssh/sshd_config
