"""Reads the members of an operation's input out of an HTTP request, and says what in the request the model does not have.

Protocols: https://smithy.io/2.0/aws/protocols/ (awsJson1_0, awsJson1_1, awsQuery, ec2Query, restJson1, restXml) and
smithy-rpc-v2-cbor. A value that cannot be read as what its shape says is left as it came, so that the check after this
one (input_check) names it.
"""
import base64
import binascii
import dataclasses
import json
import urllib.parse
import xml.etree.ElementTree

import botocore.parsers
import botocore.utils

from .problems import AwsError
from .service_models import HttpRequest, Target

# Headers that belong to the transport or the signature, and so to no operation.
NOT_MODELLED_QUERY = {"Action", "Version"}


def read_input(target: Target, request: HttpRequest) -> tuple[dict, list[str]]:
    """The input as Python values in the model's names, and a list of what the request has beyond the model."""
    shape = target.operation.input_shape
    unknown: list[str] = []
    if target.protocol == "json":
        value = _json_value(shape, _json_body(request.body), "", unknown)
    elif target.protocol == "smithy-rpc-v2-cbor":
        value = _json_value(shape, _cbor_body(request.body), "", unknown)
    elif target.protocol in ("query", "ec2"):
        value = _form_input(target, request, unknown)
    else:
        value = _rest_input(target, request, unknown)
    return value if isinstance(value, dict) else {}, unknown


def _json_body(body: bytes):
    if not body:
        return {}
    try:
        return json.loads(body)
    except ValueError as why:
        raise AwsError("SerializationException", f"the body is no JSON: {why}") from why


def _cbor_body(body: bytes):
    if not body:
        return {}
    parser = botocore.parsers.create_parser("smithy-rpc-v2-cbor")
    try:
        return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))
    except botocore.parsers.ResponseParserError as why:
        raise AwsError("SerializationException", f"the body is no CBOR: {why}") from why


def _json_value(shape, value, path: str, unknown: list[str]):
    """`value` of a JSON or CBOR body as `shape` has it."""
    if shape is None or value is None or getattr(shape, "is_document_type", False):
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()
                 if member.serialization.get("location") is None}
        result = {}
        for key, item in value.items():
            if key not in names:
                unknown.append(f"{path}.{key}".lstrip("."))
            elif item is not None:
                result[names[key]] = _json_value(shape.members[names[key]], item, f"{path}.{key}", unknown)
        return result
    if kind == "list" and isinstance(value, list):
        return [_json_value(shape.member, item, f"{path}[{i}]", unknown) for i, item in enumerate(value)]
    if kind == "map" and isinstance(value, dict):
        return {key: _json_value(shape.value, item, f"{path}.{key}", unknown) for key, item in value.items()}
    return _scalar(shape, value)


def _scalar(shape, value):
    """A number, flag, time or blob; what cannot be read stays as it is."""
    kind = shape.type_name
    try:
        if kind == "blob" and isinstance(value, str):
            return base64.b64decode(value, validate=True)
        if kind == "timestamp" and isinstance(value, (str, int, float)):
            return botocore.utils.parse_timestamp(value)
        if kind in ("double", "float") and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
    except (ValueError, binascii.Error):
        pass
    return value


