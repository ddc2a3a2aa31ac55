# ruff: noqa: RUF001 - characters that look like others are what is tested here
from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import guard

HEX = "4e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"
SEED = "abandon ability able about above absent absorb abstract absurd abuse access accident"
WIF = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("4111 1111 1111 1111", "[card ····1111]", "card"),
        ("my card 4111-1111-1111-1111 12/27", "my card [card ····1111] 12/27", "card"),
        ("5555.5555.5555.4444!", "[card ····4444]!", "card"),
        ("Karte 378282246310005", "Karte [card ····0005]", "card"),
        ("карта ٤١١١١١١١١١١١١١١١ 💳", "карта [card ····1111] 💳", "card"),
        ("４１１１ １１１１ １１１１ １１１１", "[card ····1111]", "card"),
        ("41\u200b11\u200e1111 1111\u20601111", "[card ····1111]", "card"),
        ("2200 0000 0000 0004", "[card ····0004]", "card"),
        ("9792 0000 0000 0003", "[card ····0003]", "card"),
        ("123456", "[code]", "code"),
        ("1234", "[code]", "code"),
        ("12345678\n", "[code]\n", "code"),
        ("it says 123 456 ok", "it says [code] ok", "code"),
        ("123-456 came\n🙂", "[code] came\n🙂", "code"),
        ("۱۲۳۴۵۶", "[code]", "code"),
        ("12\u200d34\u200f56", "[code]", "code"),
        ("G-204816 is what I got", "G-[code] is what I got", "code"),
        ("my PIN is 1987", "my PIN is [code]", "code"),
        ("the SMS says 55210", "the SMS says [code]", "code"),
        ("CVV 123", "CVV [code]", "code"),
        ("ticket 1042: my code 5521 fails", "ticket 1042: my code [code] fails", "code"),
        ("le code reçu est 4821", "le code reçu est [code]", "code"),
        ("Mein Bestätigungscode lautet 4821", "Mein Bestätigungscode lautet [code]", "code"),
        ("mi código es 48213", "mi código es [code]", "code"),
        ("мой код 4821", "мой код [code]", "code"),
        ("пришла смс 48 21", "пришла смс [code]", "code"),
        ("رمز التحقق ١٢٣٤", "رمز التحقق [code]", "code"),
        ("codes 123456 and 654321", "codes [code] and [code]", "code"),
        ("https://x.example/in?code=123456", "https://x.example/in?code=[code]", "code"),
        ("my password is hunter2!", "my password is [password]", "password"),
        ("password: Hunter2! ok?", "password: [password] ok?", "password"),
        ("password: pass-123", "password: [password]", "password"),
        ("pass=abc", "pass=[password]", "password"),
        ("pwd : sunshine, thanks", "pwd : [password], thanks", "password"),
        ('password is "two words" ok', 'password is "[password]" ok', "password"),
        ("password for my account is sunshine", "password for my account is [password]", "password"),
        ("password\nHunter2x", "password\n[password]", "password"),
        ("pass\u200bword: abc", "pass\u200bword: [password]", "password"),
        ("mot de passe : soleil", "mot de passe : [password]", "password"),
        ("mon mot de passe est soleil", "mon mot de passe est [password]", "password"),
        ("Mein Passwort lautet Geheim", "Mein Passwort lautet [password]", "password"),
        ("mi contraseña es luna123", "mi contraseña es [password]", "password"),
        ("пароль: солнце", "пароль: [password]", "password"),
        ("пароль от почты: Солнце1", "пароль от почты: [password]", "password"),
        ("كلمة المرور هي abc123", "كلمة المرور هي [password]", "password"),
        ("كلمة السر: قطة", "كلمة السر: [password]", "password"),
        (f"pls see {SEED}\nthanks", "pls see [seed phrase]\nthanks", "seed"),
        (SEED.replace(" ", ", "), "[seed phrase]", "seed"),
        (SEED.replace(" ", "\n").upper(), "[seed phrase]", "seed"),
        (" ".join(f"{n}. {w}" for n, w in enumerate(SEED.split(), 1)), "[seed phrase]", "seed"),
        (f"my seed phrase {SEED} ok", "my seed phrase [seed phrase] ok", "seed"),
        (f"сид-фраза: {SEED.removesuffix(' accident')}", "сид-фраза: [seed phrase]", "seed"),
        (SEED.replace("absent", "absnt"), "[seed phrase]", "seed"),
        (f"{SEED} {SEED}", "[seed phrase]", "seed"),
        ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "[key]", "key"),
        ("JBSWY3DPEHPK3PXP", "[key]", "key"),
        ("my 2fa secret jbsw y3dp ehpk 3pxp", "my 2fa secret [key]", "key"),
        ("authenticator key: jbswy3dpehpk3pxpabcd", "authenticator key: [key]", "key"),
        (f"my private key is {HEX}", "my private key is [key]", "key"),
        (f"приватный ключ 0x{HEX}", "приватный ключ [key]", "key"),
        (f"clé privée : {HEX}", "clé privée : [key]", "key"),
        (f"المفتاح الخاص {HEX}", "المفتاح الخاص [key]", "key"),
        (f"see {WIF}", "see [key]", "key"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nhi", "[key]\nhi", "key"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", "[key]", "key"),
        ("abcd-efgh-jkmn-pqrs-tuvw-xyz2", "[recovery code]", "recovery"),
        ("here: ABCD EFGH JKMN PQRS TUVW XYZ2 ok", "here: [recovery code] ok", "recovery"),
        ("abcdefghjkmnpqrstuvwxyz2", "[recovery code]", "recovery"),
    ],
)
def test_secret_is_masked_and_the_rest_kept(text, masked, kind):
    """A secret of each kind gives way to its mask, in six languages and any digits, and all else stays."""
    assert guard.Guarded(masked, (kind,)) == guard.incoming(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello 🙂\n\n  how are you?",
        "4111 1111 1111 1112",
        "+44 7400 123456",
        "The SMS to +447400123456 did not arrive",
        "no SMS on 07400 123456",
        "150000 USDT",
        "I sent 123456 usdt",
        "0.123456 BTC",
        "€ 123456",
        "$123456",
        "123,456.78",
        "ticket 1042",
        "my ticket number is 123456",
        "#123456",
        "№ 123456",
        "заявка 123456",
        "Auftrag 123456",
        "pedido 123456",
        "رقم الطلب 123456",
        "ORD-123456",
        "error code 4001",
        "2026-11-27",
        "27.11.2026",
        "14:30",
        "The code expired on 2026-11-27 at 14:30, in 2026",
        "since 2019",
        "bob123456@example.com",
        "https://x.example/orders/123456",
        f"tx {HEX}",
        f"transaction hash: 0x{HEX}",
        f"транзакция {HEX}",
        f"I have no private key, only the txid {HEX}",
        "my key? 0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq is my address",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "I forgot my password",
        "my password does not work",
        "the password is wrong",
        "My password is not accepted",
        "my password is being rejected",
        "j'ai oublié mon mot de passe",
        "mon mot de passe est incorrect",
        "Mein Passwort ist falsch",
        "mi contraseña es incorrecta",
        "мой пароль не работает",
        "كلمة المرور غير صحيحة",
        "I lost my seed phrase, what now?",
        "RESPONSIBILITIES",
        "they have been sent that year",
    ],
)
def test_what_is_no_secret_stays(text):
    """Amounts, dates, tickets, telephones, transactions and talk about passwords are left alone."""
    assert guard.Guarded(text) == guard.incoming(text)


