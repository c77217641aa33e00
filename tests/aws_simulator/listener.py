"""The HTTP listener: every request of AWS goes through here, in the steps of `Listener.answer`."""
import copy
import gzip
import http.server
import json
import socket
import threading
import time
import traceback

from . import faults as fault
from .control import Control
from .front_door import FrontDoor
from .input_check import masked, shape_errors
from .key_places import KeyPlaces
from .problems import AwsError, Problem
from .request_log import RequestLog
from .service_models import HttpRequest, Target
from .signature import dialect, scope_of, sign_in_header
from .store import ACCOUNT, UnsupportedByStore
from .wire_answer import HttpAnswer, write_error, write_output
from .wire_request import read_input
from .world import Call, World

# These are sent without a signature: the caller has no keys yet.
UNSIGNED = {("sts", "AssumeRoleWithWebIdentity"), ("sts", "AssumeRoleWithSAML"), ("sso", "GetRoleCredentials"),
            ("sso-oidc", "CreateToken"), ("sso-oidc", "RegisterClient"), ("sso-oidc", "StartDeviceAuthorization")}
# Their answers go through as moto gives them: bodies that are streams, or services that only set-ups use.
RAW = {"s3", "ec2", "iam"}
LARGEST_BODY_BYTES = 64 << 20
LONGEST_PAUSE_SECONDS = 300


class _Dropped(Exception):
    """The connection is closed without an answer."""


class _Exchange:
    """What is known of one request while it is answered."""

    def __init__(self, number: int, request: HttpRequest):
        self.number, self.request = number, request
        self.target: Target | None = None
        self.scope = self.keys = None
        self.input: dict = {}
        self.protocol = _protocol_guess(request)
        self.faults: list[fault.FaultRule] = []
        self.error: AwsError | None = None

    @property
    def region(self) -> str:
        return self.scope.region if self.scope else "us-east-1"

    @property
    def who(self) -> str:
        return self.keys.who if self.keys else "nobody"

    def name(self) -> tuple[str, str]:
        return (self.target.service, self.target.operation.name) if self.target else ("?", "?")


def _protocol_guess(request: HttpRequest) -> str:
    if request.header("smithy-protocol"):
        return "smithy-rpc-v2-cbor"
    if request.header("x-amz-target"):
        return "json"
    return "query" if request.header("content-type").startswith("application/x-www-form-urlencoded") else "rest-json"


