# ruff: noqa: RUF001 - words of six languages, and letters that look like others
"""The words that :mod:`bot.domain.guard` goes by, in English, French, German, Spanish, Russian and Arabic.

Texts and tables are folded alike before they are compared: compatibility forms, accents, direction marks and
zero-width characters are gone, decimal digits are ASCII. What is folded once is the same when folded again.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

from bot.domain.typed import FOREIGN, decimal

OPAQUE: Final = "\ue000"
"""Stands for what is hidden already: a private character that joins and triggers nothing."""

_SAME: Final = {
    **dict.fromkeys("‘’ʼ`´", "'"),
    **dict.fromkeys("“”„«»‹›", '"'),
    "ـ": "",
    "\n": "\n",
    "−": "-",
    "№": "#",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ة": "ه",
    OPAQUE: " ",
}


@lru_cache(maxsize=4_096)
def plain(char: str) -> str:
    """What one character counts as, in its own case: "" for marks, an ASCII digit for a digit of any script."""
    if char in _SAME:
        return _SAME[char]
    if (digit := decimal(char)) is not None:
        return digit
    category = unicodedata.category(char)
    if char.isspace() or category == "Pd":
        return " " if char.isspace() else "-"
    if category in {"No", "Nl"}:
        return FOREIGN
    apart = unicodedata.normalize("NFKD", char)
    if apart == char:
        return "" if category in {"Cf", "Cc", "Cs", "Me", "Mn"} else char
    return "".join(map(plain, apart))


def lower(text: str) -> str:
    """The text in small letters, character by character, so that places stay the same."""
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)


def fold(text: str) -> str:
    """Text as the tables are compared with it."""
    return lower("".join(map(plain, text)))


def one_of(words: str) -> str:
    """A pattern for any of the words: patterns themselves, divided by "|" or line ends, folded."""
    return "|".join(fold(line.strip()) for line in words.splitlines() if line.strip())


BIP39: Final = frozenset((Path(__file__).parent / "bip39_english.txt").read_text(encoding="ascii").split())
"""The 2048 English words of BIP-39, of which seed phrases consist."""

SEED: Final = re.compile(
    r"(?<!\w)(?:(?:seed|recovery|backup|secret|mnemonic|wallet)[ -](?:phrase|words?)|seed|mnemonic\w?|сид\w{0,3}|"
    + one_of(
        r"""phrase (?:de recuperation|secrete|mnemonique)|wiederherstellungs\w{0,10}|frase (?:semilla|de recuperacion)
        мнемо\w{0,10}|секретн\w{0,3} фраз\w{0,2}|фраз\w{0,2} восстановления"""
    )
    + r")(?!\w)|"
    + one_of("عبارة الاسترداد|عبارة الاستعادة|العبارة السرية|عبارة البذرة|الكلمات السرية")
)
"""Near these eleven words of the list are enough."""
LABELS: Final = frozenset({"seed", "phrase", "word", "secret", "wallet", "this"})
"""Words of the list with which people announce the phrase."""

PRIVATE_KEY: Final = re.compile(
    one_of(
        r"""private? ?keys?|priv(?:ate)?[ _-]?key|secret[ _-]?key|api[ _-]?(?:key|secret)|cles? (?:privees?|secretes?)
        (?:privat|geheim)\w{0,3} ?schlussel\w{0,2}|clave (?:privada|secreta)|llave privada
        (?:приватн|закрыт|секретн)\w{0,3} ключ\w{0,2}|المفتاح (?:الخاص|السري)|مفتاح(?:ي)? (?:خاص|الخاص)"""
    )
)
"""Near these a long key is private."""
TRANSACTION: Final = re.compile(
    r"(?<!\w)(?:"
    + one_of(
        r"""tx|txn|tx[ _-]?id|txhash|hash\w{0,3}|transactions?|transaktion\w{0,6}|transfer\w{0,3}|transaccion\w{0,2}
        block|address|adresse|direccion|deposit|withdrawal|транзакци\w{0,3}|хеш\w{0,2}|хэш\w{0,2}|адрес\w{0,2}
        перевод\w{0,2}"""
    )
    + r")(?!\w)|"
    + one_of("معاملة|المعاملة|تحويل|التحويل|هاش|عنوان")
)
"""Near these it is a transaction's or an address, which everybody may see."""
AUTHENTICATOR: Final = re.compile(
    r"(?<!\w)(?:"
    + one_of(
        r"""2fa|2фа|totp|otp|secret\w{0,2}|keys?|authenticator|authentificateur|authentifikator|autenticador|cles?
        schlussel|clave|geheim\w{0,5}|ключ\w{0,2}|секрет\w{0,4}|аутентификатор\w{0,2}"""
    )
    + r")(?!\w)|"
    + one_of("مفتاح|المصادقة|السري")
)
"""Near these base32 is an authenticator's secret."""

