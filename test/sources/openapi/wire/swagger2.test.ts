import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Recorded, Recorder } from './recorder.ts'
import { readForm, startRecorder } from './recorder.ts'

let recorder: Recorder
beforeAll(async () => {
  recorder = await startRecorder()
})
afterAll(() => recorder.close())

/** What arrives of the one operation of a 2.0 document. */
async function send(operation: object, args: Record<string, unknown>): Promise<Recorded> {
  const document = { swagger: '2.0', info: { title: 'Old', version: '1' }, paths: { '/x': { post: operation } } }
  const { recorded, result } = await recorder.call(document, args)
  if (recorded === undefined) throw new Error(JSON.stringify(result))
  return recorded
}

const field = (name: string, rest: object) => ({ name, in: 'formData', ...rest })

describe('a list of lists of Swagger 2.0 arrives', () => {
  it.each([
    ['pipes', undefined, [['p', '1,2|3']]],
    ['csv', 'ssv', [['p', '1 2,3']]],
    [
      'multi',
      'pipes',
      [
        ['p', '1|2'],
        ['p', '3'],
      ],
    ],
  ])('as %s of %s', async (collectionFormat, inner, query) => {
    const items = { type: 'array', items: { type: 'integer' }, ...(inner && { collectionFormat: inner }) }
    const parameters = [{ name: 'p', in: 'query', type: 'array', items, collectionFormat }]
    expect((await send({ parameters }, { p: [[1, 2], [3]] })).query).toEqual(query)
  })

  it('in a header', async () => {
    const list = { type: 'array', items: { type: 'array', items: { type: 'string' }, collectionFormat: 'pipes' } }
    const { headers } = await send({ parameters: [{ name: 'p', in: 'header', ...list }] }, { p: [['a', 'b'], ['c']] })
    expect(headers.p).toBe('a|b,c')
  })
})

describe('a form of Swagger 2.0 arrives', () => {
  const files = field('files', { type: 'array', items: { type: 'file' }, collectionFormat: 'multi', required: true })
  const sent = (name: string, text: string) => ['files', { name, type: expect.any(String), text }]

  it.each([
    ['that says so', { consumes: ['multipart/form-data'] }],
    ['that does not say what it is', {}],
  ])('with a list of files, as springfox writes it: one %s', async (_, more) => {
    const given = { files: ['aGk=', { text: 'ho', filename: 'b.txt' }], note: 'n' }
    const recorded = await send({ ...more, parameters: [files, field('note', { type: 'string' })] }, given)
    expect(await readForm(recorded)).toEqual([sent('files', 'hi'), sent('b.txt', 'ho'), ['note', 'n']])
  })

  it('with binary text as a file where it may be multipart, and as text where not', async () => {
    const parameters = [field('f', { type: 'string', format: 'binary' })]
    const recorded = await send({ consumes: ['multipart/form-data'], parameters }, { f: 'aGk=' })
    expect(await readForm(recorded)).toMatchObject([['f', { text: 'hi' }]])
    const urlencoded = await send({ consumes: ['application/x-www-form-urlencoded'], parameters }, { f: 'aGk=' })
    expect(urlencoded.body.toString()).toBe('f=aGk%3D')
  })

  it('with a file beside lists of every format', async () => {
    const list = { type: 'array', items: { type: 'string' } }
    const parameters = [
      field('file', { type: 'file', required: true }),
      field('multi', { ...list, collectionFormat: 'multi' }),
      field('csv', list),
      field('pipes', { ...list, collectionFormat: 'pipes' }),
    ]
    const values = ['a', 'b c']
    const args = { file: { text: 'hi', filename: 'a.txt' }, multi: values, csv: values, pipes: values }
    expect(await readForm(await send({ parameters }, args))).toEqual([
      ['file', { name: 'a.txt', type: 'text/plain', text: 'hi' }],
      ['multi', 'a'],
      ['multi', 'b c'],
      ['csv', 'a,b c'],
      ['pipes', 'a|b c'],
    ])
  })
})
