"""Personal data that nobody has: drawn at random on each run, from reserved ranges where there are any."""

import random
import string
from typing import NamedTuple

__all__ = ["Card", "Planted", "draw"]

_SYLLABLES = (
    "ba",
    "do",
    "fi",
    "ku",
    "la",
    "mo",
    "ne",
    "pi",
    "ru",
    "sa",
    "ti",
    "vo",
    "wa",
    "xe",
    "zu",
    "jo",
    "gy",
    "hä",
)

# What becomes of each card, and which of its fields are searched for: the others are touched no differently.
_WATCHED = {
    "stored": ("name", "email", "phone", "company", "birthday"),
    "refused": ("name", "email", "phone", "street", "city", "room", "iban", "customer", "note"),
    "unreadable": ("name", "birthday"),
    "fatal": ("name", "email", "phone", "street", "city", "room", "birthday", "company", "iban", "customer", "note"),
}


class Card(NamedTuple):
    """One vCard of the file, property by property."""

    name: str
    email: str
    phone: str
    street: str
    city: str
    room: str
    birthday: str
    company: str
    iban: str
    customer: str
    note: str

    def vcard(self) -> str:
        """Write the card as RFC 6350 has it."""
        return "\n".join(
            (
                "BEGIN:VCARD",
                f"FN:{self.name}",
                f"EMAIL:{self.email}",
                f"TEL:{self.phone}",
                f"ADR:;;{self.street};{self.city};;;",
                f"X-ROOM:{self.room}",
                f"BDAY:{self.birthday}",
                f"ORG:{self.company}",
                f"X-IBAN:{self.iban}",
                f"X-CUSTOMER:{self.customer}",
                f"NOTE:{self.note}",
                "END:VCARD\n",
            )
        )


class Planted(NamedTuple):
    """What the application is given; `values` are all personal data in it, each with what it is."""

    account: str
    user: str
    password: str
    token: str
    address: str
    cards: tuple[Card, ...]

    @property
    def values(self) -> dict[str, str]:
        """Name each value; in brackets what becomes of the card that it stands on."""
        found = {
            "account name (home folder)": self.account,
            "e-mail of the user": self.user,
            "password in a URL": self.password,
            "API token in argv": self.token,
            "IP address in an answer": self.address,
        }
        for (what, fields), card in zip(_WATCHED.items(), self.cards, strict=True):
            found |= {f"{field} ({what})": value for field, value in card._asdict().items() if field in fields}
        return found


def draw(seed: int | None = None) -> Planted:
    """Draw new values; the same ones for the same seed."""
    rng = random.Random(seed)  # noqa: S311  # no secret: test data
    cards = [_card(rng) for _ in range(4)]
    stored, refused, unreadable, fatal = cards
    return Planted(
        account=_word(rng).lower(),
        user=f"{_word(rng).lower()}@example.com",
        password="".join(rng.choices(string.ascii_letters + string.digits, k=14)),
        token="".join(rng.choices("0123456789abcdef", k=32)),
        address=f"192.0.2.{rng.randrange(100, 255)}",
        cards=(
            # Born in a month that the program knows, both: it is the last card that it must not get past.
            stored._replace(birthday=_early(rng)),
            # The address book refuses a phone number that does not end in 1.
            refused._replace(birthday=_early(rng), phone=f"+49 30 23125 {rng.randrange(100, 999)}0000"),
            unreadable._replace(birthday=f"{rng.randrange(10, 29)}. {rng.randrange(1, 9)}. 19{rng.randrange(40, 99)}"),
            fatal,
        ),
    )


def _card(rng: random.Random) -> Card:
    name = f"{_word(rng)} {_word(rng)}"
    return Card(
        name=name,
        email=f"{name.split()[0].lower()}.{_word(rng).lower()}@example.org",
        phone=f"+49 30 23125 {rng.randrange(100_000, 999_999)}1",
        street=f"{_word(rng)}straße {rng.randrange(10, 200)}",
        city=f"{rng.randrange(10_000, 99_999)} {_word(rng)}",
        room=f"{_word(rng)} {rng.randrange(100, 999)}",
        birthday=f"19{rng.randrange(40, 99)}-{rng.randrange(10, 13)}-{rng.randrange(10, 29)}",
        company=f"{_word(rng)} GmbH",
        iban=_iban(rng),
        customer=str(rng.randrange(10_000_000, 99_999_999)),
        note=f"calls on {_word(rng)} mornings",
    )


def _early(rng: random.Random) -> str:
    """Give a birthday from January to April."""
    return f"19{rng.randrange(40, 99)}-0{rng.randrange(1, 5)}-{rng.randrange(10, 29)}"


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=4)).capitalize()


def _iban(rng: random.Random) -> str:
    """Give a German IBAN with valid check digits (ISO 13616, mod 97), of a bank code that does not exist."""
    account = f"99999999{rng.randrange(10**9, 10**10)}"
    check = 98 - int(f"{account}131400") % 97  # D = 13, E = 14
    return f"DE{check:02d}{account}"
