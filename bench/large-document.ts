import type { Random } from './seeded-random.ts'
import { capital, randomFrom, words } from './seeded-random.ts'

/** What a large document is made of. The same recipe always gives the same bytes. */
export type Recipe = Readonly<{ operations: number; bytes: number; seed: number }>

/** One collection of the API: `/teams/{team-id}/members` and the like. */
type Resource = Readonly<{ name: string; path: string; parameters: readonly string[]; schema: string }>

type Schema = Readonly<Record<string, unknown>>

const operationsPerResource = 8
/** Entities of one area refer to each other, and now and then to one of an area before. */
const resourcesPerArea = 16

/**
 * Makes an OpenAPI document of the kind that very large APIs publish: nested collections of entities that refer to each
 * other in circles, shared query parameters, enumerations of everything that can be selected, and long descriptions.
 *
 * @returns JSON of at most `bytes` bytes, and less than that by at most one for each operation
 * @throws when the operations alone need more than `bytes`
 */
export function largeDocument({ operations, bytes, seed }: Recipe): string {
  const random = randomFrom(seed)
  const resources = listResources(Math.ceil(operations / operationsPerResource), random)
  const all = resources.flatMap(resource => operationsOf(resource, random)).slice(0, operations)
  const spare = bytes - JSON.stringify(assemble(all, resources, seed)).length
  if (spare < 0) throw new Error(`${operations} operations need ${-spare} bytes more than ${bytes}.`)
  const each = Math.floor(spare / operations)
  const padded = all.map(entry => ({ ...entry, operation: lengthen(entry.operation, each, random) }))
  return JSON.stringify(assemble(padded, resources, seed))
}

type Entry = Readonly<{ path: string; method: string; operation: Schema & Readonly<{ description: string }> }>

function assemble(entries: readonly Entry[], resources: readonly Resource[], seed: number): Schema {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { path, method, operation } of entries) {
    paths[path] ??= {}
    paths[path][method] = operation
  }
  return {
    openapi: '3.0.4',
    info: { title: 'A large API', version: 'v1.0', description: 'Made by a generator for benchmarks.' },
    servers: [{ url: 'https://api.example.com/v1.0' }],
    paths,
    components: {
      schemas: schemasOf(resources, randomFrom(seed + 1)),
      parameters: sharedParameters(),
      responses: { error: { description: 'An error', content: json(ref('error')) } },
    },
  }
}

/** A tree of collections: each below an earlier one, so that paths get several parameters. */
function listResources(count: number, random: Random): readonly Resource[] {
  const resources: Resource[] = []
  for (let index = 0; index < count; index += 1) {
    const name = `${words[index % words.length]}${capital(words[Math.floor(index / words.length) % words.length] ?? '')}s`
    const parent = index < 12 ? undefined : resources[random.below(Math.ceil(index / 4))]
    const above = parent === undefined ? '' : `${parent.path}/{${parent.name}-id}`
    const parameters = parent === undefined ? [] : [...parent.parameters, `${parent.name}-id`]
    resources.push({ name, path: `${above}/${name}`, parameters, schema: `example.graph.${name.slice(0, -1)}` })
  }
  return resources
}

function operationsOf({ name, path, parameters, schema }: Resource, random: Random): readonly Entry[] {
  const item = `${path}/{${name}-id}`
  const own = [...parameters, `${name}-id`]
  const entry = (path: string, method: string, verb: string, inPath: readonly string[], more: Schema): Entry => ({
    path,
    method,
    operation: {
      tags: [name],
      summary: `${verb} ${name}`,
      description: random.prose(random.below(20) === 0 ? 1_600 : 60),
      operationId: `${inPath.join('.')}.${name}_${verb}`,
      ...more,
      parameters: [...inPath.map(pathParameter), ...((more.parameters as readonly unknown[] | undefined) ?? [])],
    },
  })
  const select = selection(random)
  const body = { requestBody: { required: true, content: json(ref(schema)) } }
  const one = responses(200, ref(schema))
  const many = responses(200, { type: 'object', properties: { value: { type: 'array', items: ref(schema) } } })
  return [
    entry(path, 'get', 'List', parameters, { parameters: [...listParameters, ...select], ...many }),
    entry(path, 'post', 'Create', parameters, { ...body, ...one }),
    entry(`${path}/$count`, 'get', 'GetCount', parameters, {
      parameters: [shared('search'), shared('filter')],
      ...responses(200, { type: 'integer', format: 'int32' }),
    }),
    entry(item, 'get', 'Get', own, { parameters: select, ...one }),
    entry(item, 'patch', 'Update', own, { ...body, ...one }),
    entry(item, 'delete', 'Delete', own, { parameters: [ifMatch], ...responses(204) }),
    entry(`${item}/assign`, 'post', 'assign', own, { ...actionBody(schema, random), ...one }),
    entry(`${item}/delta`, 'get', 'delta', own, { parameters: [...listParameters, ...select], ...many }),
  ]
}

