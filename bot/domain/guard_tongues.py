# ruff: noqa: RUF001 - words of six languages, and letters that look like others
"""How people are asked for secrets in English, French, German, Spanish, Russian and Arabic: the tables.

Every word of a language has a class, written as one letter:

N secret, n digits, G give, E enter, T give when "me" follows, W need, a ask, A we ask, g given, R "what is", "I need",
M to me or here, Y you, I we or the bot, D the form, X not, S if or when, O it, P please, d article or adjective,
v auxiliary, l or, K "did anybody", B except, L install, U remote control, F this application, Q remove, "." all else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.guard_words import fold, one_of

NOUNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (token, re.compile(rf"(?<!\w)(?:{one_of(pattern)})(?!\w)"))
    for token, pattern in (
        (
            "nothing",
            r"""(?:error|qr|promo|zip|postal|country|referral|invite|source|status|swift)[ -]?codes?|fehlercodes?
            codes? (?:d ?'? ?erreur|promo|postal)|codigos? (?:de error|postal|promocional)|промокод\w{0,3}
            код\w{0,3} (?:ошибки|страны)|رمز (?:الخطأ|الدولة)|(?:last|ending|letzten?
            последни\w{1,2})(?: \w{1,8})? digits
            password (?:policy|rules|length|managers?)|passwortmanager""",
        ),
        (
            "nremote",
            r"""any ?desk|team ?viewer|rust ?desk|ultra ?viewer|ultra ?vnc|hopto ?desk|splashtop|supremo|ammyy
            aero ?admin
            quick ?assist|screen ?connect|connect ?wise|log ?me ?in|chrome remote desktop|alpemix|iperius|zoho assist
            remote (?:access|desktop|control|support|session|connection)|remotely|screen ?-?shar(?:e|ing)
            (?:share|show|sharing|showing)(?: \w{1,6})? (?:your |the )?screen|acces(?: a)? distance|prise en main
            controle a distance
            bureau a distance|partag\w{1,4} (?:votre |ton |l ?'? ?)?ecran|partage d ?'? ?ecran|fernzugriff
            fernwartung|fernsteuerung
            bildschirm(?:freigabe| teilen| freigeben)|teilen sie (?:bitte )?(?:mit uns )?(?:ihren|den) bildschirm
            acceso remoto|escritorio remoto
            control remoto|compart\w{1,4} (?:su |tu |la )?pantalla|удаленн\w{2,3} (?:доступ\w?
            рабоч\w{2,4} стол\w{0,2}|управлени\w)
            демонстраци\w экрана|трансляци\w экрана|(?:поделитесь|покажите|поделиться|показать) (?:экраном|экран)
            энидеск|тимвьювер\w?
            (?:ال)?(?:وصول|تحكم|دخول) عن بعد|شارك(?:نا|ني)? شاشتك|مشاركة (?:ال)?شاشت?ك?ة?|اني ?ديسك|تيم ?فيور""",
        ),
        (
            "nseed",
            r"""(?:seed|recovery|backup|secret|mnemonic|wallet)[ -]?(?:phrases?|words?)|seeds?|mnemonics?
            private[ -]?keys?|secret[ -]?keys?|(?:12|24|twelve|twenty[ -]four) (?:secret |recovery )?words?
            phrase (?:de recuperation|secrete|mnemonique|de passe)|cles? (?:privees?|secretes?)|(?:12|24|douze) mots
            wiederherstellungs\w{0,10}|seed-?phrase|(?:privat|geheim)\w{0,3} schlussel\w{0,2}|(?:12|24|zwolf) worter
            frase (?:semilla|secreta|de recuperacion)|palabras semilla|clave privada|llave privada|(?:12|24
            doce) palabras
            сид(?:-| )?фраз\w{0,2}|сид|мнемо\w{0,10}|(?:приватн|закрыт|секретн)\w{0,3} (?:ключ\w{0,2}|фраз\w{0,2})
            фраз\w{1,2} восстановления
            (?:12|24) слов\w?|(?:ال)?عبارة (?:ال)?(?:استرداد|استعادة|سرية|بذرة)|(?:ال)?مفتاح(?:ك)? (?:ال)?(?:خاص|سري)
            (?:ال)?كلمات السرية""",
        ),
        (
            "npassword",
            r"""pass[ -]?words?|passwd|pass[ -]?phrases?|pwd|mots? de passe|mdp|\w{0,20}passw(?:o|oe)rte?s?
            \w{0,20}kennworte?r?
            contrasenas?|clave(?: de acceso)?|парол\w{1,3}|parol|(?:ب|ل|و)?كلم(?:ة|ت) ?(?:ال)?(?:مرور|سر)(?:ك|كم)?
            كلمات (?:المرور|السر)|باسو?ورد""",
        ),
        (
            "ncode",
            r"""\w{0,20}codes?|otps?|totp|pins?|cvv2?|cvc2?|pass[ -]?codes?|tans?|kode?|2fa|sms|text message
            einmalpasswort
            verification number|(?:2fa|authenticator|totp|setup)[ -]keys?|(?:six|6)[ -](?:digit )?(?:numbers?
            digits?)|codigos?|код(?:а|у|ом|е|ы|ов|ами)?|пин\w{0,3}|смс\w{0,4}|цвв|отп
            (?:و|ب|ل|ال|بال|لل)?(?:رمز|كود|رموز)(?:ك|كم|نا)?|الرقم السري|رسالة نصية|nip""",
        ),
    )
)
"""What is asked for; the first that matches takes the words, and the first two are no secrets of the person."""
KIND: Final = {"nseed": "seed", "npassword": "password", "ncode": "code"}
"""What the nouns are called outside."""


@dataclass(frozen=True, slots=True)
class Language:
    """How one language asks.

    Attributes:
        words: the class or classes of each word.
        phrases: patterns that count as one word of a class, replaced in this order.
        verb_last: whether a verb may follow what it asks for.
    """

    words: dict[str, str]
    phrases: tuple[tuple[str, re.Pattern[str]], ...]
    verb_last: bool


def _language(table: dict[str, str], phrases: dict[str, str], *, verb_last: bool = False) -> Language:
    entries = [(fold(word), name) for name, listed in table.items() for word in listed.split()]
    return Language(
        words=dict(entries),
        phrases=tuple((name, re.compile(rf"(?<!\w)(?:{one_of(listed)})(?!\w)")) for name, listed in phrases.items()),
        verb_last=verb_last,
    )


ENGLISH: Final = _language(
    {
        "G": """send give tell share provide forward show dictate say submit sending giving telling sharing upload
            disclose reveal pass spell screenshot supply photograph""",
        "GM": "reply respond answer replying",
        "T": "text email message mail post read write dm whatsapp call attach",
        "E": "enter type put paste input fill confirm insert typing entering pasting",
        "a": "ask asking request requesting demand",
        "g": "sent forwarded given told provided",
        "M": "me us here support operator agent staff manager back chat dm",
        "Y": "you",
        "I": "i we",
        "D": "form bot app page field website site window box menu browser down keypad",
        "X": "never not dont cannot cant nobody none neither wont shouldnt avoid stop mustnt",
        "S": "if whether when once how why where until after before because unless whenever",
        "O": "it them",
        "n": "digits",
        "P": r"""please pls plz kindly asap urgently quickly now hello hi hey dear ok okay thanks first just then so
            and also""",
        "d": """the your a an my his new old six 6 digit one time last login email phone verification security
            confirmation
            authenticator google trading account full current that from of for to with into""",
        "v": """will can could shall should would may might ll ve have has had re am are again already going to try
            do did
            must be""",
        "l": "or nor",
        "B": "except besides",
        "L": "install download installing run open",
        "W": "need want waiting",
        "Q": "uninstall remove delete close removing",
    },
    {
        ".": r"what(?: is|'?s| was) (?:wrong|happening|new|the (?:problem|error|issue|status|reason|matter))",
        "K": r"""(?:did|have|has) (?:you|anybody|anyone|someone|somebody)(?: ever| already)?(?: (?:ask|asked|told
            tell) you to)?
            (?:if|when) (?:anyone|anybody|someone|somebody|a caller)(?: \w{1,8}){0,3} asks?(?: you)?(?: to| for)?""",
        "P": r"""why (?:not|don'?t you)|(?:can|could|won|would|will|did|do)(?:n'?| no)t you|could you|can you
            would you|will you""",
        "B": "but (?:me|us|support|our)|other than|apart from|only (?:to )?(?:me|us)",
        ",": r"(?:if|or) not|but",
        "X": r"""(?:do|does|did|will|wo|should|ca|must|would|could|have|has|need)(?:n'?| no| ?n ?')t|don'?t|can'?t
            won'?t
            no (?:one|employee|agent|operator|body|staff|need to)|instead of|refuse to""",
        "R": r"""what(?: is|'?s| are| was| were| does| did| do)|(?:i|we)(?: will
            '?ll| really| just| still| also)? (?:need|want|require|must have|await)
            (?:i'?m|i am|we are|we're)(?: \w{1,8})? waiting (?:for|on)|waiting for your|(?:can|could
            may)(?: i| we) (?:please )?(?:have|get|see|know|take)|let (?:me|us) (?:have|see)
            (?:i|we)(?: would|'d) like|(?:what|which)(?= ncode| npassword| nseed)|what the|asking you for
            (?:i|we) (?:can'?t|cannot|am unable to|are unable to)(?: \w{1,12}){1,4} without""",
        "G": "let (?:me|us) know|read out|hand over|give out|get (?:me|us)",
        "S": "as soon as|in case|the moment|so that|that the",
        "U": "nremote",
        "F": r"""this (?:app|application|program|programme|software|file|apk|tool)|(?:following|attached) (?:app
            application|program|software|file|tool|link)|apk|(?:from )?this link""",
        "M": "in (?:this|the|our) (?:chat|conversation|reply|ticket)|to (?:the )?(?:support|agent|operator)",
    },
)
_FRENCH: Final = _language(
    {
        "G": """envoyez envoie envoyer donnez donne donner dites dis dire communiquez communiquer communique
            transmettez
            transmettre partagez partager fournissez fournir montrez montrer transferez indiquez indiquer dictez lisez
            precisez transferer""",
        "GM": "repondez repondre reponds",
        "E": "entrez entrer saisissez saisir tapez taper ecrivez ecrire mettez inscrivez collez confirmez confirmer",
        "A": "demandons exigeons",
        "a": "demande demander",
        "M": "me moi nous m ici support agent chat operateur",
        "Y": "vous",
        "I": "je j",
        "D": "formulaire bot application page champ site fenetre",
        "X": "ne n jamais personne pas aucun",
        "S": "si quand lorsque comment pourquoi ou apres avant que des",
        "O": "le les l",
        "n": "chiffres",
        "P": "svp stp maintenant vite bonjour merci et d'abord veuillez",
        "d": "la un une votre vos ton ta mon de du sms par recu nouveau",
        "v": "va allons pouvons peut peux pouvez voudrais a avons ai",
        "l": "ou ni",
        "B": "sauf excepte hormis",
        "L": "installez installer installe telechargez telecharger",
        "Q": "desinstallez supprimez",
    },
    {
        "P": r"""s'il (?:vous|te) plait|pourquoi pas|pouvez-vous|pourriez-vous|n'oubliez pas (?:de|d')
            n'hesitez pas (?:a|de)""",
        "R": r"""quel(?:le)? est|quels sont|(?:j'ai|nous avons) besoin (?:de|du|d')|il (?:me|nous) faut|je (?:veux
            voudrais)|c'est quoi|j'attends
            puis-je avoir|quel(?= ncode| npassword| nseed)|en attente (?:de|du)""",
        "K": "avez-vous|quelqu'un (?:vous )?(?:a|demande)|si quelqu'un(?: vous)? demande",
        "I": "nous(?= (?:vous|pouvons|allons|avons|ne|n'|sommes|te|devons))",
        "U": "nremote",
        "F": r"""(?:cette|cet|l')? ?application suivante|cette (?:application|appli)|ce (?:logiciel|programme|fichier
            lien)""",
        "S": "des que|une fois",
        ",": "mais|sinon",
    },
)
GERMAN: Final = _language(
    {
        "G": """senden sende schicken schick schicke geben gib sagen sag nennen nenn nenne mitteilen teilen teile
            zeigen zeig
            weitergeben weiterleiten ubermitteln verraten diktieren zusenden zuschicken durchgeben weiter""",
        "GM": "antworten antworte",
        "E": "eingeben tippen schreiben schreib eintragen einfugen bestatigen geben tragen",
        "A": "bitten verlangen erfragen",
        "a": "fragen frage bitte",
        "M": "mir uns mich hier support chat mitarbeiter agenten",
        "Y": "ihnen",
        "I": "ich wir",
        "D": "formular bot app seite feld fenster website",
        "X": "nicht nie niemals niemand niemandem niemanden kein keine keinen keinem keinesfalls",
        "S": "wenn ob sobald wie warum wo nachdem bevor falls dass",
        "O": "es ihn",
        "n": "ziffern",
        "P": "jetzt sofort schnell hallo danke zuerst und dann bitte",
        "d": "sie der die das den dem ihr ihre ihren ihrem ein eine einen dein deine deinen neuen sms per aus von",
        "v": "werden kann konnen mochten wird haben hat",
        "l": "oder noch",
        "B": "ausser",
        "L": "installieren installiere herunterladen laden",
        "Q": "deinstallieren entfernen loschen",
    },
    {
        "R": r"""was (?:ist|steht)|wie (?:ist|lautet|heisst)|welche(?:r|n|s)?(?= ncode| npassword| nseed)|(?:ich
            wir) (?:brauche|brauchen|benotige|benotigen|will|warte auf|warten auf)
            (?:brauche|benotige|brauchen|benotigen) (?:ich|wir)|(?:kann|konnte|darf) ich""",
        "K": "haben sie|hat (?:jemand|sie jemand)|wenn (?:sie )?jemand(?: \\w{1,8}){0,4}",
        "P": "vergessen sie nicht|zogern sie nicht|konnen sie|konnten sie|wurden sie",
        "U": "nremote",
        "F": "diese (?:app|anwendung|software|datei)|dieses (?:programm|tool)|diesen link|folgende (?:app|software)",
        ",": "aber|sondern",
    },
    verb_last=True,
)
_SPANISH: Final = _language(
    {
        "G": """envie envia enviar envien mande manda mandar dar diga dime digame decir decirme comparta comparte
            compartir
            proporcione proporcionar facilite facilitar muestre mostrar reenvie reenviar pase pasar comunique dicte
            indique indicar revele revelar entregue""",
        "GM": """enviame envieme enviarme envienos mandame mandeme mandarme dame deme denos digame diganos dime
            pasame paseme
            responda responde responder contesta conteste compartame indiqueme decirme darme facilitenos""",
        "E": r"""introduzca introduce introducir escriba escribe escribir ponga pon ingrese ingresar teclee pegue
            confirme confirma confirmar""",
        "A": "pedimos solicitamos pediremos",
        "a": "pedir solicitar",
        "M": "me nos mi aqui soporte agente chat",
        "Y": "le usted",
        "I": "yo",
        "D": "formulario bot aplicacion app pagina campo ventana sitio",
        "X": "no nunca jamas nadie ningun ninguno ninguna",
        "S": "si cuando como donde despues antes que apenas",
        "O": "lo la los enviamelo envielo digamelo mandelo",
        "n": "digitos cifras",
        "P": "favor ahora ya rapido hola gracias y primero por",
        "d": "el las su tu un una sms del recibido nuevo",
        "v": "va vamos podemos puede puedo puedes podria",
        "l": "o ni",
        "B": "excepto salvo",
        "L": "instale instala instalar descargue descarga descargar",
        "Q": "desinstale elimine",
    },
    {
        "R": r"""cual(?:es)? (?:es|son|era)|que(?= ncode| npassword| nseed)|necesit(?:o|amos)|quiero|queremos
            me falta|esperando|puedo tener|hace falta""",
        "K": r"""(?:ha|has|han) (?:recibido|enviado|dado|compartido)|si alguien(?: le| te)?(?: \w{1,8}){0,2} pide
            alguien (?:le|te) ha pedido""",
        "P": "por que no|no (?:se )?olvide?s?(?: de)?|no dude(?:s)? en|podria|puede(?:s)?",
        "GO": "envi[ea]melo|mand[ae]melo|dig[ae]melo|dimelo|pas[ae]melo",
        "U": "nremote",
        "F": "esta (?:aplicacion|app)|este (?:programa|archivo|enlace|software)|siguiente (?:aplicacion|programa)",
        ",": "pero|sino",
    },
)
_RUSSIAN: Final = _language(
    {
        "G": """отправьте отправь отправить отправляйте пришлите пришли прислать присылайте скиньте скинь скинуть
            вышлите
            сообщите сообщи сообщить сообщайте скажите скажи сказать назовите назови назвать говорите дайте дай дать
            передайте передать передавайте перешлите переслать продиктуйте продиктовать покажите показать поделитесь
            предоставьте предоставить киньте кинь шлите подскажите укажите указать давайте пересылайте называйте""",
        "GM": "ответьте ответить",
        "E": "введите ввести вводите напишите написать пишите наберите впишите вставьте подтвердите подтвердить вбейте",
        "A": "просим запрашиваем требуем спрашиваем запросим попросим",
        "a": "просить запрашивать спрашивать",
        "M": "мне нам сюда здесь чат чате поддержке оператору сотруднику поддержку меня нас",
        "Y": "вам тебе",
        "I": "я мы",
        "D": "форме форму боте бот боту приложении приложение странице поле сайте окне окно",
        "X": "не никогда никому никто нельзя ни",
        "S": "если когда как почему где после ли чтобы пока",
        "O": "его их ее это",
        "n": "цифры цифр",
        "P": "пожалуйста срочно быстро сейчас здравствуйте привет спасибо сначала и просто плиз пж",
        "d": "ваш ваше вашу твой свой свои этот новый из от по смс",
        "v": "можем могу будем буду может",
        "l": "или",
        "B": "кроме",
        "W": "нужен нужна нужны нужно требуется",
        "L": "установите установить скачайте скачать поставьте запустите",
        "Q": "удалите удалить",
    },
    {
        "R": r"""како(?:й|в|е|ва)(?: у вас| ваш)?|какие|что (?:в|за)(?= ncode)|(?:мне|нам) (?:нужен|нужна|нужны|нужно
            потребуется|понадобится)
            (?:жду|ждем|ожидаю)|(?:можно|дайте)(?= ncode| npassword| nseed)|хочу""",
        "K": "если (?:вас )?кто-?(?:то|нибудь)?(?: \\w{1,8}){0,3}|кто-(?:то|нибудь) просил(?: вас)?",
        "P": "не забудьте|не стесняйтесь|почему бы не|не могли бы вы|можете|могли бы вы",
        "U": "nremote",
        "F": r"""эт(?:о|у|от) (?:приложение|программу|файл|софт)|по (?:этой )?ссылке|следующ\w{2,3} (?:приложение
            программу)""",
        ",": "а|но|иначе",
    },
    verb_last=True,
)
_ARABIC: Final = _language(
    {
        "G": """ارسل ارسلي ارسلوا ارسال اعطني اعطنا اعط اخبرني اخبرنا اخبر قل شارك شاركنا شاركني مشاركة زودنا زودني
            تزويدنا
            تزويدي ابعث تشارك ترسل تعطي تخبر تعط اعطاء اعطائي اظهر ارسلها ارسله تشاركه ترسله""",
        "GM": "ارسله ابعثه اعطني اعطنا اخبرني اخبرنا زودنا زودني شاركنا شاركني اجبني",
        "E": "ادخل ادخال اكتب كتابة ضع الصق تدخل تكتب اكد",
        "A": "نطلب نسال نحتاج",
        "M": "لي لنا الي الينا هنا الدعم الدردشة المحادثة لموظف",
        "Y": "لك لكم اليك",
        "I": "نحن انا",
        "D": "النموذج البوت التطبيق الصفحة الحقل الموقع نموذج بوت",
        "X": "لا لن لم ابدا احد ليس عدم",
        "S": "اذا عندما متي كيف لماذا ان بعد قبل هل",
        "n": "الارقام",
        "P": "فضلك الرجاء يرجي الان بسرعة مرحبا شكرا من رجاء",
        "d": "الخاص بك هذا في الذي وصلك التحقق",
        "v": "سوف قد يمكننا",
        "l": "او",
        "B": "الا سوي",
        "L": "ثبت تثبيت حمل تحميل نزل تنزيل قم",
        "Q": "احذف ازل",
    },
    {
        "R": "ما (?:هو|هي)|ما(?= ncode| npassword| nseed)|(?:احتاج|نحتاج)(?: الي)?|اريد|نريد|بانتظار|انتظر",
        "K": "اذا طلب(?: منك)?(?: (?:احد|شخص))?|هل طلب",
        "P": "لا تنس(?: ان)?|لا تتردد(?: في)?|هل يمكنك|ممكن",
        "U": "nremote",
        "F": "هذا (?:التطبيق|البرنامج|الملف|الرابط)|التطبيق التالي|البرنامج التالي",
        ",": "لكن|ولكن",
    },
    verb_last=True,
)
LANGUAGES: Final = (ENGLISH, _FRENCH, GERMAN, _SPANISH, _RUSSIAN, _ARABIC)
"""All six; a request is made in one of them, whatever language its nouns are."""
