import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { OperationCall } from '../read-document.ts'
import { toCheckable } from './checkable-schema.ts'
import { coerceArgument, isInexact } from './coerce-argument.ts'
import { coerceInside } from './coerce-inside.ts'
import { readExactInside, withNumbers } from './exact-inside.ts'

/** Arguments ready to be sent, or what is wrong with them in a sentence for the model. */
export type CheckedArguments = Readonly<{ ok: true; args: JsonObject } | { ok: false; problem: string }>

/** Checks the arguments of a call against its operation. */
export type CheckArguments = (call: OperationCall, args: JsonObject) => CheckedArguments

/**
 * Makes the check for the operations of one document. Each schema is compiled when its tool is first called, and kept.
 *
 * Null stands for an absent parameter, since a URL has no null; in a body it is sent where the schema allows it. What a
 * model wrote as text is read as the type that the schema asks for, where only that can be meant; inside of arguments that is
 * tried once they are found wrong as they are. `pattern` and `format`
 * are never run: a document's regular expression could stop the process, and the API checks them itself.
 */
export function createArgumentCheck(): CheckArguments {
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    validateSchema: false,
    logger: false,
    verbose: true,
    addUsedSchema: false,
    // An argument may be called "constructor", and every object has something of that name.
    ownProperties: true,
    // Compiling is what a tool's first call waits for: inlined and optimised it takes up to ten times longer.
    inlineRefs: false,
    code: { optimize: false },
  })
  const validators = new WeakMap<JsonObject, Validator>()

  const validatorOf = (schema: JsonObject): Validator => {
    const known = validators.get(schema)
    if (known !== undefined) return known
    const validator = compile(ajv, schema) ?? acceptAll
    validators.set(schema, validator)
    return validator
  }

  const checkOnce = (call: OperationCall, given: JsonObject, mayHoldBigints = false): Checked => {
    for (const key in given) if (!isKnown(call, key)) return { ok: false, problem: explainUnknown(call, key) }
    const { args, inexact, isExact } = prepare(call, given)
    if (inexact !== undefined) {
      const isInside = typeof args[inexact] === 'object'
      const why = `${isInside ? 'has a whole number that ' : ''}is past 2^53, so it may have been rounded on its way here`
      return { ok: false, problem: `Argument ${quoteAll([inexact])} ${why}. Give it as text.` }
    }
    const required = (call.inputSchema.required ?? []) as readonly string[]
    if (!required.every(key => Object.hasOwn(args, key))) {
      const missing = required.filter(key => !Object.hasOwn(args, key))
      return { ok: false, problem: `Missing required argument ${quoteAll(missing)}.` }
    }
    const error = findError(
      validatorOf(call.inputSchema),
      isExact || mayHoldBigints ? (withNumbers(args) as JsonObject) : args,
    )
    return error === undefined ? { ok: true, args } : { ok: false, problem: explainError(error), args }
  }

  return (call, given) => {
    const first = checkOnce(call, given)
    const read = first.ok || first.args === undefined ? undefined : coerceInside(first.args, call.inputSchema)
    const checked = read === undefined || read === first.args ? first : checkOnce(call, read, true)
    return checked.ok ? checked : { ok: false, problem: checked.problem }
  }
}

/** `args`: those that the schema refuses as they are. */
type Checked = Readonly<{ ok: true; args: JsonObject } | { ok: false; problem: string; args?: JsonObject }>

type Validator = Pick<ValidateFunction, 'errors'> & ((args: JsonObject) => unknown)

/** For a schema that cannot be checked by. */
const acceptAll: Validator = () => true

function compile(ajv: Ajv2020, schema: JsonObject): ValidateFunction | undefined {
  const checkable = toCheckable(schema)
  if (checkable === undefined) return undefined
  try {
    return ajv.compile(checkable)
  } catch {
    // A schema too strange to be compiled is left to the API to enforce.
    return undefined
  }
}

function findError(validator: Validator, args: JsonObject): ErrorObject | undefined {
  try {
    return validator(args) ? undefined : validator.errors?.[0]
  } catch {
    // A schema that is its own `allOf` never ends; nothing can be said against the arguments.
    return undefined
  }
}

function isKnown(call: OperationCall, key: string): boolean {
  return call.slots.has(key) || (call.openBody && key !== '__proto__')
}

type Prepared = Readonly<{
  args: JsonObject
  /** The first argument whose value cannot be known any more. */
  inexact: string | undefined
  /** Some argument is a bigint, which the check does not know. */
  isExact: boolean
}>

function prepare(call: OperationCall, given: JsonObject): Prepared {
  const properties = call.inputSchema.properties as JsonObject
  const args: Record<string, unknown> = {}
  let inexact: string | undefined
  let isExact = false
  for (const key in given) {
    const value = given[key]
    const slot = call.slots.get(key)
    const schema = Object.hasOwn(properties, key) ? properties[key] : true
    const inBody = slot === undefined || slot.place === 'field' || slot.place === 'body'
    const read = coerceArgument(value, schema, call.inputSchema, inBody)
    if (typeof read === 'object' && read !== null) {
      const inside = readExactInside(read, schema, call.inputSchema)
      args[key] = inside.value
      isExact ||= inside.value !== read
      if (inside.inexact) inexact ??= key
      continue
    }
    if (read !== undefined) args[key] = read
    if (typeof read === 'bigint') isExact = true
    else if (isInexact(read, schema, call.inputSchema)) inexact ??= key
  }
  return { args, inexact, isExact }
}

function explainUnknown(call: OperationCall, key: string): string {
  const known = [...call.slots.keys()]
  const list = known.length === 0 ? 'It takes none.' : `It takes ${quoteAll(known.slice(0, 30))}.`
  return `Unknown argument ${quoteAll([key.slice(0, 80)])}. ${list}`
}

function explainError({ instancePath, keyword, message = 'is not valid', params, data }: ErrorObject): string {
  const path = instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const where = path.length === 0 ? 'The arguments' : `Argument "${path.join('.')}"`
  const detail = isObject(params) ? params : {}
  switch (keyword) {
    case 'type':
      return `${where} must be ${[detail.type].flat().join(' or ')}, and is ${kindOf(data)}.`
    case 'enum':
      return `${where} must be one of ${shorten(detail.allowedValues)}.`
    case 'const':
      return `${where} must be ${shorten(detail.allowedValue)}.`
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `${where} must not have "${String(detail.additionalProperty ?? detail.unevaluatedProperty).slice(0, 80)}".`
    default:
      return `${where} ${message.slice(0, 160)}.`
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function shorten(value: unknown): string {
  const text = Array.isArray(value) ? value.map(each => JSON.stringify(each)).join(', ') : JSON.stringify(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function quoteAll(names: readonly string[]): string {
  return names.map(name => JSON.stringify(name)).join(', ')
}