/** Entities with a common ancestor; some of their properties are other entities, which makes circles. */
function schemasOf(resources: readonly Resource[], random: Random): Record<string, Schema> {
  const entity = {
    type: 'object',
    required: ['@odata.type'],
    properties: { id: { type: 'string', description: 'The unique identifier.' }, '@odata.type': { type: 'string' } },
  }
  const error = {
    type: 'object',
    properties: {
      code: { type: 'string' },
      message: { type: 'string' },
      details: { type: 'array', items: ref('error') },
    },
  }
  const entities = resources.map(({ schema, name }, index): [string, Schema] => {
    const plain = Array.from({ length: 6 + random.below(10) }, () => property(random))
    const related = Array.from({ length: 1 + random.below(4) }, (): [string, Schema] => {
      const other = relative(index, resources, random)
      return [other.name, { type: 'array', items: ref(other.schema), description: random.prose(80) }]
    })
    const properties = Object.fromEntries([...plain, ...related])
    return [schema, { allOf: [ref('example.graph.entity'), { title: name, type: 'object', properties }] }]
  })
  return { 'example.graph.entity': entity, error, ...Object.fromEntries(entities) }
}

function relative(index: number, resources: readonly Resource[], random: Random): Resource {
  const area = index - (index % resourcesPerArea)
  const within = area === 0 || random.below(120) > 0
  return random.pick(within ? resources.slice(area, area + resourcesPerArea) : resources.slice(0, area))
}

function property(random: Random): [string, Schema] {
  const description = random.prose(random.below(10) === 0 ? 600 : 50)
  const kind = random.pick(kinds)
  return [`${random.pick(words)}${capital(random.pick(words))}`, { ...kind, description, nullable: true }]
}

function actionBody(schema: string, random: Random): Schema {
  const properties = Object.fromEntries(Array.from({ length: 3 }, () => property(random)))
  return {
    requestBody: {
      required: true,
      content: json({ type: 'object', properties: { ...properties, target: ref(schema) } }),
    },
  }
}

/** `$select` and `$expand` list what there is, in place and for each operation. */
function selection(random: Random): readonly Schema[] {
  return ['$select', '$expand'].map(name => ({
    name,
    in: 'query',
    description: 'Which properties are returned, or expanded.',
    style: 'form',
    explode: false,
    schema: { type: 'array', uniqueItems: true, items: { type: 'string', enum: names(4 + random.below(6), random) } },
  }))
}

function names(count: number, random: Random): readonly string[] {
  const made = Array.from({ length: count }, () => `${random.pick(words)}${capital(random.pick(words))}`)
  return [...new Set(made)]
}

function pathParameter(name: string): Schema {
  const description = `The unique identifier of ${name.slice(0, -4)}`
  return { name, in: 'path', required: true, description, schema: { type: 'string' } }
}

function sharedParameters(): Record<string, Schema> {
  const query = (name: string, type: string, description: string): [string, Schema] => [
    name,
    { name: `$${name}`, in: 'query', description, schema: { type } },
  ]
  return Object.fromEntries([
    query('top', 'integer', 'Show only the first n items.'),
    query('skip', 'integer', 'Skip the first n items.'),
    query('search', 'string', 'Search items by search phrases.'),
    query('filter', 'string', 'Filter items by property values.'),
    query('count', 'boolean', 'Include the count of items.'),
  ])
}

const listParameters = ['top', 'skip', 'search', 'filter', 'count'].map(shared)
const ifMatch = { name: 'If-Match', in: 'header', description: 'The ETag of the item.', schema: { type: 'string' } }

function shared(name: string): Schema {
  return { $ref: `#/components/parameters/${name}` }
}

function ref(schema: string): Schema {
  return { $ref: `#/components/schemas/${schema}` }
}

function json(schema: Schema): Schema {
  return { 'application/json': { schema } }
}

function responses(status: number, schema?: Schema): Schema {
  const success = { description: 'Success', ...(schema && { content: json(schema) }) }
  return { responses: { [status]: success, '4XX': { $ref: '#/components/responses/error' } } }
}

function lengthen(operation: Entry['operation'], bytes: number, random: Random): Entry['operation'] {
  return { ...operation, description: operation.description + random.prose(bytes).slice(0, bytes) }
}

const kinds: readonly Schema[] = [
  { type: 'string' },
  { type: 'string', format: 'date-time' },
  { type: 'boolean' },
  { type: 'integer', format: 'int32' },
  { type: 'array', items: { type: 'string' } },
  { type: 'string', enum: ['none', 'enabled', 'disabled', 'unknownFutureValue'] },
]
