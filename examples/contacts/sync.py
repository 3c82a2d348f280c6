"""Send contacts to the address book, several at a time."""

import base64
import json
import logging
import threading
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode, urlsplit

from contacts.vcard import Contact

log = logging.getLogger(__name__)


class SyncError(Exception):
    """The server did not take a contact."""


class Server:
    """An address book behind HTTP."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self.base = f"{parts.scheme}://{parts.hostname}:{parts.port}"
        self.token = token
        self.credentials = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        log.info(f"using {url}")

    def put(self, contact: Contact) -> None:
        """Store one contact. Raises SyncError where the server refuses it."""
        query = urlencode({"email": contact.email, "phone": contact.phone})
        request = urllib.request.Request(  # noqa: S310  # the URL is the user's
            f"{self.base}/contacts/{quote(contact.name)}?{query}",
            data=json.dumps(vars(contact)).encode(),
            headers={"Authorization": f"Basic {self.credentials}", "X-Token": self.token},
            method="PUT",
        )
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                log.info("stored %s of %s", contact.name, contact.company)
        except urllib.error.HTTPError as error:
            with error:
                refusal = SyncError(f"status {error.code} for {contact.email}: {error.read().decode()}")
            refusal.add_note(f"living in {contact.street}, {contact.city}")
            raise refusal from error


def sync_all(contacts: list[Contact], server: Server) -> int:
    """Send all contacts, each on a thread of its own; give the number of those that were stored."""
    stored = []

    def sync(contact: Contact) -> None:
        try:
            server.put(contact)
            stored.append(contact)
        except SyncError:
            log.exception("contact not stored", extra={"customer": contact.customer, "note": contact.note})

    threads = [threading.Thread(target=sync, args=(c,), name=f"sync {c.company}") for c in contacts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(stored)
