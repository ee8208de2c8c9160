"""A feed in the vault: its hashed stage, hubs, links, satellites and events, each with its .yml, from a few answers."""

from dataclasses import replace
from pathlib import Path

import yaml

from lakevault.develop.vault_feed import CONCEPT, Answers, FeedInVault
from lakevault.develop.vault_texts import VaultTexts
from lakevault.errors import LakevaultError
from lakevault.files import write

# The answers in the order in which they are asked for, each after those that it follows from.
QUESTIONS = {
    "event": "Is a row an event, which never changes? (yes or no)",
    "at": "Which column is the time of the event?",
    "hubs": "Which columns are business keys of which hubs? (hub=column, separated by commas)",
    "links": "Which hubs does a row connect? (hub+hub, separated by commas; none)",
    "describes": "What do the other columns describe? (a hub, or a link as hub+hub; none)",
    "personal": "Which columns hold personal data? (separated by commas; none)",
    "name": "What are the satellites or the event called after?",
}
ONLY_EVENTS, NO_EVENTS = {"at"}, {"links", "describes"}


def as_text(answers: Answers) -> dict[str, str]:
    """The answers as people write them."""
    texts = {
        "event": "yes" if answers.is_event else "no",
        "at": answers.happened_at,
        "hubs": ",".join(f"{concept}={column}" for concept, column in answers.hubs.items()),
        "links": ",".join("+".join(connected) for connected in answers.links),
        "describes": "+".join(answers.describes),
        "personal": ",".join(answers.personal),
        "name": answers.name,
    }
    return {word: text or "none" for word, text in texts.items() if word not in _other_kind(answers)}


def answered(place: FeedInVault, answers: Answers, word: str, text: str) -> Answers:
    """The answers after one more; what follows from it is proposed anew. Raises LakevaultError when it does not hold."""
    if word in _other_kind(answers):
        what = (
            "an event has no" if answers.is_event else "only an event has a time; this feed is said to have no events:"
        )
        raise LakevaultError(f"--{word} {text}: {what} {word}.")
    texts = [] if text.strip() == "none" else [part.strip() for part in text.split(",") if part.strip()]
    match word:
        case "event":
            if text not in {"yes", "no"}:
                raise LakevaultError(f"--event {text}: it is yes or no.")
            if answers.is_event != (text == "yes"):
                known = {c: column for c, column in answers.hubs.items() if c in place.existing_hubs}
                answers = place.complete(text == "yes", place.own_hubs(text == "yes") | known)
        case "hubs":
            if wrong := [part for part in texts if part.count("=") != 1]:
                raise LakevaultError(f"--hubs {', '.join(wrong)}: write hub=column, for example customer=customer_bk.")
            hubs_said = dict(part.split("=") for part in texts)
            if hubs_said != answers.hubs:
                answers = place.complete(answers.is_event, hubs_said)
        case "links":
            answers = replace(answers, links=tuple(place.in_order(tuple(part.split("+"))) for part in texts))
        case "describes":
            answers = replace(answers, describes=place.in_order(tuple("+".join(texts).split("+"))) if texts else ())
            place.check_parent(answers)
        case "personal":
            answers = replace(answers, personal=tuple(texts))
        case "at":
            answers = replace(answers, happened_at=text)
        case _:
            if not CONCEPT.fullmatch(text):
                raise LakevaultError(f"--name {text}: lower-case letters, digits and _.")
            answers = replace(answers, name=text)
    place.check(answers)
    return answers


def _other_kind(answers: Answers) -> set[str]:
    """Questions that do not arise."""
    return NO_EVENTS if answers.is_event else ONLY_EVENTS


def write_models(place: FeedInVault, answers: Answers) -> tuple[list[Path], list[Path]]:
    """Write the models; gives the new files, and those that were changed.

    Raises LakevaultError, and writes nothing, when an answer does not hold or a file exists already.
    """
    place.check(answers)
    place.check_parent(answers)
    texts = VaultTexts(place, answers).texts
    for path, text in texts.items():
        if path.suffix == ".yml":
            yaml.safe_load(text)
    new = [path for path in texts if not path.exists()]
    for path in new:
        path.parent.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        write(path, text)
    return new, [path for path in texts if path not in new]
