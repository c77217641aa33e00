"""The engines of ECS in a bad world, forward and back (seeds_case.py); the engine `sluice` here with its journal in S3."""

import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

import engines  # noqa: E402
from native_in_aws import LINEAR  # noqa: E402
from seeds_case import SeedsCase  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE  # noqa: E402


class Seeds(SeedsCase):
    def test_codedeploy(self) -> None:
        self.go_through(engines.codedeploy(BUILD))

    def test_ecs_native_by_a_canary(self) -> None:
        self.go_through(engines.ecs_native(BUILD, "CANARY"))

    def test_ecs_native_by_equal_steps(self) -> None:
        self.go_through(engines.ecs_native(BUILD, "LINEAR", steps=LINEAR))

    def test_ecs_native_all_at_once(self) -> None:
        self.go_through(engines.ecs_native(BUILD, "BLUE_GREEN", steps=FULL_AT_ONCE))

    def test_with_the_journal_in_s3(self) -> None:
        self.go_through(engines.hosted(BUILD))


if __name__ == "__main__":
    unittest.main()
