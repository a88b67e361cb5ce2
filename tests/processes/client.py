"""Stands in for ``python -m MODULE``: asks the fork server for the process and mirrors its exit.

Usage: client.py SOCKET MODULE ARGUMENTS... The command gets this process's folder, environment and
standard streams. SIGINT and SIGTERM are passed on; if this process is killed, so is the command.
"""

import json
import os
import signal
import socket
import struct
import sys


def main() -> None:
    """Run the command and end as it ended."""
    request = {
        "module": sys.argv[2],
        "arguments": sys.argv[3:],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
    }
    body = json.dumps(request).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(sys.argv[1])
        socket.send_fds(server, [struct.pack("!I", len(body))], [0, 1, 2])
        server.sendall(body)
        pid = _receive(server)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: os.kill(pid, number))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # the command has them; a reader must see when it closes them
            os.dup2(nothing, stream)
        code = _receive(server)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _receive(server: socket.socket) -> int:
    data = server.recv(4, socket.MSG_WAITALL)
    (value,) = struct.unpack("!i", data) if len(data) == 4 else (1,)
    return int(value)


main()
