// The attach menu: own files, samples, contacts, a place.

import { act } from './api.js';
import { h } from './dom.js';
import { ask, attempt, menu } from './overlay.js';
import { album, base64, sample } from './samples.js';

const KINDS = { 'image/gif': 'animation', image: 'photo', video: 'video', audio: 'audio' };

/**
 * Open the menu beside `anchor`.
 * `place()` gives the fields that say who sends and where; `sender()` the person; `done(message)` hears of what was sent.
 */
export function attachMenu(anchor, { pane, place, sender, done }) {
  const send = (name, fields) => attempt(pane, async () => {
    const answer = await act(name, { ...place(), ...(await fields()) });
    for (const message of answer.messages ?? [answer.message]) done(message);
  });
  const media = (sort) => () => send('media', () => sample(sort, sender().first_name));
  menu(anchor, 'Attach', [
    ['photo', 'Photo or video…', () => choose('image/*,video/*', (file) => send('media', () => upload(file)))],
    ['file', 'File…', () => choose('', (file) => send('media', () => upload(file, 'document')))],
    ['photo', 'Sample photo', media('photo'), { hint: 'an identity card' }],
    ['mask', 'Hidden photo', media('hidden'), { hint: 'under a spoiler' }],
    ['album', 'Album of three', () => send('album', async () => ({ items: await album() }))],
    ['file', 'Sample file', media('document')],
    ['warn', 'File of 25 MB', media('large'), { hint: 'more than a bot may download' }],
    ['mic', 'Voice message', media('voice')],
    ['sticker', 'Sticker', media('sticker')],
    ['contact', 'My phone number', () => ownNumber(send, sender())],
    ['person-plus', 'Somebody else’s contact…', () => otherNumber(send)],
    ['pin', 'Location', () => send('location', () => ({ latitude: 52.52, longitude: 13.405 }))],
  ]);
}

function choose(accept, take) {
  const field = h('input', { type: 'file', accept, hidden: true });
  field.addEventListener('change', () => { if (field.files[0]) take(field.files[0]); field.remove(); });
  field.addEventListener('cancel', () => field.remove());
  document.body.append(field);
  field.click();
}

async function upload(file, kind) {
  const guess = KINDS[file.type] ?? KINDS[file.type.split('/')[0]] ?? 'document';
  return { kind: kind ?? guess, data: await base64(file), name: file.name, mime: file.type };
}

async function ownNumber(send, person) {
  const answer = person.phone ? {} : await ask({
    title: 'Your phone number',
    fields: [
      { name: 'phone', label: 'Number', type: 'tel', required: true, attributes: { placeholder: '+49 151 12345678' } },
    ],
    confirm: 'Share',
  });
  if (answer) await send('contact', () => answer);
}

async function otherNumber(send) {
  const answer = await ask({
    title: 'Somebody else’s contact',
    text: 'A card from the address book. With an account id it is the card of a Telegram user.',
    fields: [
      { name: 'phone', label: 'Number', type: 'tel', required: true, value: '+4917699999999' },
      { name: 'first_name', label: 'Name', value: 'Somebody' },
      { name: 'user_id', label: 'Account id (may be empty)', attributes: { inputmode: 'numeric', pattern: '[0-9]*' } },
    ],
    confirm: 'Send',
  });
  if (!answer) return;
  const { user_id: id, ...card } = answer;
  await send('contact', () => ({ own: false, ...card, ...(id ? { user_id: Number(id) } : {}) }));
}
