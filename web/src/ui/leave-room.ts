let leaving: () => Promise<void> | undefined = () => undefined;

/** What has to be done before a login ends. */
export function onLeave(run: () => Promise<void> | undefined): void {
  leaving = run;
}

/** End this login: the page's cookie goes, and the page is the door again. */
export async function logout(): Promise<void> {
  const base = location.pathname.replace(/\/$/, '');
  await leaving();
  await fetch(`${base}/logout`, { method: 'POST', cache: 'no-store', credentials: 'same-origin' });
  location.replace('/');
}
