// The agents' pane: the forum with its topics, the open topic, and who plays the agent.

import { act } from './api.js';
import { alertBox, ask, attempt, menu, notice } from './overlay.js';
import { avatar, dayKey, fullName, h, icon, iconButton, setBadge, shortDay, timeOf } from './dom.js';
import { faces } from './people.js';
import { Place } from './place.js';
import { service, summary } from './text.js';

const GENERAL = { id: 0, name: 'General', icon_color: 0, closed: false };

export class DeskPane {
  constructor(store, pane, openLink) {
    Object.assign(this, { store, pane, rows: new Map(), wanted: '' });
    this.place = new Place(store, pane, {
      id: 'desk-field', label: 'topic', group: true,
      where: () => ({
        person: store.chosen.agent,
        chat: store.chosen.forum,
        ...(store.chosen.topic ? { thread: store.chosen.topic } : {}),
      }),
      who: () => store.person(store.chosen.agent),
      open: openLink,
      sayFields: () => (store.chosen.anonymous && this.#mayHide() ? { anonymous: true } : {}),
      titleOf: (user) => {
        const member = store.forum()?.members.find((other) => other.user === user);
        return member?.title || { creator: 'owner', administrator: 'admin' }[member?.status] || '';
      },
    });
    this.people = h('div.people');
    this.search = h(
      'input.search',
      {
        type: 'search',
        placeholder: 'Search topics',
        'aria-label': 'Search topics',
        oninput: () => { this.wanted = this.search.value.trim().toLowerCase(); this.draw(); },
      },
    );
    this.topics = h('nav.topics', { 'aria-label': 'Topics' });
    this.groupFace = h('span');
    this.groupText = h('div.head-text');
    const add = iconButton('plus', 'New topic', () => this.#create());
    const side = h(
      'div.side',
      {},
      h('header.head', {}, this.groupFace, this.groupText, add),
      h('div.search-row', {}, icon('search'), this.search),
      this.topics,
    );
    this.title = h('div.head-text');
    this.busy = h('small.typing', { hidden: true }, 'typing', h('i'), h('i'), h('i'));
    const back = iconButton(
      'back',
      'Back to the topics',
      () => store.choose({ topic: null, open: false }),
      { class: 'icon-button back' },
    );
    this.more = iconButton('more', 'More about this topic', () => this.#more(), { 'aria-haspopup': 'menu' });
    this.hide = h(
      'button.hide',
      { type: 'button', onclick: () => store.choose({ anonymous: !store.chosen.anonymous }) },
      icon('mask'),
      h('span', {}, 'Anonymous'),
    );
    this.place.composer.extra.append(this.hide);
    this.closedNote = h('p.closed-note', { hidden: true });
    const main = h(
      'div.main',
      {},
      h('header.head', {}, back, this.title, this.more),
      this.place.log.element,
      h('div.bottom', {}, this.closedNote, this.place.composer.element),
    );
    this.split = h('div.split', {}, side, main);
    this.empty = h('p.note', { hidden: true }, 'There is no forum in this sandbox.');
    pane.append(this.people, this.empty, this.split);
    store.addEventListener('toast', (event) => this.#toast(event.detail));
  }

  draw() {
    const { store } = this;
    const forum = store.forum();
    this.empty.hidden = Boolean(forum);
    this.split.hidden = !forum;
    if (!forum) return;
    const { agent } = store.chosen;
    this.people.replaceChildren(faces(
      store.agents(),
      agent,
      { label: 'Which agent you are', choose: (id) => store.choose({ agent: id }) },
    ));
    this.groupFace.replaceChildren(avatar(forum.title, forum.id));
    const open = forum.topics.filter((topic) => !topic.deleted && !topic.closed).length;
    this.groupText.replaceChildren(
      h('h2', {}, h('bdi', {}, forum.title)),
      h('small', {}, `${open} open topic${open === 1 ? '' : 's'}`),
    );
    this.#drawTopics(forum);
    const topic = this.#topic(forum);
    this.split.classList.toggle('opened', Boolean(store.chosen.topic) || store.chosen.open === true);
    const state = topic.closed ? h('span.state.closed', {}, icon('lock'), 'Closed') : h(
      'span.state',
      {},
      topic.id ? 'Open' : 'everything outside topics',
    );
    this.title.replaceChildren(h('h2', {}, h('bdi', {}, topic.name)), h('small', {}, state), this.busy);
    this.more.hidden = topic.id === 0;
    this.hide.hidden = !this.#mayHide();
    this.hide.setAttribute('aria-pressed', String(store.chosen.anonymous));
    this.hide.title = `${store.chosen.anonymous ? 'You write' : 'Write'} as the group, without your name`;
    this.closedNote.hidden = !topic.closed;
    this.closedNote.textContent = 'This topic is closed. Administrators may still write.';
    const key = `topic/${forum.id}/${topic.id}`;
    const messages = store.messages(forum.id, topic.id);
    const start = messages.length ? null : h(
      'p.hush',
      {},
      'Nothing here yet. Tickets that the bot hands over open as topics of their own.',
    );
    this.place.show(`${key}/${agent}`, messages, { start });
    const name = store.nameOf(agent);
    this.place.composer.turnTo(key, `Message as ${store.chosen.anonymous && this.#mayHide() ? forum.title : name}`);
    this.tick();
  }

  tick() {
    const { typing } = this.store.forum() ?? {};
    const here = typing && typing.until > this.store.now() && (typing.thread ?? 0) === (this.store.chosen.topic ?? 0);
    this.busy.hidden = !here;
  }

  #topic(forum) {
    return forum.topics.find((topic) => topic.id === this.store.chosen.topic) ?? GENERAL;
  }

  #drawTopics(forum) {
    const { store } = this;
    const all = store.messages(forum.id);
    const last = new Map(all.map((message) => [message.message_thread_id ?? 0, message]));
    const listed = [GENERAL, ...forum.topics.filter((topic) => !topic.deleted)]
      .filter((topic) => topic.name.toLowerCase().includes(this.wanted))
      .sort((a, b) => (last.get(b.id)?.message_id ?? 0) - (last.get(a.id)?.message_id ?? 0));
    const rows = new Map(listed.map((topic) => {
      const message = last.get(topic.id);
      const unread = store.unread(`topic/${forum.id}/${topic.id}`);
      const current = topic.id === (store.chosen.topic ?? 0);
      const stamp = JSON.stringify([
        topic,
        message?.message_id,
        message?.sim.version,
        unread,
        current,
        store.chosen.forum,
      ]);
      const old = this.rows.get(topic.id);
      return [topic.id, old?.stamp === stamp ? old : { stamp, node: this.#row(topic, message, unread, current) }];
    }));
    const held = this.topics.contains(document.activeElement) ? document.activeElement.dataset.topic : null;
    this.rows = rows;
    this.topics.replaceChildren(...[...rows.values()].map((row) => row.node));
    if (held) rows.get(Number(held))?.node.focus();
  }

  #row(topic, message, unread, current) {
    const badge = h('b.badge');
    setBadge(badge, unread);
    const color = topic.icon_color ? `#${topic.icon_color.toString(16).padStart(6, '0')}` : null;
    const mark = topic.id ? h(
      `span.topic-icon${topic.icon ? '.emoji' : ''}`,
      { style: { '--tint': color }, 'aria-hidden': 'true' },
      topic.icon || (topic.name.match(/\p{L}/u)?.[0] ?? '#'),
    ) : h('span.topic-icon.general', { 'aria-hidden': 'true' }, icon('hash'));
    const at = message ? message.date * 1000 : null;
    const when = at === null ? '' : dayKey(at) === dayKey(this.store.now()) ? timeOf(at) : shortDay(at);
    const told = message && service(message);
    const preview = told ?? (message ? `${fullName(message.sender_chat ?? message.from)}: ${summary(message)}` : '');
    return h('button', {
      type: 'button', class: 'topic', 'aria-current': current ? 'true' : null, data: { topic: topic.id },
      onclick: () => this.store.choose({ topic: topic.id || null, open: true }),
    }, mark, h('span.topic-text', {},
      h(
        'span.topic-top',
        {},
        h('b', {}, h('bdi', {}, topic.name)),
        topic.closed ? icon('lock') : null,
        h('small', {}, when),
      ),
      h('span.topic-bottom', {}, h('span', { dir: 'auto' }, preview), badge)));
  }

  #mayHide() {
    const member = this.store.forum()?.members.find((other) => other.user === this.store.chosen.agent);
    return ['creator', 'administrator'].includes(member?.status);
  }

  #fields() {
    return { person: this.store.chosen.agent, chat: this.store.chosen.forum, thread: this.store.chosen.topic };
  }

  async #create() {
    const answer = await ask({
      title: 'New topic',
      fields: [{ name: 'name', label: 'Name', required: true, attributes: { maxlength: 128 } }],
      confirm: 'Create',
    });
    if (!answer) return;
    const { person, chat } = this.#fields();
    await attempt(this.pane, () => act('topic_create', { person, chat, name: answer.name }));
  }

