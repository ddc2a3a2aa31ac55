"""The competitor: python-telegram-bot's ConversationHandler, put together as its documentation shows.

The default Application with its default HTTP client, state in memory, six states. It makes the same Bot API calls as
the product at every step: a screen, the tap answered, the buttons of a screen that is no longer live taken away.

    python -m tests.bench.library URL [--aiohttp]
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.warnings import PTBUserWarning

from bot.telegram.request import AiohttpRequest

TOKEN = "100001:bench-token-of-nobody-at-all-00000000"
MENU, COUNTRIES, ANSWERED, PAGED, RETURNED = range(5)
FOOTER = (("Back", "back"), ("Help", "help"), ("Talk to a person", "person"))
COUNTRY_NAMES = ("Albania", "Algeria", "Andorra", "Angola", "Argentina", "Armenia", "Aruba", "Australia")


def keyboard(*rows: tuple[str, str]) -> InlineKeyboardMarkup:
    """One button a row, then the row that every screen has."""
    buttons = [[InlineKeyboardButton(text, callback_data=data)] for text, data in rows]
    return InlineKeyboardMarkup([*buttons, [InlineKeyboardButton(text, callback_data=data) for text, data in FOOTER]])


def menu() -> InlineKeyboardMarkup:
    """The buttons of the first screen."""
    return keyboard(
        ("Sign in", "signin"), ("Create account", "signup"), ("Served countries", "countries"), ("Language", "language")
    )


def countries(page: int) -> InlineKeyboardMarkup:
    """A page of countries."""
    return keyboard(*((name, f"country:{name}") for name in COUNTRY_NAMES), ("Next page", f"page:{page + 1}"))


async def edit(update: Update, text: str, markup: InlineKeyboardMarkup) -> None:
    """Answer the tap and change the screen it was on."""
    query = update.callback_query
    if query is not None:
        await query.answer()
        await query.edit_message_text(text, parse_mode="HTML", reply_markup=markup)


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Show the menu."""
    if update.message is not None:
        await update.message.reply_text("Hello! What can I do for you?", parse_mode="HTML", reply_markup=menu())
    return MENU


async def show_countries(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Show the countries in place of the menu."""
    if context.user_data is not None and update.callback_query is not None and update.callback_query.message:
        context.user_data["screen"] = update.callback_query.message.message_id
    await edit(update, "SMS codes reach 221 countries. Type one to check it.", countries(0))
    return COUNTRIES


async def look_up(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Answer with a new screen and take the buttons off the old one."""
    if update.message is not None and context.user_data is not None:
        await update.message.reply_text(
            f"<b>{update.message.text}</b>: yes, SMS codes arrive there.", parse_mode="HTML", reply_markup=countries(0)
        )
        await context.bot.edit_message_reply_markup(update.message.chat_id, context.user_data["screen"])
    return ANSWERED


async def turn_page(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Show the next page."""
    await edit(update, "SMS codes reach 221 countries, page 2.", countries(1))
    return PAGED


async def go_back(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Show the menu again."""
    await edit(update, "Hello! What can I do for you?", menu())
    return RETURNED


async def show_languages(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Show the languages; the conversation ends."""
    await edit(update, "Choose your language.", keyboard(("English", "en"), ("Deutsch", "de"), ("Français", "fr")))
    return ConversationHandler.END


def build(url: str, *, aiohttp: bool) -> Application[Any, Any, Any, Any, Any, Any]:
    """The bot; with ``aiohttp``, over the product's HTTP instead of the library's own."""
    # The library warns that a handler per chat does not follow taps on messages; this one need not.
    warnings.filterwarnings("ignore", category=PTBUserWarning)
    builder = Application.builder().token(TOKEN).base_url(f"{url}/bot")
    if aiohttp:
        builder = builder.request(AiohttpRequest()).get_updates_request(AiohttpRequest(pool_size=1))
    application = builder.build()
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("start", start)],
            states={
                MENU: [CallbackQueryHandler(show_countries, pattern="^countries$")],
                COUNTRIES: [MessageHandler(filters.TEXT & ~filters.COMMAND, look_up)],
                ANSWERED: [CallbackQueryHandler(turn_page, pattern="^page:")],
                PAGED: [CallbackQueryHandler(go_back, pattern="^back$")],
                RETURNED: [CallbackQueryHandler(show_languages, pattern="^language$")],
            },
            fallbacks=[CommandHandler("start", start)],
        )
    )
    return application


if __name__ == "__main__":
    build(sys.argv[1], aiohttp="--aiohttp" in sys.argv).run_polling(allowed_updates=Update.ALL_TYPES)