def test_kinds_stand_in_order_of_appearance_and_once():
    """The kinds found are named in the order of the text, each once."""
    found = guard.incoming("code 123456, password: abc, card 4111111111111111, code 654321")
    assert ("code", "password", "card") == found.kinds
    assert "code [code], password: [password], card [card ····1111], code [code]" == found.text


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("send me the code", "code"),
        ("what is the code?", "code"),
        ("tell me the code", "code"),
        ("reply with the code", "code"),
        ("please write the SMS code here", "code"),
        ("Send me, please, the code", "code"),
        ("Code please", "code"),
        ("SMS code?", "code"),
        ("Please enter the code here", "code"),
        ("The code has arrived? Send it to me.", "code"),
        ("Don't worry, just send me the code", "code"),
        ("Don't forget to send me the code", "code"),
        ("Never mind, send me the code", "code"),
        ("Why don't you send me the code?", "code"),
        ("If not, send me the code", "code"),
        ("Never tell anybody your code but me", "code"),
        ("I cannot help you without your SMS code", "code"),
        ("Could you tell me your CVV", "code"),
        ("send me the digits", "code"),
        ("I need your password", "password"),
        ("What is your password?", "password"),
        ("Give me your seed phrase", "seed"),
        ("Enter your seed phrase in the form", "seed"),
        ("Send us your private key", "seed"),
        ("please install AnyDesk", "remote"),
        ("Open TeamViewer", "remote"),
        ("share your screen", "remote"),
        ("We will use remote access", "remote"),
        ("install this app", "remote"),
        ("SEND ME THE C0DE", "code"),
        ("send me the сode", "code"),
        ("send me the c o d e", "code"),
        ("s e n d m e t h e c o d e", "code"),
        ("скажите п а р о л ь", "password"),
        ("send me your passw0rd", "password"),
        ("send me your p455w0rd", "password"),
        ("send me the co\u00adde", "code"),
        ("send me the c\u200bode", "code"),
        ("send me the ⓒⓞⓓⓔ", "code"),
        ("ＡｎｙＤｅｓｋ please", "remote"),
        ("Envoyez-moi le code", "code"),
        ("Quel est le code ?", "code"),
        ("Donnez-moi votre mot de passe s'il vous plaît", "password"),
        ("N'oubliez pas de m'envoyer le code", "code"),
        ("Installez TeamViewer", "remote"),
        ("Quelle est votre phrase de récupération ?", "seed"),
        ("Senden Sie mir bitte den Code", "code"),
        ("Wie lautet Ihr Passwort?", "password"),
        ("Bitte den Code an mich senden", "code"),
        ("Teilen Sie Ihren Bildschirm", "remote"),
        ("Geben Sie den Code hier ein", "code"),
        ("Envíeme el código", "code"),
        ("¿Cuál es su contraseña?", "password"),
        ("Dígame el PIN", "code"),
        ("Instale RustDesk", "remote"),
        ("Отправьте мне код", "code"),
        ("Какой код вам пришёл?", "code"),
        ("Скажите ваш пароль", "password"),
        ("Назовите сид-фразу", "seed"),
        ("Установите UltraViewer", "remote"),
        ("отправьте мне кoд", "code"),
        ("أرسل لي الرمز", "code"),
        ("ما هو الرمز؟", "code"),
        ("أعطني كلمة المرور", "password"),
        ("شاركني عبارة الاسترداد", "seed"),
        ("شارك شاشتك", "remote"),
    ],
)
def test_a_request_for_a_secret_is_stopped(text, asks):
    """Whatever its language and spelling, a request is known by what it asks for."""
    assert asks == guard.outgoing(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, how can I help?",
        "Please send us a screenshot of the error and your ticket number",
        "I need your phone number, please",
        "We never ask for your password",
        "Never tell anybody your code",
        "Never send, forward or tell us your code",
        "Do not send us the code",
        "Please enter the code in the form",
        "Please enter the code in the bot",
        "Send the code to the bot",
        "Did the code arrive?",
        "Have you received the code?",
        "The code expires after ten minutes",
        "change your password in the form",
        "We will send you a code",
        "I will send the code again",
        "Tell me if the code does not arrive",
        "Let me know when the code arrives",
        "What is the error code?",
        "What is wrong with the code?",
        "Never install AnyDesk",
        "Did you share your code with anybody?",
        "If anyone asks you for your code, do not tell it",
        "Our support will never ask you to tell them your code",
        "Your password was changed yesterday",
        "Nous ne demandons jamais votre mot de passe",
        "Ne communiquez votre code à personne",
        "Veuillez saisir le code dans le formulaire",
        "Le code est-il arrivé ?",
        "Wir fragen nie nach Ihrem Passwort",
        "Teilen Sie niemandem Ihren Code mit",
        "Senden Sie uns den Code nicht",
        "Geben Sie den Code im Formular ein",
        "Nunca pedimos su contraseña",
        "No comparta su código con nadie",
        "Introduzca el código en el formulario",
        "Мы никогда не просим пароль",
        "Никому не сообщайте код",
        "Введите код в форме",
        "Пришёл ли код?",
        "لا ترسل لنا الرمز",
        "لن نطلب منك كلمة المرور أبدا",
        "أدخل الرمز في النموذج",
        "هل وصل الرمز؟",
    ],
)
def test_a_warning_passes(text):
    """Warnings, news of a code, and the way to the bot's own forms pass."""
    assert "" == guard.outgoing(text)


