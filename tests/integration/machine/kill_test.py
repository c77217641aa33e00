"""SIGKILL of the real controller, under load: after the n-th journal record and after the n-th effect before its result is
recorded, for every n of a short plan. Every deployment must end as if nothing had happened, with no request lost.

The build must have its fail points compiled in (SLUICE_FAIL_POINTS).
"""

import sys
import unittest
from pathlib import Path

from sluice_machine import SluiceMachine

BUILD = Path(sys.argv.pop(1))
MOST = 60  # far more than a short plan has


class KillTest(unittest.TestCase):
    def kill_at_every(self, point: str) -> None:
        with SluiceMachine(BUILD) as machine:
            machine.deploy("0")
            load = machine.start_load()
            killed = 0
            for n in range(1, MOST):
                once = machine.folder / f"killed-{n}"
                machine.end_controller()
                # The controller is started by this command, and with its environment.
                machine.sluice("status", SLUICE_FAIL_AT=f"{point}:{n}", SLUICE_FAIL_ONCE=str(once))
                with self.subTest(point=point, n=n):
                    result = machine.deploy(f"{point}-{n}")
                    self.assertIn("succeeded", result.stdout)
                    self.assertEqual(machine.newest()["outcome"], "succeeded")
                if not once.exists():
                    break
                killed += 1
            summary = machine.end_load(load)
            print(f"{point}: killed at each of {killed} points; {summary['served']} served, {summary['lost']} lost")
            self.assertGreater(killed, 8, "the plan has more records and effects than that")
            self.assertEqual(summary["lost"], 0, summary["lost_kinds"])
            self.assertEqual(summary["failed_by_application"], 0)

    def test_after_every_journal_record(self) -> None:
        self.kill_at_every("journal")

    def test_after_every_effect_before_its_result_is_recorded(self) -> None:
        self.kill_at_every("effect")


if __name__ == "__main__":
    unittest.main(verbosity=2)
