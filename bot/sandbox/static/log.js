// The list of messages of one chat or topic: keeps what did not change, groups neighbours, sticks to the bottom.

import { dayKey, dayLine, h, iconButton, setBadge } from './dom.js';
import { authorId, messageRow } from './message.js';
import { service } from './text.js';

const NEAR = 48;
const TOGETHER_S = 900;

export class Log {
  /** `view` is what `messageRow` wants; `label` names the log for screen readers. */
  constructor(view, label) {
    this.view = { ...view, jump: (id) => this.jump(id) };
    this.rows = new Map();
    this.key = null;
    this.unseen = 0;
    this.list = h(
      'div.log-list',
      { role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-label': label },
    );
    this.scroller = h(
      'div.log-scroll',
      { tabindex: '0', 'aria-label': label, role: 'region', onscroll: () => this.settle() },
      this.list,
    );
    this.count = h('b.badge', { hidden: true });
    this.downButton = iconButton(
      'down',
      'To the newest message',
      () => this.toBottom(true),
      { class: 'icon-button to-bottom', hidden: true },
    );
    this.downButton.append(this.count);
    this.element = h('div.log', {}, this.scroller, this.downButton);
    // Pictures that load late and a keyboard that opens must not push the newest message out of sight.
    this.stuck = true;
    const stay = new ResizeObserver(() => this.settle());
    stay.observe(this.list);
    stay.observe(this.scroller);
  }

  /** Show `messages`; another `key` means another chat, which begins at its end. */
  show(key, messages, { start = null } = {}) {
    const fresh = key !== this.key;
    if (fresh) {
      this.key = key;
      this.rows.clear();
      this.list.replaceChildren();
      this.stuck = true;
      this.unseen = 0;
    }
    this.list.setAttribute('aria-live', fresh ? 'off' : 'polite');
    const wanted = this.#wanted(messages);
    const came = fresh ? [] : wanted.filter((item) => item.album && !this.rows.has(item.key));
    this.#reconcile(wanted, fresh);
    if (start) this.list.replaceChildren(start);
    if (came.some((item) => this.view.mine(item.album[0]))) this.stuck = true;
    if (!this.stuck) this.unseen += came.length;
    if (this.stuck) this.toBottom();
    this.settle();
  }

  #wanted(messages) {
    const wanted = [];
    let [day, last] = [null, null];
    for (const message of messages) {
      const at = message.date * 1000;
      if (last?.album && message.media_group_id && last.album[0].media_group_id === message.media_group_id) {
        last.album.push(message);
        last.stamp += `+${message.sim.version}`;
        continue;
      }
      if (dayKey(at) !== day) {
        day = dayKey(at);
        const line = dayLine(at, this.view.now());
        wanted.push({ key: `day ${day}`, stamp: line, make: () => h('div.day', {}, h('span', {}, line)) });
        last = null;
      }
      const item = {
        key: `message ${message.message_id}`,
        stamp: String(message.sim.version),
        album: [message],
        last: true,
        first: true,
      };
      item.make = () => messageRow(item.album, this.view);
      item.solo = service(message) !== null;
      if (last?.album && joined(last, item)) {
        last.last = false;
        item.first = false;
      }
      wanted.push(item);
      last = item;
    }
    return wanted;
  }

  #reconcile(wanted, quiet) {
    const kept = new Map();
    let before = null;
    for (const item of wanted) {
      const old = this.rows.get(item.key);
      const same = old?.stamp === item.stamp;
      const node = same ? old.node : item.make();
      if (old && !same) {
        const held = old.node.contains(document.activeElement);
        old.node.replaceWith(node);
        if (held) (node.querySelector('.key') ?? this.scroller).focus({ preventScroll: true });
      }
      if (!old && !quiet) node.classList.add('fresh');
      node.classList.toggle('first', item.first === true);
      node.classList.toggle('last', item.last === true);
      const place = before ? before.nextSibling : this.list.firstChild;
      if (place !== node) this.list.insertBefore(node, place);
      kept.set(item.key, { node, stamp: item.stamp });
      before = node;
    }
    for (const [key, { node }] of this.rows) if (!kept.has(key)) node.remove();
    while (before ? before.nextSibling : this.list.firstChild) (before ? before.nextSibling : this.list.firstChild).remove();
    this.rows = kept;
  }

  /** Take note of where the reader is. */
  settle() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const size = `${scrollHeight}/${clientHeight}`;
    // A scroll event that comes with a change of size is not the reader's doing.
    if (this.stuck && size !== this.size) this.toBottom();
    else this.stuck = scrollHeight - scrollTop - clientHeight < NEAR;
    this.size = size;
    if (this.stuck) this.unseen = 0;
    this.downButton.hidden = this.stuck;
    setBadge(this.count, this.unseen);
  }

  toBottom(smooth = false) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth && !calm() ? 'smooth' : 'instant' });
  }

  /** Bring a message into view and flash it. */
  jump(id) {
    const node = this.rows.get(`message ${id}`)?.node;
    if (!node) return;
    node.scrollIntoView({ block: 'center', behavior: calm() ? 'instant' : 'smooth' });
    node.classList.remove('flash');
    requestAnimationFrame(() => node.classList.add('flash'));
  }
}

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function joined(one, other) {
  const [a, b] = [one.album.at(-1), other.album[0]];
  return !one.solo && !other.solo && authorId(a) === authorId(b) && b.date - a.date < TOGETHER_S;
}
