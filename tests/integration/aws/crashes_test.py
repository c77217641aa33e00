"""A task of GREEN that ends in a bake, while the other one serves: with each engine of ECS, in simulated time.

All tests have one world an engine: each begins with what the one before has left serving.
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
from simulated_release import MINUTE, Release, release_in_simulated_time  # noqa: E402
from sluice_in_aws import digest  # noqa: E402

STEPS = [{"weight": "10%", "bake": "11m"}, {"weight": "100%", "bake": "5m"}]
CRASH_AFTER = 100  # seconds that a task runs
NEXT_LOOK = 2 * MINUTE
THE_WAY_BACK = 20


class _Crashes:
    engine: engines.Engine
    number = 0
    of_blue: tuple[dict, ...] = ()  # behaviours

    def setUp(self) -> None:
        self.aws, self.machine = self.engine.aws, self.engine.machine
        type(self).number += 1
        self.configure()
        self.before = self.engine.serving()

    def tearDown(self) -> None:
        self.aws.set_behaviours()
        self.assertEqual(self.aws.problems(), [])

    def configure(self) -> None:
        raise NotImplementedError

    def release(self, **ends: object) -> Release:
        """One of GREEN's two tasks comes to such an end."""
        image = digest(self.number)
        self.aws.set_behaviours({"image": image, "log_lines": [f"number {self.number} listens"]} | ends, *self.of_blue)
        began = self.aws.now()
        release = release_in_simulated_time(self.machine, "staging", {"web": f"shop/web@{image}"})
        self.ended = sorted(task["stoppedAt"].timestamp() - began for task in self.stopped() if task["createdAt"].timestamp() > began)
        self.aws.advance(10 * MINUTE)  # tasks end
        return release

    def stopped(self) -> list[dict]:
        """The service's tasks that have ended by themselves in the last hour."""
        ecs, place = self.aws.client("ecs"), {"cluster": self.machine.shop.cluster}
        arns = ecs.list_tasks(**place, serviceName=self.machine.shop.service, desiredStatus="STOPPED")["taskArns"]
        tasks = ecs.describe_tasks(**place, tasks=arns)["tasks"] if arns else []
        return [task for task in tasks if task["stopCode"] in ("EssentialContainerExited", "SpotInterruption") and "stoppedAt" in task]

    def test_that_crashes_again_and_again_takes_green_back(self) -> None:
        release = self.release(exit_code=137, exit_after=CRASH_AFTER, ending_at_once=1)
        self.assertEqual(release.outcomes(), {"web": "rolled_back"}, release.causes())
        cause = release.causes()[0]
        self.assertRegex(cause, r"^GREEN: it is in a crash loop: 3 tasks of it failed: Essential container in task exited \(container web "
                                r"exited 137\)\n.*number \d+ listens")
        self.assertEqual(self.engine.serving(), self.before)
        seconds = release.restored("web") - self.ended[2]
        print(f"{self.engine.name}: {seconds:.0f} s from the third crash to no traffic, {release.took_back('web'):.0f} s from the first "
              "traffic", file=sys.stderr)
        self.assertLess(seconds, NEXT_LOOK + THE_WAY_BACK)

    def test_that_crashes_once_takes_nothing_back(self) -> None:
        self.assert_succeeded(self.release(exit_code=137, exit_after=CRASH_AFTER, ending_ever=1))
        self.assertEqual(len(self.ended), 1)

    def test_whose_spot_capacity_is_taken_back_takes_nothing_back(self) -> None:
        self.assert_succeeded(self.release(interrupted_after=CRASH_AFTER, ending_at_once=1))
        self.assertGreaterEqual(len(self.ended), 3)

    def test_of_blue_takes_nothing_back(self) -> None:
        ecs, place = self.aws.client("ecs"), {"cluster": self.machine.shop.cluster}
        self.of_blue = ({"exit_code": 137, "exit_after": CRASH_AFTER, "ending_at_once": 1},)
        self.aws.set_behaviours(*self.of_blue)
        tasks = ecs.list_tasks(**place, serviceName=self.machine.shop.service)["taskArns"]
        ecs.stop_task(**place, task=tasks[0])
        self.aws.advance(MINUTE)
        self.assert_succeeded(self.release())
        self.assertGreaterEqual(len(self.ended), 3)

    def assert_succeeded(self, release: Release) -> None:
        self.assertEqual(release.outcomes(), {"web": "succeeded"}, release.causes())
        self.assertTrue(self.engine.is_next(self.engine.serving(), self.before, self.number))


class Sluice(_Crashes, unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.engine = engines.sluice(BUILD)

    def configure(self) -> None:
        self.machine.configure(STEPS, engines.HEALTH)


class CodeDeploy(_Crashes, unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.engine = engines.codedeploy(BUILD)

    def configure(self) -> None:
        self.machine.engine(STEPS, LONG, service=engines.HEALTH)


class EcsNative(_Crashes, unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.engine = engines.ecs_native(BUILD)

    def configure(self) -> None:
        self.machine.engine(STEPS, **engines.HEALTH)


if __name__ == "__main__":
    unittest.main()
