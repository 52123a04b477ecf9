"""Run a module as Python does, but in a fork: `python -IS forked.py SERVER -m MODULE [ARGUMENT ...]`.

The fork gets this process's folder, variables, streams and Ctrl-C, and this process ends with its exit code.
What is imported here is what starts in no time: `socket` and `signal` would take longer than the rest.
"""

import _socket
import array
import os
import resource
import sys

INTERRUPT = 2
"""The number of the signal SIGINT."""


def ask(server: _socket.socket, argv: list[str], cwd: str, env: dict[str, str], streams: list[int]) -> None:
    """Ask a connected server for a fork that runs a module, the first of `argv`, once it is told to."""
    mask = os.umask(0)
    os.umask(mask)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    asked = {"argv": argv, "cwd": cwd, "env": env, "umask": mask, "limit": limit}
    message = ascii(asked).encode() + b"\n"
    fds = array.array("i", streams).tobytes()
    sent = server.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fds)])
    server.sendall(message[sent:])


def main(address: str, *words: str) -> int:
    """Run a module in a fork, and return its exit code."""
    server = _socket.socket(_socket.AF_UNIX)
    server.connect(address)
    argv = list(words[words.index("-m") + 1 :])
    ask(server, argv, os.getcwd(), dict(os.environ), [0, 1, 2])  # noqa: PTH109 # pathlib takes long
    fork = int(server.recv(100))
    try:
        server.sendall(b"\n")
        return int(server.recv(100))
    except KeyboardInterrupt:
        os.kill(fork, INTERRUPT)
        return int(server.recv(100))


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]) & 255)
