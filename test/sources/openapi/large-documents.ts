import { documentOf } from './helpers.ts'

/** `{"a":{"a":...}}`, or any other nesting, as text. */
export function nest(open: string, depth: number, inner: string, close: string): string {
  return open.repeat(depth) + inner + close.repeat(depth)
}

/** So many operations, which may all have one id. */
export function operations(count: number, operationId: (index: number) => string): Record<string, unknown> {
  return documentOf(
    Object.fromEntries([...Array(count).keys()].map(at => [`/p${at}`, { get: { operationId: operationId(at) } }])),
  )
}

/** A path whose body has this schema. */
function bodyOf(schema: object): object {
  return { post: { requestBody: { content: { 'application/json': { schema } } } } }
}

/** One operation with 5,000 parameters. */
export function manyParameters(): Record<string, unknown> {
  const parameters = [...Array(5_000).keys()].map(index => ({
    name: `p[${index % 2_500}]`,
    in: index < 2_500 ? 'query' : 'header',
  }))
  return documentOf({ '/a': { get: { parameters } } })
}

/** 20,000 references in a row. */
export function longChain(): Record<string, unknown> {
  const schemas = Object.fromEntries(
    [...Array(20_000).keys()].map(index => [`s${index}`, { $ref: `#/components/schemas/s${index + 1}` }]),
  )
  return documentOf({ '/a': bodyOf({ $ref: '#/components/schemas/s0' }) }, { components: { schemas } })
}

/** An enum of 200,000 values. */
export function longEnum(): Record<string, unknown> {
  const values = [...Array(200_000).keys()].map(index => `value-${index}`)
  return documentOf({ '/a': { get: { parameters: [{ name: 'a', in: 'query', schema: { enum: values } }] } } })
}

/** A schema of 5,000 levels, as text. */
export function deepSchema(): string {
  const schema = nest('{"items":', 5_000, '{}', '}')
  const path = `"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":${schema}}}}}}`
  return JSON.stringify(documentOf({})).replace('"paths":{}', `"paths":{${path}}`)
}

/** The hostile documents that are too large to be kept as files, by name, as text. */
export function largeDocuments(): Readonly<Record<string, string>> {
  const description = 'x'.repeat(20_000_000)
  return {
    'L1-deep.json': `{"openapi":"3.1.0","paths":{},"x-a":${nest('[', 100_000, '', ']')}}`,
    'L2-deep-schema.json': deepSchema(),
    'L3-operations.json': JSON.stringify(operations(10_000, index => `op${index}`)),
    'L4-one-name.json': JSON.stringify(operations(5_000, () => 'the/same.name')),
    'L5-description.json': JSON.stringify(documentOf({ '/a': { get: { description } } })),
    'L5-description.yaml': `openapi: 3.1.0\npaths:\n  /a:\n    get:\n      description: ${description}\n`,
    'L5-too-long.json': JSON.stringify(documentOf({ '/a': { get: { description: `${description}${description}` } } })),
    'L6-enum.json': JSON.stringify(longEnum()),
    'L8-deep.yaml': `openapi: 3.1.0\npaths: {}\nx-a: ${nest('[', 50_000, '', ']')}`,
    'L9-parameters.json': JSON.stringify(manyParameters()),
    'L10-chain.json': JSON.stringify(longChain()),
  }
}
