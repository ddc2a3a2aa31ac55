// Entry: puts the panes together, follows the feed, and keeps the clock and the tabs.

import { follow } from './api.js';
import { ChatPane } from './chat.js';
import { clockSteps, Controls } from './controls.js';
import { DeskPane } from './desk.js';
import { dayKey, h, icon, iconButton, momentOf, setBadge, setBot, shortDay, timeOf } from './dom.js';
import { InboxPane } from './inbox.js';
import { Journal } from './journal.js';
import { notice } from './overlay.js';
import { Store } from './store.js';

const TABS = [['chat', 'chat', 'Chat'], ['desk', 'desk', 'Desk'], ['phone', 'phone', 'Phone']];
const THEMES = ['auto', 'light', 'dark'];
const THEME_KEY = 'phonedesk-sandbox-theme';
const BEAT_MS = 500;
const ASK_MS = 2000;

const find = (id) => document.getElementById(id);
const store = new Store(JSON.parse(find('boot').textContent));
setBot(store.bot.id);
const chat = new ChatPane(store, find('pane-chat'));
const openLink = (url, event) => chat.follow(url, event);
const desk = new DeskPane(store, find('pane-desk'), openLink);
const inbox = new InboxPane(store, find('pane-phone'), {
  openLink,
  useCode: (code) => {
    store.choose({ tab: 'chat' });
    if (chat.place.composer.element.hidden) return notice(
      find('pane-chat'),
      'This person cannot write now: press the button below first.',
      { bad: true },
    );
    chat.place.composer.fill(code);
    return notice(find('pane-chat'), `${code} is in the message field. Send it.`);
  },
});
const closing = (drawer, button) => () => iconButton('close', 'Close', () => toggle(drawer, button, false));
const drawers = [[find('controls'), find('controls-button')], [find('journal'), find('journal-button')]];
const controls = new Controls(store, drawers[0][0], closing(...drawers[0]));
const journal = new Journal(store, drawers[1][0], closing(...drawers[1]));

// --- drawers, tabs, theme -------------------------------------------------------------------------------------------------

function toggle(drawer, button, open = drawer.hidden) {
  for (const [other, its] of drawers) {
    other.hidden = other !== drawer || !open;
    its.setAttribute('aria-expanded', String(!other.hidden));
  }
  if (open) drawer.focus();
  else button.focus();
  draw();
}

for (const [drawer, button] of drawers) {
  button.addEventListener('click', () => toggle(drawer, button));
  drawer.addEventListener('keydown', (event) => event.key === 'Escape' && toggle(drawer, button, false));
}

const badges = Object.fromEntries(TABS.map(([name]) => [name, h('b.badge')]));
const tabs = TABS.map(([name, mark, label]) =>
  h(
    'button.tab',
    { type: 'button', data: { tab: name }, onclick: () => store.choose({ tab: name }) },
    h('span.tab-icon', {}, icon(mark), badges[name]),
    label,
  ));
find('tabs').append(...tabs);
find('clock-steps').append(...clockSteps(find('pane-chat')));

const themeButton = find('theme-button');
let theme = localStorage.getItem(THEME_KEY) ?? 'auto';
function dress() {
  document.documentElement.dataset.theme = theme;
  const label = { auto: 'Colours: as the system', light: 'Colours: light', dark: 'Colours: dark' }[theme];
  themeButton.setAttribute('aria-label', label);
  themeButton.title = label;
  themeButton.replaceChildren(icon({ auto: 'auto', light: 'sun', dark: 'moon' }[theme]));
}
themeButton.addEventListener('click', () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  localStorage.setItem(THEME_KEY, theme);
  dress();
});

// --- drawing --------------------------------------------------------------------------------------------------------------

const visible = (pane) => !document.hidden && find(`pane-${pane}`).getClientRects().length > 0;

/** What is on the screen counts as read. */
function read() {
  const { person, forum, topic, phone } = store.chosen;
  const shown = [
    visible('chat') && `chat/${person}`,
    visible('desk') && find('pane-desk').querySelector('.main').getClientRects().length && `topic/${forum}/${topic ?? 0}`,
    visible('phone') && phone,
  ].filter(Boolean);
  return shown.map((key) => store.read(key)).some(Boolean);
}

function draw() {
  const { chosen } = store;
  document.body.dataset.tab = chosen.tab;
  document.body.dataset.phone = chosen.phone;
  for (const tab of tabs) tab.setAttribute('aria-current', tab.dataset.tab === chosen.tab ? 'page' : 'false');
  read();
  for (const pane of [chat, desk, inbox, controls, journal]) pane.draw();
  const topics = store.forums().flatMap((forum) => [
    0,
    ...forum.topics.map((topic) => topic.id),
  ].map((topic) => `topic/${forum.id}/${topic}`));
  const sum = (keys) => keys.reduce((all, key) => all + store.unread(key), 0);
  setBadge(badges.chat, sum(store.users().map((person) => `chat/${person.id}`)));
  setBadge(badges.desk, sum(topics));
  setBadge(badges.phone, sum(['sms', 'mail']));
  setBadge(find('faults-count'), store.faults.length);
  setBadge(find('errors-count'), store.calls.errors);
}

function beat() {
  const now = store.now();
  const clock = find('clock-now');
  const today = dayKey(now) === dayKey(Date.now());
  const text = today ? timeOf(now) : `${shortDay(now)}, ${timeOf(now)}`;
  if (clock.textContent !== text) {
    clock.textContent = text;
    clock.dateTime = new Date(now).toISOString();
    clock.title = `The sandbox’s time: ${momentOf(now)} here, ${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  }
  for (const pane of [chat, desk]) pane.tick();
  if (!drawers[0][0].hidden) controls.tick();
}

dress();
store.addEventListener('change', draw);
document.addEventListener('visibilitychange', () => document.hidden || draw());
draw();
beat();
setInterval(beat, BEAT_MS);
setInterval(() => { if (!document.hidden) { controls.refresh(); journal.refresh(); } }, ASK_MS);
document.body.dataset.ready = 'true';
await follow({ version: store.version, epoch: store.epoch }, (answer) => { store.take(answer); beat(); }, (up) => {
  find('offline').hidden = up;
});
