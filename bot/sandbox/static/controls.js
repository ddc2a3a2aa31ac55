// Time, Telegram's limits, and what goes wrong: switches in plain words over the control API's clock, settings and faults.

import { get, post, remove } from './api.js';
import { h, icon, momentOf } from './dom.js';
import { ask, attempt } from './overlay.js';

export const STEPS = [
  [60, '+1 min', 'one minute'],
  [600, '+10 min', 'ten minutes'],
  [3_600, '+1 h', 'one hour'],
  [86_400, '+24 h', 'a day'],
];
const SLOW_MS = 30_000;
const SWITCHES = [
  ['Telegram', [
    [
      'Too many requests',
      'refuses the next message: wait 30 seconds',
      { method: 'sendMessage', kind: 'error', code: 429, retry_after: 30 },
    ],
    ['Telegram is down', 'answers 500 to every call', { method: '*', kind: 'error', code: 500, times: 0 }],
    [
      'Answer lost',
      'the next message arrives, but the bot never hears so',
      { method: 'sendMessage', kind: 'timeout_after' },
    ],
    ['Connection breaks', 'the next call is cut off and has no effect', { method: '*', kind: 'reset' }],
    [
      'Update comes twice',
      'the next tap or message reaches the bot two times',
      { method: 'update', kind: 'duplicate' },
    ],
  ]],
  ['SMS gateway', [
    ['Down', 'answers 503', { method: 'sms', kind: 'down', times: 0 }],
    ['Slow', 'takes 30 seconds of the sandbox’s time', { method: 'sms', kind: 'slow', delay_ms: SLOW_MS, times: 0 }],
    ['Rejects the number', 'refuses the next message for good', { method: 'sms', kind: 'rejected' }],
    ['Answer lost', 'the next SMS is sent, but the bot never hears so', { method: 'sms', kind: 'timeout_after' }],
  ]],
  ['Email gateway', [
    ['Down', 'answers 503', { method: 'email', kind: 'down', times: 0 }],
    ['Slow', 'takes 30 seconds of the sandbox’s time', { method: 'email', kind: 'slow', delay_ms: SLOW_MS, times: 0 }],
  ]],
];
const FLOODS = [
  ['off', 'Off', 'no limits'],
  ['documented', 'As documented', 'about one message a second in a chat, 20 a minute in a group, 30 a second in all'],
  ['strict', 'Strict', 'no bursts, and every call that names a group counts'],
];

/** Buttons that move the clock forward. */
export function clockSteps(pane) {
  return STEPS.map(([seconds, label, words]) =>
    h(
      'button.step',
      {
        type: 'button',
        'aria-label': `Move the clock ${words} ahead`,
        title: `Move the clock ${words} ahead`,
        onclick: () => attempt(pane, () => post('/sim/clock', { advance: seconds })),
      },
      label,
    ));
}

