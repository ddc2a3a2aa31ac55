// Rows of people to choose from, and the dialog that makes or changes one.

import { act } from './api.js';
import { avatar, fullName, h, icon, setBadge } from './dom.js';
import { ask, attempt } from './overlay.js';

const LANGUAGES = [
  ['en', 'English'],
  ['de', 'Deutsch'],
  ['fr', 'Français'],
  ['es', 'Español'],
  ['ru', 'Русский'],
  ['ar', 'العربية'],
  ['zh-hans', '中文'],
  ['', 'not told'],
];

/** A row of faces; `unread(person)` gives a number for the badge. */
export function faces(people, current, { label, choose, unread = () => 0, add = null }) {
  return h('div.faces', { role: 'group', 'aria-label': label },
    people.map((person) => {
      const count = unread(person);
      const badge = h('b.badge');
      setBadge(badge, count);
      const name = fullName(person);
      const state = person.blocked ? ', has blocked the bot' : person.deactivated ? ', deleted' : '';
      return h('button', {
        type: 'button', class: `face-button ${person.blocked || person.deactivated ? 'dim' : ''}`,
        'aria-pressed': String(person.id === current),
        'aria-label': `${name}${state}${count ? `, ${count} unread` : ''}`, title: `${name} · ${person.id}${state}`,
        onclick: () => choose(person.id),
      }, avatar(name, person.id, 'small'), h('span', {}, h('bdi', {}, person.first_name)), badge);
    }),
    add ? h(
      'button.face-button.add',
      { type: 'button', onclick: add, 'aria-label': 'New person', title: 'New person' },
      icon('plus'),
    ) : null);
}

/** Make a person, or change one; resolves to their id, or null. */
export async function personDialog(pane, store, person = null) {
  const answer = await ask({
    title: person ? 'Change this person' : 'New person',
    text: person ? '' : 'Somebody with a Telegram account and a phone of their own.',
    fields: [
      {
        name: 'first_name',
        label: 'First name',
        required: true,
        value: person?.first_name,
        attributes: { maxlength: 64 },
      },
      { name: 'last_name', label: 'Last name', value: person?.last_name, attributes: { maxlength: 64 } },
      {
        name: 'phone',
        label: 'Phone number',
        type: 'tel',
        value: person?.phone,
        hint: 'of their SIM, with + and country code; it is what “My phone number” shares',
        attributes: { placeholder: '+49 151 12345678' },
      },
      { name: 'username', label: 'Username', value: person?.username, attributes: { pattern: '[A-Za-z0-9_]{0,32}' } },
      {
        name: 'language_code',
        label: 'Language of their Telegram',
        value: person?.language_code ?? 'en',
        options: LANGUAGES,
      },
    ],
    confirm: person ? 'Save' : 'Create',
  });
  if (!answer) return null;
  const phone = answer.phone.replace(/(?!^\+)\D/g, '');
  const id = person?.id ?? Math.max(
    7000,
    ...store.users().map((other) => other.id).filter((other) => other < 9000),
  ) + 1;
  const made = await attempt(pane, () => act('person', { person: id, ...answer, phone }));
  if (made) store.meet(made.person);
  return made && id;
}
