#!/usr/bin/env python3
"""Holds the shape of the tree: include arrows, lone headers, banned calls, paths of one machine, file lengths.

Run from anywhere; prints `file:line: message` for each finding and exits 1 when there is one.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What may include what; nothing points back. A folder may always include itself.
ARROWS = {
    "base": set(),
    "core": {"base"},
    "ports": {"base", "core"},
    "application": {"base", "core", "ports"},
    "adapters": {"base", "core", "ports"},
    "simulation": {"base", "core", "ports", "application"},
    "server": {"base", "core", "ports", "application"},
    "cli": {"base", "core", "ports", "server/protocol"},
}
CORE_ARROWS = {
    "yaml": set(),
    "adoption": {"rollout"},
    "analysis": set(),
    "recording": {"analysis"},
    "rehearsal": {"analysis"},
    "rollout": {"analysis", "image"},
    "config": {"yaml", "rollout", "analysis", "workflow"},
    "appspec": {"config", "rollout", "yaml"},
    "flags": {"yaml", "config"},
    "iam": {"config", "rollout"},
    "image": set(),
    "workflow": {"yaml"},
}
# In core/ only, and nowhere in it: side effects and hidden time.
CORE_BANNED = {
    r"\bsystem_clock::now\b|\bsteady_clock::now\b|\btime\(nullptr\)": "time comes in as an argument",
    r"#include <(thread|mutex|filesystem|fstream|random|condition_variable)>": "the core has no threads, files or chance",
    r"#include <(unistd|fcntl|sys/[a-z]+|curl/.*|sqlite3)\.h>": "side effects belong in adapters",
}
BANNED = {
    r"\b(system|popen|tmpnam|sprintf|strcpy|strcat|gets)\(": "use ports::Processes or fmt",
    r"\bsleep_for\(|\busleep\(|(?<![:\w])sleep\(": "wait for a condition with a deadline",
}
LONGEST_FILE = 450
MACHINE_PATH = re.compile(r"(?<![\w])/(work|farm)/(main|steering|in|shared)\b")


def tracked() -> list[pathlib.Path]:
    names = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True).stdout
    return [ROOT / n for n in names.decode().split("\0") if n and (ROOT / n).is_file()]


def arrow_findings(path: pathlib.Path, number: int, target: str) -> str | None:
    parts = path.relative_to(ROOT / "src").parts
    layer = parts[0]
    if layer not in ARROWS:  # the files at the top wire everything
        return None
    to = target.split("/")
    if to[0] not in ARROWS:
        return None
    if to[0] == layer:
        if layer == "core" and to[1] != parts[1] and to[1] not in CORE_ARROWS.get(parts[1], set()):
            return f"core/{parts[1]} may not include core/{to[1]}"
        if layer == "adapters" and to[1] != parts[1]:
            return f"an adapter includes no other adapter ({to[1]})"
        return None
    allowed = ARROWS[layer]
    if to[0] in allowed or any(target.startswith(a) for a in allowed):
        return None
    return f"{layer} may not include {to[0]} ({target})"


def check_source(path: pathlib.Path, lines: list[str]) -> list[str]:
    findings = []
    relative = path.relative_to(ROOT)
    in_core = relative.parts[:2] == ("src", "core")
    is_test = path.name.endswith("_test.cc") or relative.parts[0] in ("tests", "bench")
    if len(lines) > LONGEST_FILE and not is_test and relative.parts[0] == "src":
        findings.append(f"{relative}:{LONGEST_FILE}: {len(lines)} lines: look for the second noun inside")
    if path.suffix == ".h" and "#pragma once" not in lines:
        findings.append(f"{relative}:1: no #pragma once")
    for number, line in enumerate(lines, 1):
        include = re.match(r'#include "([^"]+)"', line)
        if include and relative.parts[0] == "src" and not is_test:
            message = arrow_findings(path, number, include.group(1))
            if message:
                findings.append(f"{relative}:{number}: {message}")
        code = line.split("//")[0]
        checks = dict(BANNED) if not is_test else {}
        if in_core and not is_test:
            checks.update(CORE_BANNED)
        for pattern, instead in checks.items():
            if re.search(pattern, code):
                findings.append(f"{relative}:{number}: banned here: {instead}")
    return findings


def main() -> int:
    findings = []
    for path in tracked():
        relative = path.relative_to(ROOT)
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        if path.suffix in (".h", ".cc") and relative.parts[0] in ("src", "tests", "bench"):
            findings += check_source(path, lines)
        if relative.name == "tidy_test.py":
            continue
        findings += [f"{relative}:{n}: a path of one machine" for n, line in enumerate(lines, 1) if MACHINE_PATH.search(line)]
    print("\n".join(findings) if findings else "the tree is in order")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
