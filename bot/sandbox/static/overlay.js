// What lies over the page: menus, dialogs, short notices, the large picture.

import { Refused } from './api.js';
import { h, icon } from './dom.js';

const GAP = 6;

/** Show `content` beside `anchor` until it is left; Escape and a press elsewhere close it. */
export function popup(anchor, content, { label, role = 'menu' } = {}) {
  const box = h('div.popup', { popover: 'auto', role, 'aria-label': label }, content);
  (anchor.closest('dialog') ?? document.body).append(box);
  box.addEventListener('toggle', (event) => {
    anchor.setAttribute('aria-expanded', String(event.newState === 'open'));
    if (event.newState === 'closed') box.remove();
  });
  box.showPopover();
  const at = anchor.getBoundingClientRect();
  const size = { width: box.offsetWidth, height: box.offsetHeight };
  const below = at.bottom + GAP + size.height < innerHeight;
  const top = below ? at.bottom + GAP : Math.max(GAP, at.top - GAP - size.height);
  const left = Math.min(
    Math.max(GAP, at.left + size.width > innerWidth ? at.right - size.width : at.left),
    innerWidth - size.width - GAP,
  );
  box.style.top = `${top}px`;
  box.style.left = `${Math.max(GAP, left)}px`;
  box.addEventListener('keydown', walk);
  (box.querySelector('input, textarea, select') ?? box.querySelector('button'))?.focus();
  return box;
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step || event.target.matches('input, textarea, select')) return;
  const items = [...event.currentTarget.querySelectorAll('button:not(:disabled)')];
  const next = items[(items.indexOf(document.activeElement) + step + items.length) % items.length];
  next?.focus();
  event.preventDefault();
}

/** A menu of `[icon, label, action, {danger, hint}]`; an entry that is null is left out. */
export function menu(anchor, label, entries, head = null) {
  const items = entries.filter(Boolean).map(([name, text, run, more = {}]) =>
    h('button.menu-item', {
      type: 'button',
      role: 'menuitem',
      class: `menu-item ${more.danger ? 'danger' : ''}`,
      onclick: () => { box.hidePopover(); run(); },
    },
      icon(name), h('span', {}, text, more.hint ? h('small', {}, more.hint) : null)));
  const box = popup(anchor, [head, ...items], { label });
  return box;
}

/**
 * Ask with a dialog; resolves to the fields' values by name, or null when it was left.
 * `fields`: `{name, label, value?, type?, hint?, required?, options?, pattern?, attributes?}`.
 */
export function ask({ title, text = '', fields = [], confirm = 'OK', cancel = 'Cancel', danger = false }) {
  return new Promise((resolve) => {
    let answer = null;
    const inputs = fields.map((field) => [field, input(field)]);
    const rows = inputs.map(([field, node]) =>
      h('label.field', {}, h('span', {}, field.label), node, field.hint ? h('small', {}, field.hint) : null));
    const form = h('form', { method: 'dialog', onsubmit: () => {
      answer = Object.fromEntries(inputs.map(([field, node]) => [field.name, node.value.trim()]));
    } },
      h('h2', { id: 'dialog-title' }, title),
      text ? h('p', {}, text) : null,
      rows,
      h('div.dialog-buttons', {},
        cancel ? h('button.plain', { type: 'button', onclick: () => dialog.close() }, cancel) : null,
        h('button', { type: 'submit', class: danger ? 'plain danger' : 'plain strong' }, confirm)));
    const dialog = h(
      'dialog.dialog',
      { 'aria-labelledby': 'dialog-title', onclose: () => { dialog.remove(); resolve(answer); } },
      form,
    );
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
    (inputs[0]?.[1] ?? form.querySelector('[type=submit]')).focus();
  });
}

function input({ name, value = '', type = 'text', required = false, options, attributes = {} }) {
  if (options) {
    const node = h('select', { name }, options.map(([key, text]) => h('option', { value: key }, text)));
    node.value = value;
    return node;
  }
  return h('input', { name, type, value, required, autocomplete: 'off', ...attributes });
}

/** An alert as Telegram shows a callback's answer: text and one button. */
export const alertBox = (title, text) => ask({ title, text, cancel: null });

/** A picture, large. */
export function lightbox(url, label) {
  const dialog = h('dialog.lightbox', {
    'aria-label': label,
    onclose: () => dialog.remove(),
    onclick: () => dialog.close(),
  },
    h('img', { src: url, alt: label }),
    h('button.icon-button', { type: 'button', 'aria-label': 'Close' }, icon('close')));
  document.body.append(dialog);
  dialog.showModal();
}

const SHOWN_MS = 3500;

/** A short notice over a pane; a refusal stays longer and is announced at once. */
export function notice(pane, text, { bad = false } = {}) {
  const log = pane.querySelector('.log');
  const host = log?.getClientRects().length ? log : pane;
  let shelf = host.querySelector(':scope > .notices');
  if (!shelf) host.append((shelf = h('div.notices', { role: 'status', 'aria-live': 'polite' })));
  const node = h('div', { class: `notice ${bad ? 'bad' : ''}`, role: bad ? 'alert' : null }, text);
  shelf.replaceChildren(node);
  setTimeout(() => node.remove(), (bad ? 2 : 1) * SHOWN_MS + text.length * 30);
}

/** Run `work`; what the sandbox refuses is shown over the pane. */
export async function attempt(pane, work) {
  try {
    return await work();
  } catch (error) {
    notice(pane, error.message, { bad: true });
    if (!(error instanceof Refused)) throw error;
    return null;
  }
}

/** Put a text on the clipboard and say so. */
export async function copyText(pane, text) {
  try {
    await navigator.clipboard.writeText(text);
    notice(pane, 'Copied');
  } catch {
    notice(pane, `The browser did not let it be copied: ${text}`, { bad: true });
  }
}
