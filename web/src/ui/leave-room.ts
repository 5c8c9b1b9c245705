/** End this login: the page's cookie goes, and the page is the door again. */
export async function logout(): Promise<void> {
  const base = location.pathname.replace(/\/$/, '');
  await fetch(`${base}/logout`, { method: 'POST', cache: 'no-store', credentials: 'same-origin' });
  location.replace('/');
}
