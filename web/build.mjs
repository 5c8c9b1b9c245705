/* Builds web/dist (what the server embeds) and web/dist-node (the core for Node). */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
process.chdir(root);

const common = {
  absWorkingDir: root, bundle: true, write: false, sourcemap: false, charset: 'utf8',
  legalComments: 'none', logLevel: 'warning', metafile: true,
};

const inputs = new Set();

async function bundle(options) {
  const result = await build({ ...common, ...options });
  for (const path of Object.keys(result.metafile.inputs)) inputs.add(path);
  return Buffer.from(result.outputFiles[0].contents);
}

/** The licences of what is in the bundle: they ask to be passed on with it. */
function licences() {
  const packages = new Set([...inputs].flatMap((p) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(p)?.[1] ?? []));
  return [...packages].sort().map((name) => {
    const { version } = JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].map((f) => join('node_modules', name, f)).find(existsSync);
    return `${name} ${version}\n\n${file ? readFileSync(file, 'utf8').trim() : 'see its package'}\n`;
  }).join('\n----\n\n');
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 12);

async function node() {
  const core = await bundle({
    entryPoints: ['src/core/index.ts'], platform: 'node', format: 'esm', target: 'node18',
  });
  rmSync('dist-node', { recursive: true, force: true });
  mkdirSync('dist-node');
  writeFileSync('dist-node/core.mjs', core);
  writeFileSync('dist-node/verify.mjs', await bundle({
    entryPoints: ['src/verify/index.ts'], platform: 'node', format: 'esm', target: 'node18',
  }));
}

/** Copies of sealed minutes to look at, made by the tests' sketch: nothing the server gets has them. */
const sealed = {
  name: 'sealed',
  setup(run) {
    run.onResolve({ filter: /^sealed:/ }, ({ path }) => ({ path, namespace: 'sealed' }));
    run.onLoad({ filter: /.*/, namespace: 'sealed' }, async () => {
      const { galleryStates } = await import('../tests/support/minutes_standin.mjs');
      return { contents: JSON.stringify(galleryStates()), loader: 'json' };
    });
  },
};

/* The real elements in every state a user can meet: for those who design and test them, not for the server. */
async function gallery() {
  const dir = 'dist-node/gallery';
  const js = await bundle({
    entryPoints: ['src/gallery/main.ts'], platform: 'browser', format: 'iife', target: 'es2022', plugins: [sealed],
  });
  const css = await bundle({ entryPoints: ['src/gallery/gallery.css'], target: 'es2022' });
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'gallery.js'), js);
  writeFileSync(join(dir, 'gallery.css'), css);
  writeFileSync(join(dir, 'index.html'), `<!doctype html>
<html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>状態の見本</title><link rel="stylesheet" href="gallery.css"><script defer src="gallery.js"></script><body></body></html>
`);
}

const script = (entry) => bundle({
  entryPoints: [entry], platform: 'browser', format: 'esm', target: 'es2022', minify: true,
  define: { 'process.env.NODE_ENV': '"production"' }, conditions: ['production', 'browser'],
});
const styles = (entry) => bundle({ entryPoints: [entry], minify: true, target: 'es2022' });

/** The page that checks, in one file: it works from a disk, without the server it came from. */
function whole(html, { js, css }) {
  const code = js.toString().replaceAll('</script', '<\\/script');
  const look = css.toString();
  const of = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; script-src ${of(code)}; style-src ${of(look)}; require-trusted-types-for 'script'; trusted-types lit-html`;
  return Buffer.from(html
    .replace(/<link rel="(icon|license|alternate)"[^>]*>\n/g, '')
    .replace('<meta charset="utf-8">', () => `<meta charset="utf-8">\n<meta http-equiv="content-security-policy" content="${policy}">`)
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${look}</style>`)
    .replace(/<script [^>]*><\/script>\n/, '')
    .replace('</body>', () => `<script type="module">${code}</script>\n</body>`));
}

async function browser() {
  const js = await script('src/main.ts');
  const css = await styles('src/style.css');
  const check = { js: await script('src/check/main.ts'), css: await styles('src/check.css') };
  const signer = await script('src/sign/main.ts');
  const names = { js: `assets/app-${hashOf(js)}.js`, css: `assets/app-${hashOf(css)}.css` };
  const icon = readFileSync('icon.svg');
  const words = Buffer.from(licences());
  const wordsName = `assets/licenses-${hashOf(words)}.txt`;
  const iconName = `assets/icon-${hashOf(icon)}.svg`;
  const page = (file, more) => [...Object.entries(more), ['/icon.svg', iconName], ['/licenses.txt', wordsName]]
    .reduce((html, [from, to]) => html.replace(from, `/${to}`), readFileSync(file, 'utf8'));
  const html = page('index.html', { '/src/main.ts': names.js, '/src/style.css': names.css });
  const saved = whole(readFileSync('verify.html', 'utf8'), check);
  const checks = {
    js: `assets/verify-${hashOf(check.js)}.js`, css: `assets/verify-${hashOf(check.css)}.css`, saved: `assets/verify-${hashOf(saved)}.html`,
  };
  const signerName = `assets/sign-${hashOf(signer)}.js`;
  rmSync('dist', { recursive: true, force: true });
  mkdirSync(join('dist', 'assets'), { recursive: true });
  writeFileSync(join('dist', names.js), js);
  writeFileSync(join('dist', names.css), css);
  writeFileSync(join('dist', checks.js), check.js);
  writeFileSync(join('dist', checks.css), check.css);
  writeFileSync(join('dist', checks.saved), saved);
  writeFileSync(join('dist', 'verify.html'), page('verify.html', {
    '/src/check/main.ts': checks.js, '/src/check.css': checks.css, '/saved.html': checks.saved,
  }));
  writeFileSync(join('dist', signerName), signer);
  writeFileSync(join('dist', 'sign.html'), page('sign.html', { '/src/sign/main.ts': signerName, '/src/check.css': checks.css }));
  writeFileSync(join('dist', iconName), icon);
  writeFileSync(join('dist', wordsName), words);
  writeFileSync(join('dist', 'index.html'), html);
}

await node();
await browser();
await gallery();
