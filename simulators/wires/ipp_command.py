"""What `ippeveprinter` runs for each document: hands it to the simulated machine and says what that says.

Usage: `python -m simulators.wires.ipp_command SOCKET FILE`. Ends with 0 when the job is completed, 1 when it is not.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path


def main(where: str, file: str) -> int:
    """Print one document; return the command's status."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(where)
        connection.sendall(json.dumps({"file": str(Path(file).absolute())}).encode() + b"\n")
        with connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("END "):
                    return int(line.removeprefix("END "))
                sys.stderr.write(line)
                sys.stderr.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
