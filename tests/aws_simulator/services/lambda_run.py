"""Runs the code of a function: a Python handler from a zip, in a process of its own, as Lambda's runtime would.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html. Other runtimes are not simulated: a behaviour with a
`payload` answers for them.
"""
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from ..store import UnsupportedByStore

# Loads module.function, calls it, and writes the answer as the last line.
RUNTIME = """
import importlib, json, os, sys, traceback
sys.path.insert(0, os.getcwd())
class Context:
    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    memory_limit_in_mb = int(sys.argv[2])
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    invoked_function_arn = function_name
    def get_remaining_time_in_millis(self):
        return int(float(sys.argv[3]) * 1000)
event = json.loads(sys.stdin.read() or "{}")
try:
    module, _, name = sys.argv[1].rpartition(".")
    answer = {"payload": getattr(importlib.import_module(module.replace("/", ".")), name)(event, Context())}
    json.dumps(answer)
except BaseException as why:
    answer = {"payload": {"errorMessage": str(why), "errorType": type(why).__name__,
                          "stackTrace": traceback.format_exc().splitlines()}, "error": "Unhandled"}
sys.stdout.flush()
print("\\n\\x00" + json.dumps(answer))
"""


def run_handler(code: bytes, configuration: dict, environment: dict, event: bytes) -> tuple[object, str | None, list[str]]:
    """The payload, the FunctionError (None of a success) and the log lines."""
    if not configuration["Runtime"].startswith("python"):
        raise UnsupportedByStore(f"lambda.Invoke of {configuration['Runtime']}: give the function a behaviour with a payload")
    with tempfile.TemporaryDirectory(prefix="aws_simulator_function_") as folder:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            archive.extractall(folder)
        command = [sys.executable, "-B", "-c", RUNTIME, configuration["Handler"], str(configuration["MemorySize"]),
                   str(configuration["Timeout"])]
        try:
            done = subprocess.run(command, cwd=pathlib.Path(folder), env={"PATH": "/usr/bin:/bin", **environment},
                                  input=event.decode(), capture_output=True, text=True, timeout=configuration["Timeout"])
        except subprocess.TimeoutExpired:
            return {"errorMessage": f"Task timed out after {configuration['Timeout']}.00 seconds"}, "Unhandled", []
    printed, found, answer = done.stdout.rpartition("\n\x00")
    log = (printed + done.stderr).splitlines()
    if not found:
        return {"errorMessage": "Runtime exited", "errorType": "Runtime.ExitError"}, "Unhandled", log
    result = json.loads(answer)
    return result["payload"], result.get("error"), log
