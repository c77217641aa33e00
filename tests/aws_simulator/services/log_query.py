"""The part of CloudWatch Logs' languages that questions about error logs need; anything else is refused, loudly.

Queries: fields, filter (like, =, !=, and, or), stats count(*) by bin(…) or fields, sort, limit.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
Patterns: terms, "phrases", ?optional, -excluded, { $.field = "value" } with &&, || and parentheses, and %regular expressions%.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""
import functools
import json
import re

from ..problems import AwsError
from ..request_log import iso

UNITS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hr": 3600, "d": 86400}


def _unsupported(text: str) -> AwsError:
    return AwsError("MalformedQueryException", f"not simulated, or wrong: {text!r}", 400)


def fields_of(message: str) -> dict:
    """The fields of a line that is a JSON object, nested ones by dots."""
    try:
        parsed = json.loads(message)
    except ValueError:
        return {}
    found: dict = {}

    def walk(prefix: str, value) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(f"{prefix}{key}.", item)
        else:
            found[prefix[:-1]] = value
    walk("", parsed)
    return found if isinstance(parsed, dict) else {}


class Query:
    """A parsed query; `run` answers with its rows and how many lines matched."""

    def __init__(self, text: str):
        self._steps = []
        for piece in re.split(r"\|(?![^/]*/(?:\s|$))", text):
            word, _, rest = piece.strip().partition(" ")
            step = getattr(self, f"_{word.lower()}", None) if word else None
            if step is None:
                raise _unsupported(piece.strip())
            self._steps.append(step(rest.strip()))

    def run(self, rows: list[dict]) -> tuple[list[dict], int]:
        rows = [{**fields_of(row["@message"]), **row} for row in rows]
        shown, matched, counted = None, len(rows), False
        for step, function in self._steps:
            if step == "fields":
                shown = function
                continue
            rows = function(rows)
            if step == "filter":
                matched = len(rows)
            counted = counted or step == "stats"
        if not counted:
            shown = shown or ["@timestamp", "@message"]
            rows = [{name: row.get(name) for name in shown} for row in rows]
        return [{k: iso(v / 1000).replace("T", " ")[:-1] if k == "@timestamp" else v for k, v in row.items()} for row in rows], matched

    @staticmethod
    def _fields(rest: str):
        return "fields", [name.strip() for name in rest.split(",")]

    def _filter(self, rest: str):
        test = _condition(rest)
        return "filter", lambda rows: [row for row in rows if test(row)]

    @staticmethod
    def _limit(rest: str):
        return "limit", lambda rows: rows[:int(rest)]

    @staticmethod
    def _sort(rest: str):
        name, _, order = rest.partition(" ")
        return "sort", lambda rows: sorted(rows, key=lambda row: row.get(name) or 0, reverse=order.strip().lower() != "asc")

    @staticmethod
    def _stats(rest: str):
        found = re.fullmatch(r"count\((?:\*|@message)?\)(?:\s+as\s+(\w+))?(?:\s+by\s+(.+))?", rest)
        if not found:
            raise _unsupported(f"stats {rest}")
        name, by = found[1] or "count(*)", found[2]

        def counted(rows: list[dict]) -> list[dict]:
            if by is None:
                return [{name: len(rows)}] if rows else []
            groups: dict[tuple, int] = {}
            keys = [k.strip() for k in re.split(r",(?![^(]*\))", by)]
            for row in rows:
                key = tuple(_group(row, k) for k in keys)
                groups[key] = groups.get(key, 0) + 1
            return [{**dict(zip(keys, key)), name: count} for key, count in sorted(groups.items(), key=str)]
        return "stats", counted


def _group(row: dict, key: str):
    bin_ = re.fullmatch(r"bin\((\d+)\s*(\w+)\)", key)
    if not bin_:
        return row.get(key)
    if bin_[2] not in UNITS:
        raise _unsupported(key)
    width = int(bin_[1]) * UNITS[bin_[2]] * 1000
    return iso(row["@timestamp"] // width * width / 1000).replace("T", " ")[:-1]


def _condition(text: str):
    """A test of a row. `or` binds less than `and`; parentheses are not simulated."""
    options = re.split(r"\s+or\s+", text, flags=re.IGNORECASE)
    if len(options) > 1:
        tests = [_condition(option) for option in options]
        return lambda row: any(test(row) for test in tests)
    parts = re.split(r"\s+and\s+", text, flags=re.IGNORECASE)
    if len(parts) > 1:
        tests = [_condition(part) for part in parts]
        return lambda row: all(test(row) for test in tests)
    found = re.fullmatch(r"([@\w.]+)\s+(not\s+)?like\s+(?:/(.+)/|[\"'](.+)[\"'])", text.strip(), flags=re.IGNORECASE)
    if found:
        pattern = re.compile(found[3] if found[3] is not None else re.escape(found[4]))
        return lambda row: bool(pattern.search(str(row.get(found[1], "")))) != bool(found[2])
    found = re.fullmatch(r"([@\w.]+)\s*(!=|=)\s*(?:[\"'](.*)[\"']|(\d+(?:\.\d+)?))", text.strip())
    if found:
        wanted = found[3] if found[3] is not None else float(found[4])
        same = lambda value: value == wanted or (found[4] is not None and str(value) == found[4])
        return lambda row: same(row.get(found[1])) == (found[2] == "=")
    raise _unsupported(text)


@functools.cache
def _regex(text: str) -> re.Pattern:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html: no parentheses, few signs."""
    if not re.fullmatch(r"[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|\\*+.]+", text):
        raise AwsError("InvalidParameterException", f"Invalid character(s) in the pattern {text!r}", 400)
    return re.compile(text)


