"""What Deepgram lists of its models: /v1/models."""
from typing import Any


def _heard(name: str, architecture: str, *, version: str = "2025-01-01.0", streams: bool = True) -> dict[str, Any]:
    return {"name": name, "canonical_name": f"{architecture}-{name}", "architecture": architecture, "languages": ["en", "en-US"],
            "version": version, "uuid": "2187e11a-3532-4498-b076-81fa530bdd49", "batch": True, "streaming": streams,
            "formatted_output": False}


def _spoken(name: str, language: str) -> dict[str, Any]:
    return {"name": name, "canonical_name": f"aura-2-{name}-{language}", "architecture": "aura-2", "languages": [language],
            "version": "2025-04-07.0", "uuid": "ecb76e9d-f2db-4127-8060-79b05590d22f",
            "metadata": {"accent": "American", "age": "Adult", "color": "#7800ED", "image": "https://static.deepgram.com/thalia.jpg",
                         "sample": "https://static.deepgram.com/thalia.wav", "tags": ["feminine"], "use_cases": ["Customer service"]}}


#: A model is listed once for each of its versions, and some take no stream.
LIST: dict[str, Any] = {
    "stt": [_heard("general", "nova-3"), _heard("general", "nova-3", version="2024-12-20.0"), _heard("general", "nova-2"),
            _heard("large", "whisper", streams=False)],
    "tts": [_spoken("thalia", "en"), _spoken("viktoria", "de")]}
