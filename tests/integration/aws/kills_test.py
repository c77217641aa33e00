"""Each engine with its journal in its home, killed at every write, forward and on the way back; and `sluice adopt`. With a journal in
S3: hosted_kills_test.py.

All kills of an engine have one world: each begins with what the one before has left serving.
"""

import itertools
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

import engines  # noqa: E402
from adoption_in_aws import AdoptionInAws  # noqa: E402
from killing_case import KINDS, KillingCase  # noqa: E402
from simulated_release import MINUTE, run  # noqa: E402


class Kills(KillingCase):
    def test_sluice(self) -> None:
        self.kill_at_all(engines.sluice(BUILD))

    def test_codedeploy(self) -> None:
        self.kill_at_all(engines.codedeploy(BUILD))

    def test_ecs_native(self) -> None:
        self.kill_at_all(engines.ecs_native(BUILD))

    def test_lambda(self) -> None:
        self.kill_at_all(engines.function(BUILD))

    def test_rest_api(self) -> None:
        self.kill_at_all(engines.gateway(BUILD, "api"))

    def test_canary_of_a_rest_api(self) -> None:
        self.kill_at_all(engines.gateway_canary(BUILD))

    def test_websocket_api(self) -> None:
        self.kill_at_all(engines.gateway(BUILD, "socket"))

    def test_flags_of_appconfig(self) -> None:
        self.kill_at_all(engines.appconfig(BUILD))

    def test_adopt_and_its_way_back(self) -> None:
        """Said again, it goes on from wherever it was killed."""
        for kind, controller in zip(KINDS, ("ECS", "CODE_DEPLOY")):
            machine, killed = engines.adoption(BUILD, controller), ([], [])
            for place in itertools.count():
                operations = (None, None)
                with self.subTest(kind=kind, place=place, killed=[k[-1:] for k in killed]):
                    machine.begin_anew(place, **engines.HEALTH)
                    operations = (self.is_killed_and_said_again(machine, kind, place),
                                  self.is_killed_and_said_again(machine, kind, place, "--undo=web"))
                for known, operation in zip(killed, operations):
                    known.extend([operation] if operation else [])
                if not any(operations):  # neither way has more writes
                    break
            print(f"adopt from {controller}, {kind}: {' '.join(killed[0])}; back: {' '.join(killed[1])}", file=sys.stderr)

    def is_killed_and_said_again(self, machine: AdoptionInAws, kind: str, place: int, *options: str) -> str | None:
        machine.aws.set_faults({"kind": kind, "writes": True, "skip": place, "times": 1})
        arguments = machine.adopt_in_simulated_time(*options)
        operation, ended = self.killed(arguments, machine)
        ended = ended or run(machine, arguments)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        machine.aws.advance(10 * MINUTE)  # tasks end
        self.assertEqual(machine.what_serves(), machine.given_back() if options else machine.adopted())
        self.assertEqual(machine.aws.problems(), [])
        return operation


if __name__ == "__main__":
    unittest.main()
