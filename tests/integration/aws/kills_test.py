"""The controller killed at every write of a rollout in ECS, before it arrives and after its effect, with its journal on this
machine: the next one goes on, and the end is the same with nothing made twice.

All tests have one world: each begins with what the one before has left serving.
"""

import os
import signal
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from sluice_in_aws import LONG_STEPS, SHORT_STEPS, SluiceInAws, digest, wait_until  # noqa: E402

# Of a rollout in three steps, by two rules.
WRITES = ["RegisterTaskDefinition", "CreateTaskSet", *["ModifyRule"] * 6, "UpdateServicePrimaryTaskSet", "DeleteTaskSet"]
WORLD: SluiceInAws


def setUpModule() -> None:
    global WORLD
    aws = unittest.enterModuleContext(Simulator(scale=60))
    WORLD = unittest.enterModuleContext(SluiceInAws(BUILD, aws, make_shop(aws)))


class Kills(unittest.TestCase):
    number = 0

    def setUp(self) -> None:
        self.aws, self.shop, self.machine = WORLD.aws, WORLD.shop, WORLD

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])

    def test_ends_the_same_killed_before_any_write(self) -> None:
        self.kill_at_all("pause_before")

    def test_ends_the_same_killed_after_any_write(self) -> None:
        self.kill_at_all("pause_after")

    def kill_at_all(self, kind: str) -> None:
        self.machine.configure(SHORT_STEPS)
        for place, operation in enumerate(WRITES):
            with self.subTest(kind=kind, place=place, operation=operation):
                Kills.number += 1
                definitions = self.machine.revisions_of_definition()
                self.aws.set_faults({"kind": kind, "writes": True, "skip": place, "times": 1})
                self.machine.deploy(digest(self.number), "--detach")
                (paused,) = wait_until(operation, self.aws.paused)
                self.assertEqual(paused["operation"], operation)
                self.kill()
                wait_until("the end", lambda: not self.machine.deployments(), 120)
                self.assert_ended("succeeded", f"shop/web@{digest(self.number)}")
                self.assertEqual(self.machine.revisions_of_definition(), definitions + 1)

    def kill(self) -> None:
        os.kill(self.machine.controller_pid(), signal.SIGKILL)
        self.aws.release(drop=True)
        self.aws.set_faults()

    def assert_ended(self, outcome: str, image: str) -> None:
        self.assertEqual(self.machine.objects("history", "--most", "1")[0]["outcome"], outcome)
        self.assertEqual([(s["status"], self.machine.image_of(s)) for s in self.machine.task_sets()], [("PRIMARY", image)])
        first, second = self.shop.weights(self.aws)
        self.assertEqual((first, sorted(first)), (second, [0, 100]))

    def test_goes_back_though_it_was_killed_on_the_way(self) -> None:
        (blue,) = self.machine.task_sets()
        serves = self.machine.image_of(blue)
        for kind in ("pause_before", "pause_after"):
            for place, operation in enumerate(("ModifyRule", "ModifyRule", "DeleteTaskSet")):
                with self.subTest(kind=kind, place=place, operation=operation):
                    Kills.number += 1
                    self.machine.configure(LONG_STEPS)
                    self.machine.deploy(digest(self.number), "--detach")
                    wait_until("10% on GREEN", lambda: [sorted(w) for w in self.shop.weights(self.aws)] == [[10, 90]] * 2)
                    self.aws.set_faults({"kind": kind, "writes": True, "skip": place, "times": 1})
                    self.machine.sluice("rollback", "web", "--environment", "staging", check=False)
                    (paused,) = wait_until(operation, self.aws.paused)
                    self.assertEqual(paused["operation"], operation)
                    self.kill()
                    wait_until("the end", lambda: not self.machine.deployments(), 120)
                    self.assert_ended("rolled_back", serves)


if __name__ == "__main__":
    unittest.main()
