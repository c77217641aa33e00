#!/usr/bin/env python3
"""Makes the virtual environment that the AWS simulator and its users run in.

    environment.py FOLDER        FOLDER/aws_simulator_venv, from requirements.txt beside this file

Safe to repeat and to call from several processes at once: one makes it, the others wait; an environment that was made
from the same requirements is used as it is. Only the standard library is needed here.
"""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
SYSTEM_PYTHON = "/usr/bin/python3"


class EnvironmentUnavailable(Exception):
    """The packages could not be installed; the message holds what pip said."""


def make(folder: str | os.PathLike) -> pathlib.Path:
    """The Python program of the environment under `folder`, which is made first where it is absent or out of date."""
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / "aws_simulator_venv"

    def pip() -> list[str]:
        _run([SYSTEM_PYTHON, "-m", "venv", str(home)])
        return [str(home / "bin/python"), "-m", "pip", "install"]

    with open(folder / "aws_simulator_venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(home, REQUIREMENTS, pip)
    return home / "bin/python"


def _install(home: pathlib.Path, requirements: pathlib.Path, pip) -> None:
    """`home` with the packages, unless it was made from the same requirements; `pip` makes it ready and gives the command."""
    stamp = home / "made-from"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(home, ignore_errors=True)
    # --no-deps: the requirements name everything that is needed, and nothing else is fetched.
    _run([*pip(), "--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check", "-r", str(requirements)])
    stamp.write_text(wanted)


def add(folder: str | os.PathLike, requirements: pathlib.Path) -> pathlib.Path:
    """More packages for this process, from a file of requirements: the folder that they are in, below `folder`. To be called
    in the environment that `enter` enters; ends the process as that does where they cannot be had."""
    home = pathlib.Path(folder).resolve() / requirements.stem
    try:
        with open(f"{home}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _install(home, requirements, lambda: [sys.executable, "-m", "pip", "install", "--target", str(home)])
    except EnvironmentUnavailable as why:
        _give_up(why)
    sys.path.append(str(home))
    return home


def enter(folder: str | os.PathLike) -> None:
    """Goes on in the environment under `folder`: replaces this process unless it already runs there.

    Where the packages cannot be had this ends the process: with a skip that says so (exit 0), and with a failure where
    CI is set.
    """
    try:
        python = make(folder)
    except EnvironmentUnavailable as why:
        _give_up(why)
    if pathlib.Path(sys.prefix) != python.parent.parent:
        os.execv(python, [str(python), *interpreter_options(python), *sys.argv])


def _give_up(why: EnvironmentUnavailable) -> None:
    print(f"aws_simulator: its Python packages cannot be installed: {why}", file=sys.stderr)
    if os.environ.get("CI"):
        sys.exit(1)
    print("SKIPPED: needs a package server once")
    sys.exit(0)


def interpreter_options(python: pathlib.Path) -> list[str]:
    """Compiled modules are kept beside the environment, not in the source tree."""
    return ["-X", f"pycache_prefix={python.parent.parent.parent / 'aws_simulator_pycache'}"]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as why:
        raise EnvironmentUnavailable(f"{command[0]}: {why}") from why
    if done.returncode:
        raise EnvironmentUnavailable(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    try:
        print(make(sys.argv[1]))
    except EnvironmentUnavailable as problem:
        sys.exit(str(problem))
