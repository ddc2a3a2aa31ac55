// What the page knows: the world as the feed tells it, and what the person at the page has chosen, typed and seen.

import { fullName } from './dom.js';

const KEPT = 'phonedesk-sandbox';

export class Store extends EventTarget {
  constructor({ state, ticks }) {
    super();
    this.ticks = ticks;
    this.seen = new Map();
    this.chosen = {
      person: null,
      agent: null,
      anonymous: false,
      forum: null,
      topic: null,
      tab: 'chat',
      phone: 'sms',
      all: false,
    };
    this.drafts = {};
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
      Object.assign(this.chosen, kept.chosen);
      Object.assign(this.drafts, kept.drafts);
    } catch {
      // A page without storage, or with something foreign in it, begins afresh.
    }
    this.take(state);
  }

  /** Merge an answer of `/sim/state` and tell everybody. */
  take(answer) {
    const real = performance.now();
    this.clock = { now: answer.clock.now, real };
    this.epoch = answer.epoch;
    this.version = answer.version;
    if (!answer.changed) return;
    const old = answer.full ? new Map() : this.chats;
    for (const key of ['bot', 'settings', 'people', 'faults', 'updates', 'calls']) this[key] = answer[key];
    this.chats = new Map();
    for (const chat of answer.chats) {
      const messages = new Map(old.get(chat.id)?.messages);
      for (const message of chat.messages) {
        const known = messages.get(message.message_id)?.sim.version ?? 0;
        if (known <= message.sim.version) messages.set(message.message_id, message);
      }
      this.chats.set(chat.id, { ...chat, messages });
    }
    this.sms = merged(answer.full ? null : this.sms, answer.sms, 'seq');
    this.emails = merged(answer.full ? null : this.emails, answer.emails, 'seq');
    this.fix();
    if (answer.full) this.readAll();
    this.tell();
    if (answer.full) return;
    for (const toast of answer.toasts) this.dispatchEvent(new CustomEvent('toast', { detail: toast }));
  }

  /** Put the message an act gave back into its chat at once, without waiting for the feed. */
  put(message) {
    const chat = this.chats.get(message?.chat?.id);
    if (!chat || (chat.messages.get(message.message_id)?.sim.version ?? 0) >= message.sim.version) return;
    chat.messages.set(message.message_id, message);
    this.tell();
  }

  /** Take a person in at once, who was just made or changed. */
  meet(person) {
    this.people = [...this.people.filter((other) => other.id !== person.id), person].sort((a, b) => a.id - b.id);
    this.fix();
    this.tell();
  }

  tell() {
    this.dispatchEvent(new Event('change'));
  }

  choose(changes) {
    Object.assign(this.chosen, changes);
    this.fix();
    this.keep();
    this.tell();
  }

  keep() {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ chosen: this.chosen, drafts: this.drafts }));
    } catch {
      // Without storage a reload forgets the choice; nothing else depends on it.
    }
  }

  /** The sandbox's present moment in epoch milliseconds. */
  now() {
    return Math.round(this.clock.now + (this.ticks ? performance.now() - this.clock.real : 0));
  }

  // --- people and places ----------------------------------------------------------------------------------------------

  forums() {
    return [...this.chats.values()].filter((chat) => chat.is_forum && chat.migrated_to === null);
  }

  forum() {
    return this.chats.get(this.chosen.forum);
  }

  /** Everybody who is in a forum and no bot. */
  agents(forum = this.forum()) {
    const present = new Set(['creator', 'administrator', 'member', 'restricted']);
    const members = (forum?.members ?? []).filter((member) => present.has(member.status)).map((member) => member.user);
    return this.people.filter((person) => members.includes(person.id) && !person.is_bot);
  }

  /** Everybody who may be played in the private chat: agents only once they have opened it. */
  users() {
    const agents = new Set(this.forums().flatMap((forum) => this.agents(forum)).map((person) => person.id));
    return this.people.filter((person) => !person.is_bot && (!agents.has(person.id) || this.chats.has(person.id)));
  }

  person(id = this.chosen.person) {
    return this.people.find((person) => person.id === id);
  }

  nameOf(id) {
    return id === this.bot.id ? this.bot.name || this.bot.first_name : fullName(this.person(id));
  }

  fix() {
    const { chosen } = this;
    const pick = (wanted, list) => (list.some((item) => item.id === wanted) ? wanted : (list[0]?.id ?? null));
    chosen.person = pick(chosen.person, this.users());
    chosen.forum = pick(chosen.forum, this.forums());
    chosen.agent = pick(chosen.agent, this.agents());
    const topics = this.forum()?.topics ?? [];
    if (chosen.topic && !topics.some((topic) => topic.id === chosen.topic && !topic.deleted)) chosen.topic = null;
  }

  // --- messages, read and unread --------------------------------------------------------------------------------------

  /** Messages that are there, oldest first; `thread` is a topic's id, 0 the General topic, undefined all. */
  messages(id, thread) {
    const all = [...(this.chats.get(id)?.messages.values() ?? [])].sort((a, b) => a.message_id - b.message_id);
    return all.filter(
      (message) => !message.sim.deleted && (thread === undefined || (message.message_thread_id ?? 0) === thread),
    );
  }

  unread(key) {
    const seen = this.seen.get(key) ?? 0;
    return this.entries(key).filter((entry) => entry.id > seen && !entry.mine).length;
  }

  read(key) {
    const last = this.entries(key).reduce((most, entry) => Math.max(most, entry.id), 0);
    const fresh = last > (this.seen.get(key) ?? 0);
    if (fresh) this.seen.set(key, last);
    return fresh;
  }

  entries(key) {
    if (key === 'sms') return this.sms.map((sms) => ({ id: sms.seq, mine: false }));
    if (key === 'mail') return this.emails.map((mail) => ({ id: mail.seq, mine: false }));
    const [kind, chat, thread] = key.split('/');
    const found = this.messages(Number(chat), kind === 'chat' ? undefined : Number(thread));
    const mine = (message) => (kind === 'chat' ? !message.sim.out : message.from?.id === this.chosen.agent);
    return found.map((message) => ({ id: message.message_id, mine: mine(message) }));
  }

  readAll() {
    this.seen.clear();
    ['sms', 'mail', ...this.users().map((person) => `chat/${person.id}`)].forEach((key) => this.read(key));
    for (const forum of this.forums()) {
      [0, ...forum.topics.map((topic) => topic.id)].forEach((topic) => this.read(`topic/${forum.id}/${topic}`));
    }
  }
}

function merged(old, fresh, id) {
  const all = new Map((old ?? []).map((item) => [item[id], item]));
  for (const item of fresh) all.set(item[id], item);
  return [...all.values()].sort((a, b) => a[id] - b[id]);
}
