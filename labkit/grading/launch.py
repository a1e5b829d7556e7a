"""Start ipykernel where only sockets within the machine may be made; runs in the sandbox, beside a student's code.

ipykernel opens a TCP port for the prints of forked children, and ZeroMQ ends the process where that is refused.
So the kernel is started without: what a forked child prints is lost.
"""

import os

from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from ipykernel.zmqshell import ZMQInteractiveShell


class IOPubWithoutPort(IOPubThread):
    def __init__(self, socket, *arguments, **options):
        super().__init__(socket, **{**options, "pipe": False})


def has_terminals() -> bool:
    """Whether a terminal can be opened: IPython runs `!command` in one."""
    try:
        for end in os.openpty():
            os.close(end)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    kernelapp.IOPubThread = IOPubWithoutPort
    if not has_terminals():
        ZMQInteractiveShell.system = ZMQInteractiveShell.system_raw
    kernelapp.launch_new_instance()
