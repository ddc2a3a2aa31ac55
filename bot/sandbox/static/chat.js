// The user's pane: the private chat with the bot, and who plays the user.

import { act } from './api.js';
import { avatar, h, icon, iconButton } from './dom.js';
import { replyKeyboard } from './keyboards.js';
import { alertBox, ask, attempt, menu, notice, popup } from './overlay.js';
import { faces, personDialog } from './people.js';
import { Place } from './place.js';

const ACTIONS = {
  typing: 'typing',
  upload_photo: 'sending a photo',
  upload_document: 'sending a file',
  record_voice: 'recording',
  upload_voice: 'sending a voice message',
  choose_sticker: 'choosing a sticker',
  find_location: 'looking for a place',
};
const ABOUT = 'Looks after the mobile phone of an account, with a human in reach at every step.';
const TRIES = [
  [
    'lock',
    'Bind a phone',
    'Press Start and sign in: ann@example.com, correct horse battery. Codes arrive on the phone beside: tap them there.',
  ],
  ['desk', 'Talk to a person', 'Ask for a human. A topic opens on the agents’ desk; answer from it as an agent.'],
  ['bolt', 'Break something', 'Open Controls: let the SMS gateway fail, or move the clock a day ahead.'],
];

export class ChatPane {
  constructor(store, pane) {
    Object.assign(this, { store, pane, stowed: new Set() });
    this.place = new Place(store, pane, {
      id: 'chat-field', label: 'chat with the bot', group: false,
      where: () => ({ person: store.chosen.person }),
      who: () => store.person(),
      open: (url, event) => this.follow(url, event),
      commands: () => store.bot.commands,
    });
    this.people = h('div.people');
    this.title = h('div.head-text');
    const link = iconButton('link', 'Open a link', () => this.#linkBox(link), { 'aria-haspopup': 'dialog' });
    const more = iconButton('more', 'More about this chat', () => this.#more(more), { 'aria-haspopup': 'menu' });
    this.face = h('span');
    this.bottom = h('div.bottom');
    this.keys = h('div.reply-keys', { role: 'group', 'aria-label': 'Keyboard the bot offers' });
    this.commandsButton = h(
      'button.commands',
      { type: 'button', 'aria-haspopup': 'menu', onclick: () => this.#commands() },
      icon('menu'),
      'Menu',
    );
    this.keysButton = iconButton('keyboard', 'Show or hide the bot’s keyboard', () => this.#toggleKeys());
    const { composer } = this.place;
    composer.row.prepend(this.commandsButton);
    composer.extra.append(this.keysButton);
    pane.append(
      this.people,
      h('header.head', {}, this.face, this.title, link, more),
      this.place.log.element,
      this.bottom,
    );
    this.bottom.append(composer.element, this.keys);
    this.gate = h('button.gate', { type: 'button' });
    store.addEventListener('toast', (event) => this.#toast(event.detail));
  }

  draw() {
    const { store, place } = this;
    const person = store.person();
    if (!person) return;
    const chat = store.chats.get(person.id);
    this.people.replaceChildren(faces(store.users(), person.id, {
      label: 'Who you are',
      choose: (id) => store.choose({ person: id }),
      unread: (other) => (other.id === person.id ? 0 : store.unread(`chat/${other.id}`)),
      add: async () => { const id = await personDialog(this.pane, store); if (id) store.choose({ person: id }); },
    }));
    const name = store.nameOf(store.bot.id);
    this.face.replaceChildren(avatar(name, store.bot.id));
    this.tick();
    const messages = store.messages(person.id);
    place.show(`chat/${person.id}`, messages, { start: messages.length ? null : this.#card(name) });
    this.#drawBottom(person, chat, messages);
  }

  /** What changes with time alone: whether the bot is still typing. */
  tick() {
    const { store } = this;
    const typing = store.chats.get(store.chosen.person)?.typing;
    const now = typing && typing.until > store.now() ? (ACTIONS[typing.action] ?? 'typing') : null;
    const state = `${store.nameOf(store.bot.id)} ${now}`;
    if (state === this.state) return;
    this.state = state;
    const line = now ? h(
      'small.typing',
      {},
      now,
      h('i'),
      h('i'),
      h('i'),
    ) : h('small', {}, `bot · @${store.bot.username}`);
    this.title.replaceChildren(h('h2', {}, h('bdi', {}, store.nameOf(store.bot.id))), line);
  }

  #card(name) {
    const about = this.store.bot.description || ABOUT;
    return h('div.card', {}, avatar(name, this.store.bot.id, 'large'), h('h3', {}, name), h('p', {}, about),
      h('h4', {}, 'Three things to try'),
      h('ol', {}, TRIES.map(([mark, title, text]) => h('li', {}, icon(mark), h('span', {}, h('b', {}, title), text)))));
  }

  #drawBottom(person, chat, messages) {
    const { composer } = this.place;
    const gate = person.deactivated ? ['This account is deleted', null]
      : person.blocked ? ['Unblock', () => this.place.act('unblock', {})]
      : !person.started && !messages.length ? ['Start', () => this.place.act('start', {})] : null;
    composer.element.hidden = gate !== null;
    if (gate) {
      const [label, run] = gate;
      this.gate.textContent = label;
      this.gate.disabled = run === null;
      this.gate.onclick = run;
      if (!this.gate.isConnected) this.bottom.prepend(this.gate);
    } else this.gate.remove();
    this.commandsButton.hidden = !this.store.bot.commands.length;
    const keyboard = chat?.keyboard?.markup?.keyboard ? chat.keyboard : null;
    const stowed = keyboard && this.#stowed(keyboard);
    this.keysButton.hidden = !keyboard;
    this.keysButton.setAttribute('aria-pressed', String(Boolean(keyboard && !stowed)));
    const shown = gate || stowed ? null : keyboard;
    const stamp = JSON.stringify(shown?.markup ?? null);
    if (stamp !== this.keyStamp) {
      this.keyStamp = stamp;
      this.keys.replaceChildren(...(shown ? replyKeyboard(shown.markup, (key) => this.#press(key)) : []));
    }
    this.keys.hidden = !shown;
    const last = messages.findLast((message) => message.sim.out);
    const asked = last?.sim.markup?.force_reply ? last : null;
    composer.turnTo(
      `chat/${person.id}`,
      keyboard?.markup.input_field_placeholder ?? asked?.sim.markup.input_field_placeholder ?? 'Message',
    );
    if (asked && asked !== this.asked) composer.take('reply', asked);
    this.asked = asked;
  }

  /** A keyboard is away once a one-time one was used, or when the person put it away; the other way round after a press. */
  #stowed(keyboard) {
    return keyboard.hidden !== this.stowed.has(`${keyboard.message_id}/${keyboard.hidden}`);
  }

  #toggleKeys() {
    const { keyboard } = this.store.chats.get(this.store.chosen.person);
    const key = `${keyboard.message_id}/${keyboard.hidden}`;
    if (!this.stowed.delete(key)) this.stowed.add(key);
    this.store.tell();
  }

  async #press(key) {
    const sure = !key.request_contact || (await ask({
      title: 'Share your phone number?',
      text: `The bot will know the number ${this.store.person().phone || '(this person has none yet)'}.`,
      confirm: 'Share',
    }));
    if (sure) await this.place.act('tap', { label: key.text });
  }

  #commands() {
    menu(this.commandsButton, 'Commands', this.store.bot.commands.map(({ command, description }) =>
      ['hash', description, () => this.place.say(`/${command}`), { hint: `/${command}` }]));
  }

  #more(anchor) {
    const person = this.store.person();
    menu(anchor, 'This chat', [
      ['link', 'Open a link…', () => this.#linkBox(anchor)],
      ['edit', `Change ${person.first_name}…`, () => personDialog(this.pane, this.store, person)],
      [
        'person-plus',
        'New person…',
        async () => {
          const id = await personDialog(this.pane, this.store);
          if (id) this.store.choose({ person: id });
        },
      ],
      person.blocked ? ['check', 'Unblock the bot', () => this.place.act('unblock', {})] : [
        'block',
        'Block the bot',
        () => this.place.act('block', {}),
        { danger: true },
      ],
      ['trash', 'Delete the account…', () => this.#deleteAccount(person), { danger: true }],
    ]);
  }

  async #deleteAccount(person) {
    const sure = await ask({
      title: `Delete ${person.first_name}’s account?`,
      text: 'The account is gone for good. As on Telegram, the bot finds out when it writes.',
      confirm: 'Delete',
      danger: true,
    });
    if (sure) await attempt(this.pane, () => act('delete_account', { person: person.id }));
  }

  #linkBox(anchor) {
    const field = h(
      'input',
      {
        type: 'text',
        required: true,
        autocomplete: 'off',
        spellcheck: 'false',
        placeholder: `https://t.me/${this.store.bot.username}?start=…`,
      },
    );
    const form = h('form.link-form', {
      onsubmit: (event) => { event.preventDefault(); box.hidePopover(); this.follow(field.value.trim()); },
    },
      h(
        'label.field',
        {},
        h('span', {}, 'Open a link'),
        field,
        h('small', {}, 'a link to the bot, or only what follows start='),
      ),
      h('button', { type: 'submit', class: 'plain strong' }, 'Open'));
    const box = popup(anchor, form, { label: 'Open a link', role: 'dialog' });
  }

  /** Open a link as this person's Telegram would: links to the bot start it, everything else goes to a new tab. */
  follow(address, event) {
    const payload = startOf(address, this.store.bot.username);
    if (payload === null) {
      if (!event && /^https?:/i.test(address)) window.open(address, '_blank', 'noopener,noreferrer');
      else if (!event) notice(this.pane, 'That is no link to this bot.', { bad: true });
      return;
    }
    event?.preventDefault();
    this.store.choose({ tab: 'chat' });
    this.place.act('start', { payload });
  }

  #toast(toast) {
    const here = toast.chat > 0 ? toast.person === this.store.chosen.person : false;
    if (!here) return;
    if (toast.url) this.follow(toast.url);
    if (!toast.text) return;
    if (toast.alert) alertBox(this.store.nameOf(this.store.bot.id), toast.text);
    else notice(this.pane, toast.text);
  }
}

/** The payload of a link to the bot, or of a bare payload; null for any other address. */
export function startOf(address, username) {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(address)) return address;
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const web = ['t.me', 'telegram.me'].includes(url.hostname) ? url.pathname.slice(1) : null;
  const named = url.protocol === 'tg:' ? url.searchParams.get('domain') : web;
  return named?.toLowerCase() === username.toLowerCase() ? (url.searchParams.get('start') ?? '') : null;
}
