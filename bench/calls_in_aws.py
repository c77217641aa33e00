"""How many requests one deployment to ECS makes of AWS: in simulated time, by the production controller and adapters against the
simulated AWS.

    python3 bench/calls_in_aws.py build/dev [--bake 5m]

A service with two listener rules goes over 10%, 50% and 100% with the default alarms and the comparison. Prints the operations with
their number as JSON: what is looked up before anything is changed, what changes something and is read right before and after that, and the
polls, a minute of the deployment. A poll is a read more than 2 s after the last write, or one of what no write changes (figures, lines
of logs, tasks that have failed).
"""

import argparse
import collections
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = sys.argv[1] if len(sys.argv) > 1 else ""
for folder in ("tests", "tests/integration/aws"):
    sys.path.insert(0, str(ROOT / folder))
if not BUILD or BUILD.startswith("-"):
    sys.exit(__doc__)
from aws_simulator import environment  # noqa: E402

environment.enter(BUILD)
from aws_simulator import Simulator  # noqa: E402
from aws_simulator.fixture import make_shop  # noqa: E402

from simulated_release import BEGINNING, MINUTE, release_in_simulated_time  # noqa: E402
from sluice_in_aws import SluiceInAws, digest  # noqa: E402

READS = ("Describe", "Get", "List", "Filter", "BatchGet")
SOON_AFTER_A_WRITE = timedelta(seconds=2)
OF_WHAT_IS_WRITTEN = ("DescribeRules", "DescribeServices", "DescribeTaskDefinition", "DescribeTaskSets")


def counted(requests: list[dict]) -> dict[str, collections.Counter]:
    """By operation."""
    found = {what: collections.Counter() for what in ("looked up", "writes", "read around writes", "polls")}
    wrote_at = None
    for request in requests:
        operation, at = request["operation"], datetime.fromisoformat(request["time"])
        if not operation.startswith(READS):
            found["writes"][operation] += 1
            wrote_at = at
        elif wrote_at is None:
            found["looked up"][operation] += 1
        else:
            is_about_it = operation in OF_WHAT_IS_WRITTEN and at - wrote_at <= SOON_AFTER_A_WRITE
            found["read around writes" if is_about_it else "polls"][operation] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="calls_in_aws.py build/dev", description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--bake", default="5m", help="of each step (5m)")
    options = parser.parse_args()
    with Simulator(scale=60) as aws:
        aws.advance(BEGINNING - aws.now())
        shop = make_shop(aws)
        aws.set_scale(0)
        with SluiceInAws(Path(options.build).resolve(), aws, shop) as machine:
            machine.configure([{"weight": weight, "bake": options.bake} for weight in ("10%", "50%", "100%")],
                              service={"analysis": {}, "alarms": {}})
            aws.client("logs").create_log_group(logGroupName="/shop/web")
            aws.set_traffic(shop.rules[0], 20)
            aws.advance(10 * MINUTE)
            release = release_in_simulated_time(machine, "staging", {"web": f"shop/web@{digest(1)}"})
            asked = aws.requests(who="sluice")
    minutes = release.events[-1]["seconds"] / 60
    found = counted(asked)
    polls = found.pop("polls")
    changes = found["writes"].total() + found["read around writes"].total()
    print(json.dumps({"outcome": release.outcomes()["web"], "minutes": round(minutes, 1),
                      "writes and read-backs": {"requests": changes, "goal": 20}, **found,
                      "polls": {"a minute": round(polls.total() / minutes, 1), "goal": 6,
                                "each a minute": {name: round(n / minutes, 2) for name, n in polls.items()}}}, indent=1))


if __name__ == "__main__":
    main()