def _text_scalar(shape, text: str):
    """A scalar of a form, a header, a path or a query string: text that stands for the shape's type."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("double", "float"):
            return float(text)
    except ValueError:
        return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return _scalar(shape, text)


def _form_input(target: Target, request: HttpRequest, unknown: list[str]) -> dict:
    try:
        pairs = urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body))
    except (ValueError, UnicodeDecodeError) as why:
        raise AwsError("MalformedInput", f"the body is no form: {why}") from why
    form = dict(pairs)
    used = set(NOT_MODELLED_QUERY)
    value = _FormReader(form, used, target.protocol == "ec2").read(target.operation.input_shape, "")
    unknown += sorted(set(form) - used)
    unknown += [f"{name} (twice)" for name in form if [n for n, _ in pairs].count(name) > 1]
    return value or {}


class _FormReader:
    """Reads `Targets.member.1.Id=…` (query) and `Filter.1.Name=…` (ec2)."""

    def __init__(self, form: dict, used: set, ec2: bool):
        self.form, self.used, self.ec2 = form, used, ec2

    def read(self, shape, prefix: str):
        """The value under `prefix`, None where the form has nothing there."""
        if shape is None:
            return {}
        if prefix and not any(k == prefix or k.startswith(prefix + ".") for k in self.form):
            return None
        reader = {"structure": self._structure, "list": self._list, "map": self._map}.get(shape.type_name)
        if reader:
            return reader(shape, prefix)
        self.used.add(prefix)
        return _text_scalar(shape, self.form[prefix]) if prefix in self.form else None

    def _name(self, member, default: str) -> str:
        name = member.serialization.get("name", default)
        if self.ec2:
            name = member.serialization.get("queryName", name[0].upper() + name[1:])
        return name

    def _structure(self, shape, prefix: str):
        found = {}
        for name, member in shape.members.items():
            value = self.read(member, f"{prefix}.{self._name(member, name)}".lstrip("."))
            if value is not None:
                found[name] = value
        return found

    def _list(self, shape, prefix: str):
        if self.form.get(prefix) == "":
            self.used.add(prefix)
            return []
        if not shape.serialization.get("flattened") and not self.ec2:
            prefix = f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        elif "name" in shape.member.serialization and not self.ec2:
            prefix = ".".join(prefix.split(".")[:-1] + [shape.member.serialization["name"]])
        found, number = [], 1
        while (value := self.read(shape.member, f"{prefix}.{number}")) is not None:
            found.append(value)
            number += 1
        return found

    def _map(self, shape, prefix: str):
        if not shape.serialization.get("flattened"):
            prefix = f"{prefix}.entry"
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        found, number = {}, 1
        while (key := self.read(shape.key, f"{prefix}.{number}.{key_name}")) is not None:
            found[key] = self.read(shape.value, f"{prefix}.{number}.{value_name}")
            number += 1
        return found


def _rest_input(target: Target, request: HttpRequest, unknown: list[str]) -> dict:
    shape = target.operation.input_shape
    if shape is None:
        unknown += [name for name, _ in request.query_pairs()]
        return {}
    if target.operation.name == "QueryMetrics":
        request = _form_in_query(request)
    found = _rest_outside_body(target, request, unknown)
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            if request.body:
                found[payload] = request.body if member.type_name == "blob" else request.body.decode()
        elif target.protocol == "rest-json":
            found[payload] = _json_value(member, _json_body(request.body), payload, unknown)
        elif request.body:
            found[payload] = _xml_body(member, request.body)
    elif target.protocol == "rest-json":
        body = _json_body(request.body)
        if not isinstance(body, dict):
            raise AwsError("SerializationException", "the body is no JSON object")
        found.update(_json_value(shape, body, "", unknown))
    return found


def _form_in_query(request: HttpRequest) -> HttpRequest:
    """Parameters may be in either. https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries"""
    if not request.header("content-type").startswith("application/x-www-form-urlencoded"):
        return request
    form = request.body.decode().replace("+", "%20")
    return dataclasses.replace(request, query="&".join(piece for piece in (request.query, form) if piece), body=b"")


def _rest_outside_body(target: Target, request: HttpRequest, unknown: list[str]) -> dict:
    """What stands in the path, the query string and the headers."""
    shape, pairs = target.operation.input_shape, request.query_pairs()
    constants = {q.partition("=")[0] for q in target.operation.http["requestUri"].partition("?")[2].split("&")}
    found, known, rest = {}, set(constants), None
    for name, member in shape.members.items():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "uri":
            found[name] = _text_scalar(member, target.labels[key])
        elif location == "header" and request.header(key, None) is not None:
            found[name] = _header_value(member, request.header(key))
        elif location == "headers":
            start = key.lower()
            found[name] = {k[len(start):]: v for k, v in request.headers if k.lower().startswith(start)}
        elif location == "querystring" and member.type_name == "map":
            rest = name
        elif location == "querystring":
            known.add(key)
            values = [value for n, value in pairs if n == key]
            if values and member.type_name == "list":
                found[name] = [_text_scalar(member.member, value) for value in values]
            elif values:
                found[name] = _text_scalar(member, values[-1])
    beyond = {n: v for n, v in pairs if n not in known}
    if rest:
        found[rest] = beyond
    else:
        unknown += [f"?{name}" for name in beyond]
    return found


def _header_value(member, text: str):
    if member.type_name == "list":
        return [_text_scalar(member.member, item.strip()) for item in text.split(",")]
    if member.type_name == "string" and member.serialization.get("jsonvalue"):
        return json.loads(base64.b64decode(text))
    return _text_scalar(member, text)


def _xml_body(shape, body: bytes):
    try:
        return _xml_value(shape, xml.etree.ElementTree.fromstring(body))
    except xml.etree.ElementTree.ParseError as why:
        raise AwsError("MalformedXML", f"the body is no XML: {why}") from why


def _xml_value(shape, node):
    name_of = lambda element: element.tag.rpartition("}")[2]
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            key = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                items = [e for e in node if name_of(e) == member.member.serialization.get("name", key)]
                if items:
                    found[name] = [_xml_value(member.member, e) for e in items]
            else:
                element = next((e for e in node if name_of(e) == key), None)
                if element is not None:
                    found[name] = _xml_value(member, element)
        return found
    if shape.type_name == "list":
        return [_xml_value(shape.member, e) for e in node]
    return _text_scalar(shape, node.text or "")
