"""A machine with its journal in S3 killed at every write, also of the journal itself, forward and on the way back. Another machine, with
a home of its own, takes over what the journal has, as `sluice recover --take-over` does: with the real command at a few of the
writes in hosted_test.py.
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
from killing_case import KillingCase  # noqa: E402


class Kills(KillingCase):
    def test_another_machine_finishes_it_or_takes_it_back(self) -> None:
        engine = engines.hosted(BUILD)
        self.kill_at_all(engine, self.enterContext(engine.another_machine()))


if __name__ == "__main__":
    unittest.main()
