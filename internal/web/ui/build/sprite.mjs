// Makes one SVG sprite of the icons named in a list: a name per line, outline
// style, or "filled/name".
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function sprite(list, folder) {
  const names = readFileSync(list, 'utf8').split('\n').map((line) => line.trim()).filter(Boolean)
  const symbols = names.map((name) => {
    const filled = name.startsWith('filled/')
    const svg = readFileSync(join(folder, filled ? name : 'outline/' + name) + '.svg', 'utf8')
    const inner = svg.replace(/^[^]*?<svg[^>]*>/, '').replace('</svg>', '').replace(/\s+/g, ' ')
      .replace('<path stroke="none" d="M0 0h24v24H0z" fill="none"/>', '').replace(/ ?\/>/g, '/>').trim()
    const paint = filled ? 'fill="currentColor"' : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    return `<symbol id="${name.replace('/', '-')}" viewBox="0 0 24 24" ${paint}>${inner}</symbol>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`
}
