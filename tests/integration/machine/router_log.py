"""What the router of a machine logs, heard on the loopback device beside sluice itself."""

import re
import socket
import struct
import threading
from pathlib import Path

ETH_P_IP = 0x0800
PACKET_OUTGOING = 4  # a datagram on the loopback device is seen twice: as it goes out and as it comes in
SO_RCVBUFFORCE = 33


class RouterLog:
    """Its lines while the context lasts. Needs root, as the machine itself does."""

    def __init__(self, home: Path) -> None:
        [port] = re.findall(r"log 127\.0\.0\.1:(\d+)", next(home.rglob("haproxy.cfg")).read_text())
        self.port, self.lines, self.ended = int(port), [], threading.Event()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.socket.bind(("lo", ETH_P_IP))
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.listen)

    def __enter__(self) -> "RouterLog":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.socket.close()

    def listen(self) -> None:
        while not self.ended.is_set():
            try:
                packet, address = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            header = (packet[0] & 15) * 4
            if address[2] == PACKET_OUTGOING or packet[9] != socket.IPPROTO_UDP:
                continue
            if struct.unpack_from("!H", packet, header + 2)[0] == self.port:
                self.lines.append(packet[header + 8:].decode(errors="replace").rstrip("\n"))
