"""What a rollout costs, measured with the real program under constant load on this machine.

    python3 bench/rollouts.py build/release [--rate 3000] [--deployments 20] [--rollbacks 10]

Good deployments one after the other, then rollbacks by a person's word, all under one open-loop load that never repeats a
request; then the way to the first traffic by network and replicas. Prints one JSON line a figure, with its goal, and exits 1 when a request
was lost. The moments are those of the journal, in whole milliseconds.
"""

import argparse
import json
import os
import socket
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "integration" / "machine"))
from sluice_machine import SluiceMachine, wait_until  # noqa: E402

STEPS = [{"weight": "10%", "bake": "300ms"}, {"weight": "50%", "bake": "300ms"}, {"weight": "100%", "bake": "300ms"}]
LONG_STEPS = [{"weight": "50%", "bake": "10m"}, {"weight": "100%", "bake": "1s"}]


def milliseconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds() * 1000


class Process:
    """Processor time and memory of the controller alone."""

    def __init__(self, pid: int) -> None:
        self.pid, self.began, self.largest = pid, time.monotonic(), 0.0
        self.used = self.seconds()

    def seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def look(self) -> None:
        status = Path(f"/proc/{self.pid}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        self.largest = max(self.largest, int(resident.split()[1]) / 1024)

    def share_of_a_core(self) -> float:
        return (self.seconds() - self.used) / (time.monotonic() - self.began)


class Figures:
    def __init__(self) -> None:
        self.wrong = False

    def tell(self, name: str, value: float, unit: str, goal: float | None = None, **more: object) -> None:
        line = {"figure": name, "value": round(value, 3), "unit": unit}
        if goal is not None:
            line |= {"goal": goal} | ({"ratio_to_goal": round(value / goal, 2)} if goal else {})
        print(json.dumps(line | more), flush=True)

    def tell_spread(self, name: str, values: list[float], median_goal: float, most_goal: float | None = None) -> None:
        self.tell(name, statistics.median(values), "ms", median_goal, largest=round(max(values), 3), of=len(values),
                  **({"goal_of_largest": most_goal} if most_goal else {}))


def deploy(machine: SluiceMachine, version: str, **keys: object) -> dict:
    """One deployment to its end: when it was asked for, and each of its stages with the moment it began."""
    machine.configure({"VERSION": version}, **keys)
    asked = time.time()
    result = machine.sluice("deploy", "web", "--image", "test", "--json")
    seen = [json.loads(line) for line in result.stdout.splitlines()]
    states = [o for o in seen if o["type"] == "deployment"]
    if states[-1]["outcome"] != "succeeded":
        raise SystemExit(f"bench: deployment {version} ended as {states[-1]['outcome']}: {states[-1]['cause']}")
    return {"asked": asked, "states": states}


def shift_times(deployment: dict) -> list[float]:
    """From the wish for a weight to its read-back, file included: the time that each traffic step's write took."""
    times = []
    for before, after in zip(deployment["states"], deployment["states"][1:]):
        if before["stage"] == "shift" and after["stage"] != "shift":
            times.append(milliseconds(before["at"], after["at"]))
    return times


def first_traffic(deployment: dict) -> float:
    """From the start of the command to the read-back of GREEN's first weight."""
    baking = next(o for o in deployment["states"] if o["stage"] == "bake")
    return (datetime.fromisoformat(baking["at"]).timestamp() - deployment["asked"]) * 1000


def first_traffic_of_each_kind(machine: SluiceMachine, count: int, figures: Figures) -> None:
    """The goals are those of one replica; a second one shares the processors with it."""
    for network, replicas, goal in (("bridge", 1, 300), ("host", 1, 200), ("host", 2, 200)):
        starts = [first_traffic(deploy(machine, f"{network}-{replicas}-{number}", network=network, replicas=replicas))
                  for number in range(count)]
        plural = "replica" if replicas == 1 else "replicas"
        figures.tell_spread(f"deploy of a pulled image to GREEN's first traffic, {network}, {replicas} {plural}",
                            starts, goal)


def roll_back(machine: SluiceMachine, version: str) -> float:
    """From a person's word, when it is in the journal, to the read-back of weight 0."""
    machine.configure({"VERSION": version})
    waiting = machine.start_sluice("deploy", "web", "--image", "test", "--json")
    wait_until("a bake", lambda: any(d["stage"] == "bake" for d in machine.deployments()))
    machine.sluice("rollback", "web")
    states = [json.loads(line) for line in machine.end_of(waiting).stdout.splitlines()]
    back = next(o for o in states if o["type"] == "deployment" and o["mode"] == "rolling_back")
    return milliseconds(back["at"], states_end(states)["restored_at"])


def states_end(states: list[dict]) -> dict:
    return [o for o in states if o["type"] == "deployment"][-1]


def bare_socket(machine: SluiceMachine, times: int = 200) -> list[float]:
    """The floor: what HAProxy itself takes for `set map` and `show map`, with the value that is set already."""
    path = next(machine.home.rglob("weights.map"))
    key, value = path.read_text().split()[:2]

    def command(text: str) -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(machine.run_directory / "haproxy.sock"))
            connection.sendall(text.encode() + b"\n")
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    spent = []
    for _ in range(times):
        began = time.perf_counter()
        command(f"set map {path} {key} {value}")
        command(f"show map {path}")
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def good_deployments(machine: SluiceMachine, count: int, figures: Figures) -> None:
    controller = Process(machine.controller_pid())
    shifts, starts = [], []
    for number in range(count):
        deployment = deploy(machine, f"good-{number}")
        shifts += shift_times(deployment)
        starts.append(first_traffic(deployment))
        controller.look()
    figures.tell_spread("one weight change, file and read-back included", shifts, 5, 50)
    figures.tell_spread("deploy of a pulled image to GREEN's first traffic, bridge, 2 replicas", starts, 300)
    figures.tell("memory of the controller, largest", controller.largest, "MiB", 30)
    figures.tell("processor of the controller during rollouts", controller.share_of_a_core() * 100, "% of a core", 5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="build folder that holds sluice, load and bench/responder")
    parser.add_argument("--rate", type=int, default=3000)
    parser.add_argument("--deployments", type=int, default=20)
    parser.add_argument("--rollbacks", type=int, default=10)
    options = parser.parse_args()
    figures = Figures()
    with SluiceMachine(options.build.resolve()) as machine:
        machine.strategy["steps"] = STEPS
        deploy(machine, "first")
        load = machine.start_load(options.rate)
        good_deployments(machine, options.deployments, figures)
        figures.tell_spread("bare socket: set map and show map", bare_socket(machine), 0.6)
        machine.strategy["steps"] = LONG_STEPS
        backs = [roll_back(machine, f"back-{number}") for number in range(options.rollbacks)]
        figures.tell_spread("decision to read-back weight 0", backs, 5, 50)
        machine.strategy["steps"] = STEPS
        first_traffic_of_each_kind(machine, 5, figures)
        summary = machine.end_load(load)
        figures.tell("requests lost to sluice", summary["lost"], "requests", 0, served=summary["served"],
                     requests_per_second=round(summary["requests_per_second"]), lost_kinds=summary["lost_kinds"],
                     latency_ms=summary["latency_ms"])
        return 1 if summary["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
