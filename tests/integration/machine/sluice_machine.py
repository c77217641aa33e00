"""The real program on this machine, in folders of its own, with a load on its front door: for tests that kill things."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

SHORT_STEPS = [{"weight": "10%", "bake": "1s"}, {"weight": "100%", "bake": "1s"}]
LONG_STEPS = [{"weight": "10%", "bake": "10m"}, {"weight": "50%", "bake": "10m"}, {"weight": "100%", "bake": "1s"}]
SMOKE = [{"name": "root", "get": "/", "expect": {"status": 200}}]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def need(*programs: str) -> None:
    """Skips the test, saying why, when one is not installed; in CI that is a failure."""
    path = os.environ["PATH"] + ":/usr/sbin"
    missing = ", ".join(program for program in programs if shutil.which(program, path=path) is None)
    if not missing:
        return
    if os.environ.get("CI") == "true":
        raise AssertionError(f"not installed: {missing}")
    raise unittest.SkipTest(f"not installed: {missing}")


class SluiceMachine:
    """Use as a context: everything that it started has ended when the context has."""

    def __init__(self, build: Path, alarms: dict | None = None, home: Path | None = None) -> None:
        need("podman", "haproxy", "docker-registry", "buildah", "skopeo")
        self.build = build
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-"))
        self.home, self.run_directory = home or self.folder / "home", self.folder / "run"
        self.front_door, self.registry = free_port(), free_port()
        self.project = "t" + os.urandom(3).hex()
        self.strategy = {"steps": SHORT_STEPS, "drain": "2s", "drain_websockets": "2s", "hold_for": "10m"}
        self.alarms = alarms or {}
        # Off, since bakes of a second end with too few requests to compare: a step would go on until there are enough.
        self.analysis: dict | str = "off"
        self.env = os.environ | {"SLUICE_HOME": str(self.home), "SLUICE_RUN": str(self.run_directory)}
        self.started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "SluiceMachine":
        try:
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self) -> None:
        """The controller runs, and its registry has the responder's image."""
        self.configure({"VERSION": "0"})
        self.sluice("status")
        image = f"localhost/{self.project}:test"
        source = Path(__file__).resolve().parents[3]
        subprocess.run([source / "bench/responder/image.sh", self.build / "bench/responder", image], check=True,
                       stdout=subprocess.DEVNULL)
        self.sluice("plan", "web", "--image", "absent", check=False)  # the local registry starts at its first use
        self.copy_image(f"containers-storage:{image}", "test")
        subprocess.run(["podman", "rmi", image], check=True, stdout=subprocess.DEVNULL)

    def __exit__(self, *_: object) -> None:
        for process in self.started:
            process.kill()
            process.communicate()
        for deployment in self.deployments():
            self.sluice("cancel", deployment["service"], check=False)
        with contextlib.suppress(AssertionError):
            wait_until("no deployment", lambda: not self.deployments(), 30)
        self.sluice("shutdown", "--everything", check=False)
        wait_until("the controller's end", lambda: not (self.run_directory / "control.sock").exists(), 120)
        found, left = self.sanitizer_reports(), self.left_behind()
        shutil.rmtree(self.folder, ignore_errors=True)
        if found:
            raise AssertionError(f"a sanitizer found in the controller:\n{found}")
        if left:
            raise AssertionError(f"`shutdown --everything` has left: {left}")

    def git(self, *arguments: str) -> str:
        """In the machine's folder."""
        identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]
        return subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True, text=True,
                              capture_output=True).stdout.strip()

    def copy_image(self, source: str, tag: str) -> None:
        """Into the machine's registry as responder:`tag`."""
        subprocess.run(["skopeo", "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false", source,
                        f"docker://127.0.0.1:{self.registry}/responder:{tag}"], check=True)

    def configure(self, env: dict[str, str], service: str = "web", **keys: object) -> None:
        """Writes sluice.yaml (JSON is YAML) with one service: `keys` go over what it has by default."""
        described = {
            "kind": "container", "image": "responder", "build": {"context": ".", "scan": "off"}, "port": 8080,
            "replicas": 2, "health": {"path": "/health", "every": "1s", "within": "10s"}, "env": env, "smoke": SMOKE,
        } | keys
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": self.project, "registry": {"local": f"127.0.0.1:{self.registry}"},
            "environments": {"local": {"target": "machine", "listen": f"127.0.0.1:{self.front_door}"}},
            "strategy": self.strategy, "services": {service: described}, "alarms": self.alarms,
            "analysis": self.analysis}, indent=1))

    def start_sluice(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([self.build / "sluice", *arguments], cwd=self.folder, env=self.env | env, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.started.append(process)
        return process

    def end_of(self, process: subprocess.Popen[str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
        out, err = process.communicate(timeout=seconds)
        self.started.remove(process)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def sluice(self, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        result = subprocess.run([self.build / "sluice", *arguments], cwd=self.folder, env=self.env | env, text=True,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        if check and result.returncode != 0:
            raise AssertionError(f"sluice {' '.join(arguments)} exited {result.returncode}: {result.stdout}{result.stderr}\n"
                                 + self.controller_log())
        return result

    def objects(self, *arguments: str) -> list[dict]:
        output = self.sluice(*arguments, "--json", check=False).stdout
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def deploy(self, version: str, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        self.configure({"VERSION": version} | env)
        return self.sluice("deploy", "web", "--image", "test", *arguments, check=check)

    def outcomes(self, environment: str = "local") -> dict[str, str]:
        """Of the newest deployment of each service."""
        newest: dict[str, str] = {}
        for ended in self.objects("history", "--environment", environment, "--most", "20"):
            if "outcome" in ended:  # the last line is of all of them
                newest.setdefault(ended["service"], ended["outcome"])
        return newest

    def deployments(self) -> list[dict]:
        """Those under way. A controller that was killed a moment ago tells nothing, which is not that there are none."""
        told = []

        def is_told() -> bool:
            told[:] = [self.sluice("status", "--json", check=False)]
            return told[0].returncode == 0
        wait_until("status", is_told)
        objects = [json.loads(line) for line in told[0].stdout.splitlines() if line.startswith("{")]
        return [o for o in objects if o["type"] == "deployment"]

    def services(self) -> list[str]:
        """Those that serve."""
        return [o["service"] for o in self.objects("status") if o["type"] == "live_service"]

    def newest(self) -> dict:
        return self.objects("history", "--most", "1")[0]

    def controller_pid(self) -> int:
        # It is written when the controller starts, and may be looked at in that moment.
        path = self.run_directory / "controller.pid"
        wait_until("the controller's pid", lambda: path.read_text().strip())
        return int(path.read_text())

    def kill_controller(self) -> None:
        """It is gone then: who connects to it in its last moment is told that, and no more."""
        pid = self.controller_pid()
        os.kill(pid, signal.SIGKILL)
        wait_until("its end", lambda: not Path(f"/proc/{pid}").exists())

    def end_controller(self) -> None:
        pid = self.controller_pid()
        self.sluice("shutdown")
        wait_until("the controller's end", lambda: not Path(f"/proc/{pid}").exists())
        wait_until("its parent's end", lambda: not (self.run_directory / "control.sock").exists())

    def controller_log(self) -> str:
        log = self.home / "logs" / "controller.log"
        return log.read_text()[-3000:] if log.exists() else ""

    def left_behind(self) -> list[str]:
        """Containers and processes of this machine that are still there."""
        listed = subprocess.run(["podman", "ps", "--all", "--format", "{{.Names}}", "--filter", f"name=^{self.project}-"],
                                text=True, capture_output=True, check=True).stdout.split()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if f"{self.folder}/" in command and int(process.name) != os.getpid():
                    listed.append(command)
        return listed

    def sanitizer_reports(self) -> str:
        """What the build's sanitizers wrote of the controller, which its parent starts again when they end it."""
        log = self.home / "logs" / "controller.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        first = re.search(r"^.*(Sanitizer:|runtime error:)", text, re.MULTILINE)
        return text[first.start():][:10_000] if first else ""

    def count_records(self, deployment: str) -> int:
        with contextlib.closing(sqlite3.connect(self.home / "journal.db")) as journal:
            return journal.execute("SELECT count(*) FROM records WHERE deployment=?", (deployment,)).fetchone()[0]

    def start_load(self, rate: int = 200) -> subprocess.Popen[str]:
        load = subprocess.Popen(
            [self.build / "load", "--port", str(self.front_door), "--rate", str(rate), "--seconds", "1800",
             "--bad", self.folder / "bad.ndjson"], stdout=subprocess.PIPE, text=True)
        self.started.append(load)
        return load

    def end_load(self, load: subprocess.Popen[str]) -> dict:
        load.send_signal(signal.SIGTERM)
        return json.loads(self.end_of(load).stdout)