LONGEST_PATTERN = 1024  # API_FilterLogEvents.html (filterPattern)


@functools.cache
def _json_pattern(pattern: str):
    """A test of a line's fields: `{ ($.a = "x" && $.b != 1) || $.c = "y" }`, in which && binds more than ||.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html (compound expressions)
    """
    wrong = AwsError("InvalidParameterException", f"not simulated, or wrong: {pattern!r}", 400)
    if not pattern.endswith("}") or len(pattern) > LONGEST_PATTERN:
        raise wrong
    words = re.findall(r'&&|\|\||[()]|!=|=|\$\.[\w.]+|"[^"]*"|[^\s()"=!&|]+|\S', pattern[1:-1])
    place = 0

    def take(*wanted: str) -> str | None:
        nonlocal place
        if place < len(words) and (not wanted or words[place] in wanted):
            place += 1
            return words[place - 1]
        return None

    def any_of():
        tests = [all_of()]
        while take("||"):
            tests.append(all_of())
        return lambda fields: any(test(fields) for test in tests)

    def all_of():
        tests = [one()]
        while take("&&"):
            tests.append(one())
        return lambda fields: all(test(fields) for test in tests)

    def one():
        if take("("):
            inner = any_of()
            if not take(")"):
                raise wrong
            return inner
        name, sign, value = take(), take("=", "!="), take()
        if name is None or not name.startswith("$.") or sign is None or value is None:
            raise wrong
        text = value.strip('"')
        return lambda fields: fields.get(name[2:]) is not None and (str(fields[name[2:]]) == text) == (sign == "=")
    test = any_of()
    if place != len(words):
        raise wrong
    return test


def pattern_matches(pattern: str, message: str) -> bool:
    """Whether a filter pattern matches a line. Raises AwsError (InvalidParameterException) for one that is not simulated."""
    pattern = pattern.strip()
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "%":
        return _regex(pattern[1:-1]).search(message) is not None
    if pattern.startswith("{"):
        return _json_pattern(pattern)(fields_of(message))
    terms = re.findall(r"([?-]?)(?:\"([^\"]*)\"|([^\s\"]+))", pattern)
    words = [(sign, quoted or plain) for sign, quoted, plain in terms]
    optional = [w for sign, w in words if sign == "?"]
    return (all(w in message for sign, w in words if sign == "") and not any(w in message for sign, w in words if sign == "-")
            and (not optional or any(w in message for w in optional)))
