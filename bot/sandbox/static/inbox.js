// The user's phone and mailbox: every SMS and email that reached the gateways. A code in one goes into the message field by a tap.

import { fullName, h, icon, setBadge, timeOf, dayLine } from './dom.js';
import { copyText } from './overlay.js';
import { inboxText } from './text.js';

export class InboxPane {
  /** `useCode(code)` gets a tapped code, `openLink(url, event)` a tapped link. */
  constructor(store, pane, { useCode, openLink }) {
    Object.assign(this, { store, pane, cards: new Map() });
    this.on = { code: useCode, link: openLink, copy: (text) => copyText(pane, text) };
    this.title = h('h2');
    this.number = h('small');
    this.badges = { sms: h('b.badge'), mail: h('b.badge') };
    const tab = (name, mark, label) => h(
      'button.phone-tab',
      { type: 'button', data: { phone: name }, onclick: () => store.choose({ phone: name }) },
      icon(mark),
      label,
      this.badges[name],
    );
    this.tabs = [tab('sms', 'phone', 'SMS'), tab('mail', 'mail', 'Email')];
    this.all = h('input', { type: 'checkbox', onchange: () => store.choose({ all: this.all.checked }) });
    this.allRow = h('label.all', {}, this.all, 'other people’s phones too');
    this.lists = { sms: this.#list('SMS'), mail: this.#list('Emails') };
    pane.append(
      h(
        'header.head',
        {},
        h('span.device', { 'aria-hidden': 'true' }, icon('phone')),
        h('div.head-text', {}, this.title, this.number),
      ),
      h('div.phone-tabs', { role: 'group', 'aria-label': 'Phone or mailbox' }, this.tabs), this.allRow, this.lists.sms,
      this.lists.mail);
  }

  #list(label) {
    return h('div.inbox', { role: 'log', 'aria-live': 'polite', 'aria-label': label, tabindex: '0' });
  }

  draw() {
    const { store } = this;
    const person = store.person();
    this.title.replaceChildren(...(person ? [h('bdi', {}, person.first_name), '’s phone'] : ['Phone']));
    this.number.textContent = person?.phone || 'no number yet';
    for (const tab of this.tabs) tab.setAttribute('aria-pressed', String(tab.dataset.phone === store.chosen.phone));
    for (const name of ['sms', 'mail']) setBadge(this.badges[name], store.unread(name));
    this.all.checked = store.chosen.all;
    this.allRow.hidden = store.chosen.phone !== 'sms';
    this.lists.sms.hidden = store.chosen.phone !== 'sms';
    this.lists.mail.hidden = store.chosen.phone !== 'mail';
    const foreign = new Set(store.people.filter(
      (other) => other.id !== person?.id && other.phone,
    ).map((other) => other.phone));
    const texts = store.sms.filter((sms) => store.chosen.all || !foreign.has(sms.to));
    this.#fill('sms', texts, (sms) => this.#text(sms), 'No text messages yet. Codes the bot sends arrive here.');
    this.#fill('mail', store.emails, (mail) => this.#mail(mail), 'No emails yet.');
  }

  #fill(name, items, make, hush) {
    const cards = items.toReversed().map((item) => {
      const key = `${name} ${item.seq}`;
      const stamp = `${item.repeats} ${dayLine(item.at, this.store.now())} ${this.store.epoch}`;
      const old = this.cards.get(key);
      if (old?.stamp === stamp) return old.node;
      const node = make(item);
      this.cards.set(key, { stamp, node });
      if (this.drawn) node.classList.add('fresh');
      return node;
    });
    const list = this.lists[name];
    const wanted = cards.length ? cards : [this.#hush(name, hush)];
    if (wanted.length !== list.children.length || wanted.some((node, index) => list.children[index] !== node)) {
      for (const [index, node] of wanted.entries()) if (list.children[index] !== node) list.insertBefore(
        node,
        list.children[index] ?? null,
      );
      while (list.children.length > wanted.length) list.lastElementChild.remove();
    }
    this.drawn = true;
  }

  #hush(name, text) {
    this.quiet ??= {};
    return (this.quiet[name] ??= h('p.hush', {}, text));
  }

  #when(item) {
    return h(
      'time',
      { datetime: new Date(item.at).toISOString() },
      `${dayLine(item.at, this.store.now())}, ${timeOf(item.at)}`,
    );
  }

  #again(item) {
    return item.repeats ? h(
      'p.again',
      {},
      `Asked for ${item.repeats} more time${item.repeats > 1 ? 's' : ''} with the same id, delivered once`,
    ) : null;
  }

  #text(sms) {
    const owner = this.store.people.find((person) => person.phone === sms.to);
    return h('article.sms', { 'aria-label': `SMS to ${sms.to}` },
      h('header', {}, h('b', {}, h('bdi', {}, sms.sender || 'SMS')), this.#when(sms)),
      h('p.sms-text', { dir: 'auto' }, inboxText(sms.text, this.on)), this.#again(sms),
      h('footer', {}, 'to ', h('bdi', {}, sms.to), owner ? [' · ', h('bdi', {}, fullName(owner))] : null));
  }

  #mail(mail) {
    const body = h('div.mail-body', { dir: 'auto' }, inboxText(mail.text, this.on));
    const frame = mail.html ? h(
      'button.plain',
      { type: 'button', 'aria-pressed': 'false', onclick: () => this.#design(mail, body, frame) },
      'Show as designed',
    ) : null;
    return h('article.mail', { 'aria-label': `Email to ${mail.to}` },
      h('header', {}, h('b', {}, h('bdi', {}, mail.subject)), this.#when(mail)),
      h('p.mail-to', {}, 'to ', h('bdi', {}, mail.to)), body, this.#again(mail), frame);
  }

  #design(mail, body, toggle) {
    const shown = toggle.getAttribute('aria-pressed') === 'true';
    toggle.setAttribute('aria-pressed', String(!shown));
    toggle.textContent = shown ? 'Show as designed' : 'Show as text';
    body.replaceChildren(shown ? inboxText(mail.text, this.on)
      : h(
        'iframe',
        {
          title: `Email: ${mail.subject}`,
          src: `/sandbox/mail/${mail.seq}`,
          sandbox: 'allow-popups allow-popups-to-escape-sandbox',
          referrerpolicy: 'no-referrer',
        },
      ));
  }
}
