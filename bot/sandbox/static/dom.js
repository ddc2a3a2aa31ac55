// Building elements. Text enters the page only as text nodes: nothing a person or a bot wrote is ever parsed as HTML.

const PROPERTIES = new Set([
  'checked',
  'disabled',
  'hidden',
  'placeholder',
  'value',
  'open',
  'controls',
  'loop',
  'muted',
]);

/** An element: `h('p.note', {title: '…', onclick: f}, 'text', child)`. Listeners are the properties that begin with `on`. */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name || 'div');
  if (classes.length) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'style') Object.entries(value).forEach(([rule, item]) => node.style.setProperty(rule, item));
    else if (key === 'data') Object.assign(node.dataset, value);
    else if (PROPERTIES.has(key)) node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** One of the icons in the page's sprite; decoration only, so the control it stands in needs a label of its own. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows an icon; the label is its accessible name and its tooltip. */
export function iconButton(name, label, onclick, props = {}) {
  return h('button.icon-button', { type: 'button', 'aria-label': label, title: label, onclick, ...props }, icon(name));
}

export const fullName = (person) =>
  [person?.first_name, person?.last_name].filter(Boolean).join(' ') || person?.title || 'Deleted account';

let botId = null;

/** Tell whose face is the product's own sign. */
export function setBot(id) {
  botId = id;
}

/** One of seven tints, as Telegram gives them by id; the bot's is blue. */
export const tintOf = (id) => (id === botId ? 5 : Math.abs(Number(id) || 0) % 7);

/** A round picture with initials; the bot's is the product's sign. */
export function avatar(name, id, size = '') {
  if (id === botId) return h('span', { class: `avatar logo ${size}`, 'aria-hidden': 'true' });
  const initials = [...new Intl.Segmenter().segment(name)].map((part) => part.segment);
  const words = name.trim().split(/\s+/u);
  const second = words.length > 1 ? [...words.at(-1)][0] : '';
  return h('span', { class: `avatar tint-${tintOf(id)} ${size}`, 'aria-hidden': 'true' }, (initials[0] ?? '') + second);
}

/** A number badge; hidden at zero. */
export function setBadge(node, count) {
  node.hidden = !count;
  node.textContent = count > 99 ? '99+' : String(count || '');
}

const format = (options) => {
  const made = new Intl.DateTimeFormat('en-GB', options);
  return (ms) => made.format(ms);
};
export const timeOf = format({ hour: '2-digit', minute: '2-digit' });
export const secondsOf = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const dayOf = format({ day: 'numeric', month: 'long' });
export const dayKey = format({ year: 'numeric', month: '2-digit', day: '2-digit' });
export const momentOf = format({
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
export const shortDay = format({ day: 'numeric', month: 'short' });

/** The day as a chat's date line shows it. */
export function dayLine(ms, now) {
  if (dayKey(ms) === dayKey(now)) return 'Today';
  if (dayKey(ms) === dayKey(now - 86_400_000)) return 'Yesterday';
  return dayOf(ms);
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const step = bytes < 1024 ** 2 ? [1024, 'KB'] : [1024 ** 2, 'MB'];
  return `${(bytes / step[0]).toFixed(bytes / step[0] < 10 ? 1 : 0)} ${step[1]}`;
}

/** The address when a page may lead there, else null; `javascript:` and its kin never get through. */
export function safeUrl(address) {
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
    return ['http:', 'https:', 'tg:', 'mailto:', 'tel:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
