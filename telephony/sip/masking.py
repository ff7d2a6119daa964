"""SIP messages fit to be shown: no secret that a reader could use is left in them.

Masked are what proves a password (digest responses, nonces, other schemes' whole credentials), passwords in URIs and
parameters, keys in session descriptions (RFC 4568, ICE), and digits pressed (INFO bodies), which may be a card number.
"""

from __future__ import annotations

import re

MASK = "***"
_CREDENTIALS = re.compile(
    r"^((?:proxy-)?authorization)([ \t]*:[ \t]*)([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.I | re.M
)
_DIGEST_SECRETS = re.compile(
    r'\b(response|cnonce|nonce|opaque)([ \t]*=[ \t]*)("(?:[^"\\]|\\.)*"|[^,\s]*)', re.I
)
_URI_PASSWORD = re.compile(r"(\bsips?:[^\s:@;<>\"]+):([^\s@<>\"]*)@", re.I)
_NAMED = re.compile(
    r"([;?&,\s](?:password|passwd|pwd|secret|token|access_token|api[-_]?key|pin)[ \t]*[=:][ \t]*)"
    r'("(?:[^"\\]|\\.)*"|[^\s;,&>"]+)',
    re.I,
)
_SDP_KEYS = re.compile(r"^(a=(?:crypto:\d+ \S+ inline:|ice-pwd:|key-mgmt:\S+ ))\S+", re.M)
_SDP_K = re.compile(r"^(k=[a-z]+:)\S+", re.M)
_DIGITS = re.compile(r"^(\s*Signal\s*=\s*)\S+", re.I | re.M)
_DTMF_TYPE = re.compile(r"^content-type[ \t]*:[ \t]*application/dtmf(-relay)?", re.I | re.M)


def mask(data: bytes) -> str:
    """A message as text with its secrets masked; bytes that are no text are written as escapes."""
    text = data.decode("utf-8", "backslashreplace")
    head, blank, body = text.partition("\r\n\r\n")
    head = _CREDENTIALS.sub(_mask_credentials, head)
    head = _NAMED.sub(rf"\1{MASK}", _URI_PASSWORD.sub(rf"\1:{MASK}@", head))
    relay = _DTMF_TYPE.search(head)
    if relay is not None:
        body = _DIGITS.sub(rf"\1{MASK}", body) if relay[1] else (MASK if body.strip() else body)
    body = _SDP_K.sub(rf"\1{MASK}", _SDP_KEYS.sub(rf"\1{MASK}", _NAMED.sub(rf"\1{MASK}", body)))
    return head + blank + body


def _mask_credentials(found: re.Match[str]) -> str:
    name, colon, value = found.groups()
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "digest":
        return f"{name}{colon}{scheme if rest else ''} {MASK}"
    masked = _DIGEST_SECRETS.sub(rf"\1\2{MASK}", rest)
    return f"{name}{colon}{scheme} {masked}"
