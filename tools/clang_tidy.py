#!/usr/bin/env python3
"""Runs clang-tidy 19 (see .clang-tidy) and exits 1 when it finds something.

    tools/clang_tidy.py                    every source file
    tools/clang_tidy.py FILE…              these
    tools/clang_tidy.py --base REF         those that differ from REF, and one that includes each header that does

Compiles nothing: clang reads each file by itself, with the flags of the preset `lint`.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/lint"
FOLDERS = ("src", "tests", "bench")
PROGRAM = "clang-tidy-19"


def configure() -> None:
    result = subprocess.run(["cmake", "--preset", "lint"], cwd=ROOT, text=True, capture_output=True, check=False)
    if result.returncode != 0:
        sys.exit(f"tools/clang_tidy.py: cmake --preset lint failed:\n{result.stdout}{result.stderr}")


def sources() -> list[pathlib.Path]:
    """What the build compiles, each once."""
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    paths = {(pathlib.Path(entry["directory"]) / entry["file"]).resolve() for entry in entries}
    return sorted(path for path in paths if path.relative_to(ROOT).parts[0] in FOLDERS)


def changed_since(base: str) -> set[str]:
    """Names, as they are included, of sources and headers that differ; those not yet committed too."""
    names = subprocess.run(["git", "-C", ROOT, "diff", "--name-only", "--diff-filter=d", base, "--", "*.cc", "*.h"],
                           text=True, capture_output=True, check=False)
    if names.returncode != 0:
        sys.exit(f"tools/clang_tidy.py: git knows no '{base}': {names.stderr.strip()}")
    return set(names.stdout.split())


def readers(headers: set[str], every: list[pathlib.Path], chosen: set[pathlib.Path]) -> set[pathlib.Path]:
    """For each header a source that includes it: one of the chosen, its own, or the first."""
    included = {path: set(re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE)) for path in every}
    result = set()
    for header in headers:
        name = header.removeprefix("src/").removeprefix("tests/")
        found = [path for path in every if name in included[path]]
        found.sort(key=lambda path: (path not in chosen, path.stem != pathlib.Path(header).stem))
        result.update(found[:1])
    return result


def choose(arguments: argparse.Namespace) -> list[pathlib.Path]:
    every = sources()
    if arguments.files:
        wanted = {pathlib.Path(name).resolve() for name in arguments.files}
        unknown = wanted - set(every)
        if unknown:
            sys.exit(f"tools/clang_tidy.py: not a source of the build: {', '.join(map(str, sorted(unknown)))}")
        return sorted(wanted)
    if not arguments.base:
        return every
    changed = changed_since(arguments.base)
    chosen = {path for path in every if str(path.relative_to(ROOT)) in changed}
    return sorted(chosen | readers({name for name in changed if name.endswith(".h")}, every, chosen))


def check(path: pathlib.Path) -> str:
    """The findings in one file."""
    result = subprocess.run([PROGRAM, "--quiet", "-p", BUILD, path], cwd=ROOT, text=True, capture_output=True, check=False)
    return result.stdout + (result.stderr if result.returncode != 0 and not result.stdout else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", help="only what differs from this commit")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    configure()
    chosen = choose(arguments)
    findings = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for text in pool.map(check, chosen):
            if text.strip():
                findings += 1
                print(text.replace(f"{ROOT}/", ""), flush=True)
    print(f"{len(chosen)} files looked at, {findings} with findings", flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
