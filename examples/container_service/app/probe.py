"""Ends with 0 if the service next to it is healthy: the health check of the container."""

import os
import sys
import urllib.request

URL = f"http://127.0.0.1:{os.environ.get('STRATA_PORT', '8080')}/healthz"

if __name__ == "__main__":
    # a proxy knows nothing of this container
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with straight.open(URL, timeout=2) as answer:
            sys.exit(answer.status != 200)  # noqa: PLR2004 - HTTP's own word for well
    except OSError as error:
        sys.exit(str(error))
