"""What happened to the services of a stack in a period: releases, rollbacks, failures and verdicts, by whom."""
