"""PagerDuty's Events API, the issues of a repository on GitHub, and a Slack webhook, on this machine: they keep what they
are told, and refuse or lose what the test says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class PeopleServers:
    """Use as a context."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.events: list[dict] = []
        self.issues: list[dict] = []  # each has its comments
        self.slack: list[dict] = []
        self.refuse: list[tuple[str, int, dict]] = []  # (start of a path, status, headers): once each
        self.lose: list[str] = []  # starts of paths: carried out, and not answered; once each
        self.seen: list[tuple[str, str, dict]] = []
        people = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                people.answer(self, None)

            def do_POST(self) -> None:
                people.answer(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "PeopleServers":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, body: dict | None) -> None:
        path = f"{request.command} {request.path}"
        with self.lock:
            self.seen.append((path, request.headers.get("Authorization", ""), body or {}))
            refused = next((r for r in self.refuse if path.startswith(r[0])), None)
            if refused:
                self.refuse.remove(refused)
                return self.send(request, refused[1], {"message": "refused by the test"}, refused[2])
            status, answer = self.handle(request.command, urlsplit(request.path), body)
            lost = next((prefix for prefix in self.lose if path.startswith(prefix)), None)
            if lost:
                self.lose.remove(lost)
                request.close_connection = True
                return None
        return self.send(request, status, answer, {})

    @staticmethod
    def send(request: BaseHTTPRequestHandler, status: int, answer: object, headers: dict) -> None:
        text = json.dumps(answer).encode()
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text))}.items() | headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text)

    def handle(self, method: str, url, body: dict | None) -> tuple[int, object]:
        parts = url.path.strip("/").split("/")
        if url.path == "/v2/enqueue":
            self.events.append(body)
            return 202, {"status": "success", "dedup_key": body["dedup_key"]}
        if parts[0] == "slack":
            self.slack.append(body)
            return 200, "ok"
        if parts[:4] != ["repos", "octo-org", "shop", "issues"]:
            return 404, {"message": "Not Found"}
        if len(parts) == 4 and method == "POST":
            self.issues.append({"number": len(self.issues) + 1, "state": "open", "comments_kept": [], **body})
            return 201, self.issues[-1]
        if len(parts) == 4:
            query = parse_qs(url.query)
            found = [i for i in reversed(self.issues) if query["state"] == ["all"] or i["state"] == "open"]
            first = (int(query["page"][0]) - 1) * int(query["per_page"][0])
            return 200, found[first:first + int(query["per_page"][0])]
        comments = self.issues[int(parts[4]) - 1]["comments_kept"]
        if method == "POST":
            comments.append(body)
            return 201, body
        return 200, comments
