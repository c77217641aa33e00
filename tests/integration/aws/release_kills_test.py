"""The example's release, killed as one engine alone is in kills_test.py: at some of its writes, since it has about fifty."""

import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

import engines  # noqa: E402
from killing_case import KillingCase  # noqa: E402


class Kills(KillingCase):
    def test_the_example(self) -> None:
        self.kill_at_all(engines.example(BUILD), stride=7)


if __name__ == "__main__":
    unittest.main()
