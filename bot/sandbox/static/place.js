// What the user's chat and an agent's topic share: a log, a message field, and what a person does to messages.

import { act } from './api.js';
import { Composer } from './composer.js';
import { attachMenu } from './attach.js';
import { h } from './dom.js';
import { Log } from './log.js';
import { ask, attempt, copyText, menu } from './overlay.js';

const REACTIONS = ['👍', '❤', '🔥', '🎉', '😁', '🤔', '🙏', '👎'];

/**
 * One place where a person talks.
 * `where()` gives the fields `person`, `chat`, `thread` of every act; `who()` the person; `open(url, event)` follows a link;
 * `sayFields()` adds to what is said; `group` shows names and faces.
 */
export class Place {
  constructor(store, pane, { id, label, group, where, who, open, sayFields = () => ({}), commands, titleOf }) {
    Object.assign(this, { store, pane, where, who, sayFields });
    const copy = (text) => copyText(pane, text);
    this.log = new Log({
      group, titleOf,
      mine: (message) => (group ? message.from?.id === who()?.id && !message.sender_chat : !message.sim.out),
      viewer: () => who()?.id,
      person: () => who()?.id,
      nameOf: (user) => store.nameOf(user),
      now: () => store.now(),
      on: { command: (text) => this.say(text), link: open, copy },
      tap: (message, button) => this.act(
        'tap',
        {
          message_id: message.message_id,
          data: button.callback_data,
          label: button.callback_data ? undefined : button.text,
        },
      ),
      menu: (message, anchor) => this.#menu(message, anchor, copy),
      react: (message, emoji) => this.act(
        'react',
        { message_id: message.message_id, emoji: emoji ? [emoji] : [] },
        { thread: false },
      ),
    }, label);
    this.composer = new Composer({
      id, label: `Message: ${label}`, commands,
      send: (text, replyTo) => this.say(text, replyTo),
      edit: (message, text) => this.act('edit', { message_id: message.message_id, text }, { thread: false }),
      attach: (anchor) => attachMenu(
        anchor,
        { pane, place: () => this.where(), sender: who, done: (message) => store.put(message) },
      ),
      lastOwn: () => this.shown?.findLast(
        (message) => message.from?.id === who()?.id && message.text && !message.forward_origin,
      ),
      draft: (key, text) => {
        if (text === undefined) return store.drafts[key];
        if (text) store.drafts[key] = text;
        else delete store.drafts[key];
        store.keep();
        return text;
      },
    });
  }

  show(key, messages, options) {
    this.shown = messages;
    this.log.show(key, messages, options);
  }

  say(text, replyTo) {
    return this.act('say', { text, ...(replyTo ? { reply_to: replyTo } : {}), ...this.sayFields() });
  }

  /** Do something as the person who talks here; true once the sandbox took it. */
  async act(name, fields, { thread = true } = {}) {
    const where = this.where();
    if (!thread) delete where.thread;
    const answer = await attempt(this.pane, () => act(name, { ...where, ...fields }));
    if (answer?.message && name !== 'tap') this.store.put(answer.message);
    return answer !== null;
  }

  #menu(message, anchor, copy) {
    const own = message.from?.id === this.who()?.id && !message.sender_chat;
    const text = message.text ?? message.caption;
    const current = message.sim.reactions.find(({ user }) => user === this.who()?.id)?.emoji ?? [];
    const react = (emoji) => {
      box.hidePopover();
      this.act(
        'react',
        { message_id: message.message_id, emoji: current.includes(emoji) ? [] : [emoji] },
        { thread: false },
      );
    };
    const head = h('div.emoji-row', {}, REACTIONS.map((emoji) =>
      h(
        'button',
        {
          type: 'button',
          class: current.includes(emoji) ? 'own' : '',
          'aria-pressed': String(current.includes(emoji)),
          'aria-label': `React with ${emoji}`,
          onclick: () => react(emoji),
        },
        emoji,
      )));
    const box = menu(anchor, 'Message', [
      ['reply', 'Reply', () => this.composer.take('reply', message)],
      own && text && !message.forward_origin ? ['edit', 'Edit', () => this.composer.take('edit', message)] : null,
      text ? ['copy', 'Copy text', () => copy(text)] : null,
      ['trash', 'Delete', () => this.#delete(message), { danger: true }],
    ], head);
  }

  async #delete(message) {
    const sure = await ask({
      title: 'Delete this message?',
      text: 'It goes for everyone. As on Telegram, nothing tells the bot.',
      confirm: 'Delete',
      danger: true,
    });
    if (sure) await this.act('delete', { message_id: message.message_id }, { thread: false });
  }
}
