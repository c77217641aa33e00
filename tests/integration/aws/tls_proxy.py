"""A proxy that opens TLS, as companies have them: what goes to AWS through it comes to the simulator, under a certificate of the
proxy's own."""

import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = allow_reuse_address = True


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other direction has ended


class TlsProxy:
    """Use as a context. `hosts`: whose certificate it has; `seen`: which were asked for, in order."""

    def __init__(self, simulator: str, hosts: list[str]) -> None:
        host, _, port = simulator.removeprefix("http://").partition(":")
        self.simulator = (host, int(port))
        self.hosts = hosts
        self.seen: list[str] = []
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-proxy-"))
        self.certificate = self.folder / "certificate.pem"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "TlsProxy":
        names = ",".join(f"DNS:{host}" for host in self.hosts)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=proxy", "-addext",
                        f"subjectAltName={names}", "-keyout", self.folder / "key.pem", "-out", self.certificate],
                       check=True, capture_output=True)
        proxy = self

        class Tunnel(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy.open(self.request)

        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, self.folder / "key.pem")
        self.server = _Server(("127.0.0.1", 0), Tunnel)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (more := client.recv(4096)):
            head += more
        method, _, rest = head.partition(b" ")
        if method != b"CONNECT":
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        self.seen.append(rest.split(b":")[0].decode())
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            inside = self.tls.wrap_socket(client, server_side=True)
        except (ssl.SSLError, OSError):
            return  # who does not know the certificate goes away
        with inside, socket.create_connection(self.simulator) as server:
            back = threading.Thread(target=_pump, args=(server, inside), daemon=True)
            back.start()
            _pump(inside, server)
            back.join()
