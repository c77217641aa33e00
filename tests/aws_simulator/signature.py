"""Recomputes the Signature Version 4 of a request, and knows whose keys are valid.

The algorithm: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""
import dataclasses
import datetime
import hashlib
import hmac
import posixpath
import urllib.parse

from .problems import AwsError
from .service_models import HttpRequest

# How far the request's time may be from the service's.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
LARGEST_SKEW_SECONDS = 300
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclasses.dataclass
class Keys:
    """A key pair. `token` and `expires` (epoch seconds on the wall clock) are those of temporary keys."""
    access_key: str
    secret_key: str
    who: str
    account: str
    token: str | None = None
    expires: float | None = None
    arn: str = ""


@dataclasses.dataclass
class Presigned:
    """What an address says that was signed beforehand.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    query: str  # all of it but the signature, as it was sent
    stamp: str
    lifetime_seconds: int
    token: str | None


@dataclasses.dataclass
class Scope:
    """What a signature says of itself."""
    access_key: str
    date: str
    region: str
    service: str
    signed_headers: list[str]
    signature: str
    presigned: "Presigned | None" = None


def scope_of(request: HttpRequest) -> Scope | None:
    """The signature's scope; None for a request without one. Raises AwsError for a header that cannot be read."""
    text = request.header("authorization")
    if not text and any(name == "X-Amz-Signature" for name, _ in request.query_pairs()):
        return _presigned_scope(request)
    if not text.startswith(ALGORITHM):
        return None
    try:
        fields = dict(piece.strip().split("=", 1) for piece in text[len(ALGORITHM):].split(","))
        access_key, date, region, service, end = fields["Credential"].split("/")
        if end != "aws4_request":
            raise ValueError(end)
        return Scope(access_key, date, region, service, fields["SignedHeaders"].split(";"), fields["Signature"])
    except (KeyError, ValueError) as why:
        raise AwsError("IncompleteSignature", f"the Authorization header cannot be read: {text}", 400) from why


LONGEST_LIFETIME_SECONDS = 604800  # sigv4-query-string-auth.html (X-Amz-Expires)


def _presigned_scope(request: HttpRequest) -> Scope:
    given = dict(request.query_pairs())
    try:
        access_key, date, region, service, end = given["X-Amz-Credential"].split("/")
        lifetime = int(given["X-Amz-Expires"])
        if end != "aws4_request" or given["X-Amz-Algorithm"] != ALGORITHM or not 0 < lifetime <= LONGEST_LIFETIME_SECONDS:
            raise ValueError(given)
        query = "&".join(piece for piece in request.query.split("&") if not piece.startswith("X-Amz-Signature="))
        presigned = Presigned(query, given["X-Amz-Date"], lifetime, given.get("X-Amz-Security-Token"))
        return Scope(access_key, date, region, service, given["X-Amz-SignedHeaders"].split(";"), given["X-Amz-Signature"],
                     presigned)
    except (KeyError, ValueError) as why:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        raise AwsError("AuthorizationQueryParametersError", "the address cannot be read", 400) from why


def sign_in_header(request: HttpRequest, scope: Scope) -> None:
    """Moves the signature of a presigned address to where the store looks for one; `scope` keeps what was sent."""
    request.query = "&".join(piece for piece in request.query.split("&") if piece and not piece.startswith("X-Amz-"))
    request.headers.append(("authorization", f"{ALGORITHM} Credential={scope.access_key}/{scope.date}/{scope.region}/"
                            f"{scope.service}/aws4_request, SignedHeaders=host, Signature={scope.signature}"))


