"""Writes outputs and errors as HTTP answers in the protocol that the request came in.

Only what the model's output shape has can be written: a member that it lacks raises UnmodelledAnswer, which the listener
reports as a defect of the simulator.
"""
import base64
import dataclasses
import datetime
import email.utils
import json
from xml.sax.saxutils import escape, quoteattr

import botocore.serialize

from .problems import AwsError
from .service_models import Target


class UnmodelledAnswer(Exception):
    """The simulator meant to answer what botocore's model does not have."""


@dataclasses.dataclass
class HttpAnswer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def write_output(target: Target, output: dict, request_id: str) -> HttpAnswer:
    """`output` (the model's names, times as datetime or epoch seconds) as an answer."""
    status = target.operation.http.get("responseCode", 200)
    shape = target.operation.output_shape
    if target.protocol == "json":
        return _json_answer(target, status, _plain(shape, output), request_id)
    if target.protocol == "smithy-rpc-v2-cbor":
        return _cbor_answer(status, _cbor_body(shape, output), request_id)
    if target.protocol in ("query", "ec2"):
        return _query_answer(target, status, shape, output, request_id)
    return _rest_answer(target, status, shape, output, request_id)


def write_error(target: Target | None, protocol: str, error: AwsError, request_id: str) -> HttpAnswer:
    """`error` as an answer; `target` None where no operation was found."""
    shape = _error_shape(target, error.code)
    status = error.status
    if status is None:
        traits = shape.metadata if shape is not None else {}
        status = traits.get("error", {}).get("httpStatusCode", 500 if traits.get("fault") else 400)
    if protocol in ("query", "ec2", "rest-xml"):
        return _xml_error(protocol, status, error, request_id)
    key = next((name for name in (shape.members if shape is not None else ()) if name.lower() == "message"), "message")
    members = {key: error.message, **error.members}
    unknown = set(error.members) - set(shape.members if shape is not None else ())
    if unknown:
        raise UnmodelledAnswer(f"{error.code} has no member {sorted(unknown)}")
    if protocol == "smithy-rpc-v2-cbor":
        answer = _cbor_answer(status, _cbor_error(error, members), request_id)
    else:
        body = {"__type": error.code, **{k: _plain(shape.members[k] if shape is not None and k in shape.members else None, v)
                                         for k, v in members.items()}}
        answer = _json_answer(target, status, body, request_id)
        answer.headers.append(("x-amzn-ErrorType", error.code))
    if target and "awsQueryCompatible" in target.operation.service_model.metadata:
        fault = "Receiver" if status >= 500 else "Sender"
        code = (shape.metadata.get("error", {}).get("code", error.code)) if shape is not None else error.code
        answer.headers.append(("x-amzn-query-error", f"{code};{fault}"))
    return answer


def _error_shape(target: Target | None, code: str):
    if target is None:
        return None
    for shape in target.operation.service_model.error_shapes:
        if code in (shape.name, shape.error_code):
            return shape
    return None


def _json_answer(target: Target | None, status: int, body, request_id: str) -> HttpAnswer:
    metadata = target.operation.service_model.metadata if target else {}
    kind = "application/json"
    if target and target.protocol == "json":
        kind = f"application/x-amz-json-{metadata.get('jsonVersion', '1.0')}"
    return HttpAnswer(status, [("Content-Type", kind), ("x-amzn-RequestId", request_id)],
                      json.dumps(body).encode())


def _known_members(shape, value: dict):
    unknown = set(value) - set(shape.members)
    if unknown:
        raise UnmodelledAnswer(f"{shape.name} has no member {sorted(unknown)}")
    return [(name, shape.members[name], item) for name, item in value.items() if item is not None]


def _plain(shape, value):
    """`value` as JSON has it."""
    if shape is None:
        return value if value is not None else {}
    if getattr(shape, "is_document_type", False):
        return value
    kind = shape.type_name
    if kind == "structure":
        return {member.serialization.get("name", name): _plain(member, item)
                for name, member, item in _known_members(shape, value)}
    if kind == "list":
        return [_plain(shape.member, item) for item in value]
    if kind == "map":
        return {key: _plain(shape.value, item) for key, item in value.items()}
    if kind == "timestamp":
        form = shape.serialization.get("timestampFormat")
        return _iso(value) if form == "iso8601" else round(epoch(value), 3)
    if kind == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()
    if kind == "boolean":
        return bool(value)
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    return str(value)


def epoch(value) -> float:
    """Epoch seconds of a datetime or of a number that is that already."""
    return value.timestamp() if isinstance(value, datetime.datetime) else float(value)


