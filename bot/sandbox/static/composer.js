// The message field with what stands around it: reply bar, attach, commands, keyboard, send.

import { h, icon, iconButton } from './dom.js';
import { summary } from './text.js';

const touch = matchMedia('(pointer: coarse)');

export class Composer {
  /**
   * `send(text, replyTo)` and `edit(message, text)` resolve to true once the sandbox took it; `attach(anchor)` opens the menu;
   * `draft(key, text?)` reads and keeps drafts; `commands()` are offered after a slash; `lastOwn()` is what ArrowUp edits.
   */
  constructor({ id, label, send, edit, attach, draft, commands = () => [], lastOwn }) {
    Object.assign(this, { send, edit, draft, commands, lastOwn, key: null, about: null });
    this.bar = h('div.about', { hidden: true });
    this.hints = h('div.hints', { hidden: true, role: 'group', 'aria-label': 'Commands' });
    this.field = h('textarea.field', {
      id, rows: '1', 'aria-label': label, placeholder: 'Message', maxlength: '4096', dir: 'auto', enterkeyhint: 'send',
      autocomplete: 'off',
      oninput: () => this.#typed(), onkeydown: (event) => this.#key(event),
    });
    this.attachButton = iconButton(
      'clip',
      'Attach',
      () => attach(this.attachButton),
      { 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
    );
    this.sendButton = iconButton('send', 'Send', () => this.submit(), { class: 'icon-button send' });
    this.extra = h('span.composer-extra');
    this.row = h('div.composer-row', {}, this.attachButton, this.field, this.extra, this.sendButton);
    this.element = h('div.composer', {}, this.hints, this.bar, this.row);
  }

  /** Turn to another chat; each keeps what was typed for it. */
  turnTo(key, placeholder = 'Message') {
    this.field.placeholder = placeholder;
    if (key === this.key) return;
    this.key = key;
    this.#drop();
    this.field.value = this.draft(key) ?? '';
    this.#typed();
  }

  /** Put a text into the field, as a tap on a code does. */
  fill(text) {
    this.field.value = text;
    this.#typed();
    this.field.focus();
    this.row.classList.remove('filled');
    requestAnimationFrame(() => this.row.classList.add('filled'));
  }

  /** Answer or edit a message. */
  take(kind, message) {
    this.about = { kind, message };
    this.bar.replaceChildren(
      icon(kind),
      h(
        'span.about-text',
        {},
        h('b', {}, kind === 'edit' ? 'Edit message' : 'Reply'),
        h('span', { dir: 'auto' }, summary(message)),
      ),
      iconButton('close', kind === 'edit' ? 'Stop editing' : 'Do not reply', () => this.#drop(true)));
    this.bar.hidden = false;
    if (kind === 'edit') this.field.value = message.text ?? message.caption ?? '';
    this.#grow();
    this.field.focus();
  }

  async submit() {
    const text = this.field.value.trim();
    if (!text) return;
    const { about } = this;
    const taken = about?.kind === 'edit' ? this.edit(about.message, text) : this.send(text, about?.message.message_id);
    this.field.value = '';
    this.#drop();
    this.#typed();
    if (await taken) return;
    // What the sandbox refused goes back into the field, unless something new stands there already.
    if (!this.field.value) this.fill(text);
  }

  #drop(clear = false) {
    if (clear && this.about?.kind === 'edit') this.field.value = '';
    this.about = null;
    this.bar.hidden = true;
    this.bar.replaceChildren();
  }

  #typed() {
    if (this.key !== null && this.about?.kind !== 'edit') this.draft(this.key, this.field.value);
    const slash = /^\/(\w*)$/.exec(this.field.value);
    const found = slash ? this.commands().filter((item) => item.command.startsWith(slash[1])) : [];
    this.hints.hidden = !found.length;
    this.hints.replaceChildren(...found.map((item) =>
      h(
        'button.hint',
        { type: 'button', onclick: () => { this.field.value = `/${item.command}`; this.submit(); } },
        h('b', {}, `/${item.command}`),
        h('span', {}, item.description),
      )));
    this.row.classList.toggle('has-text', this.field.value.trim() !== '');
    this.#grow();
  }

  #grow() {
    if (CSS.supports('field-sizing', 'content')) return;
    this.field.style.height = 'auto';
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !touch.matches) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'Escape' && this.about) {
      event.preventDefault();
      this.#drop(true);
    } else if (event.key === 'ArrowUp' && !this.field.value) {
      const own = this.lastOwn();
      if (own) {
        event.preventDefault();
        this.take('edit', own);
      }
    }
  }
}
