import httpx

from src.version import VERSION


def test_it_is_healthy_and_says_its_version(service: httpx.Client) -> None:
    response = service.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "version": VERSION, "titles": 40}
    assert response.headers["x-app"] == VERSION


def test_a_conversation_keeps_its_session(service: httpx.Client) -> None:
    first = service.post("/api/v1/chat", json={"message": "recommend something with tennis"}).json()
    assert first["intent"] == "recommendation"
    assert first["turn"] == 1
    second = service.post("/api/v1/chat", json={"message": "is it in stock?", "session_id": first["session_id"]}).json()
    assert second["turn"] == 2
    assert second["session_id"] == first["session_id"]
    assert second["reply"].startswith("First Serve is in stock")


def test_the_smoke_tests_questions(service: httpx.Client) -> None:
    chat = service.post("/api/v1/chat", json={"message": "What manga do you recommend?", "session_id": "smoke-test"})
    assert chat.status_code == 200
    assert chat.json()["titles"]
    intent = service.post("/api/v1/classify", json={"message": "I want to return my order"})
    assert intent.json()["intent"] == "order_return"


def test_input_that_is_not_valid_is_refused_with_its_place(service: httpx.Client) -> None:
    for body in ({}, {"message": ""}, {"message": "x" * 2001}, {"message": "hi", "session_id": ""}):
        response = service.post("/api/v1/chat", json=body)
        assert response.status_code == 422
        assert response.json()["detail"][0]["loc"][0] == "body"


def test_a_path_that_is_not_there(service: httpx.Client) -> None:
    response = service.get("/api/v1/nothing")
    assert response.status_code == 404
    assert response.headers["x-app"] == VERSION
