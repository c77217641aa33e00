"""What Terraform would make of files of its language, as far as those of `sluice init --aws` need it: expressions are evaluated
with given variables, and an attribute that only AWS knows stands as `<aws_lb.main.arn>`.

https://developer.hashicorp.com/terraform/language/expressions
"""

import json
import re
from pathlib import Path
from typing import Any

import hcl2

TOKENS = re.compile(r'\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>"(?:\\.|[^"\\])*")|(?P<name>[A-Za-z_][\w-]*)'
                    r'|(?P<sign>==|!=|&&|\|\||\[\*\]|[()\[\]{},.:?=]))')
NOT_BLOCKS = {"__is_block__", "__comments__", "__inline_comments__"}


def unquoted(text: str) -> str:
    return text[1:-1] if text.startswith('"') and text.endswith('"') else text


class Expression:
    """Of one text without `${` and `}` around it."""

    def __init__(self, text: str, module: "Module", names: dict[str, Any]) -> None:
        self.module, self.names, self.at = module, names, 0
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            found = TOKENS.match(text, position)
            if not found:
                raise AssertionError(f"not read here: {text[position:]!r}")
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()
        self.value = self.choice()
        if self.at != len(self.tokens):
            raise AssertionError(f"not read to its end: {text!r}")

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> tuple[str, str]:
        kind, text = self.tokens[self.at]
        if wanted and text != wanted:
            raise AssertionError(f"{text!r} is not {wanted!r}")
        self.at += 1
        return kind, text

    def choice(self) -> Any:
        value = self.both()
        if self.peek() != "?":
            return value
        self.take()
        yes = self.choice()
        self.take(":")
        no = self.choice()
        return yes if value else no

    def both(self) -> Any:
        value = self.equality()
        while self.peek() == "&&":
            self.take()
            value = self.equality() and value
        return value

    def equality(self) -> Any:
        value = self.item()
        if self.peek() not in ("==", "!="):
            return value
        same = self.take()[1] == "=="
        return (value == self.item()) is same

    def listed(self, end: str) -> list:
        found = []
        while self.peek() != end:
            found.append(self.choice())
            if self.peek() == ",":
                self.take()
        self.take(end)
        return found

    def members(self) -> dict:
        found = {}
        while self.peek() != "}":
            name = unquoted(self.take()[1])
            self.take("=")
            found[name] = self.choice()
            if self.peek() == ",":
                self.take()
        self.take("}")
        return found

    def item(self) -> Any:
        kind, text = self.take()
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "string":
            return self.module.template(json.loads(text), self.names)
        if text == "[":
            return self.listed("]")
        if text == "{":
            return self.members()
        if self.peek() == "(":
            self.take()
            return self.module.called(text, self.listed(")"))
        return self.path(text)

    def path(self, first: str) -> Any:
        """`var.x`, `each.key`, `aws_lb.main.arn`, `aws_x.y["blue"].arn`, `aws_x.y[0].arn`, `aws_x.y[*].arn`"""
        parts, splat = [first], False
        while self.peek() in (".", "[", "[*]"):
            sign = self.take()[1]
            if sign == "[*]":
                splat = True
            elif sign == ".":
                parts.append(self.take()[1])
            else:
                parts.append(str(self.choice()))
                self.take("]")
        return self.module.named(parts, splat, self.names)


class Module:
    """The files of a folder. `resources` are those that there are with these variables, by address, with their values."""

    def __init__(self, folder: Path, **variables: Any) -> None:
        self.blocks: dict[str, list[dict]] = {}
        for file in sorted(folder.glob("*.tf")):
            with file.open() as text:
                for kind, blocks in hcl2.load(text).items():
                    if kind not in NOT_BLOCKS:
                        self.blocks.setdefault(kind, []).extend(blocks)
        declared = {unquoted(name): block for one in self.blocks["variable"] for name, block in one.items()}
        unknown = set(variables) - set(declared)
        if unknown:
            raise AssertionError(f"no such variables: {unknown}")
        self.variables = {name: variables[name] if name in variables else self.value(block["default"], {})
                          for name, block in declared.items() if name in variables or "default" in block}
        self.locals = {name: text for one in self.blocks["locals"] for name, text in one.items()}
        self.written: dict[str, dict] = {}  # by address, unread
        self.resources = self._all("resource")
        self.data = self._all("data")
        self.outputs = {unquoted(name): self.value(block["value"], {})
                        for one in self.blocks["output"] for name, block in one.items()}

    def _all(self, kind: str) -> dict[str, Any]:
        found = {}
        for one in self.blocks[kind]:
            for kind_of, named in one.items():
                for name, block in named.items():
                    address = f"{unquoted(kind_of)}.{unquoted(name)}"
                    self.written[address] = block
                    for key, names in self.instances(block):
                        found[address + key] = self.value(block, names)
        return found

    def instances(self, block: dict) -> list[tuple[str, dict]]:
        if "for_each" in block:
            return [(f".{key}", {"each.key": key}) for key in self.value(block["for_each"], {})]
        return [("", {})] * (self.value(block["count"], {}) if "count" in block else 1)

    def value(self, written: Any, names: dict[str, Any]) -> Any:
        if isinstance(written, list):
            return [self.value(item, names) for item in written]
        if isinstance(written, dict):
            return {unquoted(name): self.value(item, names) for name, item in written.items()
                    if name not in NOT_BLOCKS | {"dynamic"}}
        if not isinstance(written, str):
            return written
        if written.startswith("${") and written.endswith("}"):
            return Expression(written[2:-1], self, names).value
        if written.startswith('"<<-'):
            lines = written.split("\n")[1:-1]
            indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
            return "".join(line[indent:] + "\n" for line in lines)
        return self.template(json.loads(written), names) if written.startswith('"') else written

    def dynamic(self, address: str, name: str, names: dict[str, Any]) -> Any:
        """The content of a resource's dynamic blocks `name`, with the names of their iteration."""
        return self.value(self.written[address]["dynamic"][0][f'"{name}"']["content"][0], names)

    def template(self, text: str, names: dict[str, Any]) -> str:
        text = re.sub(r"(?<!\$)\$\{([^}]*)\}", lambda found: str(Expression(found[1], self, names).value), text)
        return text.replace("$${", "${").replace("%%{", "%{")

    def named(self, parts: list[str], splat: bool, names: dict[str, Any]) -> Any:
        path = ".".join(parts)
        if path in names:
            return names[path]
        if parts[0] == "var":
            return self.variables[parts[1]]
        if parts[0] == "local":
            return self.value(self.locals[parts[1]], {})
        if path in ("true", "false"):
            return path == "true"
        parts = [part for part in parts if part != "0"]
        address = ".".join(parts[:2])
        if splat:
            is_there = bool(self.instances(self.written_of(address)))
            return [f"<{'.'.join(parts)}>"] if is_there else []
        return f"<{'.'.join(parts)}>"

    def written_of(self, address: str) -> dict:
        kind, _, name = address.partition(".")
        return next(one[f'"{kind}"'][f'"{name}"'] for one in self.blocks["resource"] if f'"{name}"' in one.get(f'"{kind}"', {}))

    @staticmethod
    def called(name: str, given: list) -> Any:
        functions = {"jsonencode": lambda value: json.dumps(value), "toset": list, "join": lambda sign, items: sign.join(items),
                     "concat": lambda *lists: [item for one in lists for item in one],
                     "split": lambda sign, text: text.split(sign), "merge": lambda *maps: {k: v for m in maps for k, v in m.items()}}
        return functions[name](*given)
