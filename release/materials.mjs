// Writes what the binary is made of: sbom.cdx.json (CycloneDX 1.6) and
// LICENSES.txt with the text of every licence. A component whose licence is not
// recognised, or is not one that was agreed to, ends the build.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [out] = process.argv.slice(2)
const agreed = new Set(['MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'ISC', 'MPL-2.0', '0BSD', 'OFL-1.1', 'Unlicense', 'CC0-1.0', 'Zlib'])

// name says which licence a text is by words that only that one has.
function name(text) {
  const t = text.replace(/\s+/g, ' ')
  if (/SIL OPEN FONT LICENSE/i.test(t)) return 'OFL-1.1'
  if (/Apache License,? Version 2\.0|Apache License Version 2\.0/i.test(t)) return 'Apache-2.0'
  if (/Mozilla Public License,? (v\. |Version )2\.0/i.test(t)) return 'MPL-2.0'
  if (/Redistributions? of source code|Redistribution and use in source and binary forms/i.test(t)) return /Neither the name|names? of (its|the) contributors|may be used to endorse|used to endorse/i.test(t) ? 'BSD-3-Clause' : 'BSD-2-Clause'
  if (/Permission to use, copy, modify, and(\/or)? distribute this software for any purpose with or without fee is hereby granted\./i.test(t)) return '0BSD'
  if (/Permission to use, copy, modify, and(\/or)? distribute this software for any purpose with or without fee/i.test(t)) return 'ISC'
  if (/Permission is hereby granted, free of charge, to any person obtaining a copy/i.test(t)) return 'MIT'
  if (/This is free and unencumbered software released into the public domain/i.test(t)) return 'Unlicense'
  return undefined
}

function licence(folder) {
  if (!existsSync(folder)) return {}
  const file = readdirSync(folder).find((f) => /^(licen[cs]e|copying)(\.|-|$)/i.test(f))
  if (!file) return {}
  const text = readFileSync(join(folder, file), 'utf8')
  return { text, id: name(text) }
}

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' })

// The modules that are linked, as the binary itself tells, with where their source lies.
function goModules(binary) {
  const linked = run('go', 'version', '-m', binary).split('\n').map((l) => l.trim().split('\t')).filter((f) => f[0] === 'dep')
  const dirs = new Map(run('go', 'list', '-m', '-f', '{{.Path}}\t{{.Dir}}', 'all').trim().split('\n').map((l) => l.split('\t')))
  const go = run('go', 'env', 'GOVERSION', 'GOROOT').trim().split('\n')
  return [{ name: 'std', version: go[0].replace('go', ''), purl: `pkg:golang/std@${go[0].replace('go', '')}`, ...licence(go[1]) }].concat(
    linked.map(([, path, version, sum]) => ({ name: path, version, purl: `pkg:golang/${path}@${version}`, sum, ...licence(dirs.get(path)) })))
}

// The packages that pages and letters take something from, and what those take in turn.
function npmPackages(folder) {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
  return Object.entries(lock).filter(([path, p]) => path && !p.dev && !p.optional).map(([path, p]) => {
    const name = path.replace(/^.*node_modules\//, '')
    const found = licence(join(folder, path))
    return { name, version: p.version, purl: `pkg:npm/${name.replace('@', '%40')}@${p.version}`, integrity: p.integrity, id: found.id ?? p.license, text: found.text }
  })
}

const binary = readdirSync(out).find((f) => f.startsWith('xiaobao-linux-amd64')) ?? readdirSync(out).find((f) => f.startsWith('xiaobao-'))
const parts = [...goModules(join(out, binary)), ...npmPackages('internal/web/ui'), ...npmPackages('internal/document/fonts')]
const fonts = parts.find((p) => p.name.includes('noto-serif-sc'))
if (fonts && !fonts.text) Object.assign(fonts, { text: readFileSync('internal/document/fonts/dist/OFL.txt', 'utf8'), id: 'OFL-1.1' })
const wrong = parts.filter((p) => !agreed.has(p.id))
if (wrong.length) {
  console.error('licences that were not agreed to or not recognised:\n' + wrong.map((p) => `  ${p.name} ${p.version}: ${p.id ?? 'no licence file'}`).join('\n'))
  process.exit(1)
}

const digest = createHash('sha256').update(readFileSync(join(out, binary))).digest('hex')
const component = (p) => ({
  type: 'library', 'bom-ref': p.purl, name: p.name, version: p.version, purl: p.purl, licenses: [{ license: { id: p.id } }],
  ...(p.integrity?.startsWith('sha512-') ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(p.integrity.slice(7), 'base64').toString('hex') }] } : {}),
  ...(p.sum ? { properties: [{ name: 'go:sum', value: p.sum }] } : {}),
})
writeFileSync(join(out, 'sbom.cdx.json'), JSON.stringify({
  bomFormat: 'CycloneDX', specVersion: '1.6', version: 1,
  metadata: { component: { type: 'application', 'bom-ref': 'xiaobao', name: 'xiaobao', hashes: [{ alg: 'SHA-256', content: digest }] } },
  components: parts.map(component),
  dependencies: [{ ref: 'xiaobao', dependsOn: parts.map((p) => p.purl) }],
}, null, 1) + '\n')
writeFileSync(join(out, 'LICENSES.txt'), parts.map((p) => `${p.name} ${p.version} (${p.id})\n${'='.repeat(60)}\n${p.text?.trim() ?? 'See ' + p.purl}\n`).join('\n\n'))
const count = {}
for (const p of parts) count[p.id] = (count[p.id] ?? 0) + 1
console.log(`${parts.length} components: ` + Object.entries(count).map(([id, n]) => `${id} ${n}`).join(', '))