export class Controls {
  constructor(store, drawer, close) {
    Object.assign(this, { store, drawer, close });
    this.now = h('time.big-clock');
    this.flood = h('div.choices', { role: 'radiogroup', 'aria-label': 'Limits' });
    this.switches = h('div.switches');
    this.active = h('div.active', { 'aria-live': 'polite' });
    const custom = h(
      'input',
      { type: 'number', min: '1', max: '100000', value: '90', 'aria-label': 'Minutes', required: true },
    );
    drawer.append(
      h('header.drawer-head', {}, h('h2', {}, 'Controls'), close()),
      h('div.drawer-body', {},
        h('h3', {}, 'Time'), this.now, h('div.steps', {}, clockSteps(drawer)),
        h('form.custom', {
          onsubmit: (event) => {
            event.preventDefault();
            this.#run(() => post('/sim/clock', { advance: Number(custom.value) * 60 }));
          },
        },
          custom, h('span', {}, 'minutes'), h('button.plain', { type: 'submit' }, 'Move ahead')),
        h('h3', {}, 'What goes wrong'), this.active, this.switches,
        h('h3', {}, 'Telegram’s limits'), this.flood,
        h('h3', {}, 'Begin again'),
        h('p.small', {}, 'An empty Telegram with the same people. The bot keeps its own memory of them.'),
        h('button.plain.danger', { type: 'button', onclick: () => this.#reset() }, icon('reset'), 'Start over…')));
  }

  draw() {
    this.tick();
    if (this.drawer.hidden) return;
    const { faults, settings } = this.store;
    const stamp = JSON.stringify([faults, settings.flood]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const held = this.drawer.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.active.replaceChildren(...(faults.length ? [
      h('ul', {}, faults.map((fault) => this.#fault(fault))),
      this.#clearAll(),
    ] : []));
    this.switches.replaceChildren(...SWITCHES.map(([group, rows]) =>
      h(
        'fieldset',
        {},
        h('legend', {}, group),
        rows.map(([label, hint, body]) => this.#switch(`${group}: ${label}`, label, hint, body)),
      )));
    this.flood.replaceChildren(...FLOODS.map(([value, label, hint]) =>
      h('label.choice', {}, h(
        'input',
        {
          type: 'radio',
          name: 'flood',
          value,
          checked: settings.flood === value,
          data: { key: `flood ${value}` },
          onchange: () => this.#run(() => post('/sim/settings', { flood: value })),
        },
      ),
        h('span', {}, label, h('small', {}, hint)))));
    if (held) this.drawer.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }

  tick() {
    this.now.textContent = momentOf(this.store.now());
  }

  #switch(name, label, hint, body) {
    const on = this.store.faults.filter((fault) => same(fault, body));
    return h('button.switch', {
      type: 'button', role: 'switch', 'aria-checked': String(on.length > 0), 'aria-label': `${name}: ${hint}`,
      data: { key: name },
      onclick: () => this.#run(() => (on.length ? Promise.all(on.map(
        (fault) => remove(`/sim/faults/${fault.id}`),
      )) : post('/sim/faults', body))),
    }, h('span.switch-text', {}, label, h('small', {}, hint)), h('span.track', { 'aria-hidden': 'true' }, h('i')));
  }

  #fault(fault) {
    const words = wording(fault);
    return h('li', {}, icon('warn'), h(
      'span',
      {},
      words,
      h('small', {}, fault.times ? (fault.times === 1 ? 'once' : `${fault.times} times`) : 'until cleared'),
    ),
      h(
        'button.plain',
        {
          type: 'button',
          'aria-label': `Clear: ${words}`,
          onclick: () => this.#run(() => remove(`/sim/faults/${fault.id}`)),
        },
        'Clear',
      ));
  }

  #clearAll() {
    return h('button.plain', { type: 'button', onclick: () => this.#run(() => remove('/sim/faults')) }, 'Clear all');
  }

  /** A fault that a call uses up is no change of the world, so the page asks while there are any. */
  async refresh() {
    if (this.drawer.hidden && !this.store.faults.length) return;
    const answer = await get('/sim/faults').catch(() => null);
    if (!answer || JSON.stringify(answer.faults) === JSON.stringify(this.store.faults)) return;
    this.store.faults = answer.faults;
    this.store.tell();
  }

  async #run(work) {
    await attempt(this.drawer, work);
    await this.refresh();
  }

  async #reset() {
    const sure = await ask({
      title: 'Start over?',
      text: 'Chats, topics, text messages and emails go. What the bot knows of its users stays in its own database.',
      confirm: 'Start over',
      danger: true,
    });
    if (sure) await this.#run(() => post('/sim/reset', { demo: true }));
  }
}

function same(fault, body) {
  const whole = { times: 1, ...body };
  return Object.entries(whole).every(([key, value]) => fault[key] === value) && !fault.chat && !fault.to;
}

function wording(fault) {
  for (const [group, rows] of SWITCHES) {
    const row = rows.find(([, , body]) => same({ ...fault, times: body.times ?? 1 }, body));
    if (row) return `${group}: ${row[0].charAt(0).toLowerCase()}${row[0].slice(1)}`.replace(
      'Telegram: telegram is',
      'Telegram is',
    );
  }
  const limits = [fault.chat && `chat ${fault.chat}`, fault.to && `to ${fault.to}`].filter(Boolean).join(', ');
  const what = fault.kind === 'error' ? `error ${fault.code}` : fault.kind.replace('_', ' ');
  return `${fault.method === '*' ? 'any method' : fault.method}: ${what}${limits ? ` (${limits})` : ''}`;
}
