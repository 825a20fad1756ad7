"""Ask the running service on this machine whether it is well: `python probe.py PORT`; exit code 0 where it is.

The image has no curl. The standard library alone, and no proxy: a proxy of the environment knows no loopback.
"""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException
from typing import Final

#: seconds
PATIENCE_S: Final = 5.0


def main(port: int, path: str = "/healthz") -> int:
    """0 where the service answers 200, else 1 with a sentence on stderr."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        sys.stderr.write(f"Paperboy does not answer on port {port}: {error}\n")
        return 1
    if status != 200:
        sys.stderr.write(f"Paperboy answers {path} with {status}.\n")
    return int(status != 200)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
