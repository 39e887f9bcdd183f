import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { cleanText } from '../document/clean-text.ts'
import type { Operation } from '../document/operation.ts'

const deprecatedMark = ' [deprecated]'
const maxNamedArguments = 20

/** HTML as documents use it. What else stands between `<` and `>` is a placeholder, such as `<owner>`. */
const tags =
  /<\/?(?:a|abbr|b|blockquote|br|center|code|dd|details|div|dl|dt|em|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|ol|p|pre|q|s|script|small|span|strike|strong|style|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video)(?=[\s/>])[^<>]{0,1000}>/gi
const blockEnds = /<(?:br\s{0,9}\/?|\/p|\/div|\/li|\/tr|\/h[1-6])>/gi
const images = /!\[([^\]\n]{0,300})\]\([^()\n]{0,1000}\)/g

/**
 * Describes an operation to a model: its summary, an empty line and its description, without HTML and images; one that
 * has neither by its method, path and arguments. A deprecated one is marked.
 *
 * @param override - written for this purpose, so it stands as it is
 * @param maxLength - in UTF-16 units, mark included; what is longer is cut and ends in an ellipsis
 */
export function describeOperation(
  { summary, description, deprecated, method, path }: Operation,
  inputSchema: JsonObject,
  { override, maxLength }: Readonly<{ override?: string | undefined; maxLength: number }>,
): string {
  const parts = [summary, description].map(part => plainText(part ?? '', maxLength)).filter(part => part !== '')
  // Many documents repeat the summary as the description.
  const own = parts[0] === parts[1] ? parts[0] : parts.join('\n\n')
  const text = override ?? (own || `${method.toUpperCase()} ${path}${nameArguments(inputSchema)}`)
  const mark = deprecated ? deprecatedMark : ''
  return cleanText(text, Math.max(maxLength - mark.length, 1)) + mark
}

/** Takes out what a model gains nothing from. The text is cut first, so that no text costs more than its share. */
export function plainText(text: string, maxLength: number): string {
  const start = text.length > maxLength * 8 ? text.slice(0, maxLength * 8) : text
  if (!/[<!]/.test(start)) return start.trim()
  return withoutComments(start)
    .replace(images, '$1')
    .replace(blockEnds, '\n')
    .replace(tags, '')
    .replace(/[ \t]{1,100}\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** What a reader of the rendered text does not see, a model must not see either. One that does not end goes to the end. */
function withoutComments(text: string): string {
  const [before = '', ...rest] = text.split('<!--')
  return before + rest.map(part => (part.includes('-->') ? part.slice(part.indexOf('-->') + 3) : '')).join('')
}

function nameArguments({ properties }: JsonObject): string {
  const names = isObject(properties) ? Object.keys(properties) : []
  if (names.length === 0) return ''
  return ` (${names.slice(0, maxNamedArguments).join(', ')}${names.length > maxNamedArguments ? ', …' : ''})`
}
