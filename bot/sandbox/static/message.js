// One message as Telegram draws it: bubble, quote, media, text, reactions, the small print, the buttons under it.

import { avatar, h, icon, iconButton, fullName, safeUrl, sizeOf, timeOf } from './dom.js';
import { lightbox } from './overlay.js';
import { inlineKeyboard } from './keyboards.js';
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
  const more = iconButton('more', 'What to do with this message', () => view.menu(first, more), { class: 'icon-button more', 'aria-haspopup': 'menu' });
  const face = view.group && !mine ? h('span.face', {}, avatar(name, authorId(first))) : null;
  return h('article', { class: `message ${mine ? 'out' : 'in'}`, data: { id: first.message_id }, 'aria-label': `${mine ? 'You' : name}, ${timeOf(first.date * 1000)}` },
    face, stack, first.sim.deleted ? null : more);
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
    view.group && !mine ? h('div', { class: `author tint-text-${Math.abs(authorId(first)) % 7}` }, h('bdi', {}, name), role(first, view)) : null,
    forwarded(first),
    quoted(first, view),
  ].filter(Boolean);
  const small = meta(album, mine);
  const reactions = reactionBar(first, view);
  const kinds = ['bubble', bare && 'bare', visual && 'visual', heads.length && 'headed', text && 'texted', emojiOnly(text, texted) && 'emoji'];
  return h('div', { class: kinds.filter(Boolean).join(' ') },
    heads, media,
    text ? h('div.text', { dir: 'auto' }, richText(text, texted.entities ?? texted.caption_entities, view.on, view.now()), reactions ? null : small) : null,
    reactions ? h('div.reactions', {}, reactions, small) : null,
    text || reactions ? null : small);
}

const emojiOnly = (text, message) =>
  text && !message.entities?.length && /^(?:\p{RGI_Emoji}){1,3}$/v.test(text);

function role(message, view) {
  if (message.sender_chat) return h('small', {}, 'anonymous admin');
  return message.from?.is_bot ? h('small', {}, 'bot') : view.titleOf?.(message.from?.id) ? h('small', {}, view.titleOf(message.from.id)) : null;
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
  return h('button', { type: 'button', class: `quote tint-quote-${Math.abs(authorId(target)) % 7}`, 'aria-label': `In reply to ${authorOf(target)}: ${text}`, onclick: () => view.jump(target.message_id) },
    h('b', {}, h('bdi', {}, authorOf(target))), h('span', { dir: 'auto' }, text));
}

function meta(album, mine) {
  const last = album.at(-1);
  const edited = album.some((message) => message.sim.edited);
  const date = new Date(last.date * 1000);
  return h('span.meta', {}, last.sim.silent ? 'silent ' : null, edited ? 'edited ' : null,
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
    return h('button', { type: 'button', class: `reaction ${own ? 'own' : ''}`, 'aria-pressed': String(own), 'aria-label': label, title: label, onclick: () => view.react(message, own ? null : emoji) },
      emoji, users.length > 1 ? h('b', {}, String(users.length)) : null);
  });
}

// --- media --------------------------------------------------------------------------------------------------------------

function mediaOf(message, view) {
  const { file } = message.sim;
  if (file) return (MEDIA[file.kind] ?? fileTile)(message, file, view);
  if (message.contact) return contact(message.contact, view);
  if (message.location) return place(message.location);
  return message.text === undefined ? h('div.text', {}, 'A kind of message this page does not draw') : null;
}

const MEDIA = { photo, sticker, voice: sound, audio: sound, video: film, animation: film, video_note: film, document: fileTile };

function photo(message, file) {
  const size = message.photo.at(-1);
  return veiled(message, h('button.photo', { type: 'button', 'aria-label': 'Open the photo', style: { '--ratio': size.width / size.height }, onclick: () => lightbox(file.url, 'Photo') },
    h('img', { src: file.url, alt: 'Photo', width: size.width, height: size.height, decoding: 'async' })));
}

function grid(album, view) {
  return h('div', { class: `album of-${Math.min(album.length, 4)}` }, album.map((message) => mediaOf(message, view)));
}

function veiled(message, node) {
  if (!message.has_media_spoiler) return node;
  const veil = h('button.veil', { type: 'button', 'aria-label': 'Hidden picture. Show it', onclick: () => veil.remove() }, icon('mask'));
  return h('div.veiled', {}, node, veil);
}

const sticker = (message, file) => h('img.sticker', { src: file.url, alt: `Sticker ${message.sticker.emoji ?? ''}`, width: 180, height: 180 });

function film(message, file, view) {
  const video = h('video', { src: file.url, controls: file.kind === 'video', loop: file.kind === 'animation', muted: file.kind === 'animation', preload: 'metadata', class: file.kind });
  const box = h('div.film', {}, video);
  // A sample is no playable film; it is then shown as the file it is.
  video.addEventListener('error', () => box.replaceWith(fileTile(message, file, view)));
  return veiled(message, box);
}

function fileTile(message, file) {
  const name = file.name || `${file.kind}.bin`;
  return h('a.file', { href: file.url, download: name }, h('span.file-icon', {}, icon(file.kind === 'document' ? 'file' : 'play')),
    h('span.file-text', {}, h('b', {}, h('bdi', {}, name)), h('small', {}, `${sizeOf(file.size)} · ${file.mime || file.kind}`)));
}

function sound(message, file) {
  const audio = new Audio();
  const about = message[file.kind];
  const toggle = iconButton('play', 'Play', async () => {
    audio.src ||= file.url;
    if (!audio.paused) return audio.pause();
    await audio.play().catch(() => { length.textContent = 'no sound in this sample'; });
    return undefined;
  }, { class: 'icon-button round' });
  const show = (name, label) => { toggle.replaceChildren(icon(name)); toggle.setAttribute('aria-label', label); };
  audio.addEventListener('play', () => show('pause', 'Pause'));
  audio.addEventListener('pause', () => show('play', 'Play'));
  const length = h('small', {}, `0:${String(about.duration ?? 0).padStart(2, '0')}`);
  const title = file.kind === 'audio' ? h('b', {}, about.title ?? file.name) : wave(file.url);
  return h('div.sound', {}, toggle, h('span.file-text', {}, title, length));
}

/** Bars that look like speech, the same for the same file. */
function wave(seed) {
  let state = [...seed].reduce((sum, char) => (sum * 31 + char.codePointAt(0)) % 65_521, 7);
  const bars = Array.from({ length: 36 }, (_, index) => {
    state = (state * 75 + 74) % 65_537;
    return h('i', { style: { '--h': String(0.18 + 0.82 * Math.abs(Math.sin(index / 4)) * (state / 65_537)) } });
  });
  return h('span.wave', { 'aria-hidden': 'true' }, bars);
}

function contact(card, view) {
  const name = fullName(card);
  const known = card.user_id ? (card.user_id === view.person?.() ? 'own number, shared by its owner' : `account ${card.user_id}`) : 'a card without an account';
  return h('div.contact', {}, avatar(name, card.user_id ?? 0),
    h('span.file-text', {}, h('b', {}, h('bdi', {}, name)), h('a', { href: safeUrl(`tel:${card.phone_number}`) }, card.phone_number), h('small', {}, known)));
}

const place = ({ latitude, longitude }) =>
  h('div.place', { role: 'img', 'aria-label': `Location ${latitude}, ${longitude}` }, icon('pin'), h('small', {}, `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`));
