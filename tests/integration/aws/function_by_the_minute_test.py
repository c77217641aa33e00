"""A function's alarms and its comparison by CloudWatch's minutes: the real program and the simulated AWS, in real time.

Takes about 20 minutes, for CloudWatch's minutes are real ones here; so it is run by hand, and not by ctest:

    CI=true /usr/bin/python3 tests/integration/aws/function_by_the_minute_test.py build/dev
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
from aws_simulator import Simulator  # noqa: E402

from function_in_aws import ALIAS, FUNCTION, FUNCTION_ARN, FunctionInAws, packed  # noqa: E402

SUCCEEDED, ROLLED_BACK = 0, 1
STEPS = [{"weight": "20%", "bake": "3m"}, {"weight": "100%", "bake": "2m"}]
ALARMS = {"errors": {"metric": "error_rate", "above": "5%", "datapoints": "1 of 1", "every": "60s"}}
REQUESTS_A_SECOND = 20


class ByTheMinute(unittest.TestCase):
    def test_takes_a_worse_green_back_and_leaves_an_equal_one_alone(self) -> None:
        aws = self.enterContext(Simulator(scale=1))
        machine = self.enterContext(FunctionInAws(BUILD, aws))
        aws.set_delays(function_update=1, provisioning=1)
        machine.make_function(FUNCTION, ZipFile=packed("first"))
        machine.lam.publish_version(FunctionName=FUNCTION)
        machine.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")
        aws.set_behaviours({"function": FUNCTION, "version": "2", "error_rate": 0.3},
                           {"function": FUNCTION, "version": "3", "error_rate": 0.3},
                           {"function": FUNCTION, "error_rate": 0.002})
        aws.set_traffic(f"{FUNCTION_ARN}:{ALIAS}", REQUESTS_A_SECOND)
        for word, more, outcome, said in (
                ("by an alarm", {"alarms": ALARMS}, ROLLED_BACK, "errors"),
                ("by the comparison", {"analysis": {"enough": {"requests": 50}}}, ROLLED_BACK, "GREEN answers 5xx to"),
                ("an equal one", {"analysis": {"enough": {"requests": 50}}, "alarms": ALARMS}, SUCCEEDED, "")):
            machine.configure(STEPS, **({"analysis": "off"} | more))
            began = time.monotonic()
            result = machine.deploy(machine.package(word.replace(" ", "-")), check=False, seconds=1500)
            print(f"{word}: {time.monotonic() - began:.0f} s\n{result.stdout}{result.stderr}", flush=True)
            self.assertEqual(result.returncode, outcome)
            self.assertIn(said, result.stdout + result.stderr)
            self.assertEqual(machine.alias(), ("1" if outcome == ROLLED_BACK else "4", {}))
        self.assertEqual(aws.problems(), [])


if __name__ == "__main__":
    unittest.main()
