"""Errors that AWS answers, and problems that a good test never has."""
import dataclasses


class AwsError(Exception):
    """An answer that is an error of AWS: its code as the service names it, its message and its HTTP status.

    `status` None means: what the service's model says of that error, and 400 where the model does not name it.
    `members` are further members of a modelled error.
    """

    def __init__(self, code: str, message: str, status: int | None = None, **members):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


@dataclasses.dataclass
class Problem:
    """Something that AWS would never have understood, or that the simulator cannot do: a test that has one has failed.

    `kind` is one of: operation (no such operation), shape (not as botocore's model says), signature (wrong or absent),
    unsupported (neither the simulator nor moto does it), simulator (a defect in here).
    """
    kind: str
    service: str
    operation: str
    message: str
    number: int = 0
