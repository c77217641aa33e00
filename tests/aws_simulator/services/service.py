"""What every simulated service has."""
from ..problems import AwsError


class Service:
    """A service in one place."""

    def __init__(self, place):
        self.place = place
        self.world = place.world

    def store(self, operation: str, **arguments) -> dict:
        """Asks moto for an operation of the service of the present call."""
        return self.place.store(self.NAME, operation, **arguments)

    NAME = ""


def page(items: list, token: str | None, size: int | None, most: int) -> tuple[list, str | None]:
    """One page of `items` and the token of the next one, None at the end. Raises AwsError for a token of nowhere."""
    size = min(size or most, most)
    try:
        start = int(token) if token else 0
    except ValueError:
        raise AwsError("InvalidParameterException", "Invalid token", 400) from None
    return items[start:start + size], str(start + size) if start + size < len(items) else None
