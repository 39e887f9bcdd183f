/** A piece of a path template: literal text, or the parameter that a placeholder names. */
export type TemplatePiece = Readonly<{ text: string } | { name: string; multiSegment: boolean; written: string }>

const placeholder = /(\{[^{}]+\})/

/**
 * Takes a template apart, or any part of one.
 *
 * `{+name}` (RFC 6570), `{name+}`, `{name*}`, `{name:path}` and `{name:pattern}` are ways in which other tools write their
 * placeholders; each stands for `name` where a parameter of that name exists, and all but the last may hold several
 * segments.
 *
 * @param isDeclared - is there a path parameter of this name
 */
export function splitTemplate(template: string, isDeclared: (name: string) => boolean): readonly TemplatePiece[] {
  return template
    .split(placeholder)
    .filter(part => part !== '')
    .map(part =>
      part.length > 2 && part.startsWith('{') && part.endsWith('}')
        ? readPlaceholder(part, isDeclared)
        : { text: part },
    )
}

/** A template's path and query; a fragment is only there to tell operations apart (AWS: `/#Action=RunInstances`). */
export function splitPath(template: string): Readonly<{ path: string; query: string }> {
  const [beforeFragment = ''] = template.split('#', 1)
  const at = beforeFragment.indexOf('?')
  if (at < 0) return { path: beforeFragment, query: '' }
  return { path: beforeFragment.slice(0, at), query: beforeFragment.slice(at + 1) }
}

function readPlaceholder(written: string, isDeclared: (name: string) => boolean): TemplatePiece {
  const name = written.slice(1, -1)
  if (isDeclared(name)) return { name, multiSegment: false, written }
  const [, before, plain = '', after, pattern] = /^(\+?)([^+*:]+)(?:([+*])|:(.*))?$/.exec(name) ?? []
  if (!isDeclared(plain)) return { name, multiSegment: false, written }
  const multiSegment = before === '+' || after !== undefined || pattern === 'path' || pattern === '.*'
  return { name: plain, multiSegment, written }
}
