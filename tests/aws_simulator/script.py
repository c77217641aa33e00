"""A long piece of work of the simulated AWS, written as one function that says where it waits."""
import concurrent.futures

from .problems import AwsError

POLL_SECONDS = 1  # how often, in simulated seconds, a condition is looked at

_workers = concurrent.futures.ThreadPoolExecutor(max_workers=8, thread_name_prefix="function")


class Script:
    """Carries out a generator on the timeline.

    What it yields is how many simulated seconds to wait, or a function to be asked again and again until it answers
    something true, which `yield` then returns. `interrupt` raises an exception in it where it waits, at once.
    """

    def __init__(self, place, generator):
        self._place, self._generator = place, generator
        self._turn = 0
        self.ended = False
        self._go(None)

    def interrupt(self, error: Exception) -> None:
        if not self.ended:
            self._turn += 1
            self._step(lambda: self._generator.throw(error))

    def _go(self, value) -> None:
        self._step(lambda: self._generator.send(value))

    def _step(self, function) -> None:
        try:
            wait = function()
        except StopIteration:
            self.ended = True
            return
        turn = self._turn
        if callable(wait):
            self._ask(wait, turn)
        else:
            self._place.after(wait, lambda: self._go(None) if turn == self._turn else None)

    def _ask(self, condition, turn: int) -> None:
        if turn != self._turn:
            return
        answer = condition()
        if answer:
            self._go(answer)
        else:
            self._place.after(POLL_SECONDS, lambda: self._ask(condition, turn))


def invocation(place, function: str, event: bytes):
    """Invokes a function beside the world's lock (it may call AWS itself); a condition for `yield`, which answers with
    Invoke's output, or with the error in `FunctionError` where the function cannot be invoked.
    """
    functions = place.service("lambda")
    try:
        begun = functions.Invoke({"FunctionName": function, "Payload": event})
    except AwsError as why:
        begun = {"FunctionError": why.code, "Payload": why.message.encode()}
    if isinstance(begun, dict):
        return lambda: begun
    work, follow = begun
    future = _workers.submit(work)
    return lambda: follow(future.result()) if future.done() else None
