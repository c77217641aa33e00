"""Checks an input against botocore's model: required members, types, lengths, ranges, enumerations, patterns.

botocore.validate.ParamValidator does what every client of AWS does before sending; the rest is what AWS itself refuses.
"""
import re

import botocore.model
import botocore.validate


def shape_errors(shape: botocore.model.Shape | None, value: dict) -> list[str]:
    """What is wrong with `value` as an input of `shape`, one sentence each; empty when nothing is."""
    if shape is None:
        return []
    report = botocore.validate.ParamValidator().validate(value, shape)
    found = report.generate_report().splitlines() if report.has_errors() else []
    _walk(shape, value, "", found)
    return found


def _walk(shape, value, path: str, found: list[str]) -> None:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        for name, item in value.items():
            if name in shape.members:
                _walk(shape.members[name], item, f"{path}.{name}".lstrip("."), found)
    elif kind == "list" and isinstance(value, list):
        _limits(shape, len(value), "list", path, found)
        for i, item in enumerate(value):
            _walk(shape.member, item, f"{path}[{i}]", found)
    elif kind == "map" and isinstance(value, dict):
        for key, item in value.items():
            _walk(shape.value, item, f"{path}.{key}", found)
    elif kind == "string" and isinstance(value, str):
        _text(shape, value, path, found)
    elif kind in ("integer", "long", "float", "double") and isinstance(value, (int, float)):
        _limits(shape, value, "value", path, found)


def _limits(shape, size, noun: str, path: str, found: list[str]) -> None:
    most = shape.metadata.get("max")
    if most is not None and size > most:
        found.append(f"{noun} {size} of {path} is over the most, {most}")


def _text(shape, value: str, path: str, found: list[str]) -> None:
    _limits(shape, len(value), "length", path, found)
    names = shape.metadata.get("enum")
    if names and value not in names:
        found.append(f"{value!r} of {path} is none of {', '.join(names)}")
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compiled(pattern)) and not compiled.search(value):
        found.append(f"{value!r} of {path} does not match {pattern}")


def _compiled(pattern: str) -> re.Pattern | None:
    """The pattern for Python; None where it is one of the few that only Java reads."""
    # Python knows no \p classes; \w is a little wider than letters and numbers, so nothing right is refused.
    pattern = pattern.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")
    try:
        return re.compile(f"^(?:{pattern})$", re.DOTALL)
    except re.error:
        return None


def masked(shape, value):
    """`value` with every member that the model calls sensitive replaced, for the record of requests."""
    if shape is None or value is None:
        return value
    if shape.metadata.get("sensitive"):
        return "***"
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {n: masked(shape.members.get(n), v) for n, v in value.items()}
    if kind == "list" and isinstance(value, list):
        return [masked(shape.member, v) for v in value]
    if kind == "map" and isinstance(value, dict):
        return {k: masked(shape.value, v) for k, v in value.items()}
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return value
