"""The demo's stories, told by what happens: called by demo.sh, with the programs already built."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "mangaassist"
CHAT = '{"message": "What manga do you recommend?", "session_id": "load-{n}"}'
ORDER = '{"message": "Where is my order 1234?", "session_id": "load-{n}"}'  # an error in the log of every version
BODIES = [CHAT] * 49 + [ORDER]
REQUESTS_PER_SECOND = 100
SLOW_SECONDS = 3
STORY_LIMIT_SECONDS = 300


@dataclass
class Story:
    number: int
    title: str
    patch: str | None
    outcome: str  # what must come of it
    because: str = ""  # what its cause must say
    quick: bool = True
    during: Callable[["Demo"], None] | None = None


@dataclass
class Row:
    version: str
    outcome: str
    cause: str
    seconds_to_zero_green: float | None
    served: int
    failed_by_application: int
    lost: int


@dataclass
class Demo:
    sluice: Path
    load: Path
    json: bool
    folder: Path
    stages: list[tuple[str, float]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    loads: list["Load"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.front_door, self.registry = free_port(), free_port()
        self.env = os.environ | {
            "SLUICE_HOME": str(self.folder / "home"),
            "SLUICE_RUN": str(self.folder / "run"),
            "PATH": f"{self.sluice.parent}:{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
            "GIT_COMMITTER_NAME": "ana", "GIT_COMMITTER_EMAIL": "ana@example.com",
        }
        self.site = self.folder / "site"

    def say(self, text: str = "") -> None:
        print(text, file=sys.stderr if self.json else sys.stdout, flush=True)

    def run(self, *command: str | Path, cwd: Path | None = None, check: bool = True) -> str:
        result = subprocess.run(command, cwd=cwd or self.site, env=self.env, text=True, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and result.returncode != 0:
            raise SystemExit(f"demo: {' '.join(map(str, command))} exited {result.returncode}:\n{result.stdout}")
        return result.stdout

    def objects(self, *arguments: str) -> list[dict]:
        result = subprocess.run([self.sluice, *arguments, "--json"], cwd=self.site, env=self.env, text=True, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]

    def history(self) -> list[dict]:
        return [o for o in self.objects("history") if o["type"] == "ended_deployment"]


class Load:
    """Constant load, from when version 1 serves to the end; cut into pieces, a piece a story."""

    def __init__(self, demo: Demo) -> None:
        self.bad = demo.folder / f"bad-{len(demo.loads)}.ndjson"
        self.process = subprocess.Popen(
            [demo.load, "--port", str(demo.front_door), "--method", "POST", "--path", "/api/v1/chat",
             *(argument for body in BODIES for argument in ("--body", body)), "--rate", str(REQUESTS_PER_SECOND), "--seconds", "3600",
             "--slow", str(SLOW_SECONDS), "--bad", self.bad], stdout=subprocess.PIPE, text=True)

    def end(self) -> dict:
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=60)
        return json.loads(output)

    def first_bad(self) -> datetime | None:
        if not self.bad.exists():
            return None
        for line in self.bad.read_text().splitlines():
            return parse_time(json.loads(line)["at"])
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parse_time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def prepare(demo: Demo) -> None:
    """A repository of the example with sluice's hook in the bare one that it is pushed to."""
    shutil.copytree(EXAMPLE, demo.site, ignore=shutil.ignore_patterns("versions", "__pycache__", "node_modules", ".venv", ".*cache"))
    configuration = demo.site / "sluice.yaml"
    text = configuration.read_text().replace("127.0.0.1:20080", f"127.0.0.1:{demo.front_door}")
    text = text.replace("127.0.0.1:5000", f"127.0.0.1:{demo.registry}")
    configuration.write_text(text)
    bare = demo.folder / "site.git"
    demo.run("git", "init", "--quiet", "--bare", "--initial-branch=main", bare, cwd=demo.folder)
    demo.run("git", "init", "--quiet", "--initial-branch=main")
    demo.run("git", "remote", "add", "origin", bare)
    demo.run("git", "add", "--all")
    demo.run("git", "commit", "--quiet", "--message", "The orchestrator")
    demo.run(demo.sluice, "init", "--git-hook", bare)
    demo.run(demo.sluice, "lint")


