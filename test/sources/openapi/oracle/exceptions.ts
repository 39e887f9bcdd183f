import { isObject } from '../../../../src/core/json.ts'
import type { OperationCall } from '../../../../src/sources/openapi/read-document.ts'
import type { Slot } from '../../../../src/sources/openapi/tool/arguments.ts'

/** One argument of one generated call. */
export type Argument = Readonly<{
  call: OperationCall
  slot: Slot
  value: unknown
  args: Readonly<Record<string, unknown>>
}>

/** A documented difference between us and the oracle. An argument to which one applies is left out on both sides. */
export type Exception = Readonly<{ rule: string; why: string; applies: (argument: Argument) => boolean }>

const isScalar = (value: unknown) => typeof value !== 'object'
const holds = (value: unknown, test: (scalar: unknown) => boolean): boolean =>
  typeof value === 'object' && value !== null ? Object.values(value).some(each => holds(each, test)) : test(value)
const isJsonText = (value: unknown) => {
  try {
    return typeof value === 'string' && typeof JSON.parse(value) !== 'undefined'
  } catch {
    return false
  }
}
const isForm = ({ call, slot }: Argument) =>
  (slot.place === 'field' || slot.place === 'body') && (call.body?.kind === 'form' || call.body?.kind === 'multipart')
const isNested = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.values(value).some(each => !isScalar(each))

/** How many of a call's query parameters write a pair of this name. */
function countPairs(call: OperationCall, args: Argument['args'], name: string): number {
  const names = Object.entries(args).flatMap(([key, value]) => {
    const slot = call.slots.get(key)
    if (slot?.place !== 'query') return []
    return isObject(value) ? Object.keys(value) : [slot.name]
  })
  return names.filter(each => each === name).length
}

/** Everything in which our requests differ on purpose; each rule has tests of its own beside the code it is about. */
export const exceptions: readonly Exception[] = [
  {
    rule: 'A deepObject nests: a[b][c]=1, a[b][]=1, and a list at its top is a[]=1.',
    why: 'OpenAPI leaves it open and APIs expect brackets (Stripe, Rails, PHP). The oracle writes JSON text.',
    applies: ({ slot, value }) =>
      slot.place === 'query' && slot.encoding.style === 'deepObject' && (isNested(value) || Array.isArray(value)),
  },
  {
    rule: 'Lists inside an exploded object repeat its key.',
    why: 'form explodes lists everywhere else too. The oracle writes JSON text.',
    applies: ({ slot, value }) => slot.place === 'query' && isObject(value) && isNested(value),
  },
  {
    rule: 'Two exploded objects with a property of one name send it twice.',
    why: 'Both were given, and which one an API reads is its business. The oracle keeps the last.',
    applies: ({ call, slot, value, args }) =>
      slot.place === 'query' && isObject(value) && Object.keys(value).some(name => countPairs(call, args, name) > 1),
  },
  {
    rule: 'label without explode joins by commas: .blue,black.',
    why: 'RFC 6570 and OpenAPI 3.1.1; the table of 3.0 and 3.1.0 was a mistake, and the oracle follows it.',
    applies: ({ slot, value }) =>
      slot.place === 'path' && slot.encoding.style === 'label' && !slot.encoding.explode && !isScalar(value),
  },
  {
    rule: 'A cookie parameter explodes by default, and every cookie is sent.',
    why: 'The default of form (OpenAPI 3.x). The oracle keeps only the last cookie, and does not explode.',
    applies: ({ call, slot, value, args }) =>
      slot.place === 'cookie' &&
      ((slot.encoding.explode && !isScalar(value)) ||
        Object.keys(args).filter(key => call.slots.get(key)?.place === 'cookie').length > 1),
  },
  {
    rule: 'A header holds Latin-1 only; anything else is refused before a request is made.',
    why: 'RFC 9110 has no encoding for it. The oracle leaves the failure to fetch.',
    applies: ({ slot, value }) =>
      slot.place === 'header' && holds(value, each => /[^\t\x20-\x7e\xa0-\xff]/.test(String(each))),
  },
  {
    rule: 'x-multi-segment keeps the slashes of a path value.',
    why: "GitHub's extension for paths of files and names of branches. The oracle does not know it.",
    applies: ({ slot, value }) =>
      slot.place === 'path' && slot.encoding.multiSegment === true && String(value).includes('/'),
  },
  {
    rule: 'Without an Encoding Object, the lists of a form repeat their name.',
    why: 'What HTML forms do, and the default of OpenAPI 3.x (form, explode). The oracle joins them by commas.',
    applies: argument =>
      isForm(argument) &&
      argument.slot.place === 'field' &&
      Array.isArray(argument.value) &&
      argument.slot.encoding?.encoding === undefined &&
      argument.slot.encoding?.file === undefined,
  },
  {
    rule: 'Without an Encoding Object, the objects of a urlencoded form are written with brackets.',
    why: 'What form parsers read (Rails, PHP, qs). The oracle writes JSON text.',
    applies: argument => isForm(argument) && argument.call.body?.kind === 'form' && !isScalar(argument.value),
  },
  {
    rule: 'A text that happens to be JSON stays as it is.',
    why: 'It is the value that was given. The oracle parses it in forms, in unions with a list, and as a whole body.',
    applies: argument =>
      isForm(argument)
        ? holds(argument.value, isJsonText)
        : (argument.slot.place === 'query' || argument.slot.place === 'body') && isJsonText(argument.value),
  },
  {
    rule: 'An object is joined by the delimiter of its style: R%20100.',
    why: 'OpenAPI 3.1.1, "Style Examples". The oracle joins objects by commas in every style.',
    applies: ({ slot, value }) =>
      slot.place === 'query' && slot.encoding.style.endsWith('Delimited') && isObject(value) && !slot.encoding.explode,
  },
  {
    rule: 'The delimiter of a multipart field is the character itself.',
    why: 'Nothing is percent-encoded in a multipart body. The oracle joins by the text %20.',
    applies: ({ call, slot, value }) =>
      slot.place === 'field' &&
      call.body?.kind === 'multipart' &&
      slot.encoding?.encoding !== undefined &&
      !isScalar(value),
  },
]
