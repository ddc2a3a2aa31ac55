// Buttons under a message, and the keyboard under the message field.

import { h, icon, safeUrl } from './dom.js';

const CORNERS = { url: 'arrow', copy_text: 'copy', web_app: 'hash' };
const PRESSED_MS = 400;

/** The inline keyboard, or null; `view.tap(message, button)` runs a callback button and resolves when the bot has it. */
export function inlineKeyboard(markup, message, view) {
  const rows = markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h('div.keyboard', { role: 'group', 'aria-label': 'Buttons of this message' },
    rows.map((row) => h('div.key-row', {}, row.map((button) => inlineKey(button, message, view)))));
}

function inlineKey(button, message, view) {
  const corner = Object.keys(CORNERS).find((name) => name in button);
  const inside = [h('span', { dir: 'auto' }, button.text), corner ? h('span.corner', {}, icon(CORNERS[corner])) : null];
  const style = `key ${button.style ?? ''}`;
  const url = button.url && safeUrl(button.url);
  if (url) return h(
    'a',
    {
      class: style,
      href: url,
      target: '_blank',
      rel: 'noopener noreferrer',
      title: url,
      onclick: (event) => view.on.link(url, event),
    },
    inside,
  );
  if (button.copy_text) return h(
    'button',
    { type: 'button', class: style, title: 'Copy', onclick: () => view.on.copy(button.copy_text.text) },
    inside,
  );
  const key = h(
    'button',
    { type: 'button', class: style, onclick: () => pressed(key, () => view.tap(message, button)) },
    inside,
  );
  return key;
}

/** Show that a button is at work, long enough to be seen; a second press meanwhile counts, as on Telegram. */
async function pressed(key, work) {
  key.setAttribute('aria-busy', 'true');
  await Promise.all([work(), new Promise((resume) => setTimeout(resume, PRESSED_MS))]);
  key.removeAttribute('aria-busy');
}

/** The reply keyboard's rows; `press(key)` runs one. */
export function replyKeyboard(markup, press) {
  return markup.keyboard.map((row) => h('div.key-row', {}, row.map((key) =>
    h('button', { type: 'button', class: `reply-key ${key.style ?? ''}`, onclick: () => press(key) },
      key.request_contact ? icon('contact') : key.request_location ? icon('pin') : null,
      h('span', { dir: 'auto' }, key.text)))));
}
