"""The comparison of both colours by CloudWatch's minutes: the real program and the simulated AWS, in real time.

Takes about 12 minutes, for CloudWatch's minutes are real ones here; so it is run by hand, and not by ctest:

    CI=true /usr/bin/python3 tests/integration/aws/by_the_minute_test.py build/dev
"""

import sys
import time
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from sluice_in_aws import SluiceInAws  # noqa: E402

SUCCEEDED, ROLLED_BACK = 0, 1
STEPS = [{"weight": "10%", "bake": "3m"}, {"weight": "100%", "bake": "1m"}]
# The delays of a task set are not what is looked at.
QUICK = {"task_provisioning": 1, "task_pending": 1, "target_initial": 1, "task_stopping": 1, "service_backoff": 1}


class ByTheMinute(unittest.TestCase):
    def test_takes_a_worse_green_back_and_leaves_an_equal_one_alone(self) -> None:
        aws = self.enterContext(Simulator(scale=1))
        shop = make_shop(aws)
        machine = self.enterContext(SluiceInAws(BUILD, aws, shop))
        aws.set_delays(**QUICK)
        bad, good = f"sha256:{1:064d}", f"sha256:{2:064d}"
        aws.set_behaviours({"image": bad, "error_rate": 0.2}, {"error_rate": 0.001})
        for rule in shop.rules:
            aws.set_traffic(rule, 50)
        machine.configure(STEPS, environment={"analysis": {"enough": {"requests": 50}}})
        began = time.monotonic()
        result = machine.deploy(bad, check=False, seconds=1500)
        print(f"worse: {time.monotonic() - began:.0f} s\n{result.stdout}{result.stderr}", flush=True)
        self.assertEqual(result.returncode, ROLLED_BACK)
        self.assertIn("GREEN answers 5xx to", result.stdout + result.stderr)
        began = time.monotonic()
        result = machine.deploy(good, check=False, seconds=1500)
        print(f"equal: {time.monotonic() - began:.0f} s\n{result.stdout}{result.stderr}", flush=True)
        self.assertEqual(result.returncode, SUCCEEDED)
        self.assertEqual(aws.problems(), [])


if __name__ == "__main__":
    unittest.main()
