"""A release in simulated time killed at every write that it sends, before it arrives and after its effect, forward and on the way
back: what goes on afterwards ends the same, with nothing made twice, although AWS does not tell at first of what was just made. The controller and the adapters are the production ones
(in_simulated_time.cc).
"""

import itertools
import subprocess
import sys
import unittest
from datetime import datetime

from aws_simulator.faults import is_read
from engines import Engine, Hosted
from simulated_release import MINUTE, Release, command, release_of, run
from sluice_in_aws import SluiceInAws, wait_until

KINDS = ("pause_before", "pause_after")
# Of what is made without a token; AWS need not tell of it yet when the next controller asks.
READ_FIRST = ("ListTaskDefinitions", "GetDeployments")
NEVER = 1_000_000  # as many writes no release sends


class KillingCase(unittest.TestCase):
    def kill_at_all(self, engine: Engine, other: SluiceInAws | None = None, stride: int = 1) -> None:
        """`other`: on which the next controller runs, where it is not the same machine. `stride`: at every so-manieth write."""
        numbers = itertools.count(1)
        for outcome in ("succeeded", "rolled_back"):
            # What comes before a person's word is as on the way forward.
            first = self.writes_before_the_word(engine, next(numbers)) if outcome == "rolled_back" else 0
            for kind in KINDS:
                self.kill_at_all_from(first, outcome, kind, engine, other or engine.machine, numbers, stride)

    def kill_at_all_from(self, first: int, outcome: str, kind: str, engine: Engine, other: SluiceInAws, numbers, stride: int) -> None:
        killed: list[str] = []
        for place in itertools.count(first, stride):
            operation = None
            with self.subTest(engine=engine.name, outcome=outcome, kind=kind, place=place, killed=killed[-1:]):
                operation = self.is_right_killed_at(place, kind, outcome, engine, other, next(numbers))
            if operation is None:  # there are no more writes, or it was not right
                break
            killed.append(operation)
        print(f"{engine.name}, {outcome}, {kind}: {len(killed)} of {' '.join(killed)}", file=sys.stderr)
        self.assertTrue(killed)

    def writes_before_the_word(self, engine: Engine, number: int) -> int:
        """Of a release that is taken back by it."""
        revisions, since, began = engine.next(number), engine.aws.newest_request(), engine.aws.now()
        release = release_of(run(engine.machine, command(
            engine.machine, engine.environment, revisions, "--journal", f"--roll-back-at={engine.back_at}")))
        engine.aws.advance(10 * MINUTE)  # tasks end
        said = began + release.first(lambda e: e["type"] == "rollback_requested") - 0.002  # less than any request takes
        return len([r for r in engine.aws.requests(since=since, who="sluice")
                    if not is_read(r["operation"]) and datetime.fromisoformat(r["time"]).timestamp() < said])

    def is_right_killed_at(self, place: int, kind: str, outcome: str, engine: Engine, other: SluiceInAws,
                           number: int) -> str | None:
        """The operation in whose `place`th write it was killed; None where it came to its end before."""
        before, made = engine.serving(), engine.made()
        revisions = engine.next(number)
        word = [f"--roll-back-at={engine.back_at}"] if outcome == "rolled_back" else []
        engine.aws.set_faults({"kind": kind, "writes": True, "skip": place, "times": 1})
        arguments = command(engine.machine, engine.environment, revisions, "--journal", *word)
        operation, ended = self.killed(arguments, engine.machine)
        engine.aws.set_faults(*({"kind": "stale", "operation": read, "times": 2} for read in READ_FIRST))
        ended = ended or run(other, command(other, engine.environment, {}, "--journal", "--recover", *word))
        engine.aws.set_faults()
        engine.aws.advance(10 * MINUTE)  # tasks end
        self.assert_ended(outcome, release_of(ended), engine, (before, made), number)
        return operation

    def killed(self, arguments: list[str], machine: SluiceInAws) -> tuple[str | None, subprocess.CompletedProcess[str] | None]:
        """What it was about to write, or has just written; or what became of it where it has ended."""
        program = subprocess.Popen(arguments, env=machine.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_until("a write, or the end", lambda: machine.aws.paused() or program.poll() is not None, 120)
            if paused := machine.aws.paused():
                return paused[0]["operation"], None
            return None, subprocess.CompletedProcess(arguments, program.returncode, *program.communicate())
        finally:
            program.kill()
            program.communicate()
            machine.aws.release(drop=True)
            machine.aws.set_faults()

    def assert_ended(self, outcome: str, release: Release, engine: Engine, was: tuple, number: int) -> None:
        before, made = was
        now, new = engine.serving(), {what: count - made[what] for what, count in engine.made().items()}
        told, kept = {release.outcome()} if release.last else set(), engine.journal_says(number)
        self.assertLessEqual(told | kept, {outcome}, release.causes())
        if not told | kept:  # it died before the journal had it
            self.assertIsInstance(engine, Hosted)
            self.assertEqual((now, new), (before, dict.fromkeys(made, 0)))
        elif outcome == "succeeded":
            self.assertTrue(engine.is_next(now, before, number), now)
            self.assertEqual(new, dict.fromkeys(made, 1))
        else:
            self.assertEqual(now, before)
            self.assertLessEqual(max(new.values()), 1)  # what one before had left may have been swept
        self.assertEqual(engine.leftovers(), [])
        self.assertEqual(engine.aws.problems(), [])