class Listener:
    """Answers requests from as many threads as ask; the world is touched by one at a time."""

    def __init__(self, world: World, log: RequestLog):
        self.world, self.log = world, log
        self.lock = threading.RLock()
        self.control = Control(self)
        self.key_places = KeyPlaces(world)
        self.front_door = FrontDoor(world)
        self.paused: dict[int, tuple[dict, threading.Event]] = {}
        self._answers: dict = {}  # read → (output, since when it has been superseded)

    def forget_answers(self) -> None:
        self._answers.clear()

    def go_on_to(self, moment: float) -> None:
        """For a client whose time is simulated, too; the clock stands otherwise, and never goes back."""
        with self.lock:
            self.world.timeline.jump(max(0.0, moment - self.world.timeline.now()))

    def of_a_user(self, request: HttpRequest) -> HttpAnswer | None:
        """The answer to a request through a front door; None where it is none."""
        with self.lock:
            self.world.timeline.catch_up()
            return self.front_door.answer(request)

    def answer(self, request: HttpRequest) -> HttpAnswer | None:
        """The answer to `request`; None where the connection is to be closed without one."""
        exchange = _Exchange(self.log.next_number(), request)
        request_id = self.world.uuid()
        try:
            answer = self._answer(exchange, request_id)
        except AwsError as error:
            exchange.error = error
            answer = write_error(exchange.target, exchange.protocol, error, request_id)
        except _Dropped:
            answer = None
        except UnsupportedByStore as why:
            answer = self._defect(exchange, "unsupported", str(why), request_id)
        except Exception:
            answer = self._defect(exchange, "simulator", traceback.format_exc(), request_id)
        self._record(exchange, answer)
        return answer

    def _answer(self, exchange: _Exchange, request_id: str) -> HttpAnswer:
        self._recognise(exchange)
        self._authenticate(exchange)
        self._check_shape(exchange)
        self._faults_before(exchange)
        with self.lock:
            output = self._carry_out(exchange)
        if isinstance(output, tuple):  # work that calls back here, then what follows from it
            work, follow = output
            result = work()
            with self.lock:
                self.world.timeline.catch_up()
                output = follow(result)
        self._faults_after(exchange)
        if isinstance(output, HttpAnswer):
            return output
        return write_output(exchange.target, output, request_id)

    def _recognise(self, exchange: _Exchange) -> None:
        try:
            exchange.scope = scope_of(exchange.request)
            if exchange.scope and exchange.scope.presigned:
                sign_in_header(exchange.request, exchange.scope)
            exchange.target = self.world.models.target_of(
                exchange.request, exchange.scope.service if exchange.scope else None)
        except AwsError as error:
            self._problem(exchange, "signature" if error.code == "IncompleteSignature" else "operation", error.message)
            raise
        exchange.protocol = exchange.target.protocol

    def _authenticate(self, exchange: _Exchange) -> None:
        service, operation = exchange.name()
        try:
            if exchange.scope is None:
                if (service, operation) in UNSIGNED:
                    return
                raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
            if exchange.scope.service != self.world.models.signing_name(service):
                raise AwsError("SignatureDoesNotMatch", f"Credential should be scoped to correct service: "
                               f"'{self.world.models.signing_name(service)}'", 403)
            exchange.keys = self.world.signatures.check(exchange.request, exchange.scope, time.time())
        except AwsError as error:
            # Keys that are unknown or expired and clocks that are off are what tests make on purpose; these never are:
            if error.code in ("SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken",
                              "XAmzContentSHA256Mismatch", "InvalidRequest"):
                self._problem(exchange, "signature", error.message)
            raise dialect(error, exchange.protocol, service) from error

    def _check_shape(self, exchange: _Exchange) -> None:
        request = exchange.request
        if request.header("content-encoding") == "gzip":
            request.body = gzip.decompress(request.body)
        exchange.input, unknown = read_input(exchange.target, request)
        errors = [f"{name} is no member of the input" for name in unknown]
        if exchange.target.service not in RAW:
            errors += shape_errors(exchange.target.operation.input_shape, exchange.input)
        if errors:
            self._problem(exchange, "shape", "; ".join(errors))
            code = {"query": "ValidationError", "ec2": "InvalidParameterValue"}.get(exchange.protocol, "ValidationException")
            raise AwsError(code, "; ".join(errors), 400)

    def _faults_before(self, exchange: _Exchange) -> None:
        service, operation = exchange.name()
        with self.lock:
            exchange.faults = self.world.faults.hit(service, operation, exchange.region, exchange.who,
                                                      self.world.timeline.now())
        for rule in exchange.faults:
            if rule.kind == "pause_before":
                self._pause(exchange, rule.kind)
            if rule.kind == "refused":
                raise _Dropped()
            if rule.kind == "expire" and exchange.keys and exchange.keys.token:
                exchange.keys.expires = time.time() - 1
                raise dialect(AwsError("ExpiredToken", "The security token included in the request is expired", 403),
                              exchange.protocol, service)
            error = fault.refusal(rule, service, operation, exchange.keys.arn if exchange.keys else "anonymous")
            if error:
                raise dialect(error, exchange.protocol, service)

    def _faults_after(self, exchange: _Exchange) -> None:
        for rule in exchange.faults:
            if rule.kind == "pause_after":
                self._pause(exchange, rule.kind)
            if rule.kind == "slow":
                threading.Event().wait(self.world.faults.late_by(rule))
        if any(rule.kind == "lost" for rule in exchange.faults):
            raise _Dropped()

    def _pause(self, exchange: _Exchange, kind: str) -> None:
        """Waits for the test's word (`release`); with `drop` the request has never arrived, or its answer is lost."""
        service, operation = exchange.name()
        event = threading.Event()
        what = {"number": exchange.number, "service": service, "operation": operation, "kind": kind, "drop": False}
        self.paused[exchange.number] = (what, event)
        event.wait(timeout=LONGEST_PAUSE_SECONDS)
        self.paused.pop(exchange.number, None)
        if what["drop"]:
            raise _Dropped()

    def _carry_out(self, exchange: _Exchange):
        """The effect: the operation's output, or a whole answer of moto's for the services of RAW."""
        world, (name, operation) = self.world, exchange.name()
        account = exchange.keys.account if exchange.keys else ACCOUNT
        place = world.place(account, exchange.region)
        world.timeline.catch_up()
        handler = getattr(place.service(name), operation, None)
        if name in RAW and handler is None:
            status, headers, body = world.store.raw(account, exchange.request)
            if status >= 500 or (status in (404, 405) and b"<html" in body[:200].lower()):
                raise UnsupportedByStore(f"{name}.{operation}: {status} {body[:200]!r}")
            # The answer to HEAD has a length and no body.
            dropped = {"connection", "server", "date"} | ({"content-length"} if exchange.request.method != "HEAD" else set())
            return HttpAnswer(status, [(k, v) for k, v in headers if k.lower() not in dropped], body)
        place.call = Call(name, operation, exchange.input, exchange.keys)
        arguments = copy.deepcopy(exchange.input)
        try:
            output = handler(arguments) if handler else place.store(name, operation, **arguments)
        except AwsError as error:
            exchange.error = error
            raise
        world.timeline.catch_up()
        return self._maybe_stale(exchange, output) if fault.is_read(operation) else output

    def _maybe_stale(self, exchange: _Exchange, output: dict) -> dict:
        """What the same read answered before, where a rule says so and it has not been outdated for too long."""
        now = self.world.timeline.now()
        key = (*exchange.name(), exchange.region, json.dumps(exchange.input, default=str, sort_keys=True))
        before, outdated = self._answers.get(key, (None, None))
        if before is not None and before != output and any(r.kind == "stale" for r in exchange.faults):
            outdated = now if outdated is None else outdated
            if now - outdated <= self.world.delays.stale:
                self._answers[key] = (before, outdated)
                return copy.deepcopy(before)
        self._answers[key] = (copy.deepcopy(output), None)
        return output

    def _problem(self, exchange: _Exchange, kind: str, message: str) -> None:
        self.log.problem(Problem(kind, *exchange.name(), message, exchange.number))

    def _defect(self, exchange: _Exchange, kind: str, message: str, request_id: str) -> HttpAnswer:
        self._problem(exchange, kind, message)
        exchange.error = AwsError("InternalFailure", f"the simulator cannot answer this: {message}", 500)
        return write_error(None, exchange.protocol, exchange.error, request_id)

    def _record(self, exchange: _Exchange, answer: HttpAnswer | None) -> None:
        service, operation = exchange.name()
        shape = exchange.target.operation.input_shape if exchange.target else None
        self.log.add({
            "number": exchange.number, "time": self.world.timeline.now(), "who": exchange.who,
            "arn": exchange.keys.arn if exchange.keys else "",  # of whom a role was taken on; as CloudTrail tells it
            "region": exchange.region, "service": service, "operation": operation, "protocol": exchange.protocol,
            "input": masked(shape, exchange.input), "status": answer.status if answer else None,
            "error": exchange.error.code if exchange.error else None,
            "message": exchange.error.message if exchange.error else None,
            "faults": [rule.kind for rule in exchange.faults]})


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    listener: Listener

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _handle(self):
        if moment := self.headers.get("X-Simulator-Now"):
            self.listener.go_on_to(float(moment))
        path, _, query = self.path.partition("?")
        request = HttpRequest(self.command, path, query, list(self.headers.items()), self._body())
        if path.startswith("/_simulator/"):
            answer = self.listener.control.answer(request)
        else:
            answer = (self.listener.key_places.answer(request) or self.listener.of_a_user(request)
                      or self.listener.answer(request))
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in answer.headers):
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Date", self.date_time_string(time.time() + self.listener.world.signatures.skew_seconds))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _handle

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST_BODY_BYTES:
            raise ValueError(f"a body of {size} bytes")
        return self.rfile.read(size)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away in the middle is no event: tests kill clients on purpose."""


def make_server(listener: Listener, port: int) -> http.server.ThreadingHTTPServer:
    """A server on 127.0.0.1; port 0 takes a free one."""
    handler = type("Handler", (_Handler,), {"listener": listener})
    return _Server(("127.0.0.1", port), handler)
