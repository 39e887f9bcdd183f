import { describe, expect, it } from 'vitest'
import { missingCapabilities } from '../../src/core/client-capabilities.ts'

describe('what a client lacks to be asked', () => {
  it.each<[string, object, object, object | undefined]>([
    ['elicitation/create', {}, {}, { elicitation: { form: {} } }],
    ['elicitation/create', {}, { elicitation: {} }, undefined],
    ['elicitation/create', { mode: 'form' }, { elicitation: { form: {} } }, undefined],
    ['elicitation/create', {}, { elicitation: { url: {} } }, { elicitation: { form: {} } }],
    ['elicitation/create', { mode: 'url' }, { elicitation: {} }, { elicitation: { url: {} } }],
    ['elicitation/create', { mode: 'url' }, { elicitation: { form: {}, url: {} } }, undefined],
    ['elicitation/create', {}, { elicitation: 'yes' }, { elicitation: { form: {} } }],
    ['sampling/createMessage', {}, { sampling: {} }, undefined],
    ['sampling/createMessage', {}, {}, { sampling: {} }],
    ['sampling/createMessage', { tools: [] }, { sampling: {} }, { sampling: { tools: {} } }],
    ['sampling/createMessage', { toolChoice: {} }, { sampling: { tools: {} } }, undefined],
    ['roots/list', {}, { roots: { listChanged: true } }, undefined],
    ['roots/list', {}, {}, { roots: {} }],
  ])('%s %j of a client with %j: %j', (method, params, declared, missing) => {
    expect(missingCapabilities(method, { ...params }, { ...declared })).toEqual(missing)
  })
})
