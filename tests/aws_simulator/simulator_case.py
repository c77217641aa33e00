"""What the simulator's own tests share: a running simulator, fresh for each test, without problems at its end.

A test is called with the folder of the virtual environment: python3 ecs_test.py build/dev [what unittest takes].
"""
import atexit
import http.client
import pathlib
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])

import botocore.auth  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.credentials  # noqa: E402
import botocore.exceptions  # noqa: E402

from aws_simulator import Simulator  # noqa: E402


_running: list[Simulator] = []  # one for all tests of this process: its start is what takes time


class SimulatorCase(unittest.TestCase):
    """Each test finds an empty AWS whose clock stands still until it says `advance`.

    `expected_problems` are the kinds that a test provokes; any other problem fails it.
    """
    aws: Simulator
    expected_problems: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls):
        if not _running:
            _running.append(Simulator(scale=0).__enter__())
            atexit.register(_running[0].__exit__)
        cls.aws = _running[0]

    def setUp(self):
        self.aws.control("reset")
        self.aws.set_scale(0)

    def tearDown(self):
        kinds = [f"{p['kind']}: {p['service']}.{p['operation']}: {p['message']}" for p in self.aws.problems()
                 if p["kind"] not in self.expected_problems]
        self.assertEqual(kinds, [])

    def refused(self, code: str, function, *positional, **arguments) -> botocore.exceptions.ClientError:
        """Calls `function`, which must be refused with that code."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            function(*positional, **arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception

    def advance_until(self, condition, step: float = 3, most: float = 3600):
        """Lets simulated time pass until `condition` answers something true, which is returned."""
        passed = 0.0
        while not (answer := condition()):
            self.assertLess(passed, most, f"after {most} simulated seconds still {answer!r}")
            self.aws.advance(step)
            passed += step
        return answer

    def send(self, service: str, method: str, path: str, headers: dict, body: bytes = b"", keys: dict | None = None,
             tamper=None, region: str = "eu-west-1") -> tuple[int, dict, bytes]:
        """A signed request that no client of botocore would make; `tamper` may change it after it was signed."""
        keys = keys or self.aws.admin
        request = botocore.awsrequest.AWSRequest(method, self.aws.url + path, headers=headers, data=body)
        credentials = botocore.credentials.Credentials(keys["access_key"], keys["secret_key"], keys.get("token"))
        signer = (botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth)
        signer(credentials, service, region).add_auth(request)
        sent = {**dict(request.headers.items())}
        if tamper:
            sent, body = tamper(sent, body)
        place = urllib.parse.urlsplit(self.aws.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            connection.close()


def main(module: str | None = "__main__") -> None:
    """Runs the tests of a file, or without `module` those of every file in this folder."""
    arguments = sys.argv[:1] + sys.argv[2:]
    if module is None and all(word.startswith("-") for word in arguments[1:]):
        arguments += sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*_test.py"))
    unittest.main(module, argv=arguments)