def test_masks_and_kinds_go_together():
    """Every kind has a mask, and no mask is a secret itself."""
    assert ("card", "code", "password", "seed", "key", "recovery") == guard.KINDS
    shown = " ".join(guard.MASKED.values()).format(last="1234")
    assert guard.Guarded(shown) == guard.incoming(shown)


PIECES = st.sampled_from(
    [
        *(
            "code ",
            "password is ",
            "pass: ",
            "123456",
            " 1234",
            "-",
            "[code]",
            "[password]",
            "[card ····1234]",
            "seed ",
        ),
        *(" abandon ability able about above absent", " absorb abstract absurd abuse access accident", " zzzz "),
        *("4111 1111 1111 1111", " USDT", "#", "ticket ", "\n", "\n\n", ". ", "e\u0301", "\u200b", "١٢٣٤", "tx ", HEX),
        *("private key ", "JBSWY3DPEHPK3PXP", "2fa ", "otpauth://x", "-----BEGIN A KEY-----", "\ud800", "\ue000", "ﷺ"),
        *("abcd-efgh-jkmn-pqrs-tuvw-xyz2", '"', "'", "=", ":", "/", "+447400123456", "2026", " 9999 123456 ", "İ"),
    ]
)
ANYTHING = st.text(max_size=200) | st.lists(PIECES, max_size=9).map("".join)


