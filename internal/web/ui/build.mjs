// Takes the pages' assets from node_modules and src, cuts them down to what the
// templates use, and writes them gzipped under content-hash names to dist/,
// with a manifest that internal/web embeds.
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { cut, finish } from './build/purge.mjs'
import { sprite } from './build/sprite.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, 'dist')
const npm = (path) => join(here, 'node_modules', path)
const target = ['chrome88', 'firefox91', 'safari15']
const types = { '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml' }

// words returns every word of the templates, handlers and scripts: a class that
// is in none of them cannot be on a page.
function words(dir, out = new Set()) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (['node_modules', 'dist', 'build', 'testdata'].includes(entry.name)) continue
    const path = join(dir, entry.name)
    if (entry.isDirectory()) words(path, out)
    else if (/\.(html|go|js)$/.test(entry.name)) {
      for (const word of readFileSync(path, 'utf8').match(/[A-Za-z_][\w-]*/g) ?? []) out.add(word)
    }
  }
  return out
}

async function bundle(source, options = {}) {
  const result = await build({
    ...source, bundle: true, minify: true, write: false, legalComments: 'none', charset: 'utf8', target,
    format: 'iife', logLevel: 'warning', ...options,
  })
  return result.outputFiles[0].contents
}

const script = (name) => bundle({ entryPoints: [join(here, 'src', name)] })
// names returns what a pattern finds in a text.
const names = (text, pattern) => new Set(Array.from(text.matchAll(pattern), (m) => m[1]))

const style = (contents) => bundle({ stdin: { contents, loader: 'css', resolveDir: join(here, 'src') } })

// styles puts our own rules on Tabler's. A class that we define is ours alone:
// Tabler's rules for it are left out, so that the two cannot mix.
async function styles() {
  const own = ['theme', 'layout', 'form', 'parts', 'table', 'case', 'casefile', 'negotiate', 'suggest', 'reply', 'desk', 'house', 'laws', 'overview', 'codes', 'rules', 'reviews', 'precedents', 'sign', 'portal', 'gallery', 'print']
    .map((name) => readFileSync(join(here, 'src', name + '.css'), 'utf8')).join('\n')
  const scripts = readFileSync(join(here, 'src/chart.js'), 'utf8')
  const tabler = cut(readFileSync(npm('@tabler/core/dist/css/tabler.min.css'), 'utf8'), words(dirname(here)), names(own, /\.(-?[A-Za-z_][\w-]*)/g))
  return style(finish(tabler + own, names(scripts, /(--[\w-]+)/g)))
}

const assets = {
  'app.css': await styles(),
  'app.js': await script('app.js'),
  'chart.js': await script('chart.js'),
  'icons.svg': sprite(join(here, 'src/icons.txt'), npm('@tabler/icons/icons')),
  'favicon.svg': readFileSync(join(here, 'src/favicon.svg')),
  'swagger.css': await style(readFileSync(npm('swagger-ui-dist/swagger-ui.css'), 'utf8')),
  'swagger.js': readFileSync(npm('swagger-ui-dist/swagger-ui-bundle.js')),
  'swagger-start.js': await script('swagger-start.js'),
}

mkdirSync(dist, { recursive: true })
const manifest = {}
for (const [name, content] of Object.entries(assets)) {
  const bytes = Buffer.from(content)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const ext = extname(name)
  const file = `${name.slice(0, -ext.length)}.${hash}${ext}`
  const packed = gzipSync(bytes, { level: 9 })
  manifest[name] = { file, type: types[ext], size: bytes.length }
  writeFileSync(join(dist, file + '.gz'), packed)
  console.log(`${name.padEnd(18)} ${String(bytes.length).padStart(8)}  gzip ${String(packed.length).padStart(7)}`)
}
// The old ones go last: a compiler may be reading the folder.
writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n')
const fresh = new Set(['.keep', 'manifest.json', ...Object.values(manifest).map(({ file }) => file + '.gz')])
for (const name of readdirSync(dist)) if (!fresh.has(name)) rmSync(join(dist, name))
