"""Alarms on what tasks use with the engines of AWS, CodeDeploy's deployments and ECS's own: a GREEN that leaks is taken back, by what
Container Insights log of its tasks and, without them, by what ECS tells of the service. sluice's own engine: minutes_test.py. In
simulated time.
"""

import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

import engines  # noqa: E402
from codedeploy_in_aws import LONG  # noqa: E402
from simulated_release import (MINUTE, NotBegun, Release, release_in_simulated_time, stand_behind_blues_minutes)  # noqa: E402

STEPS = [{"weight": "10%", "bake": "10m"}, {"weight": "100%", "bake": "5m"}]
OF_TASKS = "of the memory that its tasks reserve"
OF_SERVICE = "the service's task that used the most, of either colour, used 95% of the memory that it reserves"


def alarms(metric: str) -> dict:
    return {"memory": {"metric": metric, "above": "90%", "datapoints": "2 of 3", "every": "60s", "missing": "ignore"}}


class Utilization(unittest.TestCase):
    number = 0

    def look_after(self, engine: engines.Engine, configure) -> None:
        """`configure` takes the alarms."""
        cluster = engine.aws.client("ecs")
        configure(alarms("memory_utilization"))
        with self.assertRaisesRegex(NotBegun, "cluster shop has no Container Insights .* service_memory_utilization"):
            self.release(engine, 40)
        configure(alarms("service_memory_utilization"))
        self.assert_taken_back(engine, OF_SERVICE)
        cluster.update_cluster(cluster="shop", settings=[{"name": "containerInsights", "value": "enabled"}])
        configure(alarms("memory_utilization"))
        self.assert_taken_back(engine, OF_TASKS)
        release = self.release(engine, 89)
        self.assertEqual(release.outcomes(), {"web": "succeeded"}, release.causes())
        self.assertEqual(engine.serving(), [f"shop/web@{engines.digest(self.number)}"])

    def release(self, engine: engines.Engine, memory_percent: float) -> Release:
        self.number += 1
        engine.aws.set_behaviours({"image": engines.digest(self.number), "memory_percent": memory_percent})
        stand_behind_blues_minutes(engine.aws)
        return release_in_simulated_time(engine.machine, engine.environment, {"web": f"shop/web@{engines.digest(self.number)}"})

    def assert_taken_back(self, engine: engines.Engine, by: str) -> None:
        before = engine.serving()
        release = self.release(engine, 95)
        self.assertEqual(release.outcomes(), {"web": "rolled_back"}, release.causes())
        self.assertIn(f"{by} in 2 of the last 2 periods of 1m; the alarm memory allows 90%", release.causes()[0])
        seconds = release.took_back("web")
        print(f"{engine.name}: {seconds:.0f} s from its first traffic to none: {release.causes()[0]}", file=sys.stderr)
        self.assertLess(seconds, 6 * MINUTE)
        engine.aws.advance(10 * MINUTE)  # tasks end
        self.assertEqual(engine.serving(), before)
        self.assertEqual(engine.leftovers(), [])
        self.assertEqual(engine.aws.problems(), [])

    def test_codedeploy(self) -> None:
        engine = engines.codedeploy(BUILD)
        self.look_after(engine, lambda alarms: engine.machine.engine(STEPS, LONG, service=engines.HEALTH, alarms=alarms))

    def test_ecs_native(self) -> None:
        engine = engines.ecs_native(BUILD)
        self.look_after(engine, lambda alarms: engine.machine.engine(STEPS, alarms=alarms, **engines.HEALTH))


if __name__ == "__main__":
    unittest.main()
