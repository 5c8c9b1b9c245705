import sealed from 'sealed:states';
import { named, press, state, write } from './record-states.ts';
import type { State } from './states.ts';

/* What can still be done about sealed minutes: correcting them, erasing from them. */

const CODE = 'あいことば1234';
const { erase, amend } = sealed;
const hold = { since: erase.status.now, until: erase.status.now + 30 * 86_400, why: '開示の請求があったため' };
const fresh = { ...erase.status, erasing: [] };

/** The passage with these words is chosen. */
const choose = async (host: HTMLElement, words: string): Promise<void> => press(host, `.pick[aria-label*="${words}"]`);

export const CHANGE_STATES: State[] = [
  state('change-asked', '消すことを求められた', 'erase', { as: 'ps', status: erase.status }),
  state('change-agree', '求めを読む', 'erase', { as: 'ps', then: (host) => named(host, 'この求めを読む') }),
  state('change-held', '消せない（保留）', 'erase', { as: 'ps', status: { ...erase.status, hold } }),
  state('change-pick', '消す文を選ぶ', 'erase', { as: 'ps', status: fresh, then: (host) => named(host, '文を消すことを求める') }),
  state('change-erase', '文を消すことを求める', 'erase', {
    as: 'ps', status: fresh, then: async (host) => { await named(host, '文を消すことを求める'); await choose(host, '封筒'); },
  }),
  state('change-refused', '求めている間に保留になった', 'erase', {
    as: 'ps', status: fresh, refuses: 'hold', then: async (host) => {
      await named(host, '文を消すことを求める');
      await choose(host, '封筒');
      await press(host, 'input[value=unlawful]');
      await write(host, '#erase-code', CODE);
      await press(host, 'rk-erase button[type=submit]');
    },
  }),
  state('change-amending', '訂正が伝わる前', 'amend', { as: 'aps' }),
  state('change-amend', '文を訂正する', 'amend', {
    as: 'aps', status: { ...amend.status, amending: [] }, then: async (host) => { await named(host, '文を訂正する'); await choose(host, '封筒'); },
  }),
  state('change-no-why', '訂正のわけがない', 'amend', {
    as: 'aps', status: { ...amend.status, amending: [] }, then: async (host) => {
      await named(host, '文を訂正する');
      await choose(host, '封筒');
      await write(host, '#amend-value', '封筒は来月、真砂と開ける。');
      await press(host, 'rk-amend button[type=submit]');
    },
  }),
  state('change-day', '日を訂正する', 'amend', {
    as: 'aps', status: { ...amend.status, amending: [] }, then: async (host) => { await named(host, '文を訂正する'); await choose(host, '令和'); },
  }),
  state('change-later', '新しい写しを待つ', 'erase', { as: 'ps', status: fresh, noCopy: true }),
  state('change-link', '入口（消すことの求め）', 'erase', { as: 'ps', link: true }),
];