def push(demo: Demo, story: Story) -> None:
    if story.patch:
        patch = EXAMPLE / "versions" / f"{story.patch}.patch"
        demo.run("git", "apply", "--index", patch)
        demo.say(demo.run("git", "--no-pager", "diff", "--cached", "--stat", "--patch", "--", "src", "data"))
        demo.run("git", "commit", "--quiet", "--message", story.title)
    demo.say("$ git push origin main")
    demo.say(demo.run("git", "push", "--quiet", "origin", "HEAD:main"))


def follow(demo: Demo, *what: str) -> str:
    """The newest workflow run (`run`), or the newest deployment, told as it goes; its outcome."""
    process = subprocess.Popen([demo.sluice, "watch", *what], cwd=demo.site, env=demo.env, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout
    for line in process.stdout:
        demo.say("  " + line.rstrip())
    return "succeeded" if process.wait(STORY_LIMIT_SECONDS) == 0 else "failed"


def tell(demo: Demo, story: Story) -> None:
    demo.say(f"\n== Story {story.number}: {story.title}")
    before = {o["deployment"] for o in demo.history()}
    load = Load(demo) if demo.rows else None
    if load:
        demo.loads.append(load)
    began = time.time()
    push(demo, story)
    if story.during:
        story.during(demo)
    run_outcome = follow(demo, "run")
    wait_for_ends(demo)
    ended = [o for o in demo.history() if o["deployment"] not in before]
    demo.stages.append((f"story {story.number}", time.time() - began))
    summary = load.end() if load else {"served": 0, "failed_by_application": 0, "lost": 0, "lost_kinds": {}}
    demo.rows.append(row_of(story, load, ended, run_outcome, summary))
    row = demo.rows[-1]
    demo.say(f"-> {row.outcome}{': ' + row.cause if row.cause else ''}")
    if summary["lost"]:
        demo.say(f"   lost: {summary['lost_kinds']}")


def wait_for_ends(demo: Demo) -> None:
    """A workflow that was told of a hold has ended before its deployment has."""
    deadline = time.time() + STORY_LIMIT_SECONDS
    while any(o["type"] == "deployment" for o in demo.objects("status")):
        if time.time() > deadline:
            raise SystemExit("demo: a deployment did not end")
        time.sleep(0.2)


def row_of(story: Story, load: Load | None, ended: list[dict], run_outcome: str, summary: dict) -> Row:
    outcome, cause, seconds = "refused_before_deployment", "", None
    if ended:
        deployment = ended[0]
        outcome, cause = deployment["outcome"], deployment["cause"] or ""
        first = load.first_bad() if load else None
        if first and deployment["restored_at"]:
            seconds = round((parse_time(deployment["restored_at"]) - first).total_seconds(), 2)
    elif run_outcome == "failed":
        cause = "the pipeline stopped before anything was deployed"
    return Row(story.title, outcome, cause, seconds, summary["served"], summary["failed_by_application"], summary["lost"])


def kill_controller_at_ten_percent(demo: Demo) -> None:
    """kill -9 of sluice in the middle of the first traffic step."""
    deadline = time.time() + STORY_LIMIT_SECONDS
    while time.time() < deadline:
        for o in demo.objects("status"):
            if o["type"] == "deployment" and o["stage"] == "bake" and o["green_weight_percent"] == 10:
                pid = int((demo.folder / "run" / "controller.pid").read_text())
                os.kill(pid, signal.SIGKILL)
                demo.say(f"  kill -9 {pid} (sluice's controller) while GREEN has 10%")
                return
        time.sleep(0.5)
    raise SystemExit("demo: the traffic step of 10% was not seen")


def roll_back_when_held(demo: Demo) -> None:
    """What a person does at a second terminal."""
    deadline = time.time() + STORY_LIMIT_SECONDS
    while time.time() < deadline:
        held = [o for o in demo.objects("status") if o["type"] == "deployment" and o["mode"] == "held"]
        if held:
            demo.say(f"  held: {held[0]['cause']}")
            demo.say("  second terminal$ sluice rollback --reason 'too many errors in the log'")
            demo.run(demo.sluice, "rollback", "--reason", "too many errors in the log")
            return
        time.sleep(0.5)
    raise SystemExit("demo: nothing was held")


STORIES = [
    Story(1, "the first version", None, "succeeded"),
    Story(2, "a good change: recommendations say why", "02-say-why", "succeeded"),
    Story(3, "a bug: 5xx to every fifth chat", "03-show-volumes", "rolled_back"),
    Story(4, "a version that dies with its configuration", "06-numeric-log-level", "failed_before_traffic", quick=False),
    Story(5, "sluice killed in the middle of step 10%", "05-say-so", "succeeded", quick=False,
          during=kill_controller_at_ten_percent),
    Story(6, "a slow version: 4 s for every fifth chat", "07-wait-for-volumes", "rolled_back",
          because="latencies against BLUE's", quick=False),
    Story(7, "ten times the errors in the log", "08-log-one-shots", "rolled_back", quick=False,
          during=roll_back_when_held),
]


def revert(demo: Demo) -> None:
    """A bad version is taken out of the repository again, as a developer would; that push needs no story of its own."""
    demo.run("git", "reset", "--quiet", "--hard", "HEAD~1")
    demo.run("git", "--git-dir", demo.folder / "site.git", "update-ref", "refs/heads/main", "HEAD~1")


def print_table(demo: Demo) -> None:
    if demo.json:
        for row in demo.rows:
            print(json.dumps(row.__dict__))
        return
    print(f"\n{'version':<45} {'outcome':<22} {'to 0% GREEN':>11} {'served':>7} {'failed':>7} {'lost':>5}")
    for row in demo.rows:
        seconds = "" if row.seconds_to_zero_green is None else f"{row.seconds_to_zero_green:.1f} s"
        print(f"{row.version:<45} {row.outcome:<22} {seconds:>11} {row.served:>7} {row.failed_by_application:>7} {row.lost:>5}")
        if row.cause:
            print(f"    {row.cause.splitlines()[0]}")
    print("\nserved, failed (by the application itself) and lost (to sluice) as a load of "
          f"{REQUESTS_PER_SECOND} requests a second met them.")


def print_times(demo: Demo) -> None:
    demo.say("\ntime by stage:")
    for name, seconds in demo.stages:
        demo.say(f"  {name:<18} {seconds:7.1f} s")
    demo.say(f"  {'all':<18} {sum(seconds for _, seconds in demo.stages):7.1f} s")


def wrong_rows(demo: Demo, stories: list[Story]) -> list[str]:
    problems = []
    for story, row in zip(stories, demo.rows, strict=True):
        if row.outcome != story.outcome:
            problems.append(f"story {story.number} ended as {row.outcome}, not {story.outcome}")
        if story.because not in row.cause:
            problems.append(f"story {story.number} ended for another reason: {row.cause}")
        if row.lost:
            problems.append(f"story {story.number} lost {row.lost} requests")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sluice", type=Path, required=True)
    parser.add_argument("--load", type=Path, required=True)
    parser.add_argument("--stage", action="append", default=[])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sluice-demo-"))
    demo = Demo(options.sluice, options.load, options.json, folder)
    for stage in options.stage:
        name, times = stage.split("=")
        begin, end = map(float, times.split(","))
        demo.stages.append((name, end - begin))
    demo.say("Bake times are short, so that a person can watch: 20, 10 and 10 seconds.")
    demo.say("Vulnerability scanning is off in the example's sluice.yaml: it must run where no scanner is.")
    stories = [story for story in STORIES if story.quick or not options.quick]
    try:
        prepare(demo)
        for story in stories:
            tell(demo, story)
            if story.outcome in ("rolled_back", "failed_before_traffic"):
                revert(demo)
        print_table(demo)
        print_times(demo)
        problems = wrong_rows(demo, stories)
        for problem in problems:
            print(f"demo: {problem}", file=sys.stderr)
        return 1 if problems else 0
    finally:
        for load in demo.loads:
            with contextlib.suppress(ProcessLookupError):
                load.process.kill()
        if options.keep:
            demo.say(f"\nLeft running. SLUICE_HOME={folder}/home SLUICE_RUN={folder}/run; end it with "
                     "`sluice shutdown --everything`.")
        else:
            for deployment in [o for o in demo.objects("status") if o["type"] == "deployment"]:
                demo.run(demo.sluice, "cancel", deployment["service"], check=False)
            wait_for_ends(demo)
            demo.run(demo.sluice, "shutdown", "--everything", cwd=folder)
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
