"""The simulator as a test uses it: a process of its own, a client of botocore, and words to steer it."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import botocore.config
import botocore.session

from .environment import interpreter_options

REGION = "eu-west-1"
ACCOUNT = "123456789012"
LONGEST_START_SECONDS = 60
_OPERATIONS: set[str] = set()  # that others than `admin` have asked for in this script so far


class ControlError(Exception):
    """The simulator did not take a word; the message says why."""


class Simulator:
    """A running simulator of AWS. To be used in a `with`; its process ends there, and with this one in any case.

    `scale` is how many simulated seconds a real second is, `behind` how many seconds before this machine's clock it begins:
    what a test lets happen in them (`advance`) is past. `home` (a temporary folder without it) gets requests.ndjson.
    """

    def __init__(self, home=None, scale: float = 1.0, port: int = 0, behind: float = 0.0):
        self._own_home = None if home else tempfile.mkdtemp(prefix="aws_simulator_")
        self.home = pathlib.Path(home or self._own_home)
        self._scale, self._port, self._behind = scale, port, behind
        self._process: subprocess.Popen | None = None
        self._session = botocore.session.Session()
        self._clients: dict[tuple, object] = {}
        self.url = ""
        self.admin: dict = {}
        self.sluice: dict = {}

    def __enter__(self) -> "Simulator":
        tests = pathlib.Path(__file__).resolve().parent.parent
        self._errors = open(self.home / "simulator.log", "ab")
        self._process = subprocess.Popen(
            [sys.executable, *interpreter_options(pathlib.Path(sys.executable)), "-m", "aws_simulator", "--home",
             str(self.home), "--port", str(self._port), "--scale", str(self._scale), "--behind", str(self._behind)],
            cwd=tests, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True)
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise ControlError(f"the simulator did not start: {(self.home / 'simulator.log').read_text()[-2000:]}")
        started = json.loads(line)
        self.url, self.admin, self.sluice = started["url"], started["admin"], started["sluice"]
        return self

    def __exit__(self, *_) -> None:
        self._leave_operations()
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()
        if self._own_home:
            shutil.rmtree(self._own_home, ignore_errors=True)

    def _leave_operations(self) -> None:
        """What others than `admin` asked (some requests for keys are not signed), a line each, below the folder that
        AWS_OPERATIONS_FOLDER names: of all simulators of this script."""
        if folder := os.environ.get("AWS_OPERATIONS_FOLDER"):
            _OPERATIONS.update(f"{r['service']} {r['operation']}" for r in self.requests() if r["who"] != "admin")
            path = pathlib.Path(folder) / f"{pathlib.Path(sys.argv[0]).stem}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(sorted(_OPERATIONS)))

    # For the program under test, and for the test itself.

    def environment(self, region: str = REGION) -> dict[str, str]:
        """Variables for the program under test: endpoint, region and the keys of `sluice`."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
                "AWS_ACCESS_KEY_ID": self.sluice["access_key"], "AWS_SECRET_ACCESS_KEY": self.sluice["secret_key"],
                "AWS_EC2_METADATA_DISABLED": "true"}

    def client(self, service: str, region: str = REGION, keys: dict | None = None, **config):
        """botocore's client of a service, with the keys of `admin` (whom faults spare) or others; it never retries."""
        keys = keys or self.admin
        known = (service, region, keys["access_key"], keys["secret_key"], keys.get("token"), str(config))
        if known not in self._clients:
            self._clients[known] = self._session.create_client(
                service, region_name=region, endpoint_url=self.url, aws_access_key_id=keys["access_key"],
                aws_secret_access_key=keys["secret_key"], aws_session_token=keys.get("token"),
                config=botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, **config))
        return self._clients[known]

    def control(self, word: str, **body) -> dict:
        """Says a word to /_simulator/WORD (see control.Control). Raises ControlError where it is not taken."""
        request = urllib.request.Request(f"{self.url}/_simulator/{word}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as why:
            raise ControlError(f"{word}: {why.read().decode()[:2000]}") from why

    # What came, and what was wrong with it.

    def requests(self, since: int = 0, **like) -> list[dict]:
        """The record of requests, those whose members are like the ones given: requests(who="sluice", service="ecs")."""
        found = self.control("requests", since=since)["requests"]
        return [r for r in found if all(r.get(k) == v for k, v in like.items())]

    def newest_request(self) -> int:
        """Its number; `since` it nothing has come."""
        return self.control("newest")["number"]

    def problems(self) -> list[dict]:
        """What AWS would not have understood, or the simulator cannot do; empty at the end of a good test."""
        return self.control("problems")["problems"]

    # Time, chance, behaviour.

    def advance(self, seconds: float) -> None:
        """The simulated clock goes on at once, and everything that is due happens."""
        self.control("clock", advance=seconds)

    def set_scale(self, scale: float) -> None:
        self.control("clock", scale=scale)

    def now(self) -> float:
        return self.control("clock")["now"]

    def set_delays(self, **seconds: float) -> None:
        """Delays by name (settings.Delays), in simulated seconds; stretch=10 multiplies all."""
        self.control("delays", **seconds)

    def set_behaviours(self, *behaviours: dict) -> None:
        """How replicas and versions behave (settings.Behaviour); the first that matches holds."""
        self.control("behaviours", behaviours=list(behaviours))

    def set_scans(self, *outcomes: dict, account: str = ACCOUNT, region: str = REGION) -> None:
        """What scans of images in ECR end with (ecr_scans.ScanOutcome); the first that matches holds."""
        self.control("scans", outcomes=list(outcomes), account=account, region=region)

    def set_traffic(self, target: str, rate: float, account: str = ACCOUNT) -> None:
        """Requests a second on a listener, a rule, a function or an alias, by ARN."""
        self.control("traffic", target=target, rate=rate, account=account)

    def invocations(self) -> list[tuple[str, str]]:
        """Name or ARN, and payload, of each Invoke that a function got."""
        return [(i["function"], i["payload"]) for i in self.control("invocations")["invocations"]]

    def front_door(self, arn: str) -> str:
        """The URL by which one request of a user enters (front_door.py), of a rule, a listener, an alias or a stage."""
        return f"{self.url}/_front_door/{urllib.parse.quote(arn, safe='')}"

    def served(self) -> dict[str, int]:
        """Requests served so far by target group ARN or `function:version`; those that nobody served as `nobody`."""
        return self.control("served")["served"]

    def set_faults(self, *rules: dict, seed: int = 1) -> None:
        """Replaces all fault rules (faults.FaultRule): set_faults({"kind": "throttle", "probability": 0.1})."""
        self.control("faults", rules=list(rules), seed=seed)

    def misbehave(self, seed: int, share: float = 0.1) -> None:
        """Of the requests of `sluice`, `share` each fail, are throttled, lose their answer, or read what was before."""
        self.set_faults({"kind": "fail", "probability": share}, {"kind": "throttle", "probability": share},
                        {"kind": "lost", "probability": share}, {"kind": "stale", "probability": share}, seed=seed)

    # Keys.

    def make_keys(self, who: str, account: str = ACCOUNT, lifetime: float | None = None) -> dict:
        """New keys; with `lifetime` (seconds) temporary ones, whose session token is in `token`."""
        return self.control("keys", who=who, account=account, **({} if lifetime is None else {"lifetime": lifetime}))

    def expire_keys(self, **which: str) -> int:
        """Ends temporary keys of `who` or of one `access_key` now; how many."""
        return self.control("expire_keys", **which)["ended"]

    # Requests that wait.

    def paused(self) -> list[dict]:
        """The requests that a pause rule holds at the moment."""
        return self.control("paused")["paused"]

    def release(self, drop: bool = False, **which: int) -> None:
        """Lets one (`number`) or all go on; with `drop` it has never arrived (pause_before), or its answer is lost."""
        self.control("release", drop=drop, **which)

    def wait_for(self, condition, seconds: float = 60, every: float = 0.05):
        """Asks `condition` until it answers something true, which is returned. Raises TimeoutError with the last answer."""
        end = time.monotonic() + seconds
        while True:
            answer = condition()
            if answer:
                return answer
            if time.monotonic() > end:
                raise TimeoutError(f"after {seconds} s still {answer!r}; problems: {self.problems()}")
            time.sleep(every)
