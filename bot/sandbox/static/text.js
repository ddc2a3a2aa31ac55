// Formatted text: entities of the Bot API into elements. Offsets are UTF-16 code units, as JavaScript's own are.

import { h, momentOf, safeUrl } from './dom.js';

const DATE_PARTS = {
  w: { weekday: 'long' },
  d: { day: '2-digit', month: '2-digit', year: '2-digit' },
  D: { day: 'numeric', month: 'long', year: 'numeric' },
  t: { hour: '2-digit', minute: '2-digit' },
  T: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
};
const STEPS = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];
const BLOCKS = new Set(['pre', 'blockquote', 'expandable_blockquote']);
const CODE = /(?<![\d+.,:/#-])(?:\d{4,8}|\d{3}[ -]\d{3})(?![\d]|[.,:/-]\d)/gu;
const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/gu;

/**
 * The text as a fragment.
 * `on` says what a tap on something in it does: `command(text)`, `link(url)`, `copy(text)`; `now` is the sandbox's moment.
 */
export function richText(text, entities, on, now) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return within(text, sorted, 0, text.length, on, now);
}

function within(text, entities, start, end, on, now) {
  const made = document.createDocumentFragment();
  let at = start;
  for (let index = 0; index < entities.length; ) {
    const entity = entities[index];
    const [from, to] = [Math.max(entity.offset, at), Math.min(entity.offset + entity.length, end)];
    index += 1;
    if (from >= to) continue;
    const inner = [];
    while (index < entities.length && entities[index].offset < to) inner.push(entities[index++]);
    made.append(
      text.slice(at, from),
      drawn(entity, text.slice(from, to), within(text, inner, from, to, on, now), on, now),
    );
    at = to;
    // A block ends its own line; the line break that follows it in the text would make an empty one.
    if (BLOCKS.has(entity.type) && text[at] === '\n') at += 1;
  }
  made.append(text.slice(at, end));
  return made;
}

function drawn(entity, raw, inner, on, now) {
  switch (entity.type) {
    case 'bold': return h('strong', {}, inner);
    case 'italic': return h('em', {}, inner);
    case 'underline': return h('u', {}, inner);
    case 'strikethrough': return h('s', {}, inner);
    case 'spoiler': return spoiler(inner);
    case 'code': return copyable(h('code', {}, inner), raw, on);
    case 'pre': return h(
      'pre',
      { data: entity.language ? { language: entity.language } : {} },
      copyable(h('code', {}, inner), raw, on),
    );
    case 'blockquote': return h('blockquote', {}, inner);
    case 'expandable_blockquote': return expandable(inner);
    case 'bot_command': return h('button.link', { type: 'button', onclick: () => on.command(raw) }, inner);
    case 'text_link': return link(entity.url, inner, on);
    case 'url': return link(raw, inner, on);
    case 'email': return link(`mailto:${raw}`, inner, on);
    case 'phone_number': return link(`tel:${raw.replace(/[^\d+]/g, '')}`, inner, on);
    case 'date_time': return h(
      'time.moment',
      { title: momentOf(entity.unix_time * 1000) },
      moment(entity, now) ?? inner,
    );
    case 'mention': case 'text_mention': case 'hashtag': case 'cashtag': return h('span.mention', {}, inner);
    default: return h('span', {}, inner);
  }
}

function link(address, inner, on) {
  const url = safeUrl(address);
  if (!url) return h('span', {}, inner);
  return h(
    'a',
    { href: url, target: '_blank', rel: 'noopener noreferrer', title: url, onclick: (event) => on.link(url, event) },
    inner,
  );
}

function spoiler(inner) {
  const node = h(
    'span.spoiler',
    { role: 'button', tabindex: '0', 'aria-label': 'Hidden text. Show it' },
    h('span', {}, inner),
  );
  const show = (event) => {
    if (!node.classList.contains('spoiler') || (event.type === 'keydown' && !['Enter', ' '].includes(event.key))) return;
    event.preventDefault();
    node.className = 'spoiler-open';
    for (const name of ['role', 'tabindex', 'aria-label']) node.removeAttribute(name);
  };
  node.addEventListener('click', show);
  node.addEventListener('keydown', show);
  return node;
}

function copyable(node, raw, on) {
  node.title = 'Copy';
  node.addEventListener('click', () => on.copy(raw));
  return node;
}

function expandable(inner) {
  const quote = h('blockquote.folded', {}, inner);
  const toggle = h('button.fold', { type: 'button', 'aria-expanded': 'false' }, 'Show more');
  toggle.addEventListener('click', () => {
    const open = !quote.classList.toggle('folded');
    toggle.setAttribute('aria-expanded', String(open));
    toggle.textContent = open ? 'Show less' : 'Show more';
  });
  return h('div.quote-box', {}, quote, toggle);
}

/** A date-time entity in the viewer's own zone (Bot API: date-time entity formatting); null leaves the text as it is. */
function moment(entity, now) {
  const wanted = entity.date_time_format ?? '';
  if (wanted === 'r') return relative(entity.unix_time - now / 1000);
  if (!/^w?[dD]?[tT]?$/.test(wanted) || !wanted) return null;
  const options = Object.assign({}, ...[...wanted].map((part) => DATE_PARTS[part]));
  return new Intl.DateTimeFormat(undefined, options).format(entity.unix_time * 1000);
}

function relative(seconds) {
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}

/** The text of an SMS or an email: codes become buttons, addresses links. */
export function inboxText(text, on) {
  const found = [
    ...[...text.matchAll(LINK)].map((match) => ({ match, make: (raw) => link(raw, raw, on) })),
    ...[...text.matchAll(CODE)].map((match) => ({ match, make: (raw) => codeButton(raw, on) })),
  ].sort((a, b) => a.match.index - b.match.index);
  const made = document.createDocumentFragment();
  let at = 0;
  for (const { match, make } of found) {
    if (match.index < at) continue;
    made.append(text.slice(at, match.index), make(match[0]));
    at = match.index + match[0].length;
  }
  made.append(text.slice(at));
  return made;
}

const codeButton = (raw, on) =>
  h(
    'button.code',
    {
      type: 'button',
      title: 'Copy into the message field',
      'aria-label': `Copy code ${raw} into the message field`,
      onclick: () => on.code(raw.replace(/\D/g, '')),
    },
    raw,
  );

/** One line that says what a message is: for quotes and lists. */
export function summary(message) {
  if (!message) return '';
  const { sim = {} } = message;
  const text = message.text ?? message.caption;
  if (text) return text.replace(/\s+/gu, ' ');
  if (message.contact) return `Contact: ${message.contact.first_name}`;
  if (message.location) return 'Location';
  const kind = sim.file?.kind ?? Object.keys(KINDS).find((name) => name in message);
  return KINDS[kind] ?? service(message) ?? 'Message';
}

const KINDS = {
  photo: 'Photo',
  document: 'File',
  video: 'Video',
  audio: 'Audio',
  voice: 'Voice message',
  video_note: 'Video message',
  animation: 'GIF',
  sticker: 'Sticker',
};

/** The sentence of a service message; null for any other. */
export function service(message) {
  const who = [message.from?.first_name, message.from?.last_name].filter(Boolean).join(' ') || 'Somebody';
  const found = Object.keys(SERVICE).find((key) => key in message);
  return found ? SERVICE[found](who, message[found]) : null;
}

const names = (users) => users.map((user) => user.first_name).join(', ');
const SERVICE = {
  forum_topic_created: (who, it) => `${who} created the topic “${it.name}”`,
  forum_topic_edited: (who, it) => (it.name ? `${who} renamed the topic to “${it.name}”` : `${who} changed the topic's icon`),
  forum_topic_closed: (who) => `${who} closed the topic`,
  forum_topic_reopened: (who) => `${who} reopened the topic`,
  general_forum_topic_hidden: (who) => `${who} hid the General topic`,
  general_forum_topic_unhidden: (who) => `${who} showed the General topic`,
  pinned_message: (who, it) => `${who} pinned “${summary(it).slice(0, 40)}”`,
  new_chat_members: (who, it) => `${names(it)} joined the group`,
  left_chat_member: (who, it) => `${it.first_name} left the group`,
  migrate_to_chat_id: () => 'The group became a supergroup',
  migrate_from_chat_id: () => 'The group became a supergroup',
  new_chat_title: (who, it) => `${who} renamed the group to “${it}”`,
};
