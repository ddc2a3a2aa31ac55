// One message as Telegram draws it: bubble, quote, text, reactions, the small print, the buttons under it.

import { avatar, fullName, h, icon, iconButton, timeOf, tintOf } from './dom.js';
import { inlineKeyboard } from './keyboards.js';
import { grid, mediaOf } from './media.js';
import { richText, service, summary } from './text.js';

/**
 * A row of the log.
 * `album` is one message or the messages of one album; `view` says who looks:
 * `{mine(message), group, nameOf(id), now, on, tap, menu, jump, react, viewer}`.
 */
export function messageRow(album, view) {
  const [first] = album;
  const told = service(first);
  if (told) return h('div.service', { data: { id: first.message_id } }, h('span', {}, h('bdi', {}, told)));
  const mine = view.mine(first);
  const name = authorOf(first);
  const body = bubble(album, view, mine, name);
  const stack = h('div.stack', {}, body, inlineKeyboard(first.sim.markup, first, view));
  const more = iconButton(
    'more',
    'What to do with this message',
    () => view.menu(first, more),
    { class: 'icon-button more', 'aria-haspopup': 'menu' },
  );
  const face = view.group && !mine ? h('span.face', {}, avatar(name, authorId(first))) : null;
  const about = {
    class: `message ${mine ? 'out' : 'in'}`,
    data: { id: first.message_id },
    'aria-label': `${mine ? 'You' : name}, ${timeOf(first.date * 1000)}`,
  };
  return h('article', about, face, stack, more);
}

export const authorId = (message) => message.sender_chat?.id ?? message.from?.id ?? 0;
export const authorOf = (message) => fullName(message.sender_chat ?? message.from);

function bubble(album, view, mine, name) {
  const [first] = album;
  const texted = album.find((message) => message.text ?? message.caption) ?? first;
  const text = texted.text ?? texted.caption ?? '';
  const media = album.length > 1 ? grid(album, view) : mediaOf(first, view);
  const bare = !text && ['sticker', 'video_note'].includes(first.sim.file?.kind);
  const visual = ['photo', 'video', 'animation'].includes(first.sim.file?.kind);
  const heads = [
    view.group && !mine ? author(first, name, view) : null,
    forwarded(first),
    quoted(first, view),
  ].filter(Boolean);
  const small = meta(album, mine);
  const reactions = reactionBar(first, view);
  const kinds = [
    'bubble',
    bare && 'bare',
    visual && 'visual',
    heads.length && 'headed',
    text && 'texted',
    emojiOnly(text, texted) && 'emoji',
  ];
  const words = text ? richText(text, texted.entities ?? texted.caption_entities, view.on, view.now()) : null;
  return h('div', { class: kinds.filter(Boolean).join(' ') },
    heads,
    media,
    words ? h('div.text', { dir: 'auto' }, words, reactions ? null : small) : null,
    reactions ? h('div.reactions', {}, reactions, small) : null,
    text || reactions ? null : small);
}

const emojiOnly = (text, message) =>
  text && !message.entities?.length && /^(?:\p{RGI_Emoji}){1,3}$/v.test(text);

function author(message, name, view) {
  const role = message.sender_chat ? 'anonymous admin' : message.from?.is_bot ? 'bot' : view.titleOf?.(message.from?.id);
  const tint = `author tint-text-${tintOf(authorId(message))}`;
  return h('div', { class: tint }, h('bdi', {}, name), role ? h('small', {}, role) : null);
}

function forwarded(message) {
  const from = message.forward_origin;
  if (!from) return null;
  const name = from.sender_user_name ?? fullName(from.sender_user ?? from.sender_chat ?? from.chat);
  return h('div.forwarded', {}, 'Forwarded from ', h('bdi', {}, name));
}

function quoted(message, view) {
  const target = message.reply_to_message;
  // Inside a topic every message answers the service message that opened it; that is no reply of anybody's.
  if (!target || target.message_id === message.message_thread_id) return null;
  const text = message.quote?.text ?? summary(target);
  return h('button', {
    type: 'button',
    class: `quote tint-quote-${tintOf(authorId(target))}`,
    'aria-label': `In reply to ${authorOf(target)}: ${text}`,
    onclick: () => view.jump(target.message_id),
  },
    h('b', {}, h('bdi', {}, authorOf(target))), h('span', { dir: 'auto' }, text));
}

function meta(album, mine) {
  const last = album.at(-1);
  const edited = album.some((message) => message.sim.edited);
  const date = new Date(last.date * 1000);
  return h('span.meta', {}, edited ? 'edited ' : null,
    h('time', { datetime: date.toISOString(), title: date.toLocaleString('en-GB') }, timeOf(last.date * 1000)),
    mine ? icon('checks') : null);
}

function reactionBar(message, view) {
  const count = new Map();
  for (const { user, emoji } of message.sim.reactions) {
    for (const item of emoji) count.set(item, [...(count.get(item) ?? []), user]);
  }
  if (!count.size) return null;
  return [...count].map(([emoji, users]) => {
    const own = users.includes(view.viewer());
    const label = `${emoji} from ${users.map((user) => view.nameOf(user)).join(', ')}`;
    return h('button', {
      type: 'button',
      class: `reaction ${own ? 'own' : ''}`,
      'aria-pressed': String(own),
      'aria-label': label,
      title: label,
      onclick: () => view.react(message, own ? null : emoji),
    },
      emoji, users.length > 1 ? h('b', {}, String(users.length)) : null);
  });
}
