/* For tests of what comes after a meeting: one is held and sealed over the pages' own sockets. */

/** In the chair's page: each item is opened, after those roles have left, and all is ended. `isOpen`: the first one is already (Server.start). */
export const hold = (seat, items, isOpen = true) => seat.page.evaluate(async ([list, first]) => {
  const { room } = document.querySelector('rk-room');
  const rowOf = (part) => room.meet.agenda.map((a) => a.row).find((row) => (room.cells.get(`conf.agenda_items/${row}/title`)?.value ?? '').includes(part));
  for (const [n, { item, out = [] }] of list.entries()) {
    for (const x of [...room.seats.values()]) if (out.includes(x.role) && (x.at === 'room' || x.at === 'line')) await room.attend('out', { seat: x.seat });
    if (n > 0 || !first) await room.open(rowOf(item));
  }
  await room.close(true);
}, [items, isOpen]);

export const seal = (seat, until = '2026-11-19') => seat.page.evaluate((day) => document.querySelector('rk-room, rk-record').room.seal(day), until);
