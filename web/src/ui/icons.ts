import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { Seat } from '../core/index.ts';
import { shortName } from './values.ts';

const icon = (body: SVGTemplateResult): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${body}</svg>`;

export const check = icon(svg`<path d="M5 12.5l4.5 4.5L19 7.5"/>`);
export const sending = icon(svg`<path d="M4 12a8 8 0 0113.7-5.7L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 01-13.7 5.7L4 15.5M4 20v-4.5h4.5"/>`);
export const offline = icon(svg`<path d="M3 3l18 18M5 12.5a10 10 0 014-2.3M2 9a15 15 0 014.5-2.7M12 5.5c3.8 0 7.3 1.3 10 3.5M15.5 10.5c1.3.5 2.5 1.2 3.5 2M8.5 16a5 5 0 014.5-1.2M12 20v.1"/>`);
export const out = icon(svg`<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6"/><path d="M17 5.5l4 3.5-4 3.5"/>`);
export const people = icon(svg`<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.8a3.5 3.5 0 010 6.4M18 14.3c2 .8 3.2 2.7 3.5 5.7"/>`);
export const lock = icon(svg`<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 018 0v3"/>`);
export const warn = icon(svg`<path d="M12 4L2.8 20h18.4z"/><path d="M12 10v4.5M12 17.3v.1"/>`);
export const stop = icon(svg`<circle cx="12" cy="12" r="8.5"/><path d="M6.5 6.5l11 11"/>`);
export const plus = icon(svg`<path d="M12 5v14M5 12h14"/>`);
export const hands = icon(svg`<path d="M4 13.5l4-3 3 .5 4 1.5a1.5 1.5 0 01-1 2.5h-3M4 20l3-2h7l6-5.5a1.6 1.6 0 00-2.2-2.2L15 12.5"/>`);
export const paper = icon(svg`<path d="M6 3.5h8.5L18 7v13.5H6zM14 3.5V7.5h4M9 12h6M9 16h6"/>`);
export const flag = icon(svg`<path d="M6 21V4M6 4.5h11l-2.5 4 2.5 4H6"/>`);
export const pin = icon(svg`<path d="M8 4h8M9.5 4v6L7 14h10l-2.500-4V4M12 14v6"/>`);
export const leave = icon(svg`<path d="M13 4h5a1 1 0 011 1v14a1 1 0 01-1 1h-5"/><path d="M10 8l-4 4 4 4M6 12h9"/>`);
export const forward = icon(svg`<path d="M5 12h14M13 6l6 6-6 6"/>`);
export const enter = icon(svg`<path d="M11 4H6a1 1 0 00-1 1v14a1 1 0 001 1h5"/><path d="M14 8l4 4-4 4M18 12H9"/>`);
export const cup = icon(svg`<path d="M5 9h11v5a5 5 0 01-5 5h-1a5 5 0 01-5-5zM16 10.5h2a2 2 0 010 5h-2.5M8 5.5V4M12 5.5V4"/>`);
export const pen = icon(svg`<path d="M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19z"/><path d="M13.5 7l3.5 3.5"/>`);
export const down = icon(svg`<path d="M12 5v13M6 13l6 6 6-6"/>`);
export const voice = icon(svg`<path d="M4 5h16v11H11l-4.5 4v-4H4z"/>`);
export const screen = icon(svg`<path d="M3.5 5h17v11h-17zM9 20h6M12 16v4"/>`);
export const hand = icon(svg`<path d="M8 12V5.5a1.5 1.5 0 013 0V11M11 10V4.5a1.500 1.5 0 013 0V11M14 10.500V6a1.5 1.5 0 013 0v8a6 6 0 01-6 6c-3 0-4.500-1.500-6-4.500l-1.500-3a1.500 1.5 0 012.500-1.500l2 2"/>`);
export const clockIcon = icon(svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>`);
export const move = icon(svg`<path d="M4 8h12M12 4l4 4-4 4M20 16H8M12 12l-4 4 4 4"/>`);

export const reachIcon = (reach: string): TemplateResult =>
  (reach === 'out' ? out : reach === 'team' ? lock : people);

export const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true"><g class="logo-six"><circle cx="16" cy="4.5" r="3.3"/><circle cx="26" cy="10.25" r="3.3"/><circle cx="26" cy="21.75" r="3.3"/><circle cx="16" cy="27.5" r="3.3"/><circle cx="6" cy="21.75" r="3.3"/><circle cx="6" cy="10.25" r="3.3"/></g><circle class="logo-one" cx="16" cy="16" r="5"/></svg>`;

const ROLE = /^[a-z0-9_]+$/;
/** Class of a role's colour; roles come from the server. */
export const roleClass = (role: string): string => (ROLE.test(role) ? `seat-${role}` : '');

export const seal = (seat: { seal: string; role: string }, size = ''): TemplateResult =>
  html`<span class="seal ${size} ${roleClass(seat.role)}" aria-hidden="true">${seat.seal}</span>`;

/** Seats as outlined marks: listed, not acting. */
export const seals = (list: readonly Seat[]): TemplateResult =>
  html`<span class="seals" role="img" aria-label=${list.map((s) => shortName(s.label)).join('、')}>${list.map((s) => seal(s, 'seal-s'))}</span>`;
