"""Cells that want out. Each gives the right answer if it gets through: a mark would tell."""

from tests.grading.corpus.case import attack

RIGHT = "\narea = 13 * 13 * MAPS\n"


def _network(name, why, source, **more):
    return attack("network", f"network_{name}", why, source.strip("\n") + RIGHT, **more)


CASES = [
    _network(
        "tcp",
        "a port of this machine",
        'import socket\n\nsocket.create_connection(("127.0.0.1", int("{port}")), timeout=3)',
    ),
    _network(
        "tcp_outside",
        "another machine",
        'import socket\n\nsocket.create_connection(("1.1.1.1", 53), timeout=3)',
    ),
    _network(
        "ipv6",
        "this machine by its other name",
        'import socket\n\nsocket.create_connection(("::1", int("{port}"), 0, 0), timeout=3)',
    ),
    _network(
        "udp",
        "a datagram, and an answer to it",
        """
import socket

asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.settimeout(3)
asked.sendto(b"ping", ("127.0.0.1", int("{port}")))
asked.recv(100)
""",
    ),
    _network("dns", "a name is looked up", 'import socket\n\nsocket.gethostbyname("example.com")'),
    _network(
        "raw",
        "raw sockets",
        """
import socket

try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
except OSError:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
""",
    ),
    _network(
        "abstract_unix",
        "a socket of this machine that lies in no folder",
        'import socket\n\nsocket.socket(socket.AF_UNIX).connect("\\0{abstract}")',
    ),
    _network(
        "unix",
        "a socket of this machine in a folder",
        'import socket\n\nsocket.socket(socket.AF_UNIX).connect("{outside}/socket")',
    ),
    _network(
        "vsock",
        "the machine that this machine runs on",
        """
import socket

host = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
host.settimeout(3)
host.connect((socket.VMADDR_CID_HOST, 1024))
""",
    ),
    _network(
        "metadata",
        "a cloud's address for keys",
        """
import urllib.request

urllib.request.urlopen("http://169.254.169.254/latest/meta-data/", timeout=3).read(10)
""",
    ),
    _network(
        "pip",
        "a package is installed",
        """
import subprocess
import sys

options = ["--retries", "0", "--timeout", "3", "--no-input", "--target", "bought"]
address = "http://127.0.0.1:{port}/simple"
subprocess.run(
    [sys.executable, "-m", "pip", "install", *options, "--index-url", address, "labkit-nothing"], check=True
)
""",
    ),
    _network(
        "keras_download",
        "a file is fetched with the course's own tools",
        """
import urllib.request

urllib.request.urlretrieve("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz", "mnist.npz")
""",
    ),
    _network(
        "curl",
        "programs that are no Python",
        """
import subprocess

subprocess.run("curl -m 3 http://127.0.0.1:{port} || wget -T 3 -t 1 http://127.0.0.1:{port}", shell=True, check=True)
""",
    ),
    attack(
        "network",
        "network_own_kernel",
        "a second client of the kernel's own sockets, which sends requests, interrupts and a shutdown",
        """
from ipykernel.connect import get_connection_file
from jupyter_client import BlockingKernelClient

client = BlockingKernelClient(connection_file=get_connection_file())
client.load_connection_file()
client.start_channels()
for _ in range(100):
    client.execute("area = 1", store_history=False)
client.session.send(client.control_channel.socket, "interrupt_request")
area = 1
""",
    ),
    attack(
        "network",
        "network_sockets_of_others",
        "kernels of other hand-ins, by their sockets",
        """
import glob
import os
import socket
import tempfile

for folder in {tempfile.gettempdir(), "/tmp", "/run", "/dev/shm", os.path.dirname(os.getcwd())}:
    for path in glob.glob(f"{folder}/*/*") + glob.glob(f"{folder}/*/*/*"):
        try:
            socket.socket(socket.AF_UNIX).connect(path)
        except (OSError, ValueError):
            continue
area = 1
""",
    ),
]
