import { MinutesRefused } from '../core/index.ts';
import { opened, sealed, type Evidence, type FromSigner, type Made, type Making, type Signing, type ToSigner } from '../sign/messages.ts';

const LOOK_MS = 500;

/**
 * The signing page in a window of its own, on its own name: what is asked of it and what comes back. Opened in the
 * very press, or browsers do not let it be.
 */
export class Signer {
  #window: Window;
  #origin: string;
  #ready: Promise<void>;
  #wanted: ((message: FromSigner) => void) | null = null;
  #gone: (() => void) | null = null;
  #watch = 0;

  /** null: the browser opens no window. */
  static open(rp: string): Signer | null {
    const origin = `https://${rp}`;
    const opened = window.open(`${origin}/`, '_blank', 'popup,width=960,height=900');
    return opened ? new Signer(opened, origin) : null;
  }

  private constructor(page: Window, origin: string) {
    this.#window = page;
    this.#origin = origin;
    window.addEventListener('message', this.#heard);
    // A window that is closed says so; one that was never there, or was put to sleep, does not.
    this.#watch = window.setInterval(() => { if (this.#window.closed) this.#leave(); }, LOOK_MS);
    this.#ready = this.#answer('ready').then(() => undefined);
    this.#ready.catch(() => undefined); // whoever asks next is told
  }

  #heard = (event: MessageEvent<unknown>): void => {
    if (event.source !== this.#window || event.origin !== this.#origin) return;
    const message = opened<FromSigner>(event.data);
    if (message?.is === 'left') this.#leave();
    else if (message) this.#wanted?.(message);
  };

  #leave(): void {
    this.#gone?.();
    this.close();
  }

  #answer<K extends FromSigner['is']>(is: K): Promise<Extract<FromSigner, { is: K }>> {
    return new Promise((resolve, reject) => {
      this.#gone = () => reject(new MinutesRefused('left'));
      if (this.#window.closed) return this.#gone();
      this.#wanted = (message) => { if (message.is === is) resolve(message as Extract<FromSigner, { is: K }>); };
    });
  }

  #say(message: ToSigner): void {
    this.#window.postMessage(sealed(message), this.#origin);
  }

  async make(asked: Omit<Making, 'is'>): Promise<Made> {
    await this.#ready;
    const answer = this.#answer('made');
    this.#say({ is: 'make', ...asked });
    return answer;
  }

  async sign(asked: Omit<Signing, 'is'>): Promise<readonly Evidence[]> {
    await this.#ready;
    const answer = this.#answer('signed');
    this.#say({ is: 'sign', ...asked });
    return (await answer).evidence;
  }

  /** Kept: said there too, and that page is closed by its own button. Else it goes; why is said here. */
  end(ok: boolean): void {
    if (ok) this.#say({ is: 'kept' });
    else this.#window.close();
    this.close();
  }

  /** Nothing is listened to any more. */
  close(): void {
    window.removeEventListener('message', this.#heard);
    window.clearInterval(this.#watch);
    this.#wanted = null;
    this.#gone = null;
  }
}
