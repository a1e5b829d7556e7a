"""Start ipykernel where only sockets within the machine may be made; runs in the sandbox, beside a student's code.

ipykernel opens a TCP port for the prints of forked children, and ZeroMQ ends the process where that is refused.
So the kernel is started without: what a forked child prints is lost.
"""

from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread


class IOPubWithoutPort(IOPubThread):
    def __init__(self, socket, *arguments, **options):
        super().__init__(socket, **{**options, "pipe": False})


if __name__ == "__main__":
    kernelapp.IOPubThread = IOPubWithoutPort
    kernelapp.launch_new_instance()
