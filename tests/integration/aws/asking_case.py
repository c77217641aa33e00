"""What sluice asked of the simulated AWS in a test, and whether the policy that it prints allows that."""

import json
import unittest

from aws_simulator import Simulator
from aws_cli import AwsCli
from iam_decision import Asked, asked_by, is_allowed
from sluice_in_aws import SluiceInAws


class AskingCase(unittest.TestCase):
    """`setUp` of a test's own sets `aws` and `machine`, and calls `mark` where what it asks about begins."""

    aws: Simulator
    machine: SluiceInAws
    since: int

    def mark(self) -> None:
        """What was asked so far does not count."""
        self.since = self.aws.newest_request()

    def calls(self, *operations: str) -> list[dict]:
        """Of these operations, as they were recorded."""
        return [r for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] in operations]

    def asked(self) -> list[Asked]:
        """What sluice's requests needed to be allowed."""
        return [a for r in self.aws.requests(since=self.since, who="sluice") for a in asked_by(r)]

    def policy(self) -> dict:
        """Of the configuration that there is now."""
        return json.loads(self.machine.sluice("iam-policy", "--environment", "staging").stdout)

    def denied(self, policy: dict) -> list[Asked]:
        return [asked for asked in self.asked() if not is_allowed(policy, asked)]

    def cli(self, *arguments: str) -> dict:
        """What `aws ARGUMENTS` prints."""
        return AwsCli(self.machine.build, self.aws)(*arguments)

    def last(self) -> dict:
        """The deployment that ended last."""
        return self.machine.objects("history", "--most", "1")[0]