def canonical_request(request: HttpRequest, scope: Scope) -> str:
    """The canonical request, from what came over the wire."""
    if scope.service == "s3":
        path = urllib.parse.quote(urllib.parse.unquote(request.path), safe="/-_.~")
    else:
        path = posixpath.normpath(request.path)
        path = "/" + path.lstrip("/") + ("/" if request.path.endswith("/") and path != "/" else "")
        path = urllib.parse.quote(path.replace("//", "/"), safe="/-_.~")
    query = "&".join("=".join(urllib.parse.quote(piece, safe="-_.~") for piece in pair)
                     for pair in sorted(_signed_pairs(request, scope), key=lambda p: [urllib.parse.quote(x, safe="-_.~") for x in p]))
    headers = ""
    for name in scope.signed_headers:
        values = [" ".join(value.split()) for key, value in request.headers if key.lower() == name]
        headers += f"{name}:{','.join(values)}\n"
    payload = ("UNSIGNED-PAYLOAD" if scope.presigned else
               request.header("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest())
    return "\n".join([request.method, path, query, headers, ";".join(scope.signed_headers), payload])


def _signed_pairs(request: HttpRequest, scope: Scope) -> list[tuple[str, str]]:
    if scope.presigned is None:
        return request.query_pairs()
    return HttpRequest(request.method, request.path, scope.presigned.query, [], b"").query_pairs()


def expected_signature(request: HttpRequest, scope: Scope, secret_key: str) -> str:
    stamp = scope.presigned.stamp if scope.presigned else request.header("x-amz-date")
    text = "\n".join([ALGORITHM, stamp, f"{scope.date}/{scope.region}/{scope.service}/aws4_request",
                      hashlib.sha256(canonical_request(request, scope).encode()).hexdigest()])
    key = b"AWS4" + secret_key.encode()
    for piece in (scope.date, scope.region, scope.service, "aws4_request", text):
        key = hmac.new(key, piece.encode(), hashlib.sha256).digest()
    return key.hex()


class SignatureCheck:
    """The keys that are valid, and the check of a request against them."""

    def __init__(self):
        self._keys: dict[str, Keys] = {}
        self.skew_seconds = 0.0  # how far the service's clock is ahead of this machine's

    def add(self, keys: Keys) -> None:
        self._keys[keys.access_key] = keys

    def keys(self) -> list[Keys]:
        return list(self._keys.values())

    def check(self, request: HttpRequest, scope: Scope, wall: float) -> Keys:
        """The keys that signed `request`. Raises AwsError with the query protocol's code; `dialect` renames it."""
        keys = self._keys.get(scope.access_key)
        if keys is None:
            raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if scope.presigned:
            self._check_lifetime(scope, wall + self.skew_seconds)
        else:
            self._check_time(request, scope, wall + self.skew_seconds)
        missing = [name for name in self._must_be_signed(request) if name not in scope.signed_headers]
        if missing:
            raise AwsError("SignatureDoesNotMatch", f"these headers must be signed: {', '.join(missing)}", 403)
        payload = request.header("x-amz-content-sha256")
        if payload and payload != "UNSIGNED-PAYLOAD" and not payload.startswith("STREAMING-"):
            if payload != hashlib.sha256(request.body).hexdigest():
                raise AwsError("XAmzContentSHA256Mismatch", "x-amz-content-sha256 is not the body's hash", 400)
        elif not payload and scope.service == "s3" and not scope.presigned:
            raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
        expected = expected_signature(request, scope, keys.secret_key)
        if not hmac.compare_digest(expected, scope.signature):
            raise AwsError("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you "
                           "provided. The canonical request is:\n" + canonical_request(request, scope), 403)
        self._check_token(scope.presigned.token if scope.presigned else request.header("x-amz-security-token") or None,
                          keys, wall)
        return keys

    @staticmethod
    def _must_be_signed(request: HttpRequest) -> list[str]:
        # host and every x-amz- header, says the page named above.
        return sorted({"host"} | {key.lower() for key, _ in request.headers if key.lower().startswith("x-amz-")})

    @staticmethod
    def _check_time(request: HttpRequest, scope: Scope, wall: float) -> None:
        try:
            stamp = datetime.datetime.strptime(request.header("x-amz-date"), "%Y%m%dT%H%M%SZ")
        except ValueError as why:
            raise AwsError("IncompleteSignature", "x-amz-date is absent or no time", 400) from why
        if request.header("x-amz-date")[:8] != scope.date:
            raise AwsError("SignatureDoesNotMatch", "the date of the credential scope is not that of x-amz-date", 403)
        late = wall - stamp.replace(tzinfo=datetime.timezone.utc).timestamp()
        if abs(late) > LARGEST_SKEW_SECONDS:
            word = "expired" if late > 0 else "not yet current"
            raise AwsError("RequestTimeTooSkewed", f"Signature {word}: {request.header('x-amz-date')} is {late:.0f} s off "
                           "the service's time", 403)

    @staticmethod
    def _check_lifetime(scope: Scope, wall: float) -> None:
        try:
            stamp = datetime.datetime.strptime(scope.presigned.stamp, "%Y%m%dT%H%M%SZ")
        except ValueError as why:
            raise AwsError("AuthorizationQueryParametersError", "X-Amz-Date is no time", 400) from why
        if scope.presigned.stamp[:8] != scope.date:
            raise AwsError("SignatureDoesNotMatch", "the date of the credential scope is not that of X-Amz-Date", 403)
        if wall >= stamp.replace(tzinfo=datetime.timezone.utc).timestamp() + scope.presigned.lifetime_seconds:
            raise AwsError("AccessDenied", "Request has expired", 403)

    @staticmethod
    def _check_token(token: str | None, keys: Keys, wall: float) -> None:
        if token != keys.token:
            raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if keys.expires is not None and wall >= keys.expires:
            raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)


# The same refusal has another name in each protocol. https://docs.aws.amazon.com/ecs/latest/APIReference/CommonErrors.html
# (json), https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html (rest-json),
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html (query).
JSON_NAMES = {"InvalidClientTokenId": "UnrecognizedClientException", "SignatureDoesNotMatch": "InvalidSignatureException",
              "RequestTimeTooSkewed": "InvalidSignatureException", "ExpiredToken": "ExpiredTokenException",
              "IncompleteSignature": "IncompleteSignatureException", "MissingAuthenticationToken":
              "MissingAuthenticationTokenException", "AccessDenied": "AccessDeniedException",
              "Throttling": "ThrottlingException"}


def dialect(error: AwsError, protocol: str, service: str | None) -> AwsError:
    """`error` under the name and with the status that the protocol gives it."""
    if protocol in ("json", "smithy-rpc-v2-cbor"):
        return AwsError(JSON_NAMES.get(error.code, error.code), error.message, 400)
    if protocol == "rest-json":
        if error.code == "Throttling":  # https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
            name = "TooManyRequestsException" if service in ("lambda", "apigateway", "apigatewayv2") else "ThrottlingException"
            return AwsError(name, error.message, 429)
        return AwsError(JSON_NAMES.get(error.code, error.code), error.message, error.status)
    if error.code == "RequestTimeTooSkewed" and protocol == "query":
        return AwsError("SignatureDoesNotMatch", error.message, 403)
    if error.code == "InvalidClientTokenId" and service == "s3":
        return AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
    if error.code == "Throttling" and service == "s3":  # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    return error