PASSWORD: Final = re.compile(
    r"(?<!\w)(?:"
    + one_of(
        r"""pass[ -]?words?|passwd|passcode|passphrase|pass|pwd|pswd|psw|pw|mots? de passe|mdp|\w{0,20}passworte?s?
        \w{0,20}kennwort|contrasenas?|clave(?: de acceso)?|парол(?:ь|я|ю|ем|и|е)|пасс?ворд|parol"""
    )
    + r")(?!\w)|"
    + one_of(r"كلمة (?:ال)?(?:مرور|سر)(?:ي)?(?!\w)|كلمه سري|رمز المرور|باسو?ورد")
)
"""What a password is called."""
LINK: Final = one_of(
    """for|of|to|on|from|in|at|pour|du|de|des|sur|fur|von|zu|zum|beim|para|del|от|для|к|на|у
    الخاصة|الخاص|ل|لحساب|حسابي"""
)
"""What may lead from "password" to "is": "password for my account is"."""
IS: Final = one_of("is|was|ist|war|lautet|est|etait|es|era|это|был|هي|هو|كانت|كان")
"""Is."""
NO_PASSWORDS: Final = frozenset(
    fold(
        """not no wrong right incorrect correct invalid valid too very so still the a an my your his her their this that
        these same being expired lost forgotten stolen hacked known unknown weak strong safe secure ok okay fine good
        bad old new required needed necessary missing blocked locked set reset rejected always only also
        already never now
        what how why when where who which whether if in at on from for to of and or but with without it i we you he she
        they can could do does did is was has have should will would please help just really different broken long short
        empty gone there here ready case because blank unsafe compromised mandatory somewhere something nothing unclear
        faux incorrecte incorrect errone oublie perdu pas le la les un une mon ma trop tres toujours refuse invalide bon
        bonne mauvais nouveau comment pourquoi quoi quel que qui je il elle on vous dans pour avec sans ete
        falsch richtig nicht kein mein meine das der die den ein eine zu sehr immer noch schon weg vergessen verloren
        ungultig abgelaufen gesperrt bekannt unbekannt sicher unsicher gestohlen wie was warum ich er sie es wir in von
        mir ihnen bitte korrekt leider neu alt
        incorrecta incorrecto equivocada equivocado erronea correcta correcto valida invalida mala muy no el la los las
        un una mi su demasiado como porque por que cuando donde yo nueva vieja olvidada perdida debil segura siempre ya
        не неверный неправильный верный правильный мой моя это то как что почему где когда я он она мы вы забыт утерян
        слишком очень тот такой старый новый уже просто был нужен подходит устарел
        خطأ خاطئة غير صحيحة صحيح صحيحة ليست ليس لا لم كيف ما ماذا لماذا متى أين أنا هي هو قديمة جديدة ضعيفة منسية في من
        على إلى هذا هذه"""
    ).split()
)
"""What follows "my password is" when no password does."""

