#!/usr/bin/env python3
"""Holds the documentation against the program: `documentation_test.py PROGRAM`.

- docs/reference/commands.md has a section for each command, with what `sluice COMMAND --help` says
  (SLUICE_UPDATE_GOLDEN=1 writes the sections anew).
- Every `sluice …` line in a block of shell names a command that there is, with options that it has.
- Every block of YAML that begins with the name of a file passes `sluice lint` without an error.
- Every link to a file of the repository leads to one.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/reference/commands.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
INTRODUCTION = """# Commands

What `sluice COMMAND --help` says of each command. Every command has `--json`: one object a line, each with a `type`; times are
RFC 3339 UTC, units stand in the names. Exit codes are those of [deployments](../guide/deployments.md#exit-codes-of-sluice-deploy)
where nothing else is said: 0 done, 1 failed or findings, 2 usage or configuration.
"""


def help_of(program: str, command: str) -> str:
    result = subprocess.run([program, *command.split(), "--help"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"sluice {command} --help exits {result.returncode}: {result.stderr}"
    return "\n".join(line.rstrip() for line in result.stdout.strip().splitlines())


def names_in(text: str) -> list[str]:
    """The names in the list of commands that a help text ends with."""
    lines = text.splitlines()
    heads = [i for i, line in enumerate(lines) if re.fullmatch(r"(Subcommands|SUBCOMMANDS):", line.strip())]
    if not heads:
        return []
    found = []
    for line in lines[heads[0] + 1:]:
        name = re.match(r"  ([a-z][a-z-]*)(\s|$)", line)
        if name:
            found.append(name.group(1))
        elif not line.strip():
            break
    return found


def helps(program: str) -> dict[str, str]:
    """By command: `deploy`, `image build`."""
    found = {}
    for name in names_in(help_of(program, "")):
        text = help_of(program, name)
        below = names_in(text)
        for each in below:
            found[f"{name} {each}"] = help_of(program, f"{name} {each}")
        if not below:
            found[name] = text
    return found


def reference(texts: dict[str, str]) -> str:
    return INTRODUCTION + "".join(f"\n## sluice {name}\n\n```\n{text}\n```\n" for name, text in texts.items())


def reference_problems(texts: dict[str, str]) -> list[str]:
    wanted = reference(texts)
    if os.environ.get("SLUICE_UPDATE_GOLDEN"):
        REFERENCE.write_text(wanted)
    if REFERENCE.is_file() and REFERENCE.read_text() == wanted:
        return []
    return [f"{REFERENCE.relative_to(ROOT)} is not what the program says: run this test with SLUICE_UPDATE_GOLDEN=1"]


def shell_lines(page: pathlib.Path) -> list[str]:
    text = page.read_text()
    fenced = [block for kind, block in BLOCK.findall(text) if kind == "sh"]
    indented = re.findall(r"^    (.+)$", BLOCK.sub("", text), re.M)
    return [line for line in [*"".join(fenced).splitlines(), *indented] if re.match(r"(\$ )?sluice ", line)]


def command_problems(texts: dict[str, str]) -> list[str]:
    problems = []
    seen = 0
    for page in PAGES:
        for line in shell_lines(page):
            seen += 1
            words = shlex.split(line.removeprefix("$ "), comments=True)[1:]
            name = " ".join(words[:2]) if " ".join(words[:2]) in texts else words[0]
            where = f"{page.relative_to(ROOT)}: `{line.strip()}`"
            if name not in texts:
                problems.append(f"{where}: no such command")
                continue
            options = set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", texts[name]))
            given = {word.split("=")[0] for word in words if word.startswith("-")}
            problems += [f"{where}: no option {each}" for each in sorted(given - options)]
    if seen == 0:
        problems.append("no page shows any command: the search for them is broken")
    return problems


def named_files(page: pathlib.Path) -> list[tuple[str, str]]:
    """YAML whose first line is a comment with the file's name."""
    blocks = [block for kind, block in BLOCK.findall(page.read_text()) if kind in ("yaml", "yml")]
    return [(name.group(1), block) for block in blocks if (name := re.match(r"# ([\w./-]+\.ya?ml)\n", block))]


def lint_problems(program: str) -> list[str]:
    """Each file stands beside the page's others, which it may name."""
    problems = []
    seen = 0
    for page in PAGES:
        files = named_files(page)
        for name, block in files:
            seen += 1
            with tempfile.TemporaryDirectory() as folder:
                for each, text in [*files, (name, block)]:
                    file = pathlib.Path(folder) / each
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
                result = subprocess.run([program, "lint", name], cwd=folder, capture_output=True, text=True, check=False)
            if result.returncode != 0:
                problems.append(f"{page.relative_to(ROOT)}: {name}: {result.stdout}{result.stderr}".strip())
    if seen == 0:
        problems.append("no page shows a file: the search for them is broken")
    return problems


def link_problems() -> list[str]:
    problems = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", BLOCK.sub("", page.read_text())):
            if not (page.parent / target).exists():
                problems.append(f"{page.relative_to(ROOT)}: the link to {target} leads nowhere")
    return problems


def main() -> int:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    texts = helps(program)
    if not texts:
        print("`sluice --help` lists no command")
        return 1
    problems = reference_problems(texts) + command_problems(texts) + lint_problems(program) + link_problems()
    print("\n".join(problems) if problems else f"{len(PAGES)} pages and {len(texts)} commands agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
