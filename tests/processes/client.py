"""Stands in for ``python -m MODULE``: asks the fork server for the process and mirrors its exit.

Usage: client.py SOCKET MODULE ARGUMENTS... The command gets this process's folder, environment and
standard streams. SIGINT and SIGTERM are passed on; if this process is killed, so is the command.

It imports only what is built into Python: ``json``, ``os``, ``signal``, and ``socket`` would take
twice as long as all the rest, at each of hundreds of starts.
"""

import _signal  # type: ignore[import-not-found]  # no stub describes it
import _socket
import marshal
import posix
import sys

_PASSED_ON = (_signal.SIGINT, _signal.SIGTERM)


def main() -> None:
    """Run the command and end as it ended."""
    body = marshal.dumps(
        {
            "module": sys.argv[2],
            "arguments": sys.argv[3:],
            "folder": posix.getcwd(),
            "environment": dict(posix.environ),
        }
    )
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    server.connect(sys.argv[1])
    streams = b"".join(stream.to_bytes(4, sys.byteorder) for stream in (0, 1, 2))
    rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)
    server.sendmsg([len(body).to_bytes(4, "big")], [rights])
    server.sendall(body)
    pid = _receive(server)
    for number in _PASSED_ON:
        _signal.signal(number, lambda number, _: posix.kill(pid, number))
    nothing = posix.open("/dev/null", posix.O_RDWR)
    for stream in (0, 1, 2):  # the command has them; a reader must see when it closes them
        posix.dup2(nothing, stream)
    code = _receive(server)
    if code < 0:
        _signal.signal(-code, _signal.SIG_DFL)
        posix.kill(posix.getpid(), -code)
    posix._exit(code)


def _receive(server: _socket.socket) -> int:
    data = server.recv(4, _socket.MSG_WAITALL)
    return int.from_bytes(data, "big", signed=True) if len(data) == 4 else 1


main()
