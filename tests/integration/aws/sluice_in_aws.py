"""The real program, in folders of its own, against the simulated AWS."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from aws_simulator import task_sets_of

FULL_AT_ONCE = [{"weight": "100%"}]
SHORT_STEPS = [{"weight": "10%", "bake": "200ms"}, {"weight": "50%", "bake": "200ms"}, {"weight": "100%"}]
LONG_STEPS = [{"weight": "10%", "bake": "10m"}, {"weight": "100%"}]


def digest(number: int) -> str:
    return f"sha256:{number:064d}"


def wait_until(what: str, condition, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return answer


def variables_of(container: dict) -> dict[str, str]:
    """Of a container definition."""
    return {v["name"]: v["value"] for v in container["environment"]}


def revision_of(described: dict) -> str:
    """That a task definition was registered for, as DescribeTaskDefinition tells it."""
    return next(t["value"] for t in described["tags"] if t["key"] == "sluice:revision")


class SluiceInAws:
    """Use as a context: its controller has ended when the context has."""

    def __init__(self, build: Path, aws, shop) -> None:
        self.build, self.aws, self.shop = build, aws, shop
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-aws-"))
        self.home, self.run_directory = self.folder / "home", self.folder / "run"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.env = inherited | aws.environment() | {
            "SLUICE_HOME": str(self.home), "SLUICE_RUN": str(self.run_directory), "HOME": str(self.folder)}

    def __enter__(self) -> "SluiceInAws":
        return self

    def __exit__(self, *_: object) -> None:
        if not self.run_directory.exists():
            return shutil.rmtree(self.folder, ignore_errors=True)
        self.aws.set_faults()
        for deployment in self.deployments():
            self.sluice("rollback", deployment["service"], "--environment", "staging", check=False)
        with contextlib.suppress(AssertionError):
            wait_until("no deployment", lambda: not self.deployments(), 60)
        self.sluice("shutdown", "--everything", check=False)
        wait_until("the controller's end", lambda: not (self.run_directory / "control.sock").exists(), 120)
        log = self.controller_log()
        shutil.rmtree(self.folder, ignore_errors=True)
        if "Sanitizer:" in log or "runtime error:" in log:
            raise AssertionError(f"a sanitizer found in the controller:\n{log}")

    def configure(self, steps: list[dict], service: dict | None = None, environment: dict | None = None,
                  alarms: dict | None = None, place: dict | None = None) -> None:
        where = {"cluster": self.shop.cluster, "service": self.shop.service, "container": self.shop.container,
                 "target_groups": ["shop-blue", self.shop.green_group], "rules": self.shop.rules}
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "analysis": "off", "alarms": alarms or {},
            "strategy": {"steps": steps, "drain": "100ms", "drain_websockets": "0s", "hold_for": "10m"},
            "environments": {"staging": {"target": "aws", "region": "eu-west-1"} | (environment or {})},
            "services": {"web": {"image": "shop/web", "health": {"within": "30s"}, "aws": where | (place or {})} | (service or {})}},
            indent=1))

    def sluice(self, *arguments: str, check: bool = True, seconds: float = 180) -> subprocess.CompletedProcess[str]:
        result = subprocess.run([self.build / "sluice", *arguments], cwd=self.folder, env=self.env, text=True,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
        if check and result.returncode != 0:
            raise AssertionError(f"sluice {' '.join(arguments)} exited {result.returncode}: {result.stdout}{result.stderr}\n"
                                 + self.controller_log())
        return result

    def deploy(self, digest: str, *arguments: str, check: bool = True,
               seconds: float = 180) -> subprocess.CompletedProcess[str]:
        return self.sluice("deploy", "web", "--environment", "staging", "--image", f"shop/web@{digest}", *arguments,
                           check=check, seconds=seconds)

    def objects(self, *arguments: str) -> list[dict]:
        output = self.sluice(*arguments, "--json", check=False).stdout
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def deployments(self) -> list[dict]:
        """A controller that was killed a moment ago tells nothing, which is not that there are none."""
        told = wait_until("status", lambda: next((r for r in [self.sluice("status", "--json", check=False)]
                                                  if r.returncode == 0), None))
        objects = [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]
        return [o for o in objects if o["type"] == "deployment"]

    def outcomes(self, environment: str = "staging") -> dict[str, str]:
        """Of the newest deployment of each service."""
        newest: dict[str, str] = {}
        for ended in self.objects("history", "--environment", environment, "--most", "40"):
            if "outcome" in ended:  # the last line is of all of them
                newest.setdefault(ended["service"], ended["outcome"])
        return newest

    def controller_pid(self) -> int:
        return int((self.run_directory / "controller.pid").read_text())

    def kill_controller(self) -> None:
        """It is gone then: who connects to it in its last moment is told that, and no more."""
        pid = self.controller_pid()
        os.kill(pid, signal.SIGKILL)
        wait_until("its end", lambda: not Path(f"/proc/{pid}").exists())

    def controller_log(self) -> str:
        log = self.home / "logs" / "controller.log"
        return log.read_text()[-5000:] if log.exists() else ""

    # What botocore sees.

    def task_sets(self) -> list[dict]:
        """Those that do not drain."""
        found = task_sets_of(self.aws.client("ecs"), self.shop.cluster, self.shop.service)
        return [s for s in found if s["status"] != "DRAINING"]

    def definition(self, arn: str) -> dict:
        return self.aws.client("ecs").describe_task_definition(taskDefinition=arn, include=["TAGS"])

    def image_of(self, task_set: dict) -> str:
        return self.definition(task_set["taskDefinition"])["taskDefinition"]["containerDefinitions"][0]["image"]

    def revisions_of_definition(self) -> int:
        return len(self.aws.client("ecs").list_task_definitions(familyPrefix=self.shop.family)["taskDefinitionArns"])
