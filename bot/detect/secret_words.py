"""Words that announce a password, a code or a key, in the languages that sellers write.

All of them are written in the normal form of ``bot.core.normal_form``, since that is what the rules
read: without accents, and Cyrillic letters that look like Latin ones are Latin.
"""

from __future__ import annotations

from bot.core.normal_form import plain_form
from bot.detect.word_pattern import any_of, words

_PASSWORDS = words(
    "password passwords passwort passwoerter passwd passwrd pasword passphrase passphrases "
    "pwd pwds pswd psw pw pws pass_word kennwort losungswort contrasena contraseña clave "
    "senha senhas palavra-passe wachtwoord wachtwoorden wachtwoordje paswoord losenord "
    "lösenord adgangskode kodeord passord salasana haslo hasło hasla heslo lozinka geslo "
    "jelszo jelszó parola parole sifre şifre parool slaptazodis mdp kata-sandi sandi "
)
# Words of two parts, and those of scripts without blanks, escaped as their letters look alike
_PHRASES = (
    "mot de passe", "mots de passe", "mot de pass", "palavra passe", "palabra clave",
    "palabra de paso", "parola d'ordine", "parola chiave", "kata sandi", "mat khau", "secret word",
    "secret phrase", "magic word", "safe word", "code word", "codeword", "pass word", "pass phrase",
    "pass code",
    "\u043f\u0430\u0440\u043e\u043b\u044c", "\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2",
    "\u30d1\u30b9\u30ef\u30fc\u30c9", "\u6697\u8a3c\u756a\u53f7", "\u5bc6\u7801", "\u5bc6\u78bc",
    "\u53e3\u4ee4", "\ube44\ubc00\ubc88\ud638", "\u0643\u0644\u0645\u0629 \u0627\u0644\u0633\u0631",
    "\u0643\u0644\u0645\u0629 \u0627\u0644\u0645\u0631\u0648\u0631",
    "\u05e1\u05d9\u05e1\u05de\u05d4",
    "\u0e23\u0e2b\u0e31\u0e2a\u0e1c\u0e48\u0e32\u0e19",
    "\u092a\u093e\u0938\u0935\u0930\u094d\u0921",
)  # fmt: skip
# Codes of digits
_CODES = [
    *words(
        "pin pins otp otps totp mfa 2fa cvv cvv2 cvc cvc2 csc tan mtan nip passcode passcodes puk "
        "geheimzahl toegangscode zugangscode zugriffscode pincode codigo "
    ),
    "pin code", "pin-code", "pin number", "pin nummer", "pin nr", "pass code", "codigo de acceso",
    "codigo de verificacion", "codigo de verificacao", "codigo de seguridad", "code secret",
    "code d'acces", "code pin", "codice pin", "codice di accesso", "codice di sicurezza",
    "codice accesso", "kod dostepu", "kod pin",
    *(
        f"{purpose}{gap}{kind}{end}"
        for purpose in (
            "one time", "one-time", "verification", "security", "access", "auth", "authentication",
            "confirmation", "unlock", "door", "gate", "alarm", "entry", "backup", "login",
            "sms", "safe",
            "wifi", "wi-fi", "lockbox", "lock box", "meeting", "conference", "host",
        )
        for gap in (" ", "-")
        for kind in ("code", "pin", "passcode")
        for end in ("", "s")
    ),
]  # fmt: skip


PASSWORD = any_of([*_PASSWORDS, *_PHRASES])
CODE = any_of(_CODES)

# What follows a password's word in ordinary talk of other languages: "das Passwort ist falsch"
NO_PASSWORD_ABROAD = frozenset(
    plain_form(word)
    for word in words(
        "der die das den dem des ein eine einer mein meine dein unser unsere euer ihr ihre nicht "
        "kein keine nur auch noch schon jetzt wieder falsch richtig weg abgelaufen gesperrt "
        "geändert vergessen bekannt sicher unsicher zu von für und oder wenn wie was wo el la los "
        "las un una mi tu su no nueva nuevo ya muy incorrecta incorrecto caducada olvidada segura "
        "correcta para por con sin que como le les une mon ma ton ta son sa notre votre pas est "
        "et ou oublié perdu expiré incorrect correct bon mauvais sûr trop o os as um uma meu "
        "minha seu sua não nova novo expirou incorreta errada errado muito il lo gli uno mio mia "
        "tuo tua non nuova nuovo scaduta sbagliata sicura per di da de het een mijn je jouw ons "
        "onze niet geen nieuw nieuwe verlopen fout vergeten juist veilig voor van en of jest nie "
        "moje twoje nasze nowe wygasło złe dobre na do i lub det ikke inte fel "
    )
)  # fmt: skip
