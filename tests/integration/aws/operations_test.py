"""Every operation that sluice's adapters can send was sent in one of the other tests of AWS: each of them leaves behind what the
simulator was asked with the keys of `sluice`.

    operations_test.py BUILD TEST…     the names of the other tests
"""

import re
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
TESTS = sys.argv[2:]
del sys.argv[1:]
import botocore.session  # noqa: E402

SOURCES = Path(__file__).resolve().parents[3] / "src/adapters/aws"
FOLDER = BUILD / "aws_operations"
SERVICES = ("apigateway", "apigatewayv2", "appconfig", "application-autoscaling", "cloudwatch", "codedeploy", "ecr", "ecs", "elbv2",
            "events", "iam", "lambda", "logs", "s3", "secretsmanager", "sns", "ssm", "sso", "sso-oidc", "sts")
# Of Prometheus' own API, which is in no model.
BESIDES = {"QueryMetrics"}


def operations_of_aws() -> set[str]:
    session = botocore.session.Session()
    return {name for service in SERVICES for name in session.get_service_model(service).operation_names} | BESIDES


def operations_of_sluice() -> dict[str, str]:
    """Where each is named."""
    known = operations_of_aws()
    found = {}
    for path in sorted(SOURCES.rglob("*.cc")):
        if path.stem.endswith("_test"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for word in re.findall(r'"([A-Z][A-Za-z0-9]+)"', line):
                if word in known:
                    found.setdefault(word, f"{path.relative_to(SOURCES)}:{number}")
    return found


class Operations(unittest.TestCase):
    def test_each_is_sent(self) -> None:
        sent = {line.split()[1] for test in TESTS for line in (FOLDER / f"{test}_test.txt").read_text().splitlines()}
        of_sluice = operations_of_sluice()
        self.assertGreater(len(of_sluice), 60)
        self.assertEqual({name: place for name, place in of_sluice.items() if name not in sent}, {})


if __name__ == "__main__":
    if missing := [test for test in TESTS if not (FOLDER / f"{test}_test.txt").exists()]:
        print(f"SKIPPED: run together with {', '.join(missing)}")
        sys.exit(0)
    unittest.main()
