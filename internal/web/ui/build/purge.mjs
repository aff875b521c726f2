// Cuts a stylesheet down to what pages use, and gives the automatic theme its
// dark half. Knows just enough CSS for that: blocks, selectors, declarations.

// blocks splits css into { head, body } at the top level; a body-less at-rule
// (@import, @charset) has body null.
function* blocks(css) {
  css = css.replace(/\/\*[^]*?\*\//g, '')
  let start = 0, depth = 0, open = 0, quote = ''
  for (let i = 0; i < css.length; i++) {
    const c = css[i]
    if (quote) {
      if (c === '\\') i++
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (c === '{' && depth++ === 0) open = i
    else if (c === '}' && --depth === 0) {
      yield { head: css.slice(start, open).trim(), body: css.slice(open + 1, i) }
      start = i + 1
    } else if (c === ';' && depth === 0) {
      yield { head: css.slice(start, i).trim(), body: null }
      start = i + 1
    }
  }
}

// split cuts at a separator that stands outside brackets and quotes.
function split(text, separator) {
  const out = []
  let depth = 0, quote = '', from = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quote) {
      if (c === '\\') i++
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (c === '(' || c === '[') depth++
    else if (c === ')' || c === ']') depth--
    else if (c === separator && depth === 0) {
      out.push(text.slice(from, i))
      from = i + 1
    }
  }
  out.push(text.slice(from))
  return out.map((part) => part.trim()).filter(Boolean)
}

// wanted says whether a page can have all classes that a selector needs and
// none of them is taken; what stands in :not() is no need.
function wanted(selector, words, taken) {
  const needed = selector.replace(/:not\([^)]*\)/g, '').match(/\.-?[A-Za-z_][\w-]*/g) ?? []
  return needed.every((name) => words.has(name.slice(1)) && !taken.has(name.slice(1)))
}

// walk rewrites every style rule, also inside media queries.
function walk(css, rule) {
  let out = ''
  for (const { head, body } of blocks(css)) {
    if (body === null) { if (!head.startsWith('@charset')) out += head + ';' }
    else if (/^@(media|supports|layer)/.test(head)) {
      const inner = walk(body, rule)
      if (inner) out += `${head}{${inner}}`
    } else if (head.startsWith('@')) out += `${head}{${body}}`
    else out += rule(split(head, ','), body)
  }
  return out
}

// cut keeps of a stylesheet the rules for classes that are among words and not taken.
export function cut(css, words, taken) {
  return walk(css, (selectors, body) => {
    const kept = selectors.filter((s) => wanted(s, words, taken))
    return kept.length ? `${kept.join(',')}{${body}}` : ''
  })
}

// finish gives the automatic theme the dark rules under the reader's own
// preference, and drops the custom properties that nothing reads; kept are
// those that scripts read.
export function finish(css, kept) {
  const dark = '[data-bs-theme=dark]'
  const both = walk(css, (selectors, body) => {
    const auto = selectors.filter((s) => s.includes(dark)).map((s) => s.replaceAll(dark, '[data-bs-theme=auto]'))
    const plain = `${selectors.join(',')}{${body}}`
    return auto.length ? `${plain}@media (prefers-color-scheme:dark){${auto.join(',')}{${body}}}` : plain
  })
  return unread(both, kept)
}

function unread(css, kept) {
  for (let size = 0; size !== css.length;) {
    size = css.length
    const read = new Set([...kept, ...Array.from(css.matchAll(/var\(\s*(--[\w-]+)/g), (m) => m[1])])
    css = css.replace(/([;{])\s*(--[\w-]+)\s*:((?:"[^"]*"|'[^']*'|\([^)]*\)|[^;}"'(])*)(?=[;}])/g,
      (whole, before, name) => (read.has(name) ? whole : before))
    css = css.replace(/;{2,}/g, ';').replace(/\{;/g, '{')
  }
  return css
}
