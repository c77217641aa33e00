"""The command of a task's container, run as a process of this machine in a folder of its own.

What the container has of AWS: its entry point and command, its environment with the overrides (API_ContainerDefinition.html),
a signal to end and some time for it before it is killed (API_StopTask.html: SIGTERM, then SIGKILL after 30 seconds). What it
has of this machine: programs, network and everybody's folder for temporary files.
"""
import os
import pathlib
import signal
import subprocess
import time

from .ecs_definition import variables_of

MARK = "AWS_SIMULATOR_TASK"
IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STOP_TIMEOUT_SECONDS = 30  # API_ContainerDefinition.html (stopTimeout)

_running: dict[str, "TaskProcess"] = {}


class TaskProcess:
    """A process and all that it starts: those have its mark in their environment, as a container's are in its namespace."""

    def __init__(self, task: str, container: dict, home: pathlib.Path):
        self.task = task
        folder = pathlib.Path(home) / "tasks" / task
        folder.mkdir(parents=True, exist_ok=True)
        self._output = open(folder / "output", "w+b")
        self._told = 0
        self._rest = b""
        self._kill_at: float | None = None
        command = [*container.get("entryPoint", []), *container.get("command", [])]
        self._exit_code: int | None = None
        try:
            self._process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT,
                start_new_session=True, env={"PATH": IMAGE_PATH, "HOME": str(folder), **variables_of(container), MARK: task})
        except (OSError, IndexError) as why:
            self._output.write(f"{why}\n".encode())
            self._process, self._exit_code = None, 127
        _running[task] = self

    def exit_code(self) -> int | None:
        """None while it runs."""
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self.kill()
        if self._process and self._exit_code is None and self._process.poll() is not None:
            code = self._process.returncode
            self._exit_code = code if code >= 0 else 128 - code
        return self._exit_code

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._kill_at = time.monotonic() + STOP_TIMEOUT_SECONDS

    def kill(self) -> None:
        """Ends all that is left of it."""
        for _ in range(10):  # what is killed may just have started another
            if not [self._kill_one(pid) for pid in self._processes()]:
                break
        if self._process:
            self._process.wait()
        _running.pop(self.task, None)

    def _processes(self) -> list[int]:
        mark, found = f"{MARK}={self.task}".encode(), []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue  # it has ended
        return found

    @staticmethod
    def _kill_one(pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def new_lines(self) -> list[str]:
        """Whole lines that it has written since this was last asked."""
        self._output.flush()
        with open(self._output.name, "rb") as stream:
            stream.seek(self._told)
            came = stream.read()
        self._told += len(came)
        *lines, self._rest = (self._rest + came).split(b"\n")
        return [line.decode(errors="replace") for line in lines]


def kill_all() -> None:
    """At a reset, and at the simulator's end."""
    for process in list(_running.values()):
        process.kill()
