/* Made by build.mjs from the minutes' sketch. */
declare module 'sealed:states' {
  import type { MinutesStatus } from '../core/index.ts';
  interface Sealed { readonly status: MinutesStatus; readonly bundle: string }
  const states: { readonly [name in 'fresh' | 'asked' | 'kept' | 'corrected' | 'all' | 'emp' | 'vouch' | 'person' | 'preview' | 'erase' | 'amend']: Sealed };
  export default states;
}
