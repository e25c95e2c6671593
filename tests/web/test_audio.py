"""Sounds are served for ever by their hash, to anyone, and nothing else of the data folder is."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from channels.voice.speech import Speech
from consult.house import House
from consult.speech import sound
from consult.speech.shelf import Shelf
from consult.web import create_app
from tests.speech.sounds import tone
from tests.web.conftest import opened


@pytest.fixture
def kept(house: House) -> str:
    return Shelf(house.settings.data).keep(Speech("Hello", "en"), "en", tone(1.0)).name


@pytest.fixture
def client(house: House) -> FlaskClient:
    return create_app(house).test_client()


def test_a_carrier_fetches_a_sound_without_signing_in(client: FlaskClient, kept: str) -> None:
    answer = client.get(f"/audio/{kept}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", sound.wav(tone(1.0)))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers
    assert client.head(f"/audio/{kept}").status_code == 200


def test_a_player_may_ask_for_a_part_and_asks_again_for_nothing(client: FlaskClient, kept: str) -> None:
    part = client.get(f"/audio/{kept}", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    etag = client.get(f"/audio/{kept}").headers["ETag"]
    assert client.get(f"/audio/{kept}", headers={"If-None-Match": etag}).status_code == 304


def test_nothing_but_a_sound_is_reached(client: FlaskClient, kept: str, house: House) -> None:
    data = house.settings.data
    (Shelf(data).audio / "note.txt").write_text("not a sound")
    (Shelf(data).audio / f"{'0' * 32}.wav").symlink_to("nowhere")
    names = [
        "note.txt",
        "0" * 32 + ".wav",
        kept.upper(),
        kept[:-4],
        f"x{kept}",
        "..",
        "../../hub.key",
        "%2e%2e%2f%2e%2e%2fhub.key",
    ]
    names += [f"..%2faudio%2f{kept}", f"{kept}%00", f"{kept}%0a", "", "%5c..%5chub.key", f"/{kept}"]
    for name in names:
        assert client.get(f"/audio/{name}").status_code in (404, 308), name
    assert client.post(f"/audio/{kept}").status_code == 405


def test_a_relative_data_folder_serves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(Path("here"), works=False, examples=()) as house:
        kept = Shelf(house.settings.data).keep(Speech("Hello", "en"), "en", tone(0.2)).name
        assert create_app(house).test_client().get(f"/audio/{kept}").status_code == 200
