// The control API (docs/sandbox.md): acts, time, settings, faults, and the feed of changes.

/** What the sandbox refused, with its own explanation. */
export class Refused extends Error {}

async function request(method, path, body) {
  const init = { method };
  if (body !== undefined) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refused('The sandbox does not answer.');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

export const get = (path) => request('GET', path);
export const post = (path, body) => request('POST', path, body);
export const remove = (path) => request('DELETE', path);
export const act = (name, fields) => post(`/sim/acts/${name}`, fields);

const HOLD = 25;
const RETRY = 1500;

/** Follow the world: `take(answer)` gets every answer, `alive(bool)` hears whether the sandbox can be reached. */
export async function follow(cursor, take, alive) {
  let here = cursor;
  for (;;) {
    const query = new URLSearchParams({ since: here.version, epoch: here.epoch, wait: HOLD });
    try {
      const answer = await get(`/sim/state?${query}`);
      here = { version: answer.version, epoch: answer.epoch };
      alive(true);
      take(answer);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      alive(false);
      await new Promise((resume) => setTimeout(resume, RETRY));
    }
  }
}