REFERENCE: Final = (
    r"(?<!\w)(?:"
    + one_of(
        r"""(?:error|zip|postal|post|promo|referral|invite|country|area|swift|qr|source|status)[ -]?codes?|fehlercode
        codes? (?:d'erreur|postal|pays|promo)|postleitzahl|codigo (?:de error|postal|promocional|de pais)
        код\w{0,3} (?:ошибки|страны|города)|промокод\w{0,2}
        tickets?|cases?|orders?|requests?|inquiry|ids?|uid|user(?:name)?|refs?|reference|accounts?|invoice|block|memo
        tag|tel|phones?|mobile|amount|balance|ending|last four|errors?|version|room|no\.|nr\.?|commande|dossier|compte
        numero de (?:commande|compte|dossier)|telephone|montant|solde|auftrag\w{0,9}|vorgang\w{0,9}
        bestell\w{0,9}|konto\w{0,9}|kunden\w{0,9}|handy\w{0,6}|telefon\w{0,6}|betrag|anfrage|pedido|caso|solicitud
        cuenta|usuario|movil|importe|monto|saldo|заявк\w{0,3}|заказ\w{0,2}|тикет\w{0,2}|обращени\w{0,2}
        запрос\w{0,2}|айди|сч[её]т\w{0,2}|аккаунт\w{0,2}|телефон\w{0,2}|сумм\w{0,2}|баланс\w{0,2}|последние"""
    )
    + r")(?!\w)|n°|"
    + one_of(
        """رمز الخطأ|رمز الدولة|الرمز البريدي|التذكرة|تذكرة|الطلب|طلب|الحساب|حساب|الهاتف|هاتف
        المبلغ|مبلغ|الرصيد|معرف"""
    )
)
"""Numbers named by these are no one-time codes."""
CODE: Final = (
    r"(?<!\w)(?:"
    + one_of(
        r"""\w{0,20}codes?|otps?|pins?|pin-?codes?|tan|tans|kod|verification|einmal\w{0,12}|\w{0,20}kode|prufziffer
        codigos?|код(?:а|у|ом|е|ы|ов|ами|ам|ах)?|пин(?:а|у|ом|-?код\w{0,2})?|отп|одноразов\w{0,3}"""
    )
    + r")(?![^\W\d_])|"
    + one_of(r"رمز|كود|رموز|أكواد|التحقق|الرقم السري|بين كود")
)
"""What a one-time code is called."""
CVV: Final = r"(?<!\w)(?:cvv2?|cvc2?|cid|цвв)(?![^\W\d_])"
"""What the three or four digits on a card are called."""
APP: Final = (
    r"(?<!\w)(?:"
    + one_of(
        r"""sms|смс\w{0,3}|2fa|2фа|mfa|totp|authenticator|authentificateur|authentifikator|autenticador|texto
        text message|аутентификатор\w{0,2}|двухфакторн\w{0,4}|one[ -]time"""
    )
    + r")(?![^\W\d_])|"
    + one_of("رسالة نصية|الرسالة|المصادقة")
)
"""What brings or makes one; a telephone number may stand beside these."""
FILLER: Final = one_of(
    r"""is|was|are|the|my|your|a|this|that|it|its|number|num|no|i|got|received|from|here|now|says|said|for|est|le|la|mon
    ma|votre|recu|numero|de|du|c'est|voici|ist|lautet|der|die|das|mein|meine|nummer|aus|von|kam|es|el|mi|su|son|recibi
    это|мой|моя|номер|вот|пришел|из|هو|هي|رقم|الخاص|بي|من|التالي"""
)
"""What may stand between such a word and its number."""
CURRENCY: Final = (
    r"(?:[$€£¥₽₴₺₹₿₸₩﷼%]|(?<![^\W\d_])(?:"
    + one_of(
        r"""usd[tcp]?|us|eur|gbp|chf|jpy|cny|rub|uah|kzt|try|aed|sar|egp|irr|inr|brl|mxn|ars|btc|eth|bnb|sol|xrp|trx|ton
        doge|ltc|ada|dot|dai|xlm|xmr|bch|avax|matic|pol|shib|pepe|link|uni|atom|near|apt|arb|sui|busd|tusd|fdusd|sats?
        satoshis?|g?wei|dollars?|dolares|euros?|bucks|rubles?|pesos?|лир\w?|руб\w{0,4}|р|доллар\w{0,3}|евро|гривен
        тенге|юсдт|биткоин\w{0,3}|тыс\w{0,3}|دولار|يورو|ريال|درهم|جنيه|ليرة|تومان|تيثر|بيتكوين"""
    )
    + r")(?![^\W_]))"
)
"""Amounts are no codes."""