def _iso(value) -> str:
    moment = datetime.datetime.fromtimestamp(epoch(value), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _cbor_answer(status: int, body: bytes, request_id: str) -> HttpAnswer:
    return HttpAnswer(status, [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"),
                               ("x-amzn-RequestId", request_id)], body)


def _cbor_body(shape, output: dict) -> bytes:
    written = bytearray()
    botocore.serialize.create_serializer("smithy-rpc-v2-cbor")._serialize_data_item(
        written, _without_none(shape, output), shape)
    return bytes(written)


def _without_none(shape, value):
    """The same value without absent members, its times as datetime: what botocore's CBOR writer takes."""
    if shape is None:
        return value
    if shape.type_name == "structure":
        return {name: _without_none(member, item) for name, member, item in _known_members(shape, value)}
    if shape.type_name == "list":
        return [_without_none(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: _without_none(shape.value, item) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return datetime.datetime.fromtimestamp(epoch(value), datetime.timezone.utc)
    return float(value) if shape.type_name in ("float", "double") else value


def _cbor_error(error: AwsError, members: dict) -> bytes:
    texts = {"__type": error.code, **{k: v for k, v in members.items() if isinstance(v, str)}}
    written = bytearray([0xA0 | len(texts)])
    writer = botocore.serialize.create_serializer("smithy-rpc-v2-cbor")
    for text in (piece for pair in texts.items() for piece in pair):
        writer._serialize_type_string(written, text, None, None)
    return bytes(written)


def _query_answer(target: Target, status: int, shape, output: dict, request_id: str) -> HttpAnswer:
    name, model = target.operation.name, target.operation.service_model
    namespace = quoteattr(model.metadata.get("xmlNamespace", f"http://{model.service_name}.amazonaws.com/doc/"))
    body = "".join(_xml_members(shape, output)) if shape is not None else ""
    if target.protocol == "query":
        wrapper = shape.serialization.get("resultWrapper", f"{name}Result") if shape is not None else f"{name}Result"
        body = (f"<{wrapper}>{body}</{wrapper}><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>")
    else:
        body = f"<requestId>{request_id}</requestId>{body}"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}Response xmlns={namespace}>{body}</{name}Response>'
    return HttpAnswer(status, [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)], text.encode())


def _xml_members(shape, value: dict):
    for name, member, item in _known_members(shape, value):
        yield from _xml_element(member.serialization.get("name", name), member, item)


def _xml_element(name: str, shape, value):
    kind = shape.type_name
    if kind == "list":
        flattened = shape.serialization.get("flattened")
        item_name = name if flattened else shape.member.serialization.get("name", "member")
        items = "".join("".join(_xml_element(item_name, shape.member, item)) for item in value)
        yield items if flattened else f"<{name}>{items}</{name}>"
        return
    if kind == "structure":
        text = "".join(_xml_members(shape, value))
    elif kind == "map":
        key, item = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        text = "".join("<entry>" + "".join(_xml_element(key, shape.key, k)) + "".join(_xml_element(item, shape.value, v))
                       + "</entry>" for k, v in value.items())
    else:
        text = escape(_xml_scalar(kind, value))
    yield f"<{name}>{text}</{name}>"


def _xml_scalar(kind: str, value) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return _iso(value)
    if kind == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()
    return str(value)


def _xml_error(protocol: str, status: int, error: AwsError, request_id: str) -> HttpAnswer:
    code, message = escape(error.code), escape(error.message)
    if protocol == "rest-xml":  # S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
    elif protocol == "ec2":
        body = (f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
                f"<RequestID>{request_id}</RequestID></Response>")
    else:
        fault = "Receiver" if status >= 500 else "Sender"
        body = (f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>")
    return HttpAnswer(status, [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)],
                      f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode())


def _rest_answer(target: Target, status: int, shape, output: dict, request_id: str) -> HttpAnswer:
    headers, body, payload = [("x-amzn-RequestId", request_id)], {}, None
    if shape is None:
        return HttpAnswer(status, headers, b"")
    payload_name = shape.serialization.get("payload")
    for name, member, item in _known_members(shape, output):
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "statusCode":
            status = int(item)
        elif location == "header":
            headers.append((key, _header_text(member, item)))
        elif location == "headers":
            headers += [(key + k, str(v)) for k, v in item.items()]
        elif name == payload_name:
            payload = item if isinstance(item, bytes) else _payload_text(member, item)
        else:
            body[key] = _plain(member, item)
    if payload_name is None and (body or status not in (204, 202, 304)):
        payload = json.dumps(body).encode()
        headers.append(("Content-Type", "application/json"))
    elif payload is not None and not any(k.lower() == "content-type" for k, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return HttpAnswer(status, headers, payload or b"")


def _payload_text(member, item) -> bytes:
    return item.encode() if isinstance(item, str) else json.dumps(_plain(member, item)).encode()


def _header_text(member, item) -> str:
    if member.type_name == "timestamp":
        return email.utils.formatdate(epoch(item), usegmt=True)
    return ("true" if item else "false") if member.type_name == "boolean" else str(item)
