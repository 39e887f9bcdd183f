import { describe, expect, it } from 'vitest'
import type { OperationOverride } from '../../../../src/core/source-config.ts'
import { toAnnotations } from '../../../../src/sources/openapi/tool/annotations.ts'

describe('toAnnotations', () => {
  it.each<[string, OperationOverride, [readOnly: boolean, destructive: boolean, idempotent: boolean]]>([
    ['get', {}, [true, false, true]],
    ['query', {}, [true, false, true]],
    ['put', {}, [false, true, true]],
    ['delete', {}, [false, true, true]],
    ['post', {}, [false, true, false]],
    ['patch', {}, [false, true, false]],
    ['get', { readOnly: false }, [false, true, false]],
    ['get', { destructive: true }, [false, true, false]],
    ['post', { readOnly: true }, [true, false, true]],
    ['post', { destructive: false }, [false, false, false]],
    ['post', { idempotent: true }, [false, true, true]],
  ])('%s with %j', (method, override, [readOnlyHint, destructiveHint, idempotentHint]) => {
    expect(toAnnotations({ method }, override)).toEqual({
      readOnlyHint,
      destructiveHint,
      idempotentHint,
      openWorldHint: true,
    })
  })
})