@given(ANYTHING)
def test_nothing_fails_and_masking_again_changes_nothing(text):
    """Whatever is written, nothing is raised, and a masked text is its own mask."""
    once = guard.incoming(text).text
    assert once == guard.incoming(once).text
    assert guard.outgoing(text) in {"", "code", "password", "seed", "remote"}


@given(st.text(alphabet="bfghjklmnqvwxz äжщ\n.,!🙂", max_size=300))
def test_text_without_digits_and_words_of_the_tables_stays(text):
    """Where there is neither a digit nor a word that announces a secret, nothing changes."""
    assert guard.Guarded(text) == guard.incoming(text)


def check_digit(digits: str) -> str:
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@given(
    before=st.text(alphabet=string.ascii_letters + " éж", max_size=30),
    number=st.text(alphabet=string.digits, min_size=14, max_size=14).map(lambda digits: "4" + digits),
    after=st.text(alphabet=string.ascii_letters + " éж", max_size=30),
)
def test_no_visa_number_survives(before, number, after):
    """A valid card number among letters is never shown."""
    card = number + check_digit(number)
    assert card not in guard.incoming(before + card + after).text


@pytest.mark.parametrize(
    "piece",
    [
        *("1", "1 ", "1,", "1.", "123456,", "a", "a ", "a@", "-", "--", "www.", "-----BEGIN A", "(1", '"', "abandon "),
        *(
            "abandon zzzz ",
            "password ",
            "password is ",
            "code ",
            "code 1 ",
            "c o d e ",
            "no send ",
            "send or ",
            ",",
            "s.",
        ),
    ],
)
def test_a_long_message_of_anything_is_read_to_its_end(piece):
    """4,096 characters of what makes patterns go back are read like any other, for the secret after them too."""
    text = (piece * 4_096)[:4_096]
    assert guard.outgoing(text) in {"", "code", "password"}
    assert guard.incoming(f"{text}\n\n. {WIF}").text.endswith("[key]") or "BEGIN" in piece
