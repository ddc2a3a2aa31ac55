// What a message carries besides text: pictures, films, sounds, files, cards, places.

import { avatar, fullName, h, icon, iconButton, safeUrl, sizeOf } from './dom.js';
import { lightbox } from './overlay.js';

/** The picture, film, sound, file, card or place of a message; null for a text. */
export function mediaOf(message, view) {
  const { file } = message.sim;
  if (file) return (MEDIA[file.kind] ?? fileTile)(message, file, view);
  if (message.contact) return contact(message.contact, view);
  if (message.location) return place(message.location);
  return message.text === undefined ? h('div.text', {}, 'A kind of message this page does not draw') : null;
}

const MEDIA = {
  photo,
  sticker,
  voice: sound,
  audio: sound,
  video: film,
  animation: film,
  video_note: film,
  document: fileTile,
};

function photo(message, file) {
  const size = message.photo.at(-1);
  return veiled(message, h('button.photo', {
    type: 'button',
    'aria-label': 'Open the photo',
    style: { '--ratio': size.width / size.height },
    onclick: () => lightbox(file.url, 'Photo'),
  },
    h('img', { src: file.url, alt: 'Photo', width: size.width, height: size.height, decoding: 'async' })));
}

/** The pictures of an album, side by side. */
export function grid(album, view) {
  return h('div', { class: `album of-${Math.min(album.length, 4)}` }, album.map((message) => mediaOf(message, view)));
}

function veiled(message, node) {
  if (!message.has_media_spoiler) return node;
  const veil = h(
    'button.veil',
    { type: 'button', 'aria-label': 'Hidden picture. Show it', onclick: () => veil.remove() },
    icon('mask'),
  );
  return h('div.veiled', {}, node, veil);
}

function sticker(message, file) {
  return h('img.sticker', { src: file.url, alt: `Sticker ${message.sticker.emoji ?? ''}`, width: 180, height: 180 });
}

function film(message, file, view) {
  const video = h(
    'video',
    {
      src: file.url,
      controls: file.kind === 'video',
      loop: file.kind === 'animation',
      muted: file.kind === 'animation',
      preload: 'metadata',
      class: file.kind,
    },
  );
  const box = h('div.film', {}, video);
  // A sample is no playable film; it is then shown as the file it is.
  video.addEventListener('error', () => {
    box.closest('.bubble')?.classList.remove('visual');
    box.replaceWith(fileTile(message, file, view));
  });
  return veiled(message, box);
}

function fileTile(message, file) {
  const name = file.name || `${file.kind}.bin`;
  return h('a.file', { href: file.url, download: name }, h(
    'span.file-icon',
    {},
    icon(file.kind === 'document' ? 'file' : 'play'),
  ),
    h(
      'span.file-text',
      {},
      h('b', {}, h('bdi', {}, name)),
      h('small', {}, `${sizeOf(file.size)} · ${file.mime || file.kind}`),
    ));
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
  const number = `+${card.phone_number.replace(/^\+/, '')}`;
  const own = card.user_id === view.person() ? 'own number, shared by its owner' : `account ${card.user_id}`;
  const known = card.user_id ? own : 'a card without an account';
  return h('div.contact', {}, avatar(name, card.user_id ?? 0),
    h(
      'span.file-text',
      {},
      h('b', {}, h('bdi', {}, name)),
      h('a', { href: safeUrl(`tel:${number}`) }, number),
      h('small', {}, known),
    ));
}

const place = ({ latitude, longitude }) =>
  h(
    'div.place',
    { role: 'img', 'aria-label': `Location ${latitude}, ${longitude}` },
    icon('pin'),
    h('small', {}, `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`),
  );