  #more() {
    const topic = this.#topic(this.store.forum());
    const run = (name, more = {}) => attempt(this.pane, () => act(name, { ...this.#fields(), ...more }));
    menu(this.more, 'This topic', [
      topic.closed ? [
        'unlock',
        'Reopen the topic',
        () => run('topic_reopen'),
      ] : ['lock', 'Close the topic', () => run('topic_close')],
      ['edit', 'Rename…', async () => {
        const answer = await ask({
          title: 'Rename the topic',
          fields: [{ name: 'name', label: 'Name', required: true, value: topic.name, attributes: { maxlength: 128 } }],
          confirm: 'Save',
        });
        if (answer) await run('topic_rename', { name: answer.name });
      }],
      ['trash', 'Delete…', async () => {
        const sure = await ask({
          title: `Delete “${topic.name}”?`,
          text: 'The topic goes with its messages. As on Telegram, nothing tells the bot.',
          confirm: 'Delete',
          danger: true,
        });
        if (sure) await run('topic_delete');
      }, { danger: true }],
    ]);
  }

  #toast(toast) {
    if (toast.chat !== this.store.chosen.forum || toast.person !== this.store.chosen.agent || !toast.text) return;
    if (toast.alert) alertBox(this.store.nameOf(this.store.bot.id), toast.text);
    else notice(this.pane, toast.text);
  }
}
