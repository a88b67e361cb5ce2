"""Which languages the offline detector judges: English, and texts too short to tell.

How many messages of the corpus pass, ``tests/docs/test_language_figures.py`` measures.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.core.model import Reason, Verdict
from bot.detect import language, offline
from bot.detect.language import english_probability, is_english
from bot.detect.offline import OfflineDetector
from bot.detect.preprocess import clean_text
from tests.bench.language import LANGUAGES
from tests.harness import ENTITLEMENT, ORDINARY
from tests.shipped import shipped_playbook

GERMAN = "Nach all der Arbeit schulden die uns wenigstens einen Rückruf."


def test_without_room_for_a_file_the_tables_stay_in_memory(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A file system that takes no temporary file stops no message."""

    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(language, "with_tables_on_disk", full)
    identifier = language._load_identifier.__wrapped__()

    assert dict(identifier.rank(GERMAN))["de"] > 0.9
    assert "no room for a temporary file" in caplog.text


@pytest.fixture(scope="module")
def detector() -> OfflineDetector:
    return OfflineDetector.shipped(shipped_playbook().cues)


def passes(text: str) -> bool:
    """Return whether a message counts as English."""
    clean = clean_text(text)
    return is_english(clean.author_text, clean.tokens)


@pytest.mark.parametrize("text", [ENTITLEMENT, ORDINARY, ENTITLEMENT.upper(), "they r jst lazzy"])
def test_english_passes(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        "Après tout ce travail, ils nous doivent au moins une réponse.",
        "Po całej tej pracy są nam winni przynajmniej telefon.",
        "После всей этой работы они должны нам хотя бы ответить.",
        "客户就是不讲道理，他们欠我们一个答复。",
        "顧客は私たちに返事をする義務がある",
        "हमने इतना काम किया, उन्हें हमें जवाब देना चाहिए",
    ],
)
def test_other_languages_do_not_pass(text: str) -> None:
    assert not passes(text)


@pytest.mark.parametrize("text", ["", "merci beaucoup", "ok danke!", ":+1:", "42"])
def test_too_few_latin_words_pass(text: str) -> None:
    """Two words are too little to identify a language; other rules keep the bot quiet there."""
    assert passes(text)


def test_the_bot_speaks_to_almost_no_foreign_message(detector: OfflineDetector) -> None:
    """200 messages in six languages, half of them complaints: at most 2 % get a reply."""
    rows = [json.loads(line) for line in LANGUAGES.read_text(encoding="utf-8").splitlines()]
    spoken_to = [r["text"] for r in rows if detector.quick_verdict(r["text"]).sure]

    assert len(rows) == 200
    assert len({r["language"] for r in rows}) == 6
    assert len(spoken_to) <= 4, spoken_to


async def test_the_reason_is_the_language(detector: OfflineDetector) -> None:
    assert detector.quick_verdict(GERMAN) == Verdict(
        None, 0.0, suspicious=False, sure=False, detector=detector.name, why=Reason.OTHER_LANGUAGE
    )
    assert not detector.is_candidate(GERMAN)


async def test_messages_that_fail_the_prefilter_are_not_checked(
    detector: OfflineDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prefilter is the hot path: most messages never reach the language model."""
    checked: list[str] = []

    def record(text: str, tokens: tuple[str, ...]) -> bool:
        checked.append(text)
        return True

    monkeypatch.setattr(offline, "is_english", record)
    fresh = OfflineDetector.shipped(shipped_playbook().cues)
    assert not fresh.quick_verdict(ORDINARY).suspicious
    assert not fresh.is_candidate(ORDINARY)
    assert checked == []
    assert fresh.quick_verdict(ENTITLEMENT).suspicious
    assert checked == [clean_text(ENTITLEMENT).author_text]


def test_the_model_is_loaded_once_on_first_use() -> None:
    """Importing or building a detector loads nothing; several threads load it once."""
    script = """
from concurrent.futures import ThreadPoolExecutor
from py3langid.langid import LanguageIdentifier
from bot.playbook import load_playbook
from bot.detect.language import english_probability
from bot.detect.offline import OfflineDetector

load = LanguageIdentifier.from_model_file
loads = []
def counted(*arguments, **options):
    loads.append(arguments)
    return load(*arguments, **options)
LanguageIdentifier.from_model_file = counted

OfflineDetector.shipped(load_playbook().cues)
assert not loads
with ThreadPoolExecutor(4) as pool:
    found = set(pool.map(english_probability, ["they owe us a call back"] * 8))
assert len(found) == 1, found
print(len(loads))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout.strip() == "1", done.stderr


def test_threads_get_the_same_probabilities() -> None:
    texts = [ENTITLEMENT, ORDINARY, GERMAN, "", "ok"] * 20
    expected = [english_probability(text) for text in texts]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(english_probability, texts)) == expected


def test_tables_on_disk_give_the_same_results() -> None:
    """To the bit, for English and foreign texts, from several threads."""
    rows = [json.loads(line)["text"] for line in LANGUAGES.read_text("utf-8").splitlines()]
    texts = [*rows, ENTITLEMENT, ORDINARY, GERMAN, "", "ok", "\u00e9" * 500]
    in_memory = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    expected = [dict(in_memory.rank(text))["en"] for text in texts]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(english_probability, texts)) == expected


def test_the_model_takes_little_memory() -> None:
    """Its tables have 67 MB; what lies on disk is not held in memory as well."""
    script = """
import json
from pathlib import Path
from bot.detect.language import english_probability, load_language_model

def resident_mb():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024

before = resident_mb()
load_language_model()
for line in Path("tests/corpus/languages/six.jsonl").read_text("utf-8").splitlines():
    english_probability(json.loads(line)["text"])
print(resident_mb() - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert float(done.stdout) < 35, done.stderr
