import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

/** Values for the variables of a server's URL, by name. */
export type ServerVariables = Readonly<Record<string, string>>

/**
 * Fills the variables of a server's URL: `{name}` becomes the configured value, or else the variable's default.
 *
 * Where a variable lists its values, only one of them will do. Any other value may not lead out of its place: between `//`
 * and the path only letters, digits, dots and hyphens are taken, and nowhere what would begin a query or a fragment.
 *
 * @param variables - the Server Object's, unread
 * @returns a problem continues "A server of the document ..."
 */
export function fillVariables(
  template: string,
  variables: unknown,
  values: ServerVariables,
): Readonly<{ ok: true; url: string } | { ok: false; problem: string }> {
  let problem: string | undefined
  const url = template.replace(/\{([^{}]*)\}/g, (_, name: string, at: number) => {
    const variable = isObject(variables) && Object.hasOwn(variables, name) ? variables[name] : undefined
    const read = readValue(name, isObject(variable) ? variable : {}, values, isInHost(template, at))
    if ('value' in read) return read.value
    problem ??= read.problem
    return ''
  })
  return problem === undefined ? { ok: true, url } : { ok: false, problem }
}

function readValue(
  name: string,
  variable: JsonObject,
  values: ServerVariables,
  inHost: boolean,
): Readonly<{ value: string } | { problem: string }> {
  const shown = JSON.stringify(name.slice(0, 80))
  const given = Object.hasOwn(values, name) ? values[name] : variable.default
  if (typeof given !== 'string' && typeof given !== 'number') {
    return { problem: `has a variable without a valid default: set ${shown} in "serverVariables"` }
  }
  const value = String(given)
  if (Array.isArray(variable.enum)) {
    const listed = variable.enum.map(String)
    if (listed.includes(value)) return { value }
    return { problem: `takes as ${shown} only ${JSON.stringify(listed.slice(0, 20).join(', '))}` }
  }
  const isLegal = inHost ? /^[A-Za-z0-9.-]*$/.test(value) : /^[^?#\\\s]*$/.test(value)
  return isLegal ? { value } : { problem: `cannot take the value of its variable ${shown}` }
}

/** Between `//` and the next slash, or in the scheme before it. A variable may also be a whole URL, which is none of this. */
function isInHost(template: string, at: number): boolean {
  const slashes = template.indexOf('//')
  if (slashes < 0) return false
  const end = template.indexOf('/', slashes + 2)
  return end < 0 || at < end
}
