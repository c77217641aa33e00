"""A registry of ECR under its own name: an HTTPS server with a certificate of its own, reached through a proxy as clients
reach names that are elsewhere, which lets in who has the simulator's token, and hands what it gets on to Debian's
docker-registry. moto has ECR's API, but no registry.
"""

import base64
import http.client
import select
import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
HOP_BY_HOP = {"connection", "transfer-encoding", "authorization", "host"}


class Threading(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = allow_reuse_address = True


class EcrFront:
    """Use as a context. `tokens`: what is let in; `seen`: methods and paths with a good token."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-ecr-"))
        self.tokens: set[str] = set()
        self.refused = 0
        self.seen: list[str] = []

    def environment(self) -> dict[str, str]:
        proxy = f"http://127.0.0.1:{self.proxy.server_address[1]}"
        return {"HTTPS_PROXY": proxy, "https_proxy": proxy, "SSL_CERT_FILE": str(self.folder / "certificate.pem")}

    def __enter__(self) -> "EcrFront":
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
                        "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", self.folder / "key.pem", "-out",
                        self.folder / "certificate.pem"], check=True, capture_output=True)
        self.start_registry()
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                front.answer(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_one

            def log_message(self, *_: object) -> None:
                pass

        class Tunnel(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                front.tunnel(self.request)

        self.https = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "certificate.pem", self.folder / "key.pem")
        self.https.socket = context.wrap_socket(self.https.socket, server_side=True)
        self.proxy = Threading(("127.0.0.1", 0), Tunnel)
        for server in (self.https, self.proxy):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self.https, self.proxy):
            server.shutdown()
            server.server_close()
        self.registry.terminate()
        self.registry.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_registry(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (self.folder / "config.yml").write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: \"{self.folder}/data\"}}}}\n"
            f"http: {{addr: \"127.0.0.1:{self.port}\", relativeurls: true}}\n")
        self.registry = subprocess.Popen(["docker-registry", "serve", self.folder / "config.yml"],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with socket.socket() as attempt:
                attempt.settimeout(1)
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.registry.poll() is not None:
                raise AssertionError("docker-registry ended at once")
            select.select([], [], [], 0.05)
        raise AssertionError("docker-registry does not answer")

    def tunnel(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (more := client.recv(4096)):
            head += more
        if not head.startswith(f"CONNECT {HOST}:443 ".encode()):
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(self.https.server_address) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pairs = {client: server, server: client}
            while True:
                for ready in select.select(list(pairs), [], [], 60)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    pairs[ready].sendall(data)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length", 0))
        body = self.chunks(request) if request.headers.get("Transfer-Encoding") == "chunked" else request.rfile.read(length)
        if request.headers.get("Authorization", "").removeprefix("Basic ") not in self.tokens:
            self.refused += 1
            return self.send(request, 401, {"WWW-Authenticate": f'Basic realm="https://{HOST}/",service="ecr.amazonaws.com"'},
                             b"Not Authorized")
        self.seen.append(f"{request.command} {request.path}")
        registry = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        registry.putrequest(request.command, request.path)
        for name, value in request.headers.items():  # several Accept, one after the other
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                registry.putheader(name, value)
        registry.putheader("Content-Length", str(len(body)))
        registry.endheaders(body)
        answered = registry.getresponse()
        content = answered.read()
        kept = {k: v for k, v in answered.getheaders() if k.lower() not in HOP_BY_HOP}
        self.send(request, answered.status, kept, content)
        registry.close()

    @staticmethod
    def chunks(request: BaseHTTPRequestHandler) -> bytes:
        body = b""
        while size := int(request.rfile.readline().split(b";")[0], 16):
            body += request.rfile.read(size)
            request.rfile.readline()
        request.rfile.readline()
        return body

    @staticmethod
    def send(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
        request.send_response(status)
        if request.command != "HEAD":
            headers = {k: v for k, v in headers.items() if k.lower() != "content-length"}
            headers["Content-Length"] = str(len(content))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)


def token_of(aws) -> str:
    """What the simulator's GetAuthorizationToken gives: user and password in base64."""
    token = aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert base64.b64decode(token).startswith(b"AWS:")
    return token
