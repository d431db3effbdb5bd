#!/usr/bin/env node
// The page, from apps/web to dist/apps/web: one script, one style sheet, and the files that stay as they are (docs/adr/0030).
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './prepare.mjs';

const FROM = join(ROOT, 'apps/web');
const TO = join(ROOT, 'dist/apps/web');

await build({
  entryPoints: { page: join(FROM, 'src/page.tsx'), style: join(FROM, 'style/style.css') },
  outdir: TO,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome123', 'firefox120', 'safari17.5'],
  tsconfig: join(FROM, 'tsconfig.json'),
  legalComments: 'eof',
  logLevel: 'warning',
});
for (const name of ['page.html', 'icon.svg']) cpSync(join(FROM, name), join(TO, name));
