"""Read contacts from a vCard file (the few properties of RFC 6350 that this client uses)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)


class CardError(ValueError):
    """A card that cannot be read."""


@dataclass
class Contact:
    """One person."""

    name: str
    email: str = ""
    phone: str = ""
    street: str = ""
    city: str = ""
    room: str = ""
    birthday: str = ""
    company: str = ""
    iban: str = ""
    customer: str = ""
    note: str = ""


_PROPERTIES = {
    "EMAIL": "email",
    "TEL": "phone",
    "BDAY": "birthday",
    "ORG": "company",
    "NOTE": "note",
    "X-ROOM": "room",
    "X-IBAN": "iban",
    "X-CUSTOMER": "customer",
}


def read_cards(path: Path) -> list[Contact]:
    """Read all cards of a file; one that cannot be read is logged and left out."""
    log.info("reading %s", path)
    contacts = []
    for number, lines in enumerate(_cards(path), start=1):
        try:
            contacts.append(_parse(lines))
        except CardError as error:
            log.warning("card %d left out: %s", number, error)
    log.info("read %d contacts", len(contacts))
    return contacts


def _cards(path: Path) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line == "BEGIN:VCARD":
            lines = []
        elif line == "END:VCARD":
            yield lines
        else:
            lines.append(line)


def _parse(lines: list[str]) -> Contact:
    contact = Contact(name="")
    for line in lines:
        key, _, value = line.partition(":")
        if key == "FN":
            contact.name = value
        elif key == "ADR":
            contact.street, contact.city = value.split(";")[2:4]
        elif key in _PROPERTIES:
            setattr(contact, _PROPERTIES[key], value)
    if contact.birthday and contact.birthday.count("-") != 2:
        raise CardError(f"{contact.name} has no such birthday: {contact.birthday}")
    return contact
