from src.sessions import Session, Sessions


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_found_again_by_its_id() -> None:
    sessions = Sessions()
    first = sessions.open(None)
    assert first.id
    assert sessions.open(first.id) is first


def test_an_unknown_id_starts_a_session_of_that_id() -> None:
    assert Sessions().open("smoke-test").id == "smoke-test"


def test_an_idle_session_is_forgotten() -> None:
    clock = Clock()
    sessions = Sessions(idle_seconds=60, clock=clock)
    first = sessions.open("a")
    clock.now = 59
    assert sessions.open("a") is first
    clock.now = 120
    assert sessions.open("a") is not first


def test_the_session_that_was_silent_longest_makes_room() -> None:
    sessions = Sessions(most=2)
    first, second = sessions.open("a"), sessions.open("b")
    sessions.open("a")
    sessions.open("c")
    assert sessions.open("a") is first
    assert sessions.open("b") is not second
    assert len(sessions.sessions) <= 2


def test_every_choice_comes_once_before_any_comes_again() -> None:
    session = Session("reader")
    choices = [session.next_choice(5) for _ in range(10)]
    assert sorted(choices[:5]) == [0, 1, 2, 3, 4]
    assert choices[5:] == choices[:5]
