import { html, render, type TemplateResult } from 'lit';
import { MinutesClient } from '../core/index.ts';
import { setPort } from '../ui/record-port.ts';
import { Stage } from './stage.ts';
import { STATES, type State } from './states.ts';

/* All states on one page, each in a frame of its own; or one alone, by its name after the #. */

const wall = (): TemplateResult => html`<main class="gallery"><h1>状態の見本</h1>
  ${[...new Set(STATES.map((s) => s.group))].map((group) => html`<h2>${group}</h2><ul>${STATES.filter((s) => s.group === group).map((s) => html`<li>
    <a href="#${s.id}">${s.title}</a><iframe src="?${s.id}#${s.id}" title=${s.title} loading="lazy"></iframe></li>`)}</ul>`)}</main>`;

function alone(state: State, host: HTMLElement): void {
  document.title = state.title;
  const stage = new Stage(state.snap(), (frame) => state.answer?.(frame) ?? null);
  setPort(stage.room, new MinutesClient('', () => Promise.reject(new TypeError('no server here'))));
  // Let in first: what a state changes, it changes on an open page.
  const off = stage.room.onChange(() => {
    if (!stage.room.me) return;
    off();
    const view = state.view(stage.room);
    render(state.page ? view : html`<main class="gallery-state"><h1>${state.title}</h1>${view}</main>`, host);
    requestAnimationFrame(() => void state.then?.(stage, host));
  });
}

function show(): void {
  const host = document.body.appendChild(document.createElement('div'));
  const state = STATES.find((s) => `#${s.id}` === location.hash);
  if (state) alone(state, host);
  else render(wall(), host);
}
window.addEventListener('hashchange', () => location.reload());
show();
