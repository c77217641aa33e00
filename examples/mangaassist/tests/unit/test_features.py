from src.answers import Answer
from src.assistant import Assistant
from src.features import with_features
from src.flags import DEFAULTS, Features
from src.intents import Intent
from src.rag.retrieval import find


def chat(message: str, features: Features) -> Answer:
    return Assistant(flags=lambda: features).chat(message, "reader").answer


def test_a_greeting_has_the_words_of_the_flag() -> None:
    assert chat("hello", Features(greeting="Welcome!")).reply == "Welcome!"
    assert chat("hello", DEFAULTS).reply.startswith("Hello!")
    assert chat("what is the delivery time?", Features(greeting="Welcome!")).intent == Intent.SHIPPING


def test_a_recommendation_names_as_many_more_titles_as_the_flag_says() -> None:
    usual = chat("What manga do you recommend?", DEFAULTS)
    more = chat("What manga do you recommend?", Features(also_like=2))
    assert more.titles[:1] == usual.titles
    assert len(set(more.titles)) == 3
    assert more.reply.startswith(f"{usual.reply} You may also like ")


def test_a_recommendation_without_others_is_as_usual() -> None:
    only = find("tennis", 1)
    usual = Answer(Intent.RECOMMENDATION, "Try it.", (only[0]["id"],))
    found = with_features(usual, "tennis", Features(also_like=2), lambda *_arguments, **_options: only)
    assert found == usual


def test_what_a_flag_says_passes_the_guardrails() -> None:
    reply = chat("hello", Features(greeting="Write to jo@example.com")).reply
    assert "jo@example.com" not in reply
