"""Tell raw snappy from anything else, without decoding it.

Format: a varint of the decoded length, then tags. The low two bits of a tag say literal (00) or copy (01, 10, 11).
"""

__all__ = ["is_raw_snappy"]

_COPY_BYTES = {1: 1, 2: 2, 3: 4}


def is_raw_snappy(body: bytes) -> bool:
    """Say whether the tags are well-formed and give as many bytes as the first number promises."""
    promised, at = _varint(body)
    if at == 0:
        return False
    made = 0
    while at < len(body):
        tag = body[at]
        at += 1
        if tag & 3 == 0:
            length, extra = tag >> 2, 0
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(body[at : at + extra], "little")
            made += length + 1
            at += extra + length + 1
        else:
            made += 4 + (tag >> 2 & 7) if tag & 3 == 1 else 1 + (tag >> 2)
            at += _COPY_BYTES[tag & 3]
    return at == len(body) and made == promised


def _varint(body: bytes) -> tuple[int, int]:
    """Give the number and where it ends; 0 as the end: there is none."""
    number = 0
    for index, byte in enumerate(body[:5]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return number, index + 1
    return 0, 0
