// The journal: the newest Bot API calls, refused ones in red.

import { get } from './api.js';
import { h, secondsOf } from './dom.js';

const NEWEST = 150;

export class Journal {
  constructor(store, drawer, close) {
    Object.assign(this, { store, drawer, after: 0, epoch: null });
    this.only = h(
      'input',
      { type: 'checkbox', onchange: () => this.list.classList.toggle('only-errors', this.only.checked) },
    );
    this.total = h('small');
    this.list = h('ol.calls', { 'aria-label': 'Calls, newest first' });
    drawer.append(
      h(
        'header.drawer-head',
        {},
        h('h2', {}, 'Journal'),
        this.total,
        h('label.all', {}, this.only, 'errors only'),
        close(),
      ),
      h('div.drawer-body', {}, this.list, h('p.hush', {}, 'The bot has made no call yet.')));
  }

  /** A refused call is no change of the world, so the page asks how many there are. */
  async refresh() {
    const answer = await get('/sim/calls?limit=0').catch(() => null);
    if (!answer || answer.total === this.store.calls.total) return;
    this.store.calls = { total: answer.total, errors: answer.errors };
    this.store.tell();
  }

  /** Fetch what is new, when the drawer is open. */
  async draw() {
    const { calls, epoch } = this.store;
    this.total.textContent = `${calls.total} calls, ${calls.errors} refused`;
    if (this.drawer.hidden || this.busy) return;
    if (epoch !== this.epoch) {
      this.list.replaceChildren();
      this.after = Math.max(0, calls.total - NEWEST);
      this.epoch = epoch;
    }
    this.busy = true;
    const answer = await get(`/sim/calls?after=${this.after}&limit=${NEWEST}`).catch(() => null);
    this.busy = false;
    if (!answer?.calls.length) return;
    this.after = answer.calls.at(-1).seq;
    this.list.prepend(...answer.calls.map(row).reverse());
    while (this.list.children.length > NEWEST) this.list.lastElementChild.remove();
  }
}

function row(call) {
  const bad = call.ok !== true;
  const state = call.ok === null ? (call.stored ? 'no answer, stored' : 'no answer') : call.ok ? 'ok' : `${call.error_code}`;
  const target = call.params.chat_id ?? '';
  return h('li', { class: bad ? 'call bad' : 'call' }, h('details', {},
    h('summary', {}, h('time', {}, secondsOf(call.at)), h('b', {}, call.method), h(
      'span.target',
      {},
      String(target),
    ), h('span.verdict', {}, state),
      bad && call.description ? h('span.why', {}, call.description) : null),
    h('pre', {}, JSON.stringify(call.params, null, 2))));
}
