"""Finds passwords, tokens and keys in a normalized text: by their form, or by the word before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.detect.secret_words import CODE, NO_PASSWORD_ABROAD, PASSWORD
from bot.detect.spans import Span
from bot.detect.word_pattern import any_of, words

_KEY = "[key]"

_PREFIXES = (
    r"xox[a-z](?:\.xox[a-z])?-|xapp-|xwfp-"  # Slack
    r"|gh[a-z]_|github_pat_|gl[a-z]{2,4}-|bbdc-|ATATT|ATBB|ATCTT"  # code hosts, Atlassian
    r"|(?:sk|pk|rk|whsec|secret|tok|sess)[-_](?=[\w-]{0,60}[0-9A-Z]|[a-z]{12})"
    r"|AIza|ya29\.|GOCSPX-|SG\.|npm_|pypi-|dop_v1_|doo_v1_|hf_|shp[a-z]{2}_|sq0[a-z]{3}-|xkeysib-"
    r"|lin_api_|dapi(?=[0-9a-f])|figd_|nfp_|NRAK-|PMAK-|r8_|gsk_|xai-|pplx-|tskey-|hvs\."
    r"|pat-[a-z]{2}\d-|pat[A-Za-z0-9]{14}\.|EAA[A-Z][A-Za-z0-9]{3}|sntry[su]_"
    r"|dp\.(?:pt|st|ct)\.|ops_eyJ|glc_|glft-|glptt-|glsoat-|nvapi-|CFPAT-|HRKU-|pscale_"
    r"|sl\.[Bu]\.|IGQV|SWMTKN-|SWMKEY-|re_(?=\w*\d)|fo1_|fm[12]_|FlyV1 |apify_api_|tvly-|csk-"
    r"|pul-|sgp_|hvb\.|bkua_|CCIPAT_|CIPAT_|lsv2_|lin_oauth_|FLWSECK|EZ[AT]K(?=\w{20})"
    r"|LTAI(?=\w{12})|AKID(?=\w{13})|nrii-|NRII-|NRAL-|NRRA-|ATTA(?=[0-9a-f]{20})|shippo_|rzp_"
    r"|squ_|sqp_|sqa_|tk-us-|edgtr_|pnu_|pat_|oy2(?=\w{20})|1//0|v[1-4]\.(?:local|public)\."
    r"|key-(?=[0-9a-f]{20})|jina_|mcp_|dsk_|sm_|atlasv1\.|wk_|cal_(?:live|test)_"
    r"|fc-(?=[0-9a-f]{16})|fw_|aio_|ntn-|phs_|xoxe\.|ops_|rnd_|up_(?=\w*\d)|glrt-|AccountKey="
    r"|SharedAccessSignature "
    r"|[a-z]{2,12}[-_](?:live|test|prod|sandbox|api|pat|key|secret|sk|pk|token)[-_](?=[\w-]{0,60}\d)"
    r"|AGE-SECRET-KEY-|ntn_|rubygems_|dckr_pat_|sbp_|vercel_|glsa_|phc_|phx_"
)
_RULES: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL
    ),
    re.compile(rf"(?<![A-Za-z0-9])(?:{_PREFIXES})[\w.~+/=-]{{6,}}"),
    re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{12,}"),
    re.compile(r"(?<![A-Za-z0-9])eyJ[\w-]{8,}(?:\.[\w-]*+)*"),
    re.compile(r"(?<!\w)\d{6,12}:[\w-]{30,}"),  # Telegram
    re.compile(r"(?<![A-Za-z0-9])00D\w{9,15}![\w.]{10,}"),  # Salesforce
    re.compile(r"(?<=[ ]-p)(?=[^\s-]*[^a-z\s])[^\s]{5,60}"),  # mysql -pSECRET
    re.compile(r"(?<=[ ]-u )[\w.@-]{1,60}:\S{3,100}"),  # curl -u name:SECRET
    re.compile(r"(?<![a-z])ssh-(?:rsa|ed25519|dss) \S+", re.I),
)
_AUTHORIZATION = re.compile(
    r"(?<![a-z])(?:bearer|basic|authorization)(?![a-z])[ :=]{1,4}"
    r"(?:(?:bearer|basic|token|apikey) )?(?P<value>[\w.~+/=-]{6,})",
    re.I,
)

# Words of which the next word is the secret, whatever it looks like
_STRONG = rf"{PASSWORD}|passcodes?|pass(?= {{0,2}}[:=])"
# Words after which only what looks like a secret is one: "the key is trust" stays
_WEAK_WORDS = [
    *words(
        "secret secrets token tokens key keys pin otp mfa 2fa totp cvv cvv2 cvc cvc2 csc cred "
        "creds credential credentials login logon user username combination combo sas "
    ),
    *(
        f"{purpose}{gap}{kind}{end}"
        for purpose in words(
        "api access secret private client account signing encryption license licence activation "
        "product master recovery shared service ssh auth "
    )
        for gap in (" ", "_", "-")
        for kind in ("key", "secret", "token")
        for end in ("", "s")
    ),
    "pin code", "connection string", "invite code", "invite codes",
]  # fmt: skip
_WEAK = rf"{CODE}|{any_of(_WEAK_WORDS)}"
_FOR = (
    r"(?:[ ]{1,3}(?:for|to|of|on|at|in|del?|du|des|da|do|dos|della?|vd|van|voor|von|vom|fur|zum|zur"
    r"|pour|para|per|di|dla|we use|i use|nova|nueva|nuova|neue?s?)(?:[ ][\w'./@-]{1,40}+){0,5}?)?"
)
_LINK_WORD = (
    r"(?:[ ]{1,3}(?:is now|is still|was|is|are|to be|will be|ist|lautet|es|e|est|jest"
    r"|bleibt|becomes|stays)(?!\w)|'s(?!\w)"
    r"|[ ]{0,3}(?:->|=>|=|:|-|\u2192|\u21d2|\u279c))"
    r"(?:[ ]{0,3}[:=])?[ ]{0,3}"
)
_ASSIGNS = frozenset({"=", ":", "->", "=>", "\u2192", "\u21d2", "\u279c"})
_VALUE = r"[\"'`(\[{<]{0,2}(?P<value>[^\s\"'`<>]{1,200})"
_LABELED = re.compile(
    rf"(?<![A-Za-z])(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))(?![A-Za-z])"
    rf"(?:{_FOR}(?P<link>{_LINK_WORD})|[ ]?[(\[\"'`]|[ ]{{1,3}}){_VALUE}",
    re.I,
)
_ASSIGNED = re.compile(
    r"(?<!\w)\w{0,30}?(?:password|passwd|pwd|secret|token|api_?key|access_?key|account_?key"
    r"|private_?key|signature|sig)\w{0,10}(?:[ ]{0,2}=|[\"'][ ]{0,2}:)[ ]{0,2}[\"']?"
    r"(?P<value>[^\s;,\"'&<>]{3,200})",
    re.I,
)
_ASSIGNMENT = re.compile(r"=|[\"'][ ]{0,2}:")
_PAIR = re.compile(
    r"(?<![A-Za-z])(?:creds?|credentials?|log ?in|login|user(?:name)?)(?![A-Za-z])"
    r"(?:[ ](?:details|info|data|with|as|for(?:[ ]\w{1,30}){1,3}))?"
    r"[ ]{0,2}(?:is|are|:|=|-)?[ ]{0,2}(?P<user>[\w.@+-]{2,60})"
    r"(?:[ ]{0,2}[/|:;,][ ]{0,2}|[ ](?:and|with|pw|pass)[ ])(?P<value>[^\s,;]{4,80})",
    re.I,
)
_NO_PASSWORD = frozenset(
    {
        "a", "an", "the", "not", "no", "now", "too", "so", "very", "also", "still", "being", "been",
        "already", "only", "just", "our", "your", "their", "his", "her", "its", "my", "this",
        "that", "these", "those", "it", "they", "we", "you", "he", "she", "i", "in", "on", "at",
        "to", "of", "for", "from", "by", "with", "without", "and", "or", "but", "if", "when", "as",
        "than", "because", "strict", "weak", "strong", "wrong", "right", "correct", "incorrect",
        "required", "needed", "necessary", "optional", "reset", "changed", "expired", "expiring",
        "missing", "gone", "lost", "forgotten", "broken", "blocked", "locked", "protected",
        "encrypted", "shared", "saved", "stored", "set", "sent", "known", "unknown", "secure",
        "insecure", "safe", "unsafe", "policy", "policies", "manager", "managers", "managed",
        "rules", "rule", "rotation", "resets", "page", "field", "prompt", "protection",
        "management", "reuse", "hygiene", "vault", "less", "change", "changes", "requirement",
        "requirements", "security", "problem", "issue", "issues", "question", "link", "links",
        "email", "fine", "ok", "okay", "good", "bad", "easy", "hard", "long", "short", "up", "out",
        "off", "again", "there", "here", "something", "nothing", "everything", "anything", "always",
        "never", "going", "getting", "working", "under", "over", "more", "about", "please", "is",
        "are", "was", "were", "be", "has", "have", "had", "will", "would", "can", "could", "should",
        "must", "may", "might", "do", "does", "did", "how", "why", "what", "who", "where", "which",
    }
)  # fmt: skip
_RUN = re.compile(r"(?<![\w+/=-])[\w+/=~.-]{14,}")
_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_LICENSE = re.compile(r"(?<![\w-])[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){2,9}(?![\w-])", re.I)
_UUID = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])", re.I)
_PRODUCT = re.compile(r"[A-Z][a-z]+\d{1,3}")  # Office365
_MIN_CODE = 6  # digits, without "is" or a colon before them: "OTP 123456"
_TRAILING = ".,;:!?)]}>\"'"


def find_credentials(text: str) -> Iterator[Span]:
    """Find tokens, keys, passwords and private key blocks.

    Args:
        text: from ``bot.core.normal_form``.
    """
    for pattern in (*_RULES, _UUID):
        for match in pattern.finditer(text):
            yield Span(*match.span(), _KEY)
    yield from _labeled(text)
    for match in _LICENSE.finditer(text):
        if sum(_is_mixed(group) for group in match.group().split("-")) >= 2:
            yield Span(*match.span(), _KEY)
    for match in _RUN.finditer(text):
        if _looks_random(match.group()):
            yield Span(match.start(), match.start() + len(match.group().rstrip(".")), _KEY)


def _labeled(text: str) -> Iterator[Span]:
    """Find what a word such as "password" announces."""
    for match in _LABELED.finditer(text):
        value = match["value"].rstrip(_TRAILING) or match["value"]
        link = (match["link"] or "").strip()
        if match["strong"]:
            is_secret = link in _ASSIGNS or _looks_chosen(value)
            is_secret |= bool(link) and value.lower() not in _NO_PASSWORD | NO_PASSWORD_ABROAD
        else:
            is_secret = (
                _looks_chosen(value)
                and not _PRODUCT.fullmatch(value)
                and (bool(link) or not value.isdigit() or len(value) >= _MIN_CODE)
            )
        if is_secret:
            start = match.start("value")
            yield Span(start, start + len(value), _KEY)
    for match in _AUTHORIZATION.finditer(text):
        value = match["value"]
        if any(c.isdigit() for c in value) or _case_changes(value) >= 3 or "=" in value:
            yield Span(*match.span("value"), _KEY)
    for match in _ASSIGNED.finditer(text) if _ASSIGNMENT.search(text) else ():
        yield Span(*match.span("value"), _KEY)
    for match in _PAIR.finditer(text):
        value, start = match["value"].rstrip(_TRAILING), match.start("value")
        if _looks_chosen(value):
            yield Span(start, start + len(value), _KEY)


def _looks_chosen(value: str) -> bool:
    """Return whether a word looks like a password or a code, not like a word or an amount."""
    if re.fullmatch(
        r"[$\u20ac\u00a3]?\d{1,3}(?:[.,]\d{1,3})*(?:k|m|bn|%|x|st|nd|rd|th)?", value, re.I
    ):
        return False
    if re.fullmatch(r"(?:q|h|fy|cy)\d{1,4}", value, re.I):
        return False
    has_digit = any(c.isdigit() for c in value)
    has_letter = any(c.isalpha() for c in value)
    if has_digit:
        return has_letter or len(value) >= 4 or not value.isalnum()
    inner = value.strip("-_.,/'")
    odd = any(c in "!@#$%^&*+=_~|\\" for c in inner)
    return odd or (len(inner) > 8 and _case_changes(inner) * 3 >= len(inner))


def _looks_random(run: str) -> bool:
    """Return whether a long run of characters is a key rather than words joined by hyphens."""
    segments = _SEGMENT.findall(run)
    longest = max(segments, key=len, default="")
    if len(longest) >= 16 and (_is_mixed(longest) or _is_hex(longest)):
        return True
    if len(longest) >= 16 and _case_changes(longest) * 3 >= len(longest):
        return True
    mixed = sum(len(s) for s in segments if _is_mixed(s) and len(s) >= 6)
    return len(run) >= 20 and mixed >= 12


def _is_mixed(text: str) -> bool:
    """Return whether letters and digits are mixed more than in ``25mg`` or ``Q3``."""
    kinds = [c.isdigit() for c in text]
    changes = sum(a != b for a, b in pairwise(kinds))
    return changes >= 2


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in text) and not text.isdigit()


def _case_changes(text: str) -> int:
    return sum(a.isupper() != b.isupper() for a, b in pairwise(text))
